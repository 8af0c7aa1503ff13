//! Edits: every operation is previewed, applied, undone and saved.

use crate::fixtures::{Folder, histogram, normals, npy_f64, object, read, run};
use crate::screen::{Screen, WIDE};
use rebin::hist::{Number, Numbers};

/// Opens a file with eight bins over 0 … 8. The cursor is on the fourth bin, the highest.
fn eight(folder: &Folder) -> Screen {
    Screen::open(&[&folder.write("h.json", object(&[1, 2, 4, 8, 4, 2, 1, 2]))], WIDE)
}

fn counts(screen: &Screen) -> Vec<f64> {
    screen.model.shown().expect("a histogram").histogram.counts().as_f64().to_vec()
}

fn edges(screen: &Screen) -> Vec<f64> {
    screen.model.shown().expect("a histogram").histogram.edges().as_f64().to_vec()
}

#[test]
fn selected_bins_are_merged_saved_and_undone() {
    let folder = Folder::new();
    let mut screen = eight(&folder);
    let before = screen.text();
    screen.keys("v <right> <right> e").shows("m merge").keys("m");
    // The preview is drawn over the outline of the old bars. Esc removes it without a trace.
    screen.heads("6 bins preview").says("merge bins 4–6?").says("Enter: merged bins 4–6 into one of 14").shows("─────");
    screen.keys("<esc>").heads("8 bins logged").lacks("unsaved").keys("<esc> ^");
    assert_eq!(screen.model.status.text, "");
    assert_eq!(before, screen.text());

    screen.keys("v <right> <right> e m <enter>").heads("6 bins edited").shows("1 unsaved");
    screen.says("merged bins 4–6 into one of 14; press u to undo");
    screen.keys("s").says("saved 6 bins").lacks("unsaved");
    let path = folder.path("h.json");
    let text = r#"{"_type": "histogram", "values": [1, 2, 4, 14, 1, 2], "bins": [0.0, 1.0, 2.0, 3.0, 6.0, 7.0, 8.0]}"#;
    assert_eq!(read(&path), text);
    // Rebinning an edited histogram redistributes its counts, so they become approximate.
    screen.keys("+").heads("7 bins ≈ from 6 edited").keys("u").heads("6 bins edited").lacks("unsaved");
    screen.keys("u").says("undone: merged bins 4–6").heads("8 bins logged").shows("1 unsaved").keys("s");
    assert_eq!(read(&path), object(&[1, 2, 4, 8, 4, 2, 1, 2]));
    screen.keys("<ctrl-r>").says("redone: merged").heads("6 bins edited").keys("o").heads("8 bins logged");
}

#[test]
fn counts_are_set_cleared_and_multiplied() {
    let folder = Folder::new();
    let mut screen = eight(&folder);
    screen.keys("e = x").says("set bin 4 to: x").keys("<enter>").says("enter a number").heads("logged");
    screen.keys("<ctrl-u> 100").heads("8 bins preview").says("Enter: set bin 4 to 100").keys("<enter>");
    screen.heads("8 bins edited").keys("e * 0.5 <enter>").says("multiplied bin 4 by 0.5; press u to undo");
    screen.keys("<right> v <right> e x").says("clear bins 5–6?").keys("z <enter>").says("cleared bins 5–6 (count 6)");
    assert_eq!(counts(&screen), [1.0, 2.0, 4.0, 50.0, 0.0, 0.0, 1.0, 2.0]);
    assert!(screen.model.shown().unwrap().histogram.counts().all_ints());
    screen.keys("u u").says("undone: multiplied bin 4 by 0.5");
    assert_eq!(counts(&screen)[3], 100.0);
}

#[test]
fn bins_are_split_and_edges_moved() {
    let folder = Folder::new();
    let mut screen = eight(&folder);
    screen.keys("e / 3").heads("10 bins ≈ preview").keys("<enter>").heads("10 bins ≈ edited").shows("error of a bin");
    screen
        .keys("u e [")
        .says("move the left edge of bin 4 to: 3")
        .keys("<ctrl-u> 9 <enter>")
        .says("edge 4 must stay between 2 and 4");
    screen.keys("<ctrl-u> 2.5 <enter>").heads("8 bins edited").says("counts stay in their bins");
    assert_eq!((edges(&screen)[3], counts(&screen)[2]), (2.5, 4.0));
    screen.keys("u e { <ctrl-u> 2.5 <enter>").heads("≈ edited").says("redistributed counts");
    assert_eq!((edges(&screen)[3], counts(&screen)[2], counts(&screen)[3]), (2.5, 2.0, 10.0));
    screen.keys("u <end> e ] <ctrl-u> 9 <enter>").heads("8 bins edited");
    assert_eq!(edges(&screen).last(), Some(&9.0));
    screen.keys("u ^ e } <ctrl-u> 3.5 <enter>");
    assert_eq!(counts(&screen)[3..5], [4.0, 8.0]);
}

#[test]
fn trimming_keeps_or_drops_out_of_range_counts() {
    let folder = Folder::new();
    let mut screen = eight(&folder);
    screen
        .keys("v <right> <right> e t")
        .says("trim to (lo, hi): 3, 6")
        .says("out of range: 7 below and 3 above")
        .keys("<enter>");
    screen
        .heads("3 bins edited")
        .shows("below range 7  above range 3")
        .keys("s y")
        .says("left out 10 out-of-range counts");
    screen
        .keys("u e T")
        .paste("2, 8")
        .says("discarded 3 below")
        .lacks("out of range")
        .keys("<esc> e T")
        .paste("2,8")
        .keys("<enter>");
    screen.heads("6 bins edited").says("discarded 3 below").lacks("below range 3");
    screen.keys("u e q").says("quantiles (lo, hi): 0.01, 0.99").keys("<ctrl-u>").paste("0 0.5").keys("<enter>");
    screen.says("trimmed to [0, 3.625]; out of range: 12 above (quantiles 0 to 0.5)").heads("≈ edited");
    screen.keys("u e Q <ctrl-u>").paste("0.9 0.1").keys("<enter>").says("enter two quantiles between 0 and 1");
}

#[test]
fn all_bins_are_scaled_shifted_normalized_smoothed_and_rounded() {
    let folder = Folder::new();
    let mut screen = eight(&folder);
    screen.keys("e a 2 <enter>").says("multiplied all values by 2").keys("e s").paste("-1.5").keys("<enter>");
    assert_eq!((edges(&screen)[0], edges(&screen)[8]), (-1.5, 14.5));
    screen
        .keys("e n <enter>")
        .says("divided all counts by 24; they now sum to 1")
        .keys("e w 3 <enter>")
        .says("smoothed");
    assert!((counts(&screen).iter().sum::<f64>() - 1.0).abs() < 1e-12);
    screen.keys("e r <enter>").says("rounded 8 counts to whole numbers").keys("e r").says("already whole numbers");
    assert_eq!(screen.model.shown().unwrap().histogram.total(), Number::Int(1));
    screen.heads("8 bins edited").keys("u u u u u").heads("8 bins logged").lacks("unsaved");
}

#[test]
fn a_marked_or_a_chosen_series_is_combined() {
    let folder = Folder::new();
    let path = folder.write("run.jsonl", run(3));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.heads("grad").keys("[ [ m ] ]").heads("step 20").keys("e -").says("subtract grad/w step 0?").keys("<enter>");
    screen.says("subtracted grad/w step 0; press u to undo").heads("8 bins edited");
    assert_eq!(counts(&screen), [0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    screen
        .keys("u Mx e v")
        .shows("average with which series?")
        .keys("gradb <enter>")
        .says("average with grad/b step 20?");
    screen.heads("≈ preview").keys("<enter>").says("averaged with grad/b step 20").keys("u e + <esc>").heads("logged");
    // Samples are counted in the bins on the screen.
    let raw = folder.write("raw.npy", npy_f64(&[0.5, 0.5, 7.5]));
    let mut screen = Screen::open(&[&path, &raw], WIDE);
    screen.keys("e + raw <enter>").says("add ").heads("8 bins preview").keys("<enter>").heads("8 bins edited");
    assert_eq!(counts(&screen), [3.0, 4.0, 4.0, 8.0, 4.0, 2.0, 1.0, 3.0]);
}

#[test]
fn steps_are_summed() {
    let folder = Folder::new();
    let path = folder.write("run.jsonl", run(3));
    let mut screen = Screen::open(&[&path], WIDE);
    screen
        .keys("e S")
        .says("sum steps (first, last): 0, 20")
        .keys("<ctrl-u>")
        .paste("5")
        .keys("<enter>")
        .says("two steps");
    screen.keys("<ctrl-u>").paste("1 5").keys("<enter>").says("no steps from 1 to 5").keys("<ctrl-u>");
    screen.paste("0, 10").keys("<enter>").says("sum 2 steps, 0 to 10?").heads("8 bins preview").keys("<enter>");
    assert_eq!(screen.model.shown().unwrap().histogram.counts(), &Numbers::ints([2, 5, 8, 16, 8, 4, 2, 4]));
    // An edited step enters the sum as edited.
    screen.keys("e S <enter> <enter>");
    assert_eq!(counts(&screen)[0], 4.0);
}

#[test]
fn each_step_has_its_own_edits_and_undo_returns_to_it() {
    let folder = Folder::new();
    let path = folder.write("run.jsonl", run(3));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("e x <enter> [").heads("step 10").heads("8 bins logged").keys("e = 7 <enter>").shows("2 unsaved");
    screen.keys("[ 4 <enter> ]").heads("8 bins edited").heads("step 10").keys("{ u").says("undone: bins as logged");
    screen.keys("u").heads("step 10").says("undone: set bin 4 to 7").heads("8 bins logged");
    screen
        .keys("<ctrl-r> ] ]")
        .heads("step 20")
        .keys("<ctrl-s>")
        .says("saved 2 histograms")
        .heads("step 20")
        .lacks("unsaved");
    let lines: Vec<String> = read(&path).lines().map(str::to_owned).collect();
    assert!(
        lines[0].contains("[1, 2, 4, 8,") && lines[1].contains("[1, 3, 4, 7,") && lines[2].contains("[1, 4, 4, 0,")
    );

    screen.keys("H").shows("as opened").shows("cleared bin 4 (count 8)  (step 20)").shows("set bin 4 to 7  (step 10)");
    screen.shows("now, saved").keys("<up> <up> <enter>").says("went to: ").heads("step 20").heads("8 bins logged");
    screen.keys("H <end> <up> <enter>").heads("step 10").keys("H").keys("<esc>").lacks("as opened");
    // A click on a change goes to it. A click outside the list closes it.
    let (x, y) = screen.keys("H").find("cleared bin 4 (count 8)");
    screen
        .click(x, y)
        .says("went to: cleared bin 4 (count 8)")
        .heads("step 20")
        .heads("8 bins edited")
        .lacks("as opened");
    // A change leads to its step, also from another step and if it is the current change.
    screen
        .keys("[ [ H <enter>")
        .says("went to: cleared bin 4 (count 8)")
        .heads("step 20")
        .keys("H <enter>")
        .says("already at this change");
    screen.keys("H <down> <enter>").says("went to: set bin 4 to 7").heads("step 10").heads("8 bins edited");
    screen.keys("H <up> <enter>").heads("step 20").keys("H").click(0, 0).lacks("as opened").heads("8 bins edited");
}

#[test]
fn proposed_arguments_are_accepted_or_replaced() {
    let folder = Folder::new();
    let mut screen = eight(&folder);
    screen.keys("e t").says("trim to (lo, hi): 0, 8").keys("<enter>").says("all bins are already inside").keys("<esc>");
    for keys in ["e *", "e a"] {
        screen.keys(keys).says("by: 1").keys("<enter>").says("this changes nothing").keys("<esc>").heads("logged");
    }
    screen.keys("e s").says("to all values: 0").keys("<esc> e =").says("set bin 4 to: 8").keys("<esc>");
    screen
        .keys("e w")
        .says("smooth over how many bins: 3")
        .heads("8 bins preview")
        .keys("<enter>")
        .says("smoothed all counts over 3");
    screen.keys("u e / <enter>").says("split bin 4 into 2").keys("u e = <end> 0 <enter>").says("set bin 4 to 80");
    screen
        .keys("u e * 3 <enter>")
        .says("multiplied bin 4 by 3")
        .keys("u e t")
        .paste("1, 4")
        .keys("<enter>")
        .heads("3 bins edited");
}

#[test]
fn large_counts_are_shown_with_all_their_digits() {
    let folder = Folder::new();
    let path = folder.write("h.json", object(&[1, (1 << 60) + 1, (1 << 60) + 2]));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.shows("count 1,152,921,504,606,846,977").keys("v <right>").shows("count 2,305,843,009,213,693,955");
    screen
        .keys("e m <enter>")
        .says("merged bins 2–3 into one of 2,305,843,009,213,693,955")
        .keys("u <home> <right> e x");
    screen
        .keys("<enter>")
        .says("cleared bin 2 (count 1,152,921,504,606,846,977)")
        .keys("u e = <enter>")
        .says("changes nothing");
    screen.keys("1152921504606846979 <enter>").says("set bin 2 to 1,152,921,504,606,846,979");
}

#[test]
fn samples_are_edited_in_the_bins_on_the_screen() {
    let folder = Folder::new();
    let path = folder.write("normals.npy", npy_f64(&normals(1000)));
    let mut screen = Screen::open(&[&path], WIDE);
    screen
        .keys("10 <enter> e = 5 <enter>")
        .heads("10 bins edited")
        .keys("20 <enter>")
        .heads("20 bins ≈ from 10 edited");
    screen.keys("u u").heads("10 bins exact").keys("u").heads("64 bins exact").lacks("unsaved");
    screen.keys("e n <enter> S").paste(folder.path("out")).keys("<enter>").says("saved 64 bins").lacks("unsaved");
    assert!((histogram(&folder.path("out.json")).total().as_f64() - 1.0).abs() < 1e-12);
    // While the samples are counted again, the edited histogram stays on the screen as a stand-in.
    screen.keys("7 <enter> a").hold().keys("o").heads("counting").release().heads("64 bins exact");
}

#[test]
fn impossible_edits_are_rejected_with_a_reason() {
    let folder = Folder::new();
    let mut screen = eight(&folder);
    screen.keys("e m").says("select two or more bins to merge").heads("logged");
    screen.keys("e S").says("one step").keys("e <esc>").lacks("e …").keys("R").paste("90, 99").keys("<enter>");
    screen.keys("e x").says("no histogram to edit");
    let raw = folder.write("normals.npy", npy_f64(&normals(1000)));
    let mut screen = Screen::open(&[&raw], WIDE);
    screen.hold().keys("a e n").says("still loading");
}

#[test]
fn edit_prompts_and_histories_fit_any_screen() {
    let folder = Folder::new();
    let mut screen = eight(&folder);
    screen.keys("e n <enter>");
    for (width, height) in [(120, 34), (80, 24), (40, 12), (20, 6), (3, 2), (1, 1), (0, 0)] {
        screen.resize(width, height);
        for keys in ["e", "<esc> H", "<esc> e + x", "<esc> e = 1", "<esc>"] {
            screen.keys(keys);
        }
    }
    screen.resize(120, 34).heads("8 bins edited");
}

#[test]
fn a_broken_histogram_is_shown_repaired_and_saved() {
    let folder = Folder::new();
    let broken = r#"{"_type": "histogram", "values": [1, "2", 3], "bins": [0, NaN, 2]}"#;
    let text = format!("{{\"note\": [1], \"grad\": {broken}, \"ok\": {}}}", object(&[1, 2]));
    let path = folder.write("doc.json", &text);
    let mut screen = Screen::open(&[&path], WIDE);
    screen.heads("grad").shows("contains a string at index 1, not a number;").shows("repair it");
    screen.keys("s S").says("nothing to save").keys("e n").says("no histogram to edit");
    screen.keys("r").shows("faults").shows("`values` contains 1 string").shows("parse strings as numbers");
    screen.shows("3 counts but 3 edges").shows("[NaN, 2)  2").shows("[1.0, 2)  2").keys("<esc>").heads("0 bins");
    screen
        .keys("r <enter>")
        .heads("3 bins edited")
        .says("repaired: `values` contains 1 string")
        .shows("1 unsaved")
        .keys("s")
        .says("saved 3 bins");
    let fixed = r#"{"_type": "histogram", "values": [1, 2, 3], "bins": [0, 1.0, 2, 3.0]}"#;
    assert_eq!(read(&path), text.replace(broken, fixed));
    // Undo restores the broken text, and redo repairs it again.
    screen
        .keys("u")
        .shows("contains a string")
        .shows("1 unsaved")
        .keys("s")
        .says("byte for byte as it was read")
        .lacks("unsaved");
    assert_eq!(read(&path), text);
    screen.keys("s").says("nothing to save").keys("<ctrl-r>").heads("3 bins edited").shows("1 unsaved").keys("s");
    assert_eq!(read(&path), text.replace(broken, fixed));
    screen.keys("o").shows("contains a string").keys("<ctrl-s>").lacks("unsaved");
    assert_eq!(read(&path), text);
    screen.keys("<down> r").says("this histogram is not malformed");
    screen.resize(40, 12).keys("<up> r").shows("faults");
}

#[test]
fn decreasing_edges_are_reported_and_repaired() {
    let folder = Folder::new();
    let text = r#"{"_type": "histogram", "values": [10, 20, 30], "bins": [3, 2, 1, 0]}"#;
    let path = folder.write("run.jsonl", format!("{{\"_step\": 4, \"w\": {text}}}\n"));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.shows("must increase").shows("press r to repair it").shows("problems").keys("!");
    screen.shows("unreadable").shows("`bins` must increase monotonically, when an array").keys("<esc> r");
    screen.shows("the edges decrease").keys("<enter>").heads("3 bins edited").shows("problems");
    assert_eq!((counts(&screen), edges(&screen)), (vec![30.0, 20.0, 10.0], vec![0.0, 1.0, 2.0, 3.0]));
}

#[test]
fn undone_saves_restore_the_logged_bytes() {
    let folder = Folder::new();
    let a = "{ \"values\" : [1,2,\t3],\n \"note\": \"of a\", \"_type\":\"histogram\",\"bins\":[0,1,2,3.50]}";
    let text = format!("{{\"a\": {a},\n  \"b\": [[4, 5], [0,  1e0, 2]], \"c\": {}}}\n", object(&[7]));
    let path = folder.write("doc.json", &text);
    let mut screen = Screen::open(&[&path], WIDE);
    // The first series is saved with fewer bins, then edited and saved again. Each save moves the second in the file.
    screen.keys("1 <enter> s <down> e n <enter> s <up> e = 9 <enter> s").lacks("unsaved");
    let between = read(&path);
    assert!(between.contains(r#""values": [9], "bins": [0.0, 3.5], "note": "of a"}"#), "{between}");
    screen.keys("o <down> u").shows("2 unsaved").keys("<ctrl-s>").says("saved 2 histograms").lacks("unsaved");
    assert_eq!(read(&path), text);
    screen.keys("<ctrl-r> s <up> u s").lacks("unsaved");
    assert_eq!(read(&path), between);
    screen.keys("u u o s <down> o s").lacks("unsaved");
    assert_eq!(read(&path), text);
    // If another program has written the file, saving asks first.
    screen.keys("e n <enter> s u");
    folder.write("doc.json", text.replace("of a", "of b"));
    screen.keys("s").says("has changed").keys("<esc>").shows("1 unsaved");
}

#[test]
fn float_edges_are_saved_as_floats() {
    let folder = Folder::new();
    let path = folder.write("h.json", object(&[1, 2]));
    let saved = |keys: &str, bins: &str| {
        let mut screen = Screen::open(&[&path], WIDE);
        screen.keys(keys).keys("s").says("saved");
        assert!(read(&path).ends_with(&format!(r#""bins": {bins}}}"#)), "{}", read(&path));
    };
    saved("e a 1000 <enter>", "[0.0, 1000.0, 2000.0]");
    saved("<end> e ] <ctrl-u> 5000 <enter>", "[0.0, 1000.0, 5000.0]");
}
