//! Finding series, commands and keys. These journeys use the default order of names.

use crate::fixtures::{Folder, object};
use crate::screen::Screen;
use rebin::app::Focus;
use rebin::key::MouseKind;
use rebin::settings::Depth;
use rebin::source::Input;
use std::fs;

const SMALL: (u16, u16) = (80, 24);

/// Opens inputs with names in natural order.
fn open(inputs: Vec<Input>, size: (u16, u16)) -> Screen {
    Screen::with("order = \"natural\"", Depth::True, inputs, size)
}

/// Opens one JSON file per run; each has `grad/layer0` to `grad/layer11` and `loss`.
fn runs(folder: &Folder, names: &[&str]) -> Screen {
    let keys = (0..12).rev().map(|layer| format!("\"grad/layer{layer}\": {}", object(&[1, layer, 2])));
    let text = format!("{{{}, \"loss\": {}}}", keys.collect::<Vec<_>>().join(", "), object(&[3, 4]));
    fs::create_dir(folder.path("runs")).expect("a new folder");
    let paths = names.iter().map(|name| Input::Path(folder.write(&format!("runs/{name}.json"), &text)));
    open(paths.collect(), SMALL)
}

/// The rows of the list, without its border.
fn rows(screen: &Screen) -> Vec<String> {
    let lines = screen.lines();
    let rows = lines.iter().skip(2).filter_map(|line| line.strip_prefix('│')?.split('│').next());
    rows.map(|row| row.trim_end().to_owned()).filter(|row| !row.is_empty()).collect()
}

/// B12: run1, run10, run2, and layers in the order of a hash table.
#[test]
fn lists_are_in_natural_order_or_as_logged() {
    let folder = Folder::new();
    let mut screen = runs(&folder, &["run10", "run2", "run1"]);
    screen.heads("grad/layer0").keys("\\").says("all branches folded");
    assert_eq!(rows(&screen), ["▸ run1.json          13", "▸ run2.json          13", "▸ run10.json         13"]);
    screen.keys("\\").says("all branches unfolded");
    let layers: Vec<String> = rows(&screen).into_iter().filter(|row| row.contains("layer")).take(3).collect();
    assert!(
        ["layer9 ", "layer10 ", "layer11 "].iter().zip(&layers).all(|(name, row)| row.contains(name)),
        "{layers:?}"
    );
    screen.keys("O").says("order of logging").heads("grad/layer0");
    let logged = rows(&screen).join("\n");
    assert!(logged.find("layer11") < logged.find("layer10"), "{logged}");
    screen.keys("O").says("layer2 before layer10");
}

/// B5: `/seed3` found seeds 0, 1 and 2, names of runs were not searched, and a blank was literal.
#[test]
fn the_filter_finds_runs_by_their_names() {
    let folder = Folder::new();
    let names: Vec<String> = (0..12).map(|at| format!("lr{}.0e-0{}-seed{}", at % 3 + 1, at / 6, at % 6)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut screen = runs(&folder, &names);
    screen.keys("/ seed3").says("26 of 156");
    assert!(rows(&screen).iter().all(|row| !row.contains("seed") || row.contains("seed3")), "{:?}", rows(&screen));
    screen.keys("<ctrl-u>").paste("seed3 layer11").says("2 of 156");
    screen
        .keys("<ctrl-u>")
        .paste("seed3 !layer loss$")
        .says("2 of 156")
        .keys("<ctrl-u>")
        .paste("^grad/layer1$")
        .says("12 of 156");
    screen.keys("<ctrl-u> seed9").says("0 of 156").shows("no series matches").keys("<esc>").shows("series 156");
}

#[test]
fn enter_accepts_the_best_match_and_the_filter_proposes_its_old_text() {
    let folder = Folder::new();
    let mut screen = runs(&folder, &["a", "b"]);
    screen.heads("grad/layer0").keys("/").paste("layer1").heads("layer1").lacks("layer2").keys("<enter>");
    screen.keys("/").says("layer1").keys("loss").says("(words): loss").says("2 of 26").heads("loss").keys("<esc>");
    // Abbreviations match only if nothing contains the words.
    screen.keys("/").paste("gl7").says("2 of 26").heads("layer7").keys("<esc>");
}

/// B3: `:q` changed the bins, `:w` removed one, `:sort` chose a rule.
#[test]
fn the_palette_runs_its_first_row_and_nothing_else() {
    let mut screen = Screen::demo();
    let bins = screen.header();
    for (typed, first) in
        [("q", "quit"), ("w", "save"), ("sort", "sort names"), ("nan", "show problems"), ("30", "use 30 bins")]
    {
        screen.keys(":").paste(typed);
        let row = screen.line("› ");
        let row = screen.lines().into_iter().find(|line| line.contains("│ › ")).unwrap_or(row);
        assert!(row.contains(first), "{typed}: {row}");
        screen.keys("<esc>");
    }
    assert_eq!(screen.header(), bins, "the palette changes nothing while it is typed");
    screen.keys(": 30 <enter>").heads("30 bins").keys(":").paste("bins fd").keys("<enter>").says("bin rule: fd");
    screen.keys(":").paste("step 500").shows("go to step 500").keys("<enter>").heads("step 500 ");
    screen.keys(":").paste("step first").keys("<enter>").heads("step 0 ").keys(":").paste("step x").keys("<enter>");
    screen.says("enter a step").keys("<esc> :").paste("bins 900").keys("<enter>").says("enter a number from 1 to 512");
    // Nothing matches, so that nothing runs.
    screen.keys("<esc> : zzzz <enter>").shows(": zzzz").keys("<esc> : heatmap <enter>").shows("heat map");
    screen.keys(":").paste("q!").keys("<enter>");
    assert!(screen.quits());
}

/// B4: `nan`, typed into the help, closed it, changed the bins, and changed the axis.
#[test]
fn the_help_is_searched_while_typing_and_no_key_reaches_the_program() {
    let mut screen = Screen::demo();
    let header = screen.header();
    screen.keys("? nan").shows("show problems").lacks("one bin fewer").keys("<ctrl-u> qqq").shows("no key matches");
    screen.keys("<esc>").lacks("no key matches");
    assert_eq!(screen.header(), header);
    // Enter runs the selected line.
    screen.keys("?").paste("double the").keys("<enter>").heads("128 bins");
    // The keys of the current view come first.
    screen.keys("<tab> ?");
    let text = screen.text();
    assert!(text.find("next series") < text.find("one bin fewer").or(Some(usize::MAX)), "{text}");
    screen.keys("<esc>");
}

#[test]
fn keys_under_any_overlay_do_nothing_else() {
    let mut screen = Screen::demo();
    for open in ["!", ",", "I", "H", "E", "?", ":", "/"] {
        let before = screen.header();
        screen.keys(open).keys("n a + y x m X ] v").keys("<esc>").keys("<esc>").keys("<esc>");
        assert_eq!(screen.header(), before, "{open}");
        assert!(screen.model.overlays.is_empty(), "{open}");
    }
}

#[test]
fn arrows_fold_in_the_list_and_a_branch_shows_its_contents() {
    let folder = Folder::new();
    let mut screen = runs(&folder, &["hot", "base"]);
    screen.heads("grad/layer0").keys("<tab> k");
    assert_eq!((screen.model.focus, screen.model.list.branch().is_some()), (Focus::Series, true));
    // The contents replace the chart of another series, and the arrows do not move its cursor.
    screen.shows("series  12").shows(" grad/layer11").lacks("bin 2  ").keys("<left>");
    assert!(rows(&screen).iter().any(|row| row.contains("▸ grad")), "{:?}", rows(&screen));
    screen.keys("<left>").shows("series  13").keys("<left>");
    assert!(rows(&screen).iter().any(|row| row.contains("▸ hot")), "{:?}", rows(&screen));
    screen.keys("<right> <right> <right> <right>").heads("grad/layer0").shows("bin ");
    screen.keys("\\ <home>");
    assert_eq!(rows(&screen).len(), 2);
}

#[test]
fn the_edit_menu_has_short_names_and_describes_the_selected_entry() {
    let mut screen = Screen::demo();
    screen.resize(80, 24).keys("e").shows("merge").shows("split").shows("set the counts of the selected bins");
    screen
        .keys("<down> <down> <down>")
        .shows("merge the selected bins")
        .lacks("set the counts")
        .keys("<enter>")
        .says("merge");
    screen.keys("<esc> e <right>").lacks("set the counts of").keys("<esc>").lacks("merge").heads("64 bins");
    screen.resize(40, 12).keys("e").says("set the counts").keys("m").says("merge").keys("<esc>");
}

#[test]
fn the_list_is_resized_with_keys_and_by_its_border() {
    let mut screen = Screen::demo();
    let width = |screen: &Screen| screen.lines()[1].chars().position(|c| c == '┐').unwrap() as u16 + 1;
    let fitting = width(&screen);
    screen.keys("<ctrl-right>").says("columns");
    assert_eq!(width(&screen), fitting + 4);
    screen.keys("<ctrl-left> <ctrl-left>");
    assert_eq!(width(&screen), fitting - 4);
    screen.mouse(MouseKind::Press, fitting - 5, 5).mouse(MouseKind::Drag, 29, 5).mouse(MouseKind::Release, 29, 5);
    assert_eq!(width(&screen), 30);
    screen.keys("|");
    assert_eq!(width(&screen), fitting);
    // Sparklines keep their column at any width.
    for width in [80, 100, 120, 200] {
        screen.resize(width, 24);
        let lines: Vec<String> =
            screen.lines().into_iter().filter(|line| line.contains("60│") || line.contains("2950│")).collect();
        let starts: Vec<usize> =
            lines.iter().map(|line| line.chars().position(|c| "▁▂▃▄▅▆▇█".contains(c)).unwrap_or(0)).collect();
        // A sparkline can start with an empty bin.
        let (first, last) = (starts.iter().min().unwrap(), starts.iter().max().unwrap());
        assert!(starts.len() == 6 && last - first <= 1, "{width}: {starts:?}");
    }
}
