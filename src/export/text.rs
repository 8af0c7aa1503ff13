//! A histogram as plain text and as Markdown, drawn with the characters of the screen.

use super::figure::Figure;
use crate::error::Error;
use crate::hist::Stats;
use crate::text::visible;
use crate::text::{format_among, format_count, format_place};
use crate::widget::{Bars, Chart, ChartStyles};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::widgets::Widget as _;

/// Columns and lines of a chart that nothing was said about.
const SIZE: (u16, u16) = (80, 20);
/// The most of either.
const MOST: u16 = 2000;

/// Title, note and chart.
pub(super) fn plain(figure: &Figure) -> Result<String, Error> {
    let chart = chart(figure)?;
    Ok(format!("{}\n{}\n\n{chart}", visible(&figure.title), figure.note).replace("\n\n\n", "\n\n"))
}

/// A heading, the chart as code, the statistics as a table.
pub(super) fn markdown(figure: &Figure) -> Result<String, Error> {
    let title = escape(&visible(&figure.title));
    let chart = chart(figure)?;
    let mut out = format!("### {title}\n\n```text\n{chart}```\n");
    if !figure.density {
        out = out + "\n" + &table(&Stats::of_histogram(&figure.histogram.to_hist()?));
    }
    if !figure.note.is_empty() {
        out = out + "\n" + &figure.note + "\n";
    }
    Ok(out)
}

/// What the bins tell. A mean of bins is one of their centres.
fn table(stats: &Stats) -> String {
    let sum = |x: f64| format_among(x, stats.std);
    let place = |x: f64| format_place(x, stats.std);
    let median = stats.quantiles.iter().find(|quantile| quantile.p == 0.5);
    let median = median.map_or(String::new(), |median| format!("{} … {}", place(median.lo), place(median.hi)));
    let cells = [format_count(stats.n, 2), sum(stats.mean), sum(stats.std), place(stats.min), median, place(stats.max)];
    format!("| n | mean | std | min | median | max |\n|---|---|---|---|---|---|\n| {} |\n", cells.join(" | "))
}

/// The chart, a line each row.
fn chart(figure: &Figure) -> Result<String, Error> {
    let plot = figure.plot()?;
    let size = |asked: Option<u16>, default| asked.unwrap_or(default).clamp(1, MOST);
    let area = Rect::new(0, 0, size(figure.look.width, SIZE.0), size(figure.look.height, SIZE.1));
    let mut bars = Bars::new(&plot.edges, &plot.heights);
    (bars.x, bars.y, bars.view, bars.glyphs) = (figure.look.value_scale, plot.rise, plot.view, figure.look.glyphs);
    bars.reference = plot.outline.as_ref().map(|(edges, heights)| (edges.as_slice(), heights.as_slice()));
    let mut buf = Buffer::empty(area);
    (&Chart { bars, title: Some(plot.name), styles: ChartStyles::default() }).render(area, &mut buf);
    let line = |y: u16| {
        let line: String = (0..area.width).filter_map(|x| buf.cell((x, y))).map(Cell::symbol).collect();
        line.trim_end().to_owned() + "\n"
    };
    Ok((0..area.height).map(line).collect())
}

/// Text that Markdown takes for nothing else.
fn escape(text: &str) -> String {
    let escaped = |c: char| ("\\`*_[]<>#|~&$".contains(c).then_some('\\').into_iter()).chain([c]);
    text.chars().flat_map(escaped).collect()
}
