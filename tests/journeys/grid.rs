//! Many series: side by side, and in a list that is longer than any screen.

use crate::data::{Folder, object, run};
use crate::screen::{Screen, WIDE};
use ratatui::buffer::Cell;
use rebin::app::Effect;
use std::collections::BTreeSet;

/// `layer.0/w`, `layer.0/b`, `layer.1/w` …, one of them far wider than the others.
fn layers(folder: &Folder) -> Screen {
    let narrow = (0..3).flat_map(|layer| [format!("layer.{layer}/w"), format!("layer.{layer}/b")]);
    let series: Vec<String> = narrow.map(|key| format!("\"{key}\": {}", object(&[1, 4, 2]))).collect();
    let wide = r#""wide": {"_type": "histogram", "values": [1, 2], "bins": [-50, 0, 50]}"#;
    let text = format!("{{{}, {wide}}}", series.join(", "));
    Screen::open(&[&folder.write("layers.json", text)], WIDE)
}

#[test]
fn a_whole_grid() {
    let folder = Folder::new();
    let mut screen = layers(&folder);
    insta::assert_snapshot!("grid", screen.keys("<alt-7>").lines()[1..].join("\n"));
}

#[test]
fn all_series_of_the_filter_are_side_by_side() {
    let folder = Folder::new();
    let mut screen = layers(&folder);
    screen.keys("b <alt-7>").shows("among all");
    for layer in 0..3 {
        screen.shows(&format!("layer.{layer}/w")).shows(&format!("layer.{layer}/b"));
    }
    screen.shows("wide").keys("/").paste("layer/b").keys("<enter>");
    let grid = screen.lines()[2..].join("\n");
    assert!(["layer.0/b", "layer.1/b", "layer.2/b"].iter().all(|key| grid.contains(key)), "{grid}");
    assert!(!grid.contains("/w") && !grid.contains("wide"), "{grid}");
    screen.keys("<esc>").shows("wide");
}

#[test]
fn axes_of_the_grid_are_free_or_shared() {
    let folder = Folder::new();
    let mut screen = layers(&folder);
    let ends = |screen: &Screen| screen.text().matches("-50").count();
    screen.keys("i <alt-7>");
    assert_eq!(ends(&screen), 1);
    screen.keys("X");
    assert_eq!(ends(&screen), 7, "{}", screen.text());
    screen.keys("X");
    assert_eq!(ends(&screen), 1);
}

#[test]
fn a_click_chooses_a_picture_and_a_second_looks_closer() {
    let folder = Folder::new();
    let mut screen = layers(&folder);
    screen.keys("b <alt-7>").heads("layer.0/w");
    let (column, row) = screen.find("layer.1/b");
    screen.click(column + 2, row + 2).heads("layer.1/b").shows("among all");
    let cell = |at| screen.buffer().cell(at).map(Cell::style);
    assert_eq!(cell(screen.find("layer.0/b")), cell(screen.find("layer.2/b")));
    assert_ne!(cell((column, row)), cell(screen.find("layer.2/b")));
    screen.click(column + 2, row + 2).heads("layer.1/b").lacks("among all");
}

#[test]
fn the_grid_shows_the_step_that_is_chosen() {
    let folder = Folder::new();
    let mut screen = Screen::open(&[&folder.write("run.jsonl", run(20))], WIDE);
    screen.keys("<alt-7> # 70 <enter>");
    let titles: Vec<String> = screen.lines().into_iter().filter(|line| line.contains("grad/w ")).collect();
    assert!(titles.iter().any(|line| line.matches(" 70").count() == 2), "{}", screen.text());
}

#[test]
fn thousands_of_series_are_paged_through_and_none_is_missed() {
    const KEYS: usize = 2000;
    let folder = Folder::new();
    let series: Vec<String> = (0..KEYS).map(|i| format!("\"key{i:04}\": {}", object(&[1, 2]))).collect();
    let path = folder.write("many.json", format!("{{{}}}", series.join(", ")));
    let mut screen = Screen::open(&[&path], WIDE);
    let on_screen = |screen: &Screen| -> BTreeSet<usize> {
        let after = |line: &String| line.get(line.rfind("key")? + 3..)?.get(..4)?.parse().ok();
        screen.lines()[2..].iter().filter_map(after).collect()
    };
    let mut seen = on_screen(&screen);
    assert!((20..40).contains(&seen.len()), "{}", screen.text());
    assert_eq!(screen.model.thumbnails.len(), seen.len());
    let mut pages = 0;
    while !seen.contains(&(KEYS - 1)) {
        screen.hold().keys("<pagedown>");
        let rows = on_screen(&screen);
        let fresh = rows.difference(&seen).count();
        let peeks = screen.waiting.iter().filter(|effect| matches!(effect, Effect::LoadThumbnail(_))).count();
        assert_eq!(peeks, fresh, "a page asks for what it shows and nothing else");
        seen.extend(rows);
        screen.release();
        pages += 1;
        assert!(pages < KEYS, "{}", screen.text());
    }
    assert_eq!(seen.len(), KEYS);
    screen.keys("<pagedown> <pagedown>").heads("key1999").line("› key1999");
}
