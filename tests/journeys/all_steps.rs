//! Views of all steps of a run, and the state that survives a change of step.

use crate::fixtures::{Folder, drift, object, read, run};
use crate::screen::{Screen, WIDE};
use ratatui::buffer::Cell;
use ratatui::style::Color;
use rebin::app::over_steps;
use rebin::hist::Segment;
use rebin::key::MouseKind;
use rebin::settings::Depth;
use rebin::source::Input;
use rebin::view;
use std::fmt::Write as _;

fn drifting(folder: &Folder, steps: i64) -> Screen {
    Screen::open(&[&folder.write("drift.jsonl", drift(steps))], WIDE)
}

#[test]
fn views_of_all_steps_match_their_snapshots() {
    let folder = Folder::new();
    let input = vec![Input::Path(folder.write("drift.jsonl", drift(40)))];
    let mut screen = Screen::with("", Depth::None, input, WIDE);
    // Only the main pane, without the line about the bin under the cursor.
    let mut view = |keys: &str| {
        let lines = screen.keys(keys).lines();
        let end = lines.iter().position(|line| line.starts_with('└')).unwrap_or_default() - 1;
        let main = lines[1..end].iter().filter_map(|line| line.split_once("┐┌").or(line.rsplit_once("││")));
        main.map(|(main, _)| main.trim_end()).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!("heat_map", view("<alt-2> # 1015 <enter>"));
    insta::assert_snapshot!("ridges", view("<alt-3>"));
    insta::assert_snapshot!("bands", view("<alt-4>"));
}

#[test]
fn the_heat_map_has_a_color_scale_with_numbers() {
    let folder = Folder::new();
    // All values of a step are equal, so one cell contains them all.
    let mut screen = Screen::open(&[&folder.write("point.jsonl", points())], WIDE);
    screen.keys("<alt-2>").shows("over steps").lacks("averaged").lacks("outside");
    let (zero, row) = screen.find("0 ██");
    screen.shows("█ 50 █").shows("█ 100 % of a step").lacks(", log");
    let ramp = screen.model.settings.theme.heat().plain.ramp.clone();
    let color = |screen: &Screen, column: u16| screen.buffer().cell((column, row)).map(|cell| cell.fg);
    let end = screen.find(" 100 % of").0 - 1;
    assert_eq!((color(&screen, zero + 2), color(&screen, end)), (Some(ramp[1]), ramp.last().copied()));
    screen.keys("y").says("colors on a logarithmic scale").shows("█ 1 █").shows("100 % of a step, log");
    screen.keys("N").says("counts are not normalized").shows("5 per cell, log");
    screen.keys("y").says("colors on a linear scale").shows("5 per cell").lacks(", log").keys("y").says("automatic");
    screen.keys("N").says("each step is normalized to a total of 1").shows("100 % of a step");
    // The choice of colors leaves the bars alone.
    screen.keys("y <alt-1>").lacks("logarithmic");
    assert!(!screen.model.chart.log_counts);
}

#[test]
fn the_colors_fit_the_terminal() {
    let folder = Folder::new();
    let path = folder.write("drift.jsonl", drift(40));
    let draw = |settings: &str, depth| {
        let mut screen = Screen::with(settings, depth, vec![Input::Path(path.clone())], WIDE);
        screen.keys("<alt-2>");
        let top = screen.find("over steps").1 + 1;
        let legend = screen.find("0 ").1;
        let buffer = screen.buffer();
        let cells = |symbol: &str| {
            let rows = top..legend.max(top + 20);
            let cells = rows.flat_map(|y| (10..90).map(move |x| (x, y))).filter_map(|at| buffer.cell(at).cloned());
            cells.filter(|cell| cell.symbol() == symbol).collect::<Vec<Cell>>()
        };
        let halves: Vec<Cell> = [cells("▀"), cells("▄")].concat();
        (halves, cells("▒").len())
    };
    let rgb = |color: Color| matches!(color, Color::Rgb(..));
    let indexed = |color: Color| matches!(color, Color::Indexed(_));
    let (halves, shades) = draw("", Depth::True);
    assert!(halves.len() > 50 && shades == 0 && halves.iter().all(|cell| rgb(cell.fg) && rgb(cell.bg)));
    let (halves, _) = draw("", Depth::Ansi256);
    assert!(halves.len() > 50 && halves.iter().all(|cell| indexed(cell.fg) && indexed(cell.bg)));
    let (halves, _) = draw("", Depth::Ansi16);
    assert!(halves.len() > 50 && halves.iter().all(|cell| !rgb(cell.fg) && !indexed(cell.fg)));
    // Without colors, and in ASCII, shades show one value per cell.
    let (halves, shades) = draw("", Depth::None);
    assert!(halves.is_empty() && shades > 20);
    let (halves, _) = draw("glyphs = \"ascii\"", Depth::True);
    assert!(halves.is_empty());
    // On a light background, more is darker.
    let (light, _) = draw("background = \"light\"", Depth::True);
    assert!(light.iter().any(|cell| cell.bg == Color::Rgb(0xf8, 0xfa, 0xfc)));
    let (own, _) = draw("[theme]\nheat = [\"#100000\", \"#ff0000\"]", Depth::True);
    let is_red = |cell: &Cell| matches!(cell.fg, Color::Rgb(r, g, b) if r >= g && r >= b);
    assert!(!own.is_empty() && own.iter().all(is_red));
}

#[test]
fn a_copy_of_a_heat_map_has_shades_instead_of_colors() {
    let folder = Folder::new();
    let mut screen = drifting(&folder, 40);
    screen.keys("<alt-2>");
    let text = view::chart_text(&screen.model);
    assert!(text.contains('▒') && text.contains('█') && !text.contains('▀'), "{text}");
}

#[test]
fn edited_steps_are_drawn_with_their_edits() {
    let folder = Folder::new();
    let path = folder.write("point.jsonl", points());
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("N").shows("5 per cell").lacks("edited").keys("e = 40 <enter>");
    screen.shows("40 per cell").shows("1 step edited").keys("[ [ e = 80 <enter>");
    screen.shows("80 per cell").shows("2 steps edited").keys("<alt-2>").shows("2 steps edited");
    screen.keys("<alt-3>").shows("2 steps edited").keys("<alt-4>").shows("2 steps edited");
    screen.keys("<alt-7>").shows("edited 3").keys("<alt-1> u").shows("40 per cell").shows("1 step edited");
    screen.keys("<alt-7>").lacks("edited 3").keys("<alt-1> u").shows("5 per cell").lacks("edited ");
    // So are steps that are read only after the edit.
    screen.keys("p ] ] e = 40 <enter>").lacks("per cell").keys("p").shows("40 per cell").shows("1 step edited");
    // An exported picture counts the edited steps as well.
    screen.keys("E <end> <up> <enter>").says("export svg of all steps as:").paste(folder.path("all")).keys("<enter>");
    assert!(read(&folder.path("all.svg")).contains("w, 1 step edited"));
}

/// Returns true if a cell has a color of the marked column.
fn is_marked(screen: &Screen, at: (u16, u16)) -> bool {
    let marked = &screen.model.settings.theme.heat().marked;
    let is_marked = |color: Color| color == marked.ground || marked.ramp.contains(&color);
    screen.buffer().cell(at).is_some_and(|cell| is_marked(cell.bg))
}

#[test]
fn the_current_step_is_marked_and_a_click_on_a_column_goes_to_its_step() {
    let folder = Folder::new();
    let mut screen = drifting(&folder, 10);
    screen.keys("<alt-2>").heads("step 1009");
    let ((first, below), (fourth, _)) = (screen.find("1,000 "), screen.find("1,003 "));
    let top = screen.find("over steps").1 + 1;
    assert!(!is_marked(&screen, (first, top)));
    screen.click(first, below - 5).heads("step 1000 · 1 of 10");
    // The whole column is marked, from the first to the last row.
    assert!((top..below).all(|y| is_marked(&screen, (first, y))));
    screen.click(fourth, top).heads("step 1003 · 4 of 10");
    assert!(!is_marked(&screen, (first, top)) && is_marked(&screen, (fourth, top)));
    screen.keys("]").heads("step 1004").keys("<alt-4>").click(fourth, top).heads("step 1003");
    assert!(is_marked(&screen, (fourth, top)));
    // Its number is below it, with priority over the other labels.
    let column = screen.find("1,003").0;
    let style = |screen: &Screen, column| screen.buffer().cell((column, below)).map(Cell::style);
    assert_ne!(style(&screen, column), style(&screen, first));
}

#[test]
fn step_labels_are_round_numbers() {
    let folder = Folder::new();
    let mut screen = drifting(&folder, 300);
    screen.keys("<alt-2>").shows("columns: largest of up to 4 steps").lacks("averaged");
    let labels = screen.line("1,000 ");
    let numbers: Vec<&str> =
        labels.split_whitespace().map(|word| word.trim_matches('│')).filter(|word| word.starts_with('1')).collect();
    assert_eq!(numbers, ["1,000", "1,050", "1,100", "1,150", "1,200", "1,250", "1,299"]);
    screen.keys("<alt-3>").shows("largest of up to 25 steps").lacks("averaged");
    screen.resize(40, 12).keys("<alt-2>");
}

#[test]
fn a_blow_up_of_five_among_thousands_of_steps_is_visible_in_each_view() {
    let folder = Folder::new();
    let mut text = String::new();
    for step in 0..6000 {
        let width = if (4000..4005).contains(&step) { 30 } else { 1 };
        let edges = [-3, -1, 0, 1, 3].map(|edge| edge * width);
        let _ = writeln!(
            text,
            "{{\"_step\": {step}, \"w\": {{\"_type\": \"histogram\", \"values\": [1, 9, 9, 1], \"bins\": {edges:?}}}}}"
        );
    }
    let mut screen = Screen::open(&[&folder.write("blow-up.jsonl", text)], WIDE);
    screen.keys("<alt-2>").shows("▲▼ outside (X) · largest of 69 steps");
    // One or two columns have marks, and the legend.
    let marks = |mark| screen.text().matches(mark).count();
    assert!((2..4).contains(&marks('▲')) && marks('▲') == marks('▼'), "{}", screen.text());
    // A click on the mark goes to one of the steps.
    let (x, y) = screen.find("▲");
    screen.click(x, y).heads("step 4000").says("step 4000 has the most values outside");
    screen.keys("G <alt-4>").shows("▲").shows("▼").click(x, y).heads("step 4000");
    screen.keys("G <alt-3>").shows("◂▸ outside (X)");
    let row = screen.line("◂");
    assert!(row.contains('▸'), "{row}");
    // With all values on the axis, their column is still different from its neighbors.
    screen.keys("X").says("shows all values").lacks("outside").keys("<alt-2>").lacks("▲");
    let ground = screen.model.settings.theme.heat().plain.ground;
    let buffer = screen.buffer();
    let colors = (8..80).filter_map(|x| buffer.cell((x, y + 2))).map(|cell| cell.bg).filter(|color| *color != ground);
    assert!((1..3).contains(&colors.count()), "{}", screen.text());
}

#[test]
fn time_zooms_with_keys_around_the_current_step() {
    let folder = Folder::new();
    let mut screen = drifting(&folder, 400);
    screen
        .keys("<alt-2> # 1100 <enter> z")
        .says("steps 1,050–1,249; Z shows all")
        .shows("heat map over steps 1,050–1,249");
    screen
        .keys("z")
        .says("steps 1,075–1,174")
        .keys(">")
        .says("steps 1,100–1,199")
        .heads("step 1100")
        .keys("<")
        .says("1,075");
    // Other views, the pane and other series show the same steps.
    screen
        .keys("<alt-3>")
        .shows("ridges over steps 1,075–1,174")
        .keys("<alt-4>")
        .shows("percentiles over steps 1,075–1,174");
    screen.keys("<alt-1>").shows("─ steps 1,075–1,174 ─").lacks("unsaved");
    // The window follows the current step.
    screen.keys("<alt-2> # 1300 <enter>").shows("over steps 1,201–1,300").keys("g").shows("over steps 1,000–1,099");
    screen
        .keys("Z")
        .says("all steps are shown")
        .lacks("over steps 1")
        .keys("Z")
        .says("already")
        .keys(">")
        .says("zoom in first");
    // The window contains the last step, too.
    screen.keys("G z z").shows("over steps 1,300–1,399").keys("Z g");
    // Zooming in never ends on an empty chart.
    screen.keys("z z z z z z z z z z z z").shows("over steps 1,000–1,001").keys("<alt-3>").shows("1001");
    screen.keys("q").lacks("unsaved");
}

#[test]
fn a_selection_of_steps_can_be_zoomed() {
    let folder = Folder::new();
    let mut screen = drifting(&folder, 400);
    screen.keys("<alt-2> # 1100 <enter> v").says("selecting steps").keys("} } ] z").says("steps 1,100–1,121");
    screen.keys("v } <esc>").says("selection cleared").keys("v z").says("at least two steps");
}

#[test]
fn time_zooms_with_the_mouse() {
    let folder = Folder::new();
    let mut screen = drifting(&folder, 400);
    screen.keys("<alt-2>");
    let ((x, _), y) = (screen.find("1,100"), screen.find("over steps").1 + 3);
    let x = x + 2;
    screen.click(x, y);
    let step = screen.model.requested.map(|entry| entry.index);
    // The steps under the pointer stay there.
    screen.mouse(MouseKind::WheelUp, x, y).mouse(MouseKind::WheelUp, x, y).shows("heat map over steps 1,0");
    let after = screen.click(x, y).model.requested.map(|entry| entry.index);
    assert!(step.zip(after).is_some_and(|(a, b)| a.abs_diff(b) < 8), "{step:?} {after:?}");
    screen.heads("bins").lacks("unsaved");
    screen.mouse(MouseKind::WheelDown, x, y).mouse(MouseKind::PressRight, x, y).says("all steps are shown");
    // A drag selects steps, shows them, and zooms to them.
    screen.mouse(MouseKind::Press, x, y).mouse(MouseKind::Drag, x + 9, y).shows("━━━━━━━━━━");
    screen.mouse(MouseKind::Release, x + 9, y).shows("heat map over steps 1,").lacks("━━━━━━━━━━ ");
    let shown = over_steps::shown_steps(&screen.model);
    assert!(shown.len() > 20 && shown.len() < 80, "{shown:?}");
    screen.mouse(MouseKind::PressRight, x, y).keys("<alt-1>");
    // The pane below the bars zooms, too.
    let (x, y) = screen.find("1,200");
    screen.mouse(MouseKind::WheelUp, x, y - 2).shows("─ steps 1,").heads("bins").lacks("unsaved");
}

#[test]
fn a_zoomed_range_applies_to_all_views_and_steps() {
    let folder = Folder::new();
    let mut screen = drifting(&folder, 10);
    screen.keys("R").paste("6, 10").keys("<enter> <alt-2>");
    let zoomed = Some(Segment { lo: 6.0, hi: 10.0 });
    for keys in ["", "[", "<alt-3>", "<alt-4>", "g", "<alt-2>"] {
        screen.keys(keys);
        assert_eq!(over_steps::view(&screen.model, screen.model.chart.view), zoomed, "{keys}");
    }
    screen.heads("step 1000").keys("G <alt-1>");
    assert_eq!(screen.model.spec().and_then(|spec| spec.range).map(|r| r.hi.as_f64()), Some(10.0));
    screen.keys("Z <alt-2>");
    assert_ne!(over_steps::view(&screen.model, screen.model.chart.view), zoomed);
}

#[test]
fn the_steps_pane_is_toggled_and_clickable() {
    let folder = Folder::new();
    let mut screen = drifting(&folder, 10);
    screen.shows("% of a step").keys("p").lacks("% of a step").keys("p").shows("% of a step");
    let (column, row) = screen.find("1,004 ");
    screen.click(column, row - 1).heads("step 1004").shows("█");
    // A small screen shows the pane only on request.
    screen.keys("p p").resize(80, 20).shows("% of a step").keys("p").lacks("% of a step");
    let mut screen = drifting(&folder, 10);
    screen.resize(80, 20).lacks("% of a step").keys("p").shows("% of a step");
}

#[test]
fn ridges_name_their_steps_and_highlight_the_chosen_one() {
    let folder = Folder::new();
    let mut screen = drifting(&folder, 8);
    screen.keys("<alt-3>").shows("ridges over steps").shows("% of a step").lacks("largest");
    let main = screen.lines()[2..].join("\n");
    for step in 1000..1008 {
        assert!(main.contains(&step.to_string()), "{step}:\n{main}");
    }
    let (column, row) = screen.find("1002");
    let style = |screen: &Screen, row| screen.buffer().cell((column, row)).map(Cell::style);
    let plain = style(&screen, row);
    assert_eq!(style(&screen, row + 2), plain);
    screen.click(column + 10, row).heads("step 1002");
    assert_ne!(style(&screen, row), plain);
    assert_eq!(style(&screen, row + 2), plain);
}

#[test]
fn steps_with_nan_are_marked() {
    let folder = Folder::new();
    let mut text = String::new();
    for step in 0..10 {
        let bins = if step < 5 { "0, 1, 2" } else { "NaN, NaN, NaN" };
        let _ = writeln!(
            text,
            "{{\"_step\": {step}, \"w\": {{\"_type\": \"histogram\", \"values\": [3, 1], \"bins\": [{bins}]}}}}"
        );
    }
    let mut screen = Screen::open(&[&folder.write("nan.jsonl", text)], WIDE);
    for view in ["<alt-2>", "<alt-4>"] {
        screen.keys(view).shows("NaN or inf from step 5");
        let strip = screen.line("!!!");
        let marks = strip.matches('!').count();
        assert!((30..60).contains(&marks), "{strip}");
    }
    screen.keys("<alt-1> g").heads("2 bins logged").keys("G").heads("step 9").keys("g <alt-2>").lacks("outside");
}

#[test]
fn a_shared_axis_stays_the_same_at_every_step() {
    let folder = Folder::new();
    let mut screen = drifting(&folder, 10);
    screen.keys("p g");
    // Compare the words alone: the labels of the counts differ by step and may be wider.
    let labels = |screen: &Screen| {
        let line = screen.lines().into_iter().rev().nth(5).unwrap_or_default();
        line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    let own = labels(&screen);
    assert_ne!(own, labels(screen.keys("]")));
    screen.keys("X").says("all steps share one value axis");
    let shared = labels(&screen);
    assert!(shared.contains(&"12".to_owned()), "{shared:?}");
    for _ in 0..8 {
        assert_eq!(labels(screen.keys("]")), shared);
    }
    screen.keys("X").says("each step has a separate value axis");
    assert_ne!(labels(&screen), shared);
}

#[test]
fn cursor_and_range_keep_their_values_at_every_step() {
    let folder = Folder::new();
    let mut screen = drifting(&folder, 6);
    screen.keys("g 8 <enter> <home> <right> <right> <right> <right> <right> <right>");
    let value = screen.model.chart.cursor.unwrap().value;
    for bin in [4, 2, 0] {
        screen.keys("]");
        assert_eq!(screen.model.chart.cursor.unwrap().value, value);
        assert_eq!(screen.model.cursor_bin(), Some(bin), "{}", screen.text());
    }
    screen.keys("R").paste("3, 4").keys("<enter> ]");
    assert_eq!(screen.model.spec().and_then(|spec| spec.range).map(|r| r.lo.as_f64()), Some(3.0));
    screen.keys("[ u").heads("8 bins");
}

#[test]
fn a_series_with_one_step_has_no_views_of_all_steps() {
    let folder = Folder::new();
    let mut screen = Screen::open(&[&folder.write("h.json", object(&[1, 2, 3]))], WIDE);
    for view in ["<alt-2>", "<alt-3>", "<alt-4>"] {
        screen.keys(view).shows("this series has only one step").click(40, 10);
    }
    screen.keys("<alt-1> p ] X").heads("3 bins");
}

#[test]
fn views_cycle_in_both_directions() {
    let folder = Folder::new();
    let mut screen = drifting(&folder, 5);
    let titles = [
        "heat map over steps",
        "ridges over steps",
        "percentiles over steps",
        "cumulative",
        "· bins",
        "all series",
        "std over steps",
    ];
    for title in titles {
        screen.keys("w").shows(title);
    }
    screen.keys("w").lacks("all series").lacks("over steps");
    for title in titles.into_iter().rev() {
        screen.keys("W").shows(title);
    }
}

#[test]
fn every_view_fits_a_small_screen() {
    let folder = Folder::new();
    for (name, text) in [("drift.jsonl", drift(60)), ("run.jsonl", run(25))] {
        let mut screen = Screen::open(&[&folder.write(name, text)], WIDE);
        for (width, height) in [(40, 12), (20, 6), (21, 17), (60, 18)] {
            screen.resize(width, height);
            for view in 1..=7 {
                screen.keys(&format!("<alt-{view}> p X N y"));
                for (column, row) in [(width / 2, height / 2), (0, 2), (width - 1, height - 4)] {
                    screen.click(column, row);
                }
                screen.keys("<alt-1>").shows("█");
            }
        }
    }
}

/// Six steps. All five values of a step are equal.
fn points() -> String {
    let step =
        |step| format!(r#"{{"_step": {step}, "w": {{"_type": "histogram", "values": [5], "bins": [2, 2]}}}}"#) + "\n";
    (0..6).map(step).collect()
}
