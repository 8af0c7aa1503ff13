//! Appearance: views, sizes, themes, help and the palette.

use crate::fixtures::{Folder, normals, npy_f64, object, run};
use crate::screen::{Screen, WIDE};
use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};
use rebin::action::Action;
use rebin::settings::Depth;
use rebin::source::Input;
use rebin::view::bindings;

fn normal(folder: &Folder, size: (u16, u16)) -> Screen {
    Screen::open(&[&folder.write("normals.npy", npy_f64(&normals(20_000)))], size)
}

#[test]
fn screens_match_their_snapshots() {
    insta::assert_snapshot!("demo", Screen::demo().text());
    let mut screen = Screen::demo();
    insta::assert_snapshot!("run_80x24", screen.resize(80, 24).keys("5 <enter> e = 99 <enter>").text());
    let mut screen = Screen::demo();
    insta::assert_snapshot!("help", screen.keys("?").text());
    insta::assert_snapshot!("palette", screen.keys("<esc> : zoom").text());
    insta::assert_snapshot!("table", screen.keys("<esc> w w").text());
    insta::assert_snapshot!("cumulative", screen.keys("w w").text());
}

#[test]
fn chart_and_bin_count_are_visible_at_every_useful_size() {
    let folder = Folder::new();
    for size in [(80, 24), (40, 12), (20, 6), (200, 60), (60, 16), (59, 15)] {
        for mut screen in [normal(&folder, size), Screen::open(&[&folder.write("run.jsonl", run(20))], size)] {
            let bins = screen.model.bins();
            screen.heads(&format!("{bins} bins")).shows("█").keys("+").heads(&format!("{} bins", bins + 1));
        }
    }
    normal(&folder, (19, 30)).shows("rebin needs 20 × 6");
}

#[test]
fn every_view_and_overlay_is_well_drawn_at_every_size() {
    let folder = Folder::new();
    let mut screen = Screen::open(&[&folder.write("run.jsonl", run(20))], WIDE);
    let states = ["", "v <right>", "<esc> w", "w", "?", "<esc> !", "<esc> :", "<esc> /", "<esc> S", "<esc> 5"];
    for keys in states.into_iter().chain(["<esc> m y x n <tab>", "+ q"]) {
        screen.keys(keys);
        for (width, height) in
            (0..130).step_by(7).flat_map(|width| (0..40).step_by(3).map(move |height| (width, height)))
        {
            screen.resize(width, height);
        }
        for (width, height) in [(0, 0), (1, 1), (20, 6), (200, 60), (3, 200), (500, 1)] {
            screen.resize(width, height).click(width / 2, height / 2);
        }
        screen.resize(120, 34);
    }
}

#[test]
fn keys_cycle_through_the_views_or_choose_one() {
    let folder = Folder::new();
    let mut screen = normal(&folder, WIDE);
    screen.keys("4 <enter> w").shows("cumulative").keys("w").shows(" bins ").shows("cum %").keys("<home>");
    assert_eq!(screen.model.cursor_bin(), Some(0));
    screen.keys("w").lacks("cum %").keys("<alt-6>").shows("cum %").keys("<alt-5>").shows("cumulative");
    screen.keys("<alt-1>").lacks("· cumulative");
}

#[test]
fn a_click_on_a_table_row_selects_its_bin() {
    let folder = Folder::new();
    let mut screen = normal(&folder, WIDE);
    screen.keys("8 <enter> <alt-6> <home>");
    let lines = screen.lines();
    let row = lines.iter().position(|line| line.contains("  6  ") || line.contains("   6 ")).unwrap();
    screen.click(30, row as u16);
    assert_eq!(screen.model.cursor_bin(), Some(5), "{}", screen.text());
}

#[test]
fn heights_can_be_logarithmic_densities_or_probabilities() {
    let folder = Folder::new();
    let mut screen = normal(&folder, WIDE);
    screen.keys("y").says("counts on a logarithmic axis").keys("y").says("counts on a linear axis");
    screen
        .keys("n")
        .says("y axis: density")
        .shows("density")
        .keys("n")
        .says("y axis: probability")
        .keys("n")
        .says("y axis: count");
    screen.keys("x").says("symlog").keys("x").says("linear axis");
    let path = folder.write("positive.json", r#"{"_type":"histogram","values":[4,3,2],"bins":[1,10,100,1000]}"#);
    let mut screen = Screen::open(&[&path], WIDE);
    // With bins of different widths, heights are always densities.
    screen.shows("density").keys("x").says("logarithmic axis").keys("x x").says("linear axis");
}

#[test]
fn the_settings_page_shows_every_setting() {
    let settings =
        "background = 'light'\nkeep-unsaved = false\n[findings]\ndead = 0.5\noff = ['constant', 'all-zero']\n";
    let folder = Folder::new();
    let path = folder.write("h.json", object(&[1, 2]));
    let mut screen = Screen::with(settings, Depth::None, vec![Input::Path(path)], WIDE);
    screen.keys(",");
    let shown = |name: &str| {
        let line = screen.lines().into_iter().find(|line| line.contains(&format!("{name} ")));
        line.and_then(|line| line.split_once(name)?.1.trim().split("  ").next().map(str::to_owned))
    };
    for (name, value) in [
        ("background", "light"),
        ("keep-unsaved", "false"),
        ("remember-views", "true"),
        ("findings.dead", "0.5"),
        ("findings.jump", "10"),
        ("findings.steps", "3"),
        ("findings.off", "constant, all-zero"),
    ] {
        assert_eq!(shown(name).as_deref(), Some(value), "{name}");
    }
}

#[test]
fn help_lists_every_key_and_scrolls() {
    let mut screen = Screen::demo();
    let all = bindings(&screen.model.settings.keymap);
    for action in Action::ALL {
        assert!(all.iter().any(|binding| binding.help == action.help()), "{action:?}");
    }
    screen.resize(120, 24).keys("?");
    let mut seen = String::new();
    for _ in 0..all.len() + 40 {
        seen.push_str(&screen.text());
        screen.keys("<down>");
    }
    let end = screen.text();
    for binding in &all {
        assert!(seen.contains(&binding.keys) && seen.contains(binding.help), "{binding:?}");
    }
    assert_ne!(screen.keys("<up>").text(), end);
    assert_eq!(screen.keys("<down>").text(), end);
    screen.keys("<end>");
    assert_eq!(screen.text(), end);
    screen.keys("<home> <esc>").lacks("one bin fewer");
}

#[test]
fn the_palette_runs_the_chosen_action() {
    let mut screen = Screen::demo();
    let bins = screen.model.bins();
    screen
        .keys(": double")
        .shows("double the number of bins")
        .keys("<enter>")
        .heads(&format!("{} bins", (bins * 2).min(512)));
    screen
        .keys(": undo <down> <up> <enter>")
        .heads(&format!("{bins} bins"))
        .keys(": qqqq <enter>")
        .shows(": qqqq")
        .keys("<esc>")
        .keys(":")
        .paste("quit");
    assert!(screen.keys("<enter>").quits());
}

#[test]
fn ascii_glyphs_make_every_cell_ascii() {
    let folder = Folder::new();
    let key = "caf\u{e9}/\u{91cd}\u{307f}\u{1b}[31m\u{301}";
    let text =
        format!("{{\"{}\": {}, \"b\": {}}}", key.replace('\u{1b}', "\\u001b"), object(&[1, 9, 3, 4]), object(&[-3, 7]));
    let paths = vec![Input::Path(folder.write("a.json", text)), Input::Path(folder.write("run.jsonl", run(20)))];
    let mut screen = Screen::with("glyphs = \"ascii\"", Depth::True, paths, WIDE);
    let ascii = |screen: &Screen| assert!(screen.text().is_ascii(), "{}", screen.text());
    ascii(&screen);
    let keys = "+ | 7 | <enter> | v | <right> | z | < | <esc> | Z | w | w | w | ? | <esc> | ! | <esc> | : | <esc> | / | gr | <esc> \
                | S | <esc> | q | <esc> | <tab> | <down> | <down> | <down> | <space> | <esc> | c | <esc> | m | <down> | # | 777 | <enter> | <esc> | y | x | n | R | <esc> | t";
    for keys in keys.split('|') {
        screen.keys(keys);
        ascii(&screen);
    }
    for (width, height) in [(80, 24), (40, 12), (20, 6), (10, 3)] {
        ascii(screen.resize(width, height));
    }
}

#[test]
fn without_colors_no_cell_is_colored_and_the_cursor_is_reversed() {
    let folder = Folder::new();
    let path = folder.write("run.jsonl", run(20));
    let mut screen = Screen::with("", Depth::None, vec![Input::Path(path)], WIDE);
    for keys in ["", "+", "v <right>", "<esc> ?", "<esc> :", "<esc> m [", "w w", "q"] {
        screen.keys(keys);
        let buffer = screen.buffer();
        let is_colored = |cell: &&Cell| cell.fg != Color::Reset || cell.bg != Color::Reset;
        assert_eq!(buffer.content.iter().find(is_colored), None);
    }
    screen.keys("<esc> <alt-1>");
    assert!(
        screen.buffer().content.iter().any(|cell| cell.modifier.contains(Modifier::REVERSED)),
        "the cursor is reversed"
    );
}

#[test]
fn roles_have_their_colors() {
    let folder = Folder::new();
    let path = folder.write("h.json", object(&[1, 2, 3, 4]));
    let mut screen = Screen::open(&[&path], WIDE);
    assert_eq!(screen.style("logged").fg, Some(Color::Green));
    screen.keys("+");
    assert_eq!(screen.style("≈ from").fg, Some(Color::Yellow));
    assert_eq!(screen.style("5 bins").add_modifier, Modifier::BOLD);
    screen.keys("0 <enter>");
    assert_eq!(screen.style("enter a number").fg, Some(Color::Red));
}

#[test]
fn panes_are_toggled() {
    let mut screen = Screen::demo();
    screen.shows("statistics").keys("i").lacks("statistics").keys("i").shows("statistics").keys("b").lacks("─ series");
    screen.keys("b").shows("─ series").resize(40, 12).lacks("statistics");
    screen.keys("i").shows("the statistics need").lacks("─ statistics").keys("p").shows("the heat map needs 18 lines");
    let mut screen = Screen::demo();
    screen.resize(80, 24).lacks("statistics").keys("i").shows("statistics");
}
