//! Side by side: a small chart of every series that matches the filter, at the current step.

use super::regions::regions;
use super::{GridSize, Model};
use crate::catalog::{EntryId, SeriesId};
use crate::hist::{Segment, scale};
use crate::text;
use ratatui::layout::Rect;

/// Width and height of the smallest panel that is easy to read.
const READABLE: (u16, u16) = (24, 6);
/// Width and height of the smallest panel that the user can choose.
const SMALLEST: (u16, u16) = (12, 4);
/// Width of a well-proportioned panel in multiples of its height.
const ASPECT: f64 = 3.5;

/// A panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Panel {
    pub entry: EntryId,
    pub area: Rect,
    /// The run, if there are several.
    pub run: Option<String>,
    pub series: String,
    /// This is the chosen series.
    pub chosen: bool,
    /// The series was not logged at the chosen step, so an earlier one is shown.
    pub is_earlier: bool,
}

/// The panels on the screen, and their place among all panels.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grid {
    pub panels: Vec<Panel>,
    pub columns: u16,
    pub rows: u16,
    /// Position of the first panel on the screen.
    pub first: usize,
    /// Number of panels on all pages.
    pub total: usize,
}

impl Grid {
    /// Number of panels on a page.
    pub fn page(&self) -> usize {
        usize::from(self.columns) * usize::from(self.rows)
    }

    /// Returns the position of the panels on the screen, such as `5–8 of 24`.
    pub fn position(&self) -> String {
        let count = |n: usize| text::format_count(n as f64, 0);
        let last = self.first + self.panels.len();
        if self.panels.len() == self.total {
            count(self.total)
        } else {
            format!("{}–{} of {}", count(self.first + 1), count(last), count(self.total))
        }
    }
}

/// Lays out the page of panels that contains the chosen series.
pub fn grid(model: &Model, area: Rect) -> Grid {
    let total = model.list.shown;
    let (columns, rows) = shape(model.chart.grid, total, area);
    // Panels share the cells that are left over.
    let part = |start: u16, room: u16, at: u16, of: u16| {
        let end = |at: u16| (u32::from(room) * u32::from(at) / u32::from(of)) as u16;
        (start + end(at), end(at + 1) - end(at))
    };
    let page = usize::from(columns) * usize::from(rows);
    let chosen = model.requested.and_then(|entry| model.list.ordinal(entry.series_id()));
    let first = chosen.unwrap_or(0) / page * page;
    let shown: Vec<SeriesId> = (first..first + page).map_while(|at| model.list.series_at(at)).collect();
    let panel = |(slot, id): (usize, &SeriesId)| {
        let entry = model.entry_at_cursor(*id)?;
        let run = model.source_label(*id).filter(|_| model.sources.len() > 1);
        let name = model.name(entry);
        let (x, width) = part(area.x, area.width, slot as u16 % columns, columns);
        let (y, height) = part(area.y, area.height, slot as u16 / columns, rows);
        Some(Panel {
            entry,
            area: Rect { x, y, width, height },
            run: run.map(|run| run.to_string()),
            series: name,
            chosen: chosen == Some(first + slot),
            is_earlier: model.missing_step(entry).is_some(),
        })
    };
    let panels = shown.iter().enumerate().filter_map(panel).collect();
    Grid { panels, columns, rows, first, total }
}

/// Returns the number of columns and rows: those that the user chose, or else as many as are readable. Fewer panels than
/// fit are drawn larger.
fn shape(chosen: GridSize, count: usize, area: Rect) -> (u16, u16) {
    let count = u16::try_from(count).unwrap_or(u16::MAX).max(1);
    let most = |smallest: (u16, u16)| ((area.width / smallest.0).max(1), (area.height / smallest.1).max(1));
    let (readable, possible) = (most(READABLE), most(SMALLEST));
    let rows_for = |columns: u16| {
        let rows = chosen.rows.map(|rows| rows.clamp(1, possible.1));
        rows.unwrap_or_else(|| readable.1.min(count.div_ceil(columns)))
    };
    if let Some(columns) = chosen.columns {
        let columns = columns.clamp(1, possible.0);
        return (columns, rows_for(columns));
    }
    if let Some(rows) = chosen.rows {
        let rows = rows.clamp(1, possible.1);
        return (count.div_ceil(rows).clamp(1, readable.0), rows);
    }
    let all = (1..=readable.0).filter(|columns| count.div_ceil(*columns) <= readable.1);
    let badness = |columns: &u16| {
        let rows = count.div_ceil(*columns);
        let aspect = f64::from(area.width / columns) / f64::from((area.height / rows).max(1));
        (aspect / ASPECT).ln().abs() + f64::from(columns * rows - count) / f64::from(count)
    };
    let columns = all.min_by(|a, b| badness(a).total_cmp(&badness(b))).unwrap_or(readable.0);
    (columns, rows_for(columns))
}

/// Returns the grid on the screen; empty in other views.
pub(super) fn on_screen(model: &Model) -> Grid {
    let area = regions(model).filter(|_| model.chart.view == super::View::Grid).map(|regions| regions.chart);
    area.map(|area| grid(model, area)).unwrap_or_default()
}

/// Returns the titles of panels, `run · series`, shortened to `cells` so that they differ.
pub fn titles(panels: &[Panel], cells: usize) -> Vec<String> {
    const DOT: &str = " · ";
    let series: Vec<&str> = panels.iter().map(|panel| panel.series.as_str()).collect();
    let runs: Option<Vec<&str>> = panels.iter().map(|panel| panel.run.as_deref()).collect();
    let Some(runs) = runs else { return text::shorten(&series, cells) };
    let join = |runs: &[String], series: &[String]| -> Vec<String> {
        runs.iter().zip(series).map(|(run, series)| format!("{run}{DOT}{series}")).collect()
    };
    let own = |names: &[&str]| names.iter().map(|name| text::visible(name).into_owned()).collect::<Vec<_>>();
    let whole = join(&own(&runs), &own(&series));
    if whole.iter().all(|title| text::width(title) <= cells) {
        return whole;
    }
    // The series that all panels show is named by the filter.
    if series.windows(2).all(|pair| pair[0] == pair[1]) {
        return text::shorten(&runs, cells);
    }
    let room = cells.saturating_sub(text::width(DOT));
    let longest = |names: &[&str]| names.iter().map(|name| text::width(name)).max().unwrap_or(0);
    let of_runs = longest(&runs).min((room * 2 / 5).max(room.saturating_sub(longest(&series))));
    let parts = join(&text::shorten(&runs, of_runs), &text::shorten(&series, room - of_runs));
    let mut distinct: Vec<&String> = parts.iter().collect();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() == parts.len() {
        return parts;
    }
    text::shorten(&whole.iter().map(String::as_str).collect::<Vec<_>>(), cells)
}

/// Returns a value axis for all panels, from the first to the last bin that is not empty.
pub fn shared_axis(model: &Model, panels: &[Panel]) -> Option<Segment> {
    panels.iter().filter_map(|panel| scale::fit(model.thumbnail(panel.entry)?)).reduce(Segment::union)
}

/// Adds to the number of columns and rows. Returns the notice if there is no room for more.
pub(super) fn resize(model: &mut Model, columns: i16, rows: i16) -> Option<&'static str> {
    let area = regions(model)?.chart;
    let now = grid(model, area);
    let (most_columns, most_rows) = ((area.width / SMALLEST.0).max(1), (area.height / SMALLEST.1).max(1));
    let size = &mut model.chart.grid;
    let (old, new, most) = if columns == 0 {
        let new = now.rows.saturating_add_signed(rows);
        size.rows = Some(new.clamp(1, most_rows));
        (now.rows, new, most_rows)
    } else {
        let new = now.columns.saturating_add_signed(columns);
        size.columns = Some(new.clamp(1, most_columns));
        (now.columns, new, most_columns)
    };
    if new > most { Some("no room for more panels") } else { (new == 0 || new == old).then_some("one is the minimum") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panels_are_readable_and_fill_the_area() {
        let of = |count, width, height| shape(GridSize::default(), count, Rect::new(0, 0, width, height));
        assert_eq!([of(1, 54, 16), of(2, 54, 16), of(3, 54, 16), of(99, 54, 16)], [(1, 1), (1, 2), (2, 2), (2, 2)]);
        assert_eq!([of(3, 138, 28), of(24, 138, 28), of(99, 138, 28)], [(2, 2), (5, 4), (5, 4)]);
        assert_eq!(of(0, 5, 1), (1, 1));
    }

    #[test]
    fn titles_name_what_differs() {
        let panel = |run: &str, series: &str| Panel {
            entry: EntryId { source: 0, series: 0, index: 0 },
            area: Rect::default(),
            run: Some(run.into()),
            series: series.into(),
            chosen: false,
            is_earlier: false,
        };
        let runs = ["sweep/lr0.1-seed0", "sweep/lr0.1-seed1"];
        let panels: Vec<Panel> =
            runs.iter().flat_map(|run| ["layer1.weight", "layer2.weight"].map(|key| panel(run, key))).collect();
        assert_eq!(titles(&panels, 40)[0], "sweep/lr0.1-seed0 · layer1.weight");
        // Annoyance 3: 24 panels had the same title.
        for cells in 12..40 {
            let titles = titles(&panels, cells);
            let distinct: std::collections::HashSet<&String> = titles.iter().collect();
            assert_eq!(distinct.len(), 4, "{titles:?}");
            assert!(titles.iter().all(|title| text::width(title) <= cells), "{cells}: {titles:?}");
        }
        assert_eq!(titles(&panels, 20)[1..3], ["seed0 · layer2.…", "seed1 · layer1.…"]);
    }

    #[test]
    fn chosen_columns_and_rows_are_kept_within_the_area() {
        let area = Rect::new(0, 0, 100, 20);
        let of = |columns, rows| shape(GridSize { columns, rows }, 30, area);
        assert_eq!([of(Some(6), None), of(None, Some(5)), of(Some(1), Some(1))], [(6, 3), (4, 5), (1, 1)]);
        assert_eq!([of(Some(99), Some(99)), of(Some(0), Some(0))], [(8, 5), (1, 1)]);
    }
}
