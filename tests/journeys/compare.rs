//! Comparing histograms: marks, modes, names and colors.

use crate::fixtures::{Folder, npy_f64, object, run};
use crate::screen::{Screen, WIDE};
use rebin::app::compare::CompareMode;
use rebin::app::plot::{Plot, plot};
use rebin::hist::Measure;
use rebin::settings::Depth;
use rebin::source::Input;
use std::path::Path;

/// A histogram object with a bell of eight bins that are `width` wide.
fn bell(width: f64, scale: i64) -> String {
    let edges: Vec<String> = (-4..=4).map(|edge| (f64::from(edge) * width).to_string()).collect();
    let counts: Vec<String> = [1, 4, 20, 50, 60, 20, 4, 1].iter().map(|n| (n * scale).to_string()).collect();
    format!("{{\"_type\": \"histogram\", \"values\": [{}], \"bins\": [{}]}}", counts.join(", "), edges.join(", "))
}

fn plot_of(screen: &Screen) -> Plot {
    plot(&screen.model).expect("a plot")
}

fn highest(heights: &[f64]) -> f64 {
    heights.iter().copied().fold(0.0, f64::max)
}

fn open(folder: &Folder, name: &str, series: &[(&str, String)], size: (u16, u16)) -> Screen {
    let members: Vec<String> = series.iter().map(|(key, value)| format!("\"{key}\": {value}")).collect();
    Screen::open(&[&folder.write(name, format!("{{{}}}", members.join(", ")))], size)
}

/// Opens `n` runs with three steps, `seed0.jsonl` and so on.
fn open_runs(folder: &Folder, n: usize) -> Screen {
    let runs: Vec<_> = (0..n).map(|seed| folder.write(&format!("seed{seed}.jsonl"), run(3))).collect();
    let paths: Vec<&Path> = runs.iter().map(AsRef::as_ref).collect();
    Screen::open(&paths, WIDE)
}

#[test]
fn marks_are_lines_over_other_histograms() {
    let folder = Folder::new();
    let series = [("a", object(&[1, 9, 3, 4])), ("b", object(&[4, 3, 9, 1])), ("c", object(&[2, 2, 2, 2]))];
    let mut screen = open(&folder, "three.json", &series, WIDE);
    screen.keys("m").says("marked a; choose another histogram").lacks("vs.");
    screen.keys("j").shows("b vs. a").shows("─ a");
    screen.keys("m").says("marked b; 2 marks").keys("j").shows("c vs. 2 others").shows("─ a").shows("═ b");
    // The same key removes a mark.
    screen.keys("k m").says("unmarked b; 1 mark left").keys("j").shows("c vs. a").lacks("═");
    screen.keys("Mx").says("1 mark removed").lacks("vs.").keys("Mx").says("nothing is marked");
    screen.keys("Mn").says("nothing else is marked").keys("Md").says("mark a histogram with m first");
}

/// B1: a narrower distribution was drawn lower than a wider one, because its bins were narrower, too.
#[test]
fn a_narrower_mark_is_never_drawn_lower() {
    let folder = Folder::new();
    let series = [("narrow", bell(0.1, 1)), ("wide", bell(0.2, 1))];
    let mut screen = open(&folder, "two.json", &series, WIDE);
    screen.keys("m j").shows("wide vs. narrow").shows("─ narrow  ≈");
    for measure in [Measure::Count, Measure::Density, Measure::Probability] {
        let plot = plot_of(&screen);
        assert_eq!(plot.measure, measure);
        let line = &plot.lines.as_ref().expect("a comparison").others[0];
        assert!(highest(&line.heights) > 1.3 * highest(&plot.heights), "{measure:?} {line:?}");
        assert_eq!(line.outside, 0.0);
        if measure == Measure::Count {
            assert!((line.heights.iter().sum::<f64>() - 160.0).abs() < 1e-9, "no count is lost");
        }
        screen.keys("n");
    }
    // The wider one is drawn in the narrower bins, which are continued on both sides.
    screen.keys("Mx m k").shows("narrow vs. wide");
    let plot = plot_of(&screen);
    let line = &plot.lines.as_ref().expect("a comparison").others[0];
    assert!(plot.edges.len() - 1 == 16 && line.outside < 1e-12, "{line:?}");
    assert!((line.heights.iter().sum::<f64>() - 160.0).abs() < 1e-9);
    assert!(highest(&line.heights) < highest(&plot.heights));
    screen.shows("-0.6").shows("0.6");
}

/// B1, for samples: one outlier made the outline of a checkpoint 25 times lower.
#[test]
fn samples_are_counted_in_the_bins_on_the_screen() {
    let folder = Folder::new();
    let mut values: Vec<f64> = (0..1000).map(|i| f64::from(i) / 1000.0).collect();
    let plain = folder.write("plain.npy", npy_f64(&values));
    values[0] = 40.0;
    let outlier = folder.write("outlier.npy", npy_f64(&values));
    let mut screen = Screen::open(&[&plain, &outlier], WIDE);
    screen.keys("m j");
    let plot = plot_of(&screen);
    let line = &plot.lines.as_ref().expect("a comparison").others[0];
    assert_eq!(line.heights[..3], [1.0, 625.0, 374.0], "exact, in bins of the width 0.625");
    screen.lacks("≈");
    // More bins count the mark again.
    screen.keys("+");
    assert_eq!(plot_of(&screen).lines.expect("a comparison").others[0].heights.iter().sum::<f64>(), 1000.0);
    // 40 is too far for the narrow bins of the other one: the legend names the share outside.
    screen.keys("Mx m k").shows("0.1 % outside").shows("vs.");
    // A zoomed range shows a part of both.
    screen.keys("R").paste("0.5, 0.75").keys("<enter>").shows("74.9 % outside");
}

#[test]
fn shares_are_drawn_if_the_totals_differ() {
    let folder = Folder::new();
    let mut screen = open(&folder, "two.json", &[("a", bell(0.1, 1)), ("b", bell(0.2, 100))], WIDE);
    screen.keys("m j").shows("probability, because n differs");
    let plot = plot_of(&screen);
    let line = &plot.lines.as_ref().expect("a comparison").others[0];
    assert!(highest(&line.heights) > highest(&plot.heights));
    // Without the mark, counts are drawn again.
    screen.keys("Mx").lacks("probability");
}

#[test]
fn modes_draw_both_sides_and_name_them() {
    let folder = Folder::new();
    let runs = ["base", "hot"].map(|name| folder.write(&format!("{name}.jsonl"), run(3)));
    let paths: Vec<&Path> = runs.iter().map(AsRef::as_ref).collect();
    let mut screen = Screen::open(&paths, WIDE);
    screen.keys("/").paste("grad/w").keys("<enter> # 0 <enter> m j # 20 <enter>");
    screen.shows("hot.jsonl step 20 vs. base.jsonl step 0 · grad/w").shows("─ base.jsonl step 0");
    screen.keys("MM").says("comparison: mirrored").shows("grad/w · mirrored");
    let mirrored = plot_of(&screen);
    let lines = mirrored.lines.as_ref().expect("a comparison");
    assert!(lines.others[0].heights.iter().all(|height| *height <= 0.0));
    screen.keys("MM").says("difference").shows("hot.jsonl step 20 − base.jsonl step 0 · grad/w");
    screen.shows("difference of probability");
    assert!(plot_of(&screen).heights.iter().sum::<f64>().abs() < 1e-9, "shares differ by zero in total");
    screen.keys("MM").says("ratio").shows("hot.jsonl step 20 ÷ base.jsonl step 0 · grad/w").shows("ratio of shares");
    assert_eq!(screen.model.comparison.mode, CompareMode::Ratio);
    screen.keys("MM").says("overlay");
    for (keys, mode) in [("Mm", CompareMode::Mirrored), ("Md", CompareMode::Difference), ("Mo", CompareMode::Overlay)] {
        screen.keys(keys);
        assert_eq!(screen.model.comparison.mode, mode);
    }
    // The menu lists the keys.
    screen.keys("M").shows("unmark all").shows("difference").keys("<esc>");
}

#[test]
fn a_ratio_names_bins_with_values_on_one_side() {
    let folder = Folder::new();
    let series = [("a", object(&[0, 4, 4, 0, 2])), ("b", object(&[2, 8, 0, 0, 0]))];
    let mut screen = open(&folder, "two.json", &series, WIDE);
    screen.keys("m j Mr").shows("△ only here: 1 bin  ▽ only a: 2 bins").lacks("∞").lacks("inf");
    let plot = plot_of(&screen);
    assert_eq!(plot.heights, [0.0, 1.0, 0.0, 0.0, 0.0], "0.8 is twice 0.4");
    screen.shows("2 ┤").shows("ratio of shares, logarithmic");
    // Statistics are whole or absent.
    for width in 60..140 {
        screen.resize(width, 24).shows("2 bins");
        let legend = screen.lines().into_iter().find(|line| line.contains("─ a")).unwrap_or_default();
        let is_whole = |part: &&str| match part.split_once('≈') {
            Some((name, value)) => ["W1 ", "KS ", "Δmean "].contains(&name) && [" 1", " 0.6", " -1"].contains(&value),
            None => true,
        };
        let parts: Vec<&str> = legend.split('△').next().unwrap_or_default().split("  ").skip(1).collect();
        assert!(parts.iter().filter(|part| part.contains('≈')).all(is_whole), "{width}: {legend}");
    }
}

#[test]
fn the_chosen_mark_is_used_for_differences_and_edits() {
    let folder = Folder::new();
    let series = [("a", object(&[1, 1])), ("b", object(&[5, 7])), ("c", object(&[9, 9]))];
    let mut screen = open(&folder, "three.json", &series, WIDE);
    screen.keys("m j m j Md").shows("c − a").keys("Mn").says("compared with b").shows("c − b");
    screen.keys("e-").shows("b").keys("<enter>").keys("Mx");
    let counts = screen.model.shown().expect("a histogram").histogram.counts().as_f64().to_vec();
    assert_eq!(counts, [4.0, 2.0]);
}

#[test]
fn lines_differ_without_colors_and_in_ascii() {
    let folder = Folder::new();
    let series = [("a", object(&[4, 9, 3, 4])), ("b", object(&[8, 3, 9, 1])), ("c", object(&[2, 2, 2, 2]))];
    let members: Vec<String> = series.iter().map(|(key, value)| format!("\"{key}\": {value}")).collect();
    let path = folder.write("three.json", format!("{{{}}}", members.join(", ")));
    let mut screen = Screen::with("glyphs = \"ascii\"\n", Depth::None, vec![Input::Path(path.clone())], (80, 24));
    screen.keys("m j m j").shows("~ a").shows("% b");
    let screen = &mut Screen::with("", Depth::None, vec![Input::Path(path)], (80, 24));
    insta::assert_snapshot!("two_marks", screen.keys("m j m j").lines()[1..].join("\n"));
    insta::assert_snapshot!("mirrored", screen.keys("Mm").lines()[1..].join("\n"));
    insta::assert_snapshot!("difference", screen.keys("Md").lines()[1..].join("\n"));
    insta::assert_snapshot!("ratio", screen.keys("Mr").lines()[1..].join("\n"));
}

#[test]
fn comparisons_fit_any_screen() {
    let folder = Folder::new();
    let series: Vec<(String, String)> = (0..30).map(|i| (format!("series{i}"), object(&[i, 9, 3, 4]))).collect();
    let series: Vec<(&str, String)> = series.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
    let mut screen = open(&folder, "many.json", &series, (80, 24));
    for _ in 1..series.len() {
        screen.keys("m j");
    }
    screen.shows("series29 vs. 29 others").shows("more");
    for size in [(20, 6), (40, 12), (60, 16), (120, 34), (200, 50)] {
        screen.resize(size.0, size.1);
        for _ in CompareMode::ALL {
            screen.keys("MM");
        }
    }
    screen.resize(200, 50).shows("─ series0").shows("series28");
}

#[test]
fn marks_follow_a_reload() {
    let folder = Folder::new();
    let path = folder.write("two.json", format!("{{\"a\": {}, \"b\": {}}}", object(&[1, 2]), object(&[3, 4])));
    let mut screen = Screen::open(&[&path], WIDE);
    screen.keys("m j").shows("b vs. a");
    let next = format!("{{\"new\": {}, \"a\": {}, \"b\": {}}}", object(&[7]), object(&[10, 20]), object(&[3, 4]));
    folder.write("two.json", next);
    screen.keys("<f5>").shows("b vs. a");
    let heights = plot_of(&screen).lines.expect("a comparison").others[0].heights.clone();
    assert!((heights[1] / heights[0] - 2.0).abs() < 1e-12, "{heights:?}");
    folder.write("two.json", format!("{{\"b\": {}}}", object(&[3, 4])));
    screen.keys("<f5>").says("1 mark removed because").lacks("vs.");
}

#[test]
fn distances_from_the_mark_are_in_the_legend_and_in_the_statistics() {
    let folder = Folder::new();
    let values: Vec<f64> = (0..=100).map(f64::from).collect();
    let shifted: Vec<f64> = values.iter().map(|value| value + 50.5).collect();
    let (a, b) = (folder.write("a.npy", npy_f64(&values)), folder.write("b.npy", npy_f64(&shifted)));
    let mut screen = Screen::open(&[&a, &b], (120, 50));
    screen.keys("m j").shows("b.npy vs. a.npy");
    // Exact for samples; two arrays of one shape are also compared by element.
    screen.shows("W1 50.5  KS 0.5050").shows("from               a.npy");
    for text in ["Δmean               50.5", "std ×                  1", "max |Δ|             50.5", "‖Δ‖/‖this‖"]
    {
        screen.shows(text);
    }
    // 80×24 has the line of the legend.
    screen.resize(80, 24).shows("a.npy  W1 50.5  KS 0.5050").lacks("from   ");
    // Bins have bounds: the estimate has only the digits that are known.
    let series = [("p", bell(0.1, 1)), ("q", bell(0.2, 1))];
    let mut screen = open(&folder, "two.json", &series, (120, 50));
    screen.keys("m j").shows("─ p  ≈  W1 ≤ 0.24  KS ≤ 0.50");
    let line = screen.line("W1  ");
    assert!(line.contains("W1") && line.contains('[') && line.contains(','), "{line}");
}

#[test]
fn the_same_series_of_all_runs_is_drawn_in_their_colors() {
    let folder = Folder::new();
    let mut screen = open_runs(&folder, 3);
    screen.keys("# 10 <enter> C").says("compared with 2 others").shows("grad/w step 10 vs. 2 others");
    screen.shows("seed1.jsonl").shows("seed2.jsonl");
    let theme = screen.model.settings.theme.clone();
    let (x, y) = screen.find("═ seed1.jsonl");
    assert_eq!(screen.buffer().cell((x, y)).map(|cell| cell.fg), theme.run(1).fg);
    let (x, y) = screen.find("███████████");
    assert_eq!(screen.buffer().cell((x, y)).map(|cell| cell.fg), theme.run(0).fg);
    // Another series and step is compared with its own runs.
    screen.keys("j ]").shows("grad/b step 20 vs. 2 others");
    // The filter chooses the runs.
    screen.keys("/").paste("!seed2 grad").keys("<enter>").shows("vs. seed1.jsonl").keys("<esc>");
    // Then one heat map for each run, and then none.
    screen.keys("C").says("one heat map for each run").shows("grad/b · heat maps of all runs").lacks("vs.");
    for name in ["seed0.jsonl", "seed1.jsonl", "seed2.jsonl"] {
        screen.shows(name);
    }
    let maps = &screen.model.comparison.maps;
    assert_eq!(maps.panels.len(), 3);
    let largest: Vec<f64> = maps.panels.iter().filter_map(|panel| Some(panel.matrix.as_ref()?.max)).collect();
    assert!(largest.len() == 3 && largest.windows(2).all(|pair| pair[0] == pair[1]), "one color scale {largest:?}");
    screen.shows("% of a step").keys("X N y [ ] k j");
    for size in [(20, 6), (40, 12), (80, 24), (200, 50)] {
        screen.resize(size.0, size.1).keys("]");
    }
    screen.keys("C").says("other runs are not compared").lacks("heat maps of all runs");
    let mut alone = Screen::open(&[&folder.path("seed0.jsonl")], WIDE);
    alone.keys("C").says("the list has this series only once").lacks("vs.");
}

/// The first run took the place of the chosen one, without a word.
#[test]
fn the_chosen_run_stays_at_other_steps() {
    let folder = Folder::new();
    let mut screen = open_runs(&folder, 3);
    screen.keys("C Md Mn").says("compared with seed2.jsonl").shows("seed0.jsonl − seed2.jsonl");
    screen.keys("[").heads("step 10").shows("seed0.jsonl − seed2.jsonl").keys("[ ]").shows("− seed2.jsonl");
    screen.keys("C C").lacks("−");
}

/// `C` announced heat maps that were not drawn.
#[test]
fn the_runs_are_compared_in_every_view_or_the_key_that_draws_them_is_named() {
    let folder = Folder::new();
    let mut screen = open_runs(&folder, 2);
    screen.keys("<alt-2> C").says("one heat map for each run").shows("heat maps of all runs");
    screen.keys("C").says("other runs are not compared").lacks("heat maps of all runs");
    for view in ["<alt-3>", "<alt-4>", "<alt-6>", "<alt-7>"] {
        screen.keys(view).keys("C").says("compared with 1 other; Alt-1 draws them");
        screen.keys("<alt-1>").shows("vs. seed1.jsonl").keys(view).keys("C").says("other runs are not compared");
    }
}

#[test]
fn of_many_runs_those_next_to_the_current_one_are_drawn() {
    let folder = Folder::new();
    let runs: Vec<_> =
        (0..100).map(|seed| folder.write(&format!("seed{seed:02}.json"), object(&[1, 2, seed]))).collect();
    let text = |seed: i64| format!("{{\"w\": {}}}", object(&[1, 2, seed]));
    for (seed, path) in runs.iter().enumerate() {
        std::fs::write(path, text(seed as i64)).expect("the file is writable");
    }
    let paths: Vec<&Path> = runs.iter().map(AsRef::as_ref).collect();
    let mut screen = Screen::open(&paths, (80, 24));
    screen.keys("C").says("compared with 39 of 99 others; the filter chooses which").shows("more");
    assert_eq!(screen.model.comparison.targets.len(), 39);
    let names: Vec<usize> = screen.model.comparison.targets.iter().map(|target| target.entry.source).collect();
    assert_eq!(names, (1..40).collect::<Vec<_>>());
    screen.keys("<end>").keys("G");
    for _ in 0..45 {
        screen.keys("j");
    }
    let sources = screen.model.comparison.targets.iter().map(|target| target.entry.source);
    assert!(sources.clone().min() == Some(40) && sources.max() == Some(79));
}

#[test]
fn heat_maps_of_runs_have_the_same_steps() {
    let folder = Folder::new();
    let runs = [folder.write("short.jsonl", run(10)), folder.write("long.jsonl", run(20))];
    let paths: Vec<&Path> = runs.iter().map(AsRef::as_ref).collect();
    let mut screen = Screen::open(&paths, WIDE);
    screen.keys("C C");
    let maps = &screen.model.comparison.maps;
    assert_eq!(maps.steps, Some((0, 190)));
    let widths: Vec<u16> = maps.panels.iter().filter_map(|panel| Some(panel.plot?.width)).collect();
    let share = f64::from(widths[0]) / f64::from(widths[1]);
    assert!((share - 90.0 / 190.0).abs() < 0.03, "{widths:?}");
    let input = runs.iter().map(|path| Input::Path(path.clone())).collect();
    let mut screen = Screen::with("", Depth::None, input, (80, 24));
    insta::assert_snapshot!("run_maps", screen.keys("C C").lines()[1..].join("\n"));
}
