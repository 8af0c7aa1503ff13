//! Where everything is on the screen: pure geometry that `update` (mouse, page sizes) and `view` share.

use super::Model;
use ratatui::layout::Rect;

/// The smallest screen that is drawn.
pub const SMALLEST: (u16, u16) = (20, 6);

/// The areas of the screen. Areas without a pane are `None`; none overlaps another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Regions {
    pub header: Rect,
    /// The list of series with its border.
    pub series: Option<Rect>,
    /// The main pane with its border, if there is room for one.
    pub main: Rect,
    /// Chart or table, inside.
    pub chart: Rect,
    /// The line about the bin under the cursor, inside.
    pub info: Rect,
    pub statistics: Option<Rect>,
    /// The pane with the heat map over steps, with its border.
    pub over: Option<Rect>,
    /// The line with the steps of a series that has several.
    pub steps: Option<Rect>,
    /// The line with the bin slider.
    pub slider: Rect,
    /// Hints, status or prompt.
    pub footer: Rect,
    /// Whether panes have borders.
    pub boxed: bool,
}

/// Lays the screen out; `None` when it is too small to show anything.
pub fn regions(model: &Model) -> Option<Regions> {
    let (width, height) = (model.size.width, model.size.height);
    if width < SMALLEST.0 || height < SMALLEST.1 {
        return None;
    }
    let boxed = width >= 60 && height >= 16;
    let line = |y: u16| Rect { x: 0, y, width, height: 1 };
    let several_steps =
        model.current.as_ref().and_then(|current| model.series(current.entry)).is_some_and(|s| s.steps.len() > 1);
    let steps = (several_steps && height >= 10).then(|| line(height - 3));
    let bottom = height - 2 - u16::from(steps.is_some());
    let over = several_steps
        && !model.chart.view.over_steps()
        && model.panes.steps.unwrap_or(height >= 30 && width >= 60)
        && height >= 18;
    let over_height = if over { (height * 3 / 10).clamp(7, 14) } else { 0 };
    let body = Rect { x: 0, y: 1, width, height: bottom - 1 - over_height };
    let over = over.then(|| Rect { y: body.bottom(), height: over_height, ..body });

    let several = model.sources.iter().map(|source| source.series.len()).sum::<usize>() > 1;
    let list = model.panes.series.unwrap_or(several && width >= 72) && width >= 40;
    let list_width = if list { (width * 2 / 7).clamp(22, 34) } else { 0 };
    let statistics = model.panes.statistics.unwrap_or(width >= 104 && height >= 20) && width >= list_width + 50;
    let statistics_width = if statistics { 26 } else { 0 };
    let main = Rect { x: list_width, width: width - list_width - statistics_width, ..body };
    let inner = if boxed { inside(main) } else { main };
    let info = u16::from(inner.height > 4);
    Some(Regions {
        header: line(0),
        series: list.then_some(Rect { width: list_width, ..body }),
        main,
        chart: Rect { height: inner.height - info, ..inner },
        info: Rect { y: inner.bottom() - info, height: info, ..inner },
        statistics: statistics.then(|| Rect { x: main.right(), width: statistics_width, ..body }),
        over,
        steps,
        slider: line(height - 2),
        footer: line(height - 1),
        boxed,
    })
}

/// Lines of a page over the whole screen: its border and a line around it are not for them.
pub fn page_height(model: &Model) -> usize {
    usize::from(model.size.height.saturating_sub(4)).max(1)
}

/// An area without its border.
pub fn inside(area: Rect) -> Rect {
    Rect {
        x: area.x.saturating_add(1),
        y: area.y.saturating_add(1),
        width: area.width.saturating_sub(2),
        height: area.height.saturating_sub(2),
    }
}

impl Regions {
    /// The rows of the list: inside its border, below nothing.
    pub fn rows(&self) -> Option<Rect> {
        let pane = self.series?;
        Some(if self.boxed { inside(pane) } else { Rect { width: pane.width.saturating_sub(1), ..pane } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Size;
    use crate::settings::{Depth, Settings};

    #[test]
    fn no_size_panics_and_areas_stay_on_the_screen() {
        for width in 0..140 {
            for height in 0..40 {
                let mut model = Model::new(Size { width, height }, Settings::load(None, Depth::None).0, 0);
                for shown in [None, Some(true), Some(false)] {
                    model.panes = crate::app::Panes { series: shown, statistics: shown, steps: shown };
                    let Some(found) = regions(&model) else { continue };
                    let screen = Rect::new(0, 0, width, height);
                    let all = [Some(found.header), found.series, Some(found.main), Some(found.chart), Some(found.info)];
                    let rest = [found.statistics, found.over, found.steps, Some(found.slider), Some(found.footer)];
                    for area in all.into_iter().chain(rest).flatten() {
                        assert_eq!(area.intersection(screen), area, "{width}x{height} {found:?}");
                    }
                    assert!(found.chart.width > 0 && found.chart.height > 0);
                }
            }
        }
    }
}
