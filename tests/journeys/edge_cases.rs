//! Edge cases of the data: not finite, missing, empty, hostile, or impossible to bin.

use crate::fixtures::{Folder, histogram_in, normals, npy_f64, object, read};
use crate::npy::npy;
use crate::screen::{Screen, WIDE};

fn opened(name: &str, content: impl AsRef<[u8]>) -> (Folder, Screen) {
    let folder = Folder::new();
    let path = folder.write(name, content);
    let screen = Screen::open(&[&path], WIDE);
    (folder, screen)
}

#[test]
fn non_finite_values_are_counted_and_shown() {
    let mut values = normals(500);
    values.extend([f64::NAN, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY, 0.0]);
    let (_folder, mut screen) = opened("odd.npy", npy_f64(&values));
    screen.heads("64 bins exact");
    for (name, text) in
        [("nan", " 2, first [500]"), ("+inf", " 1, first [502]"), ("-inf", " 3, first [503]"), ("n ", " 501")]
    {
        let line = screen.line(&format!("│{name}"));
        assert!(line.trim_end_matches([' ', '│']).ends_with(text), "{line}");
    }
    screen.keys("!").lacks("no problems found").shows("2 NaN; the first is at [500]").keys("<esc>");
    let (_folder, mut screen) = opened("nan.npy", npy_f64(&[f64::NAN; 4]));
    screen.heads("64 bins").keys("+ _ a z Z o u");
}

#[test]
fn problems_list_the_nan_of_every_series_that_was_read() {
    let (_folder, mut screen) = opened("cells.csv", "x,y\n1,2\n3,nan\n5,6\n");
    screen.keys("!").shows("1 NaN; the first is at line 3, column 'y'").lacks("no problems found").keys("<esc>");
    let folder = Folder::new();
    let (a, b) = (folder.write("a.npy", npy_f64(&[1.0, f64::NAN])), folder.write("b.npy", npy_f64(&[1.0, 2.0])));
    let mut screen = Screen::open(&[&a, &b], WIDE);
    screen
        .keys("<down>")
        .heads("b.npy")
        .keys("!")
        .shows("a.npy")
        .shows("1 NaN; the first is at [1]")
        .lacks("no problems found");
}

#[test]
fn missing_and_bad_cells_are_located() {
    let (_folder, mut screen) = opened("cells.csv", "x,y\n1,2\n,3\noops,4\n5,6\n");
    screen
        .shows("missing")
        .shows("non-numeric")
        .keys("!")
        .shows("1 problem")
        .shows("line 4")
        .shows("oops")
        .keys("<esc>");
}

#[test]
fn an_unfinished_log_entry_is_reported_with_its_line() {
    let (_folder, mut screen) =
        opened("torn.jsonl", format!("{{\"_step\": 0, \"w\": {0}}}\n{{\"_step\": 1, \"w\": {{\"_ty", object(&[1])));
    screen.lacks("incomplete").keys("!").shows("no problems found").shows("being written: line 2");
    let (_folder, mut screen) = opened("fine.json", object(&[1]));
    screen.keys("!").shows("no problems found");
}

#[test]
fn control_characters_in_keys_paths_and_values_are_escaped() {
    let folder = Folder::new();
    let evil = "\\u001b[2J\\u001b]0;pwned\\u0007\\u009b31m\\u202e\\r\\n\\u0000";
    let text = format!(
        "{{\"{evil}\": {}, \"list{evil}\": {{\"_type\": \"{evil}\", \"values\": 3}}, \"n\": [1, \"{evil}\"]}}",
        object(&[1, 2])
    );
    let path = folder.write("evil\u{1b}[31m\u{7}.json", text);
    let csv = folder.write("evil.csv", "a\u{1b}[31m,b\n\u{1b}]52;c;aGk=\u{7},2\n3,\u{9b}4\n");
    let mut screen = Screen::open(&[&path, &csv], WIDE);
    let keys = "+ | ! | <esc> | ? | <esc> | m | <down> | ! | <esc> | <down> | <down> | <down> | ! | <esc> | q | <esc> | S | <esc> | / | zz | <esc> | w | w";
    for keys in keys.split('|') {
        screen.keys(keys);
        let buffer = screen.buffer();
        let bad = |c: char| c.is_control() || c == '\u{202e}';
        let found = buffer.content.iter().find(|cell| cell.symbol().contains(bad));
        assert_eq!(found, None, "{keys}");
    }
    screen.keys("<esc>").shows("␛[");
    screen.send(rebin::app::Message::Notice("a\u{1b}[31m\u{7}".into())).says("a␛[31m␇");
    screen.keys("S").send(rebin::app::Message::Paste("x\u{1b}[31m\ny".into())).says("x[31my");
}

#[test]
fn impossible_bins_are_reported_and_can_be_changed() {
    let data: Vec<u8> = [0x3c00_u16, 0x3c01, 0x3c02].iter().flat_map(|half| half.to_le_bytes()).collect();
    let (_folder, mut screen) = opened("half.npy", npy("<f2", "(3,)", &data));
    screen.shows("64").keys("512 <enter>").heads("512 bins").shows("Too many bins").keys("s").lacks("save as");
    screen.keys("2 <enter>").heads("2 bins exact").lacks("Too many bins");
    let (_folder, mut screen) = opened("constant.npy", npy_f64(&[1e17; 5]));
    screen
        .shows("Too many bins")
        .keys("+ a z < v ^ <left> w w m y x n c j t <enter>")
        .keys("u 1 <enter>")
        .heads("1 bin");
    screen.keys("o u u");
}

#[test]
fn histograms_without_bins_are_shown_and_left_alone() {
    let text = r#"{"_type": "histogram", "values": [], "bins": [2.5]}"#;
    let (folder, mut screen) = opened("empty.json", text);
    screen
        .heads("0 bins logged")
        .shows("this histogram has no bins")
        .keys("- _ a v <right> z w w w ^ n y c j t <enter>");
    screen.keys("o <esc> s");
    assert_eq!(read(&folder.path("empty.json")), text);
}

#[test]
fn bins_of_zero_width_are_selectable_one_by_one() {
    let (_folder, mut screen) =
        opened("zero.json", r#"{"_type": "histogram", "values": [1, 2, 3], "bins": [5, 5, 5, 6]}"#);
    screen
        .heads("3 bins logged")
        .keys("<home>")
        .shows("bin 1 ")
        .keys("<right>")
        .shows("bin 2 ")
        .keys("<right>")
        .shows("bin 3 ");
    screen.keys("7 <enter>").heads("7 bins");
    let (_folder, mut screen) = opened("point.json", r#"{"_type": "histogram", "values": [4], "bins": [5, 5]}"#);
    screen
        .heads("1 bin logged")
        .shows("█")
        .keys("z")
        .says("cannot zoom in further")
        .keys("3 <enter>")
        .heads("3 bins")
        .shows("count 4");
}

#[test]
fn negative_and_fractional_counts_are_drawn_and_labelled() {
    let text = r#"{"_type": "histogram", "values": [-4, 2.5, 0.25], "bins": [0, 1, 2, 3]}"#;
    let (_folder, mut screen) = opened("odd.json", text);
    screen
        .keys("<home>")
        .shows("count -4")
        .keys("<right>")
        .shows("count 2.5")
        .keys("<right>")
        .shows("count 0.25")
        .keys("- y n");
    screen.heads("2 bins");
}

#[test]
fn the_largest_finite_edges_and_infinite_edges_are_drawn() {
    let text =
        r#"{"_type": "histogram", "values": [1, 2], "bins": [-1.7976931348623157e308, 0, 1.7976931348623157e308]}"#;
    let (_folder, mut screen) = opened("max.json", text);
    screen
        .heads("2 bins logged")
        .shows("█")
        .keys("+ + 64 <enter>")
        .heads("64 bins")
        .keys("z z < > Z x x x y n t <enter> o");
    let text = r#"{"_type": "histogram", "values": [1, 2, 3], "bins": [-Infinity, 0, 1, Infinity]}"#;
    let (_folder, mut screen) = opened("inf.json", text);
    screen
        .heads("3 bins logged")
        .shows("█")
        .keys("<home>")
        .shows("-inf")
        .keys("<end>")
        .shows("inf")
        .keys("4 <enter> z Z o");
    screen.heads("3 bins logged");
    let (_folder, mut screen) = opened("max.npy", npy_f64(&[f64::MIN, f64::MAX, 0.0]));
    screen.keys("+ a o 3 <enter> z Z");
}

#[test]
fn an_unreadable_file_is_reported_and_no_key_changes_it() {
    let (folder, mut screen) = opened("not.npy", b"\x93NUMPY");
    screen
        .says("cannot read")
        .heads("no file is open")
        .keys("+ - 5 <enter> z Z v a o u s S y n x w m ! <esc> [ ] <space> c j c c / a <enter>");
    screen.keys("? <esc> : <esc> t <enter> <esc> R <esc>").click(50, 10).click(50, 32);
    assert!(screen.keys("<esc> q").quits());
    assert_eq!(folder.path("not.npy").metadata().unwrap().len(), 6);
    let mut screen = Screen::open(&[], WIDE);
    screen.heads("no file is open").keys("+ q");
    assert!(screen.quits());
}

#[test]
fn unbounded_outer_buckets_do_not_hide_the_others() {
    let (lo, hi) = (-f64::MAX, f64::MAX);
    let open = format!(r#"{{"_type": "histogram", "values": [0, 3, 4, 0], "bins": [{lo:e}, -1, 0, 1, {hi:e}]}}"#);
    let (_folder, screen) = opened("open.json", open);
    assert_eq!(screen.model.visible().map(|view| (view.lo, view.hi)), Some((-1.0, 1.0)));
    let (_folder, screen) =
        opened("all.json", format!(r#"{{"_type": "histogram", "values": [7], "bins": [{lo:e}, {hi:e}]}}"#));
    assert_eq!(screen.model.visible().map(|view| (view.lo, view.hi)), Some((lo, hi)));
}

#[test]
fn more_than_512_bins_are_shown_and_reduced_on_saving_with_a_warning() {
    let numbers = |n: u32| (0..n).map(|i| i.to_string()).collect::<Vec<_>>().join(", ");
    let text = format!(r#"{{"_type": "histogram", "values": [{}], "bins": [{}]}}"#, numbers(1548), numbers(1549));
    let (folder, mut screen) = opened("many.json", &text);
    screen.heads("1,548 bins logged").keys("+").says("512 bins is the maximum").heads("1,548 bins");
    screen
        .keys("s")
        .says("nothing to save")
        .keys("S")
        .says("1,548 bins will be saved as 512")
        .paste(folder.path("few"));
    screen.says("1,548 bins will be saved as 512").keys("<enter>").says("saved 512 bins");
    let few = histogram_in(&read(&folder.path("few.json")));
    assert_eq!((few.bins(), few.total().as_f64()), (512, f64::from(1547 * 1548 / 2)));
    // The warning also appears if a part is saved to its own file.
    screen.keys("<esc> R").paste("0, 1000").keys("<enter>").heads("1,000 bins logged");
    let saved = folder.path("many.json");
    screen.model.saved_files.clear();
    screen.keys("s").says("1,000 bins will be saved as 512").keys("<esc>");
    assert_eq!(read(&saved), text);
    screen.keys("s s").says("out-of-range counts from many.json").keys("y").says("saved 512 bins");
    assert_eq!(histogram_in(&read(&saved)).bins(), 512);
    screen.keys("o -").heads("512 bins ≈ from 1,548 logged");
}
