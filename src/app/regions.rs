//! Screen layout: pure geometry shared by `view` (drawing) and `update` (mouse, page sizes).

use super::list::{ListColumns, SPARKLINE};
use super::{Model, View};
use crate::text;
use ratatui::layout::Rect;

/// The smallest supported screen, as width and height.
pub const SMALLEST: (u16, u16) = (20, 6);

/// Minimum width of the chart and the statistics together.
const WITH_STATISTICS: u16 = 50;

/// Minimum height of the main pane, inside its border, for a line of statistics.
const WITH_SUMMARY: u16 = 8;

/// The areas of the screen. They do not overlap. Hidden panes are `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Regions {
    pub header: Rect,
    /// The series list, with its border.
    pub series: Option<Rect>,
    /// The main pane, with its border.
    pub main: Rect,
    /// The chart or the table, inside the main pane.
    pub chart: Rect,
    /// The line that describes the bin under the cursor, inside the main pane.
    pub info: Rect,
    /// The line of statistics below it, while the statistics pane is hidden. Empty without room.
    pub summary: Rect,
    pub statistics: Option<Rect>,
    /// The heat map over steps, with its border.
    pub heatmap: Option<Rect>,
    /// The strip of changes over steps.
    pub changes: Option<Rect>,
    /// The step slider, if the series has several steps.
    pub steps: Option<Rect>,
    /// The bin slider. Empty under the table of all series.
    pub slider: Rect,
    /// The last line: hints, status or prompt.
    pub footer: Rect,
    /// Panes have borders.
    pub bordered: bool,
}

/// Lays out the screen; `None` if it is too small.
pub fn regions(model: &Model) -> Option<Regions> {
    let (width, height) = (model.size.width, model.size.height);
    if width < SMALLEST.0 || height < SMALLEST.1 {
        return None;
    }
    let bordered = width >= 60 && height >= 16;
    let line = |y: u16| Rect { x: 0, y, width, height: 1 };
    let several_steps = model.step_count() > 1;
    // The table of all series leaves only the steps and the last line.
    let table = model.series_table.is_open;
    let sliders = 1 - u16::from(table);
    let steps = (several_steps && height >= 10).then(|| line(height - 2 - sliders));
    let above_sliders = height - 1 - sliders - u16::from(steps.is_some());
    let has_changes = several_steps && model.strip.since.is_some() && !table && height >= 12;
    let changes = has_changes.then_some(if height >= 20 { 2 } else { 1 });
    let bottom = above_sliders - changes.unwrap_or(0);
    let changes = changes.map(|height| Rect { height, ..line(bottom) });
    let heatmap = several_steps
        && !table
        && !model.chart.view.over_steps()
        && model.panes.steps.unwrap_or(height >= 30 && width >= 60 && model.chart.view != View::Grid)
        && height >= 18;
    let heatmap_height = if heatmap { (height * 3 / 10).clamp(7, 14) } else { 0 };
    let body = Rect { x: 0, y: 1, width, height: bottom - 1 - heatmap_height };
    let heatmap = heatmap.then(|| Rect { y: body.bottom(), height: heatmap_height, ..body });

    // Ends early, since thousands of sources may be open.
    let several = model.sources.iter().flat_map(|source| &source.series).nth(1).is_some();
    let list = model.panes.series.unwrap_or(several && width >= 72) && width >= 40 && !table;
    let list_width = if list { list_width(model) } else { 0 };
    let statistics = model.panes.statistics.unwrap_or(width >= 104 && height >= 20)
        && width >= list_width + WITH_STATISTICS
        && !table;
    let statistics_width = match statistics {
        false => 0,
        true if width >= 160 => 36,
        true => 26,
    };
    let main = Rect { x: list_width, width: width - list_width - statistics_width, ..body };
    let inner = if bordered { inside(main) } else { main };
    let info = u16::from(inner.height > 4 && model.chart.view != View::Grid && !table);
    let summary = u16::from(!statistics && !table && inner.height >= WITH_SUMMARY && model.current.is_some());
    Some(Regions {
        header: line(0),
        series: list.then_some(Rect { width: list_width, ..body }),
        main,
        chart: Rect { height: inner.height - info - summary, ..inner },
        info: Rect { y: inner.bottom() - info - summary, height: info, ..inner },
        summary: Rect { y: inner.bottom() - summary, height: summary, ..inner },
        statistics: statistics.then(|| Rect { x: main.right(), width: statistics_width, ..body }),
        heatmap,
        changes,
        steps,
        slider: Rect { height: sliders, ..line(height - 2) },
        footer: line(height - 1),
        bordered,
    })
}

/// The narrowest list.
const NARROWEST_LIST: u16 = 12;
/// Minimum width of a chart next to the list.
const NARROWEST_CHART: u16 = 18;

/// Width of the series list: the chosen one, or that of its names, up to a third of the screen.
fn list_width(model: &Model) -> u16 {
    let width = model.size.width;
    let fitting = || {
        let ListColumns { name, steps, last } = model.list.columns;
        // A blank before each column, and a border.
        let columns = [SPARKLINE, steps, last].into_iter().filter(|column| *column > 0).map(|column| column + 1);
        // The headings of the columns are next to the title.
        let headings = if last > 0 { 28 } else { 0 };
        let needed = (name + columns.sum::<usize>() + 2).max(headings);
        (needed.min(usize::from(width / 3)) as u16).max(22)
    };
    let widest = width.saturating_sub(NARROWEST_CHART).max(NARROWEST_LIST);
    model.panes.list_width.unwrap_or_else(fitting).clamp(NARROWEST_LIST, widest)
}

/// Minimum width of a screen for the statistics, with the panes that it shows.
pub fn statistics_min_width(model: &Model) -> u16 {
    match regions(model) {
        Some(Regions { series: Some(_), .. }) => list_width(model) + WITH_STATISTICS,
        _ => WITH_STATISTICS,
    }
}

/// Number of text lines on a page: the screen height minus a border and a margin.
pub fn page_height(model: &Model) -> usize {
    usize::from(model.size.height.saturating_sub(4)).max(1)
}

/// Returns an area without its border.
pub fn inside(area: Rect) -> Rect {
    Rect {
        x: area.x.saturating_add(1),
        y: area.y.saturating_add(1),
        width: area.width.saturating_sub(2),
        height: area.height.saturating_sub(2),
    }
}

/// Returns the frame of a centered window with room for `width` columns and `height` lines, clipped to the screen.
pub fn window_frame(screen: Rect, width: u16, height: u16) -> Rect {
    let width = width.saturating_add(4).max(24).min(screen.width);
    let height = height.saturating_add(2).min(screen.height.saturating_sub(2)).max(3);
    Rect {
        x: screen.x + (screen.width - width) / 2,
        y: screen.y + (screen.height.saturating_sub(height)) / 2,
        width,
        height: height.min(screen.height),
    }
}

/// Returns the frame of the list of findings, the area of its rows, and the index of its first visible row. The summary is
/// above the rows, and the full text of the selected one below them.
pub fn findings_frame(model: &Model, screen: Rect, selected: usize) -> (Rect, Rect, usize) {
    const DETAIL: u16 = 3;
    let rows = u16::try_from(model.findings.rows().len()).unwrap_or(u16::MAX);
    let frame = window_frame(screen, 126.min(screen.width), rows.saturating_add(1 + DETAIL));
    let inner = inside(frame);
    let detail = if inner.height > DETAIL + 1 { DETAIL } else { 0 };
    let list = Rect {
        x: inner.x + 1,
        y: inner.y + 1,
        width: inner.width.saturating_sub(2),
        height: inner.height.saturating_sub(1 + detail),
    };
    (frame, list, (selected + 1).saturating_sub(usize::from(list.height)))
}

/// Returns the frame of the edit history, and the index of its first visible line.
pub fn history_frame(screen: Rect, lines: &[(String, String)], selected: usize) -> (Rect, usize) {
    let widest = lines.iter().map(|(_, name)| text::width(name)).max().unwrap_or(0);
    let frame = window_frame(screen, (widest as u16).saturating_add(14), lines.len() as u16);
    (frame, (selected + 1).saturating_sub(usize::from(frame.height.saturating_sub(2))))
}

impl Regions {
    /// Returns true if the statistics are on the screen, in their pane or in a line.
    pub fn has_statistics(&self) -> bool {
        self.statistics.is_some() || !self.summary.is_empty()
    }

    /// Returns the rows of the series list, inside its border.
    pub fn rows(&self) -> Option<Rect> {
        let pane = self.series?;
        Some(if self.bordered { inside(pane) } else { Rect { width: pane.width.saturating_sub(1), ..pane } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Size;
    use crate::settings::{Depth, Settings};

    #[test]
    fn areas_stay_on_screens_of_any_size() {
        for width in 0..140 {
            for height in 0..40 {
                let mut model = Model::new(Size { width, height }, Settings::load(None, Depth::None).0, 0);
                for shown in [None, Some(true), Some(false)] {
                    model.panes =
                        crate::app::Panes { series: shown, statistics: shown, steps: shown, list_width: None };
                    let Some(found) = regions(&model) else { continue };
                    let screen = Rect::new(0, 0, width, height);
                    let all = [Some(found.header), found.series, Some(found.main), Some(found.chart), Some(found.info)];
                    let rest = [
                        Some(found.summary),
                        found.statistics,
                        found.heatmap,
                        found.changes,
                        found.steps,
                        Some(found.slider),
                        Some(found.footer),
                    ];
                    for area in all.into_iter().chain(rest).flatten() {
                        assert_eq!(area.intersection(screen), area, "{width}x{height} {found:?}");
                    }
                    assert!(found.chart.width > 0 && found.chart.height > 0);
                }
            }
        }
    }
}
