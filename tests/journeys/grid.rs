//! Many series: in a grid of charts, and in a list longer than any screen.

use crate::fixtures::{Folder, object, run};
use crate::screen::{Screen, WIDE};
use ratatui::buffer::Cell;
use ratatui::style::Color;
use rebin::app::Effect;
use std::collections::BTreeSet;

/// Opens `layer.0/w`, `layer.0/b`, `layer.1/w` …, and `wide`, whose range is far wider.
fn layers(folder: &Folder) -> Screen {
    let narrow = (0..3).flat_map(|layer| [format!("layer.{layer}/w"), format!("layer.{layer}/b")]);
    let series: Vec<String> = narrow.map(|key| format!("\"{key}\": {}", object(&[1, 4, 2]))).collect();
    let wide = r#""wide": {"_type": "histogram", "values": [1, 2], "bins": [-50, 0, 50]}"#;
    let text = format!("{{{}, {wide}}}", series.join(", "));
    Screen::open(&[&folder.write("layers.json", text)], WIDE)
}

#[test]
fn the_grid_matches_its_snapshot() {
    let folder = Folder::new();
    let mut screen = layers(&folder);
    insta::assert_snapshot!("grid", screen.keys("<alt-7>").lines()[1..].join("\n"));
}

#[test]
fn the_grid_shows_all_filtered_series() {
    let folder = Folder::new();
    let mut screen = layers(&folder);
    screen.keys("b <alt-7>").shows("all series");
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
fn grid_charts_have_their_own_or_one_shared_axis() {
    let folder = Folder::new();
    let mut screen = layers(&folder);
    let ends = |screen: &Screen| screen.text().matches("-50").count();
    screen.resize(108, 34).keys("i <alt-7>");
    assert_eq!(ends(&screen), 1);
    screen.keys("X");
    assert_eq!(ends(&screen), 7, "{}", screen.text());
    screen.keys("X");
    assert_eq!(ends(&screen), 1);
}

#[test]
fn a_click_selects_a_chart_and_a_second_click_opens_it() {
    let folder = Folder::new();
    let mut screen = layers(&folder);
    screen.keys("b <alt-7>").heads("layer.0/w");
    let (column, row) = screen.find("layer.1/b");
    screen.click(column + 2, row + 2).heads("layer.1/b").shows("all series");
    let cell = |at| screen.buffer().cell(at).map(Cell::style);
    assert_eq!(cell(screen.find("layer.0/b")), cell(screen.find("layer.2/b")));
    assert_ne!(cell((column, row)), cell(screen.find("layer.2/b")));
    screen.click(column + 2, row + 2).heads("layer.1/b").lacks("all series");
}

#[test]
fn the_grid_shows_the_chosen_step() {
    let folder = Folder::new();
    let mut screen = Screen::open(&[&folder.write("run.jsonl", run(20))], WIDE);
    screen.keys("<alt-7> # 70 <enter>");
    let titles: Vec<String> = screen.lines().into_iter().filter(|line| line.contains("grad/w ")).collect();
    assert!(titles.iter().any(|line| line.matches(" 70").count() == 2), "{}", screen.text());
}

/// Annoyance 3: panels had equal titles, and their number was fixed.
#[test]
fn keys_change_the_panels_and_arrows_move_between_them() {
    let folder = Folder::new();
    let mut screen = layers(&folder);
    screen.keys("b <alt-7>").shows("all series · 7").shows("› layer.0/w");
    screen.keys("<right>").shows("› layer.0/b").heads("layer.0/b").keys("<left>").shows("› layer.0/w");
    // One row down is one panel in the same column.
    let left = screen.find("› layer.0/w").0;
    screen.keys("<down>");
    let chosen = screen.line("› ");
    assert_eq!(screen.find("› ").0, left, "{chosen}");
    screen.keys("<end>").shows("› wide").keys("<home>").shows("› layer.0/w");
    screen.keys("( ( ( ( ( ( (").says("one is the minimum").shows("all series · 1–");
    let rows = screen.text().matches("layer.").count();
    screen.keys("<alt-up>");
    assert!(screen.text().matches("layer.").count() < rows, "{}", screen.text());
    screen.keys("<pagedown>").heads("layer.").keys("<enter>").lacks("all series");
    screen.keys("<alt-7> ) ) ) ) ) ) ) ) ) ) ) ) ) ) ) )").says("no room for more panels");
    screen.keys("<alt-1> )").says("only shown side by side; press Alt-7 first");
}

#[test]
fn panels_of_several_runs_have_their_names_and_colors() {
    let folder = Folder::new();
    let runs: Vec<_> = (0..3).map(|seed| folder.write(&format!("lr0.1-seed{seed}.jsonl"), run(3))).collect();
    let paths: Vec<&std::path::Path> = runs.iter().map(AsRef::as_ref).collect();
    let mut screen = Screen::open(&paths, (80, 24));
    screen.keys("/").paste("grad/w").keys("<enter> b <alt-7> # 10 <enter>");
    let colors: BTreeSet<String> = (0..3)
        .map(|seed| {
            let (x, y) = screen.find(&format!("seed{seed}.jsonl · grad"));
            // The bars have the color of the run, also in the selected panel.
            let bar = (y + 1..y + 6).filter_map(|y| screen.buffer().cell((x + 12, y)).cloned());
            format!("{:?}", bar.map(|cell| cell.fg).find(|color| *color != Color::Reset))
        })
        .collect();
    assert_eq!(colors.len(), 3, "{colors:?}\n{}", screen.text());
    assert_eq!(
        screen.lines()[1..].join("\n").matches(" 10 ").count(),
        3,
        "each panel names its step\n{}",
        screen.text()
    );
}

#[test]
fn paging_through_thousands_of_series_shows_each_of_them() {
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
        let requests = screen.waiting.iter().filter(|effect| matches!(effect, Effect::LoadThumbnail(_))).count();
        assert_eq!(requests, fresh, "a page requests the thumbnails of its new rows only");
        seen.extend(rows);
        screen.release();
        pages += 1;
        assert!(pages < KEYS, "{}", screen.text());
    }
    assert_eq!(seen.len(), KEYS);
    screen.keys("<pagedown> <pagedown>").heads("key1999").line("› key1999");
}
