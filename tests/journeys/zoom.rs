//! Zooming and the value axis: the view fits the shown step, and no zoom loses the bars.

use crate::fixtures::{Folder, normals, npy_f64, object};
use crate::screen::{Screen, WIDE};
use rebin::app::Message;
use rebin::app::plot::plot;
use rebin::hist::Segment;
use rebin::key::{Mods, Mouse, MouseKind};

/// Half zeros, half normal values, as the weights of a pruned layer.
fn spike(folder: &Folder) -> Screen {
    let mut values = normals(5000);
    values.extend(vec![0.0; 5000]);
    Screen::open(&[&folder.write("spike.npy", npy_f64(&values))], WIDE)
}

fn width(screen: &Screen) -> f64 {
    screen.model.visible().map(Segment::width).expect("a histogram is shown")
}

fn bars(screen: &Screen) -> f64 {
    screen.model.shown().expect("a histogram is shown").histogram.counts().as_f64().iter().sum()
}

/// Annoyance 26: the spike left the screen after four zooms.
#[test]
fn zooming_in_again_and_again_keeps_the_spike() {
    let folder = Folder::new();
    let mut screen = spike(&folder);
    for _ in 0..60 {
        let before = width(&screen);
        screen.keys("z");
        assert!(width(&screen) < before && bars(&screen) >= 5000.0, "{}", screen.text());
    }
    screen.keys("Z").says("full range");
    assert_eq!(bars(&screen), 10_000.0);
}

#[test]
fn zooming_ends_before_the_chart_is_empty() {
    let folder = Folder::new();
    // A cursor between the bars zooms to the nearest one.
    let mut screen = Screen::open(&[&folder.write("two.npy", npy_f64(&[0.0, 0.0, 10.0]))], WIDE);
    screen.keys("64 <enter> <end> <left> <left> z");
    assert!(bars(&screen) > 0.0, "{}", screen.text());
    for _ in 0..2000 {
        screen.keys("z");
    }
    screen.says("cannot zoom in further");
    assert!(bars(&screen) > 0.0, "{}", screen.text());
    // Bins of a file are not split until nothing is left.
    let mut screen = Screen::open(&[&folder.write("h.json", object(&[0, 1, 0, 0, 0, 0, 0, 1]))], WIDE);
    for _ in 0..20 {
        screen.keys("z");
        assert!(bars(&screen) > 0.0, "{}", screen.text());
    }
    screen.says("the bins of the file are not narrower");
}

/// Annoyance 27: the wheel in the chart changed the bins.
#[test]
fn the_wheel_zooms_at_the_pointer_and_changes_bins_with_ctrl() {
    let folder = Folder::new();
    let mut screen = Screen::open(&[&folder.write("normals.npy", npy_f64(&normals(5000)))], WIDE);
    let full = screen.model.visible().unwrap();
    screen.mouse(MouseKind::WheelUp, 40, 10).heads("64 bins exact");
    let view = screen.model.visible().unwrap();
    assert!((view.width() / full.width() - 0.8).abs() < 1e-9);
    // The value under the pointer stays in place.
    let left = (view.lo - full.lo) / (full.width() - view.width());
    assert!((0.3..0.5).contains(&left), "{left}");
    screen.mouse(MouseKind::WheelDown, 40, 10).mouse(MouseKind::WheelDown, 40, 10).says("full range");
    assert_eq!(screen.model.visible(), Some(full));
    let ctrl = Mods { ctrl: true, ..Mods::default() };
    screen.send(Message::Mouse(Mouse { kind: MouseKind::WheelUp, column: 40, row: 10, mods: ctrl })).heads("65 bins");
    // Zooming out over an empty part and in at an edge keeps the bars.
    for _ in 0..100 {
        screen.mouse(MouseKind::WheelUp, 90, 10);
        assert!(bars(&screen) > 0.0, "{}", screen.text());
    }
}

/// Annoyance 20: the axis was the same for all steps, so that late gradients were three columns wide.
#[test]
fn the_axis_fits_the_shown_step_and_can_be_shared() {
    let folder = Folder::new();
    let step = |step: i64, counts: &[i64]| format!("{{\"_step\": {step}, \"g\": {}}}\n", object(counts));
    let text = step(0, &[1, 1, 1, 1, 1, 1, 1, 1]) + &step(1, &[0, 0, 0, 3, 1, 0, 0, 0]);
    let mut screen = Screen::open(&[&folder.write("run.jsonl", text)], WIDE);
    let axis = |screen: &Screen| screen.model.visible().map(|view| (view.lo, view.hi));
    assert_eq!(axis(&screen), Some((3.0, 5.0)));
    screen.keys("[");
    assert_eq!(axis(&screen), Some((0.0, 8.0)));
    screen.keys("] <home>");
    assert_eq!(axis(&screen), Some((3.0, 5.0)), "the cursor does not change the axis");
    screen.keys("v");
    assert_eq!(axis(&screen), Some((0.0, 5.0)), "selected bins are visible");
    screen.keys("<esc> X").says("all steps share one value axis");
    let view = plot(&screen.model).unwrap().chart().bars.view;
    assert_eq!((view.lo, view.hi), (0.0, 8.0));
}
