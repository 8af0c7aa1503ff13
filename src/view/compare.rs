//! The parts of a chart that compare histograms: colors, legend, and marks of bins without a ratio.

use super::{put, put_right, style};
use crate::app::Model;
use crate::app::compare::{CompareMode, Look, Target, distances, outside_text};
use crate::app::plot::{Plot, glyphs, symbol};
use crate::document::Common;
use crate::settings::Role;
use crate::text::{self, plural};
use crate::widget::Chart;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Sets the colors of the lines.
pub(super) fn color(model: &Model, plot: &Plot, chart: &mut Chart<'_>) {
    let Some(lines) = &plot.lines else {
        for before in &mut chart.bars.outlines {
            before.style = style(model, Role::Reference);
        }
        return;
    };
    for (outline, line) in chart.bars.outlines.iter_mut().chain(&mut chart.bars.hanging).zip(&lines.others) {
        outline.style = look(model, line.look);
    }
}

/// Returns the style of the bars: the color of the run, if runs are compared.
pub(super) fn bar(model: &Model) -> Style {
    let run = model.current.as_ref().filter(|_| model.comparison.runs).map(|current| current.entry.source);
    run.map_or_else(|| style(model, Role::Bar), |source| model.settings.theme.run(source))
}

/// Returns the style of a line.
pub(super) fn look(model: &Model, look: Look) -> Style {
    match look {
        Look::Mark(slot) => model.settings.theme.mark(slot),
        Look::Run(source) => model.settings.theme.run(source),
    }
}

/// Draws the legend, and the marks of bins with values on one side only.
pub(super) fn draw(model: &Model, plot: &Plot, chart: &Chart<'_>, area: Rect, buf: &mut Buffer) {
    let Some(lines) = &plot.lines else { return };
    let is_ratio = lines.mode == CompareMode::Ratio;
    let explained = if is_ratio { one_sided(model, plot, chart, area, buf) } else { 0 };
    let row = plot.legend(area);
    legend(model, Rect { width: row.width.saturating_sub(explained), ..row }, buf);
}

/// Returns remarks about a target: why it has no line, or what its line leaves out.
fn remark(model: &Model, target: &Target) -> Option<(String, Role)> {
    let comparison = &model.comparison;
    if let Some(error) = comparison.error(target.entry) {
        return Some((error.to_owned(), Role::Error));
    }
    let Some(Common { counts, .. }) = comparison.common(target.entry) else {
        return Some(("reading …".into(), Role::Dim));
    };
    let outside = counts.below + counts.above;
    let share = outside / (counts.histogram.total().as_f64() + outside);
    let outside = outside_text(share);
    let about = (!counts.exact() || comparison.is_pending(target.entry)).then_some("≈");
    let words: Vec<&str> = about.into_iter().chain(outside.as_deref()).collect();
    (!words.is_empty()).then(|| (words.join(" "), Role::Approximate))
}

/// Draws one line for each histogram. If they do not fit, draws their names one after another.
fn legend(model: &Model, area: Rect, buf: &mut Buffer) {
    let comparison = &model.comparison;
    let two_sided = comparison.mode != CompareMode::Overlay;
    let chosen = comparison.chosen().copied();
    let shown = |target: &&Target| !two_sided || Some(**target) == chosen;
    let targets: Vec<&Target> = comparison.targets.iter().filter(shown).collect();
    let pick = |target: &Target| glyphs(model).pick(symbol(target.look).0, symbol(target.look).1);
    if targets.len() <= usize::from(area.height) {
        for (y, target) in (area.y..).zip(targets) {
            let row = Rect { y, height: 1, ..area };
            let sign =
                if comparison.mode == CompareMode::Mirrored { glyphs(model).pick("▀", "\"") } else { pick(target) };
            let x = put(buf, row, row.x, y, sign, look(model, target.look));
            let x = put(buf, row, x + 1, y, &model.target_name(target), style(model, Role::Text));
            let remark = remark(model, target);
            let mut x = match &remark {
                Some((words, role)) => put(buf, row, x + 2, y, words, style(model, *role)),
                None => x,
            };
            for part in distances::brief(model, target) {
                if usize::from(row.right().saturating_sub(x + 2)) < text::width(&part) {
                    break;
                }
                x = put(buf, row, x + 2, y, &part, style(model, Role::Dim));
            }
        }
        return;
    }
    let (mut x, mut y) = (area.x, area.y);
    let total = comparison.total;
    for (index, target) in targets.iter().enumerate() {
        let name = model.target_name(target);
        let width = (text::width(&name) + 2) as u16;
        let more = format!("+{} more", total - index);
        let is_last_row = y + 1 >= area.bottom();
        let room = area.right().saturating_sub(if is_last_row { text::width(&more) as u16 + 2 } else { 0 });
        if x + width > room && x > area.x {
            if is_last_row {
                put(buf, area, x, y, &more, style(model, Role::Dim));
                return;
            }
            (x, y) = (area.x, y + 1);
        }
        x = put(buf, area, x, y, pick(target), look(model, target.look));
        x = put(buf, area, x + 1, y, &name, style(model, Role::Text)) + 2;
    }
    if total > targets.len() {
        put(buf, area, x, y, &format!("+{} more", total - targets.len()), style(model, Role::Dim));
    }
}

/// Marks bins without a ratio at the line of equal shares, and explains the marks at the right of the legend. Returns the width
/// of the explanation.
fn one_sided(model: &Model, plot: &Plot, chart: &Chart<'_>, area: Rect, buf: &mut Buffer) -> u16 {
    let Some(lines) = &plot.lines else { return 0 };
    let layout = chart.layout(plot.area(area));
    let inner = layout.plot;
    if inner.is_empty() {
        return 0;
    }
    let columns = chart.bars.columns(inner.width);
    let zero = chart.bars.rows(inner.height).zero().unwrap_or(inner.height - 1);
    let (up, down) = glyphs(model).pick(("△", "▽"), ("^", "v"));
    let sides = [(&lines.one_sided.current, up, zero.saturating_sub(1)), (&lines.one_sided.other, down, zero + 1)];
    for (bins, sign, row) in sides {
        for column in bins.iter().filter_map(|bin| columns.of_bin(*bin)).flatten() {
            let (x, y) = (inner.x + column, inner.y + row.min(inner.height - 1));
            if buf.cell((x, y)).is_some_and(|cell| cell.symbol() == " ") {
                put(buf, inner, x, y, sign, style(model, Role::Approximate));
            }
        }
    }
    let other = model.comparison.chosen().map(|target| model.target_name(target)).unwrap_or_default();
    let explain = |is_short: bool| {
        let part = |bins: &[usize], sign: &str, name: &str| {
            let name = if is_short { String::new() } else { format!("only {name}: ") };
            (!bins.is_empty()).then(|| format!("{sign} {name}{}", plural(bins.len() as u64, "bin")))
        };
        let parts = [part(&lines.one_sided.current, up, "here"), part(&lines.one_sided.other, down, &other)];
        parts.into_iter().flatten().collect::<Vec<_>>().join("  ")
    };
    let row = plot.legend(area);
    let mut words = explain(false);
    if text::width(&words) > usize::from(row.width) * 2 / 3 {
        words = explain(true);
    }
    put_right(buf, row, row.y, &words, style(model, Role::Dim));
    if words.is_empty() { 0 } else { text::width(&words) as u16 + 2 }
}
