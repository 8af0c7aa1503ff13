//! Text formats: CSV, Python, plain text and Markdown.

use super::ValueTable;
use super::figure::Figure;
use crate::error::Error;
use crate::hist::{Number, Numbers, Stats, number_repr};
use crate::text::{Notation, format_count, statistic_resolution, visible};
use crate::wandb::{self, number_text};
use crate::widget::{Bars, Chart, ChartStyles, Outline};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::widgets::Widget as _;
use std::fmt::Write as _;

/// Default columns and lines of a text chart.
const SIZE: (u16, u16) = (80, 20);
/// Maximum number of columns and of lines.
const MAX_SIZE: u16 = 2000;

/// Writes a CSV table with the columns `left`, `right` and `count` or `density`, one row per bin. If values are estimates,
/// a column `max_error` follows. Numbers are written as in Python and read back as the same bits.
pub(super) fn csv(figure: &Figure) -> String {
    let histogram = &figure.histogram;
    let value = if figure.density { "density" } else { "count" };
    let errors = figure.max_error.as_ref().filter(|errors| errors.len() == histogram.values().len());
    let errors = errors.map(|errors| Numbers::floats(errors.clone()));
    let mut rows = format!("left,right,{value}{}\n", if errors.is_some() { ",max_error" } else { "" });
    let edges: Vec<String> = histogram.bins().iter().map(number_text).collect();
    for (index, (bin, value)) in edges.windows(2).zip(histogram.values().iter()).enumerate() {
        let error = errors.as_ref().and_then(|errors| errors.get(index));
        let error = error.map_or_else(String::new, |error| format!(",{}", number_text(error)));
        // Writing to a string never fails.
        let _ = writeln!(rows, "{},{}{error}", bin.join(","), number_text(value));
    }
    rows
}

/// Writes a CSV table of values with their places.
pub(super) fn values(table: &ValueTable) -> String {
    let mut rows = String::from("value,position\n");
    for (value, place) in table.lines.iter() {
        let place = place.replace('"', "\"\"");
        // Writing to a string never fails.
        let _ = writeln!(rows, "{value},\"{place}\"");
    }
    rows
}

/// Writes a Python script that creates the same histogram. It needs numpy. If wandb is installed, it creates a
/// `wandb.Histogram`. Running the script prints the JSON that rebin saves.
pub(super) fn python(histogram: &wandb::Histogram, title: &str) -> String {
    let (counts, edges) = (array(histogram.values()), array(histogram.bins()));
    let finite = |numbers: &Numbers| numbers.as_f64().iter().all(|x| x.is_finite());
    let all = finite(histogram.values()) && finite(histogram.bins());
    let names = if all { "" } else { "from numpy import inf, nan\n" };
    format!(
        r#"# {}
import json

import numpy as np
{names}
try:
    import wandb
except ImportError:
    wandb = None

counts = {counts}
edges = {edges}

if wandb:
    histogram = wandb.Histogram(np_histogram=(counts, edges))
    as_json = histogram.to_json()
else:
    as_json = {{"_type": "histogram", "values": counts.tolist(), "bins": edges.tolist()}}

if __name__ == "__main__":
    print(json.dumps(as_json))
"#,
        visible(title)
    )
}

/// Formats a numpy array. Its dtype is `object` if integers and floats are mixed, or if an integer exceeds 64 bits.
fn array(numbers: &Numbers) -> String {
    let int = |number: Number| if let Number::Int(i) = number { Some(i) } else { None };
    let all_fit = |fits: fn(i128) -> bool| numbers.iter().all(|number| int(number).is_some_and(fits));
    let dtype = if all_fit(|i| i64::try_from(i).is_ok()) {
        "np.int64"
    } else if all_fit(|i| u64::try_from(i).is_ok()) {
        "np.uint64"
    } else if numbers.iter().all(|number| int(number).is_none()) {
        "np.float64"
    } else {
        "object"
    };
    let literals: Vec<String> = numbers.iter().map(number_repr).collect();
    let mut lines = String::new();
    for line in literals.chunks(4) {
        lines = lines + "        " + &line.join(", ") + ",\n";
    }
    let list = if lines.is_empty() { "[]".into() } else { format!("[\n{lines}    ]") };
    format!("np.array(\n    {list},\n    dtype={dtype},\n)")
}

/// Writes title, note and chart as plain text.
pub(super) fn plain(figure: &Figure) -> Result<String, Error> {
    let chart = chart(figure)?;
    Ok(format!("{}\n{}\n\n{chart}", visible(&figure.title), figure.note).replace("\n\n\n", "\n\n"))
}

/// Writes a heading, the chart as a code block, and a table of statistics.
pub(super) fn markdown(figure: &Figure) -> Result<String, Error> {
    let title = escape(&visible(&figure.title));
    let chart = chart(figure)?;
    let mut out = format!("### {title}\n\n```text\n{chart}```\n");
    if !figure.density {
        out = out + "\n" + &statistics_table(&Stats::of_histogram(&figure.histogram.to_hist()?));
    }
    if !figure.note.is_empty() {
        out = out + "\n" + &figure.note + "\n";
    }
    Ok(out)
}

/// Formats a table of statistics, which are estimated from the bins.
fn statistics_table(stats: &Stats) -> String {
    let resolution = |x: f64| statistic_resolution(x, stats.std);
    let median = stats.quantiles.iter().find(|quantile| quantile.p == 0.5);
    let places = median.into_iter().flat_map(|median| [median.lo, median.hi]);
    let all = [stats.mean, stats.std, stats.min, stats.max].into_iter().chain(places);
    let notation = Notation::of(all.map(|x| (x, resolution(x))));
    let value = |x: f64| if x.is_nan() { "–".into() } else { notation.format(x, resolution(x)) };
    let median = median.map_or(String::new(), |median| format!("{} … {}", value(median.lo), value(median.hi)));
    let [mean, std, min, max] = [stats.mean, stats.std, stats.min, stats.max].map(value);
    let cells = [format_count(stats.n, 2), mean, std, min, median, max];
    format!("| n | mean | std | min | median | max |\n|---|---|---|---|---|---|\n| {} |\n", cells.join(" | "))
}

/// Draws the chart as lines of text.
fn chart(figure: &Figure) -> Result<String, Error> {
    let plot = figure.plot()?;
    let size = |size: Option<u16>, default| size.unwrap_or(default).clamp(1, MAX_SIZE);
    let area = Rect::new(0, 0, size(figure.appearance.width, SIZE.0), size(figure.appearance.height, SIZE.1));
    let mut bars = Bars::new(&plot.edges, &plot.heights);
    (bars.x, bars.y, bars.view, bars.glyphs) =
        (figure.appearance.value_scale, plot.count_scale, plot.view, figure.appearance.glyphs);
    for line in &plot.lines {
        let other = Outline { symbol: line.symbol, connected: true, ..Outline::new(&plot.edges, &line.heights) };
        if line.is_hanging {
            bars.hanging = Some(other);
        } else {
            bars.outlines.push(other);
        }
    }
    let mut buf = Buffer::empty(area);
    (&Chart { bars, title: Some(&plot.name), styles: ChartStyles::default() }).render(area, &mut buf);
    let line = |y: u16| {
        let line: String = (0..area.width).filter_map(|x| buf.cell((x, y))).map(Cell::symbol).collect();
        line.trim_end().to_owned() + "\n"
    };
    Ok((0..area.height).map(line).collect())
}

/// Escapes the special characters of Markdown.
fn escape(text: &str) -> String {
    let escaped = |c: char| ("\\`*_[]<>#|~&$".contains(c).then_some('\\').into_iter()).chain([c]);
    text.chars().flat_map(escaped).collect()
}
