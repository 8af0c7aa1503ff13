//! Exports: formats, file names and questions.

use crate::fixtures::{Folder, histogram, npy_f64, object, read, run};
use crate::screen::{Screen, WIDE};
use rebin::app::Effect;
use std::fs;

#[test]
fn the_prompt_describes_the_output_before_it_is_written() {
    let folder = Folder::new();
    let path = folder.write("run.jsonl", run(3));
    let mut screen = Screen::open(&[&path], WIDE);
    screen
        .keys("E")
        .shows("export as")
        .shows("table of edges, counts and largest errors")
        .shows("a heat map of all steps");
    screen.keys("j <enter>").says("export csv as:").says("Enter: write").says("table of");
    screen.paste(folder.path("table")).says("table.csv").keys("<enter>").says("wrote").says("table.csv");
    let table = read(&folder.path("table.csv"));
    assert!(table.starts_with("left,right,count\n0.0,1.0,1\n"), "{table}");

    // The same series in four bins, as a picture and as JSON.
    screen.keys("4 <enter> E jj <enter>").paste(folder.path("picture.svg")).keys("<enter>").says("wrote");
    assert!(read(&folder.path("picture.svg")).contains("4 bins exact from 8 logged"));
    screen.keys("E <enter>").paste(folder.path("four")).keys("<enter>").says("four.json");
    assert_eq!(histogram(&folder.path("four.json")).bins(), 4);
}

#[test]
fn every_format_is_written() {
    let folder = Folder::new();
    let path = folder.write("run.jsonl", run(3));
    let mut screen = Screen::open(&[&path], WIDE);
    // Each format with bytes that it must contain. The last two are pictures of all steps.
    let formats: [(&str, &[u8]); 10] = [
        ("json", b"\"_type\": \"histogram\""),
        ("csv", b"left,right,count\n"),
        ("svg", b"<svg "),
        ("png", b"\x89PNG"),
        ("md", b"```"),
        ("txt", b"8 bins"),
        ("py", b"import "),
        ("uhi.json", b"\"uhi_schema\": 1"),
        ("svg", b"<svg "),
        ("png", b"\x89PNG"),
    ];
    for (index, (format, part)) in formats.into_iter().enumerate() {
        let name = folder.path(&format!("{index}.{format}"));
        screen.keys("E").keys(&"j".repeat(index)).keys("<enter>").paste(&name).keys("<enter>").says("wrote");
        let content = fs::read(&name).unwrap();
        assert!(content.windows(part.len()).any(|bytes| bytes == part), "{format}");
    }
    assert!(read(&folder.path("8.svg")).contains("3 steps"));
    assert!(read(&folder.path("2.svg")).contains("step 20"));
}

#[test]
fn a_picture_uses_the_measure_and_scale_of_the_screen() {
    let folder = Folder::new();
    let path = folder.write("run.jsonl", run(3));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("y n E jj <enter>").paste(folder.path("look")).keys("<enter>");
    assert!(read(&folder.path("look.svg")).contains("density, log scale"), "{}", screen.text());
}

#[test]
fn the_picture_of_a_comparison_names_both_sides() {
    let folder = Folder::new();
    let path = folder.write("run.jsonl", run(3));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("m [ E jj <enter>").paste(folder.path("both")).keys("<enter>").says("wrote");
    let picture = read(&folder.path("both.svg"));
    assert!(picture.contains(">step 10 vs. step 20 · grad/w<") && picture.contains(">step 20<"), "{picture}");
}

#[test]
fn an_existing_file_is_overwritten_only_after_confirmation() {
    let folder = Folder::new();
    let path = folder.write("h.json", object(&[1, 2, 3, 4]));
    let taken = folder.write("taken.csv", "precious");
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("E j <enter>").paste(&taken).keys("<enter>").says("taken.csv already exists").keys("<esc>");
    assert_eq!(read(&taken), "precious");
    screen.keys("E j <enter>").paste(&taken).keys("<enter> S").says("export csv as:").keys("<esc>");
    assert_eq!(read(&taken), "precious");
    screen.keys("E j <enter>").paste(&taken).keys("<enter> o").says("wrote");
    assert!(read(&taken).starts_with("left,right"));
    screen.keys("E j <enter>").paste(folder.path("no/such.csv")).keys("<enter>").says("does not exist; create it");
}

#[test]
fn names_are_proposed_and_completed() {
    let folder = Folder::new();
    let path = folder.write("run.jsonl", run(3));
    folder.write("notes-1.csv", "");
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("E j <enter> <tab>").says(".20.csv").keys("<ctrl-u>").paste(folder.path("no")).keys("<tab>");
    screen.says("notes-1.csv").keys("<esc>");
    screen
        .keys("E <end> <enter>")
        .says("export png of all steps as:")
        .says(".steps.png")
        .keys("<esc> E <esc>")
        .lacks("export");
}

#[test]
fn all_steps_are_exported_only_after_they_are_read() {
    let folder = Folder::new();
    let path = folder.write("run.jsonl", run(3));
    let mut screen = Screen::open(&[&path], (100, 16));
    screen.hold().keys("E <end> <enter>").paste(folder.path("all")).keys("<enter>").says("still loading all steps");
    screen.release().keys("<enter>").says("wrote");
    let samples = folder.write("a.npy", npy_f64(&[1.0, 2.0, 5.0]));
    let mut screen = Screen::open(&[&samples], WIDE);
    screen.keys("E").lacks("all steps").keys("<esc>");
}

#[test]
fn quitting_waits_for_a_running_export() {
    let folder = Folder::new();
    let path = folder.write("h.json", object(&[1, 2, 3, 4]));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.hold().keys("E <enter>").paste(folder.path("out")).keys("<enter> q").says("still writing");
    assert!(!screen.quits() && screen.waiting.iter().any(|effect| matches!(effect, Effect::Export { .. })));
    screen.release();
    assert!(screen.quits() && folder.path("out.json").exists());
}

#[test]
fn the_current_view_is_offered_first_and_views_without_a_picture_are_named() {
    let folder = Folder::new();
    let path = folder.write("run.jsonl", run(3));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("<alt-2> E <enter>").says("export svg of all steps as:").says("a heat map of all steps").keys("<esc>");
    screen.keys("<alt-3> E <enter>").says("ridges of all steps").keys("<esc>");
    screen.keys("<alt-4> E <enter>").says("percentile bands of all steps");
    screen.keys("<esc> <alt-6> E <enter>").says("export csv as:").keys("<esc>");
    screen
        .keys("<alt-7> E")
        .shows("export this series (grid: rebin export --side-by-side)")
        .keys("<esc> <alt-1> E <enter>")
        .says("export json as:");
}

#[test]
fn keys_typed_in_the_format_menu_run_no_command() {
    let folder = Folder::new();
    let path = folder.write("run.jsonl", run(3));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("E <ctrl-u> ex2/o.png").shows("export as").lacks("unsaved").keys("<enter>").says("export json as:");
    screen.keys("<esc> E <ctrl-c>").lacks("export as");
}

#[test]
fn a_directory_gets_a_file_with_the_proposed_name() {
    let folder = Folder::new();
    let path = folder.write("h.json", object(&[1, 2, 3, 4]));
    fs::create_dir(folder.path("out")).expect("a new directory");
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("E j <enter>").paste(folder.path("out/")).keys("<enter>").says("h.csv");
    screen.keys("S").paste(folder.path("out/")).keys("<enter>").says("saved 4 bins to").heads("→ h.json");
    assert_eq!(histogram(&folder.path("out/h.json")).bins(), 4);
}

#[test]
fn a_quantized_tensor_is_browsed_rebinned_and_exported() {
    let folder = Folder::new();
    let model = folder.path("model.gguf");
    fs::copy("tests/samples/gguf/k_quants_sable.gguf", &model).expect("the sample exists");
    let mut screen = Screen::open(&[&model], WIDE);
    screen.shows("q2_k").keys("/").paste("q4_k").keys("<enter>").shows("q4_k").shows("64 bins").shows("exact");
    screen.keys("- E j <enter>").paste(folder.path("q4_k")).keys("<enter>").says("wrote");
    let table = read(&folder.path("q4_k.csv"));
    let counts =
        table.lines().skip(1).map(|line| line.rsplit(',').next().expect("a count").parse::<u64>().expect("a number"));
    assert_eq!((table.lines().count(), counts.sum::<u64>()), (64, 6912));
}
