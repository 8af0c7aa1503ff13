//! The legend of a view over steps: a color scale with numbers, and remarks.

use super::{Canvas, bands, stack};
use crate::action::Action;
use crate::app::View;
use crate::app::over_steps::{AllSteps, step_name};
use crate::app::plot::glyphs;
use crate::hist::scale::{CountScale, Scale};
use crate::hist::{Normalization, StepStack};
use crate::settings::Role;
use crate::text::{self, format_count, plural};
use crate::view::{put, put_right};
use crate::widget::heat::shades;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Width of the color scale without its numbers, in cells.
const RAMP: (u16, u16) = (8, 24);

/// Draws the legend.
pub(super) fn draw(canvas: &Canvas<'_>, buf: &mut Buffer) {
    let Some(row) = canvas.layout.legend else { return };
    let row = Rect { x: canvas.layout.plot.x, width: row.right().saturating_sub(canvas.layout.plot.x), ..row };
    let x = if canvas.kind == View::Bands { band_names(canvas, row, buf) } else { ramp(canvas, row, buf) };
    let room = Rect { x: x + 2, width: row.right().saturating_sub(x + 2), ..row };
    let remarks = remarks(canvas);
    let long = remarks.iter().map(|remark| remark.long.as_str()).collect::<Vec<_>>().join(SEPARATOR);
    let words = if text::width(&long) <= usize::from(room.width) { long } else { shortened(&remarks, room.width) };
    put_right(buf, room, row.y, &words, canvas.style(Role::Dim));
}

/// Separator of remarks.
const SEPARATOR: &str = " · ";

/// A remark, and a version of it for little room.
struct Remark {
    long: String,
    short: String,
}

impl Remark {
    fn new(long: impl Into<String>, short: impl Into<String>) -> Self {
        Self { long: long.into(), short: short.into() }
    }
}

/// Returns the short remarks that fit. The last ones are dropped first.
fn shortened(remarks: &[Remark], room: u16) -> String {
    let mut words = String::new();
    for remark in remarks {
        let longer = if words.is_empty() { remark.short.clone() } else { words.clone() + SEPARATOR + &remark.short };
        if text::width(&longer) > usize::from(room) {
            break;
        }
        words = longer;
    }
    words
}

/// Draws the color scale: `0 ███ 20 ███ 40 ███ 64 % of each step`. Returns the column after it.
fn ramp(canvas: &Canvas<'_>, row: Rect, buf: &mut Buffer) -> u16 {
    let matrix = canvas.matrix;
    let dim = canvas.style(Role::Dim);
    if matrix.max <= 0.0 {
        return put(buf, row, row.x, row.y, "no values in this range", dim);
    }
    let (unit, name) = match canvas.model.chart.normalization {
        Normalization::Step => (100.0, "% of a step"),
        Normalization::Counts => (1.0, "per cell"),
    };
    let name = if canvas.log { format!("{name}, log") } else { name.to_owned() };
    let max = matrix.max * unit;
    let length = (row.width / 5).clamp(RAMP.0, RAMP.1);
    let scale = matrix.scale(canvas.log);
    let place = |at: f64| Scale::Linear.position(scale.length(at / unit), 0.0, scale.length(matrix.max));
    // Numbers inside the scale, away from its ends.
    let most = usize::from(length / 6);
    let ticks = color_ticks(canvas, max, unit, most);
    let inner = ticks.into_iter().map(|(at, label)| (place(at), label)).filter(|(place, _)| (0.1..0.9).contains(place));
    let cell = |place: f64| (place * f64::from(length)).round() as u16;
    let mut x = put(buf, row, row.x, row.y, "0 ", dim);
    let mut from = 0;
    for (place, label) in inner.chain([(1.0, three_digits(max))]) {
        let to = cell(place);
        for at in from..to {
            let (symbol, style) = swatch(canvas, f64::from(at + 1) / f64::from(length));
            x = put(buf, row, x, row.y, symbol, style);
        }
        x = put(buf, row, x, row.y, &format!(" {label} "), dim);
        from = to;
    }
    put(buf, row, x, row.y, &name, dim)
}

/// Formats the end of the color scale with three significant digits, or all digits before the point.
fn three_digits(x: f64) -> String {
    format_count(x, (2 - x.log10().floor() as i32).clamp(0, 9) as usize)
}

/// Returns round numbers on the color scale.
fn color_ticks(canvas: &Canvas<'_>, max: f64, unit: f64, most: usize) -> Vec<(f64, String)> {
    let scale = match canvas.matrix.scale(canvas.log) {
        CountScale::Log { unit: smallest } => CountScale::Log { unit: smallest * unit },
        other => other,
    };
    scale.ticks(0.0, max, most + 1).at
}

/// Returns the symbol and the style of an intensity.
fn swatch(canvas: &Canvas<'_>, intensity: f64) -> (&'static str, Style) {
    let symbols = shades(glyphs(canvas.model));
    if canvas.colors.is_empty() {
        let level = (intensity * 4.0).ceil() as usize;
        return (symbols.get(level.clamp(1, 4)).copied().unwrap_or("#"), canvas.style(Role::Bar));
    }
    (symbols.last().copied().unwrap_or("#"), Style::new().fg(canvas.colors.plain.at(intensity)))
}

/// Draws the names of the bands. Returns the column after them.
fn band_names(canvas: &Canvas<'_>, row: Rect, buf: &mut Buffer) -> u16 {
    let mut x = row.x;
    for (symbol, style, name) in bands::legend(canvas) {
        let width = (text::width(symbol) + 1 + text::width(name)) as u16;
        if x + width > row.right() {
            break;
        }
        x = put(buf, row, x, row.y, symbol, style);
        x = put(buf, row, x + 1, row.y, name, canvas.style(Role::Dim)) + 2;
    }
    x.saturating_sub(2)
}

/// Returns remarks about what the picture shows and leaves out, the most important first.
fn remarks(canvas: &Canvas<'_>) -> Vec<Remark> {
    let (model, matrix, kind) = (canvas.model, canvas.matrix, canvas.kind);
    let mut remarks = Vec::new();
    if let Some(first) = stack(model).and_then(StepStack::first_not_drawable) {
        let step = step_name(model, first);
        remarks.push(Remark::new(format!("! NaN or inf from step {step}"), format!("! NaN from {step}")));
    }
    if let Some(edited) = model.all_steps.as_ref().and_then(AllSteps::edited_note) {
        remarks.push(Remark::new(edited.clone(), edited));
    }
    let marked = matrix.outside.iter().any(|outside| canvas.is_outlying(outside));
    let hidden = matrix.outside.iter().any(|outside| outside.reaches(f64::MIN_POSITIVE));
    if marked || (hidden && kind == View::Heatmap) {
        let glyphs = glyphs(model);
        let marks = if kind == View::Ridge { glyphs.pick("◂▸ ", "<> ") } else { glyphs.pick("▲▼ ", "^v ") };
        let (marks, few) = if marked { (marks, "") } else { ("", "a few ") };
        let zoomed = model.spec().is_some_and(|spec| spec.range.is_some());
        let action = if zoomed { Action::ZoomReset } else { Action::ShareAxis };
        let key = model.settings.keymap.shown(action).into_iter().next();
        let long = key.as_ref().map(|key| format!(" ({key} shows all)")).unwrap_or_default();
        let short = key.map(|key| format!(" ({key})")).unwrap_or_default();
        remarks.push(Remark::new(format!("{marks}{few}values outside{long}"), format!("{marks}{few}outside{short}")));
    }
    let most = matrix.most_steps() as u64;
    if most > 1 {
        let steps = plural(most, "step");
        remarks.push(match kind {
            View::Bands => Remark::new(format!("columns: up to {steps}"), format!("{steps} per column")),
            View::Ridge => Remark::new(format!("rows: largest of up to {steps}"), format!("largest of {steps}")),
            _ => Remark::new(format!("columns: largest of up to {steps}"), format!("largest of {steps}")),
        });
    }
    remarks
}
