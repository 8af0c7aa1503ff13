//! What a user can intend. One list: its doc lines are the help, its names are what a settings file binds keys to.

/// Declares [`Action`] and [`Area`] with their names, help and order from one table.
macro_rules! actions {
    ($($(#[doc = $title:literal])+ $area:ident { $($(#[doc = $help:literal])+ $action:ident = $name:literal,)+ })+) => {
        /// Something a key, a click or the command palette can ask for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action { $($($(#[doc = $help])+ $action,)+)+ }

        /// A group of actions in the help.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Area { $($(#[doc = $title])+ $area,)+ }

        impl Action {
            /// Every action, in the order of the help.
            pub const ALL: &[Self] = &[$($(Self::$action,)+)+];

            /// The name in a settings file.
            pub fn name(self) -> &'static str {
                match self { $($(Self::$action => $name,)+)+ }
            }

            /// One line for the help, the palette and the README.
            pub fn help(self) -> &'static str {
                match self { $($(Self::$action => concat!($($help),+).trim_ascii(),)+)+ }
            }

            /// The name in so few letters that three columns of them fit on a narrow screen, where it is an edit.
            pub fn brief(self) -> &'static str {
                match self {
                    Self::EditEdgeLeft => "l. edge",
                    Self::EditEdgeRight => "r. edge",
                    Self::EditEdgeLeftSpread => "l. spread",
                    Self::EditEdgeRightSpread => "r. spread",
                    Self::EditTrimDrop => "cut",
                    Self::EditQuantilesDrop => "cut quant",
                    Self::EditAxisScale => "values ×",
                    Self::EditAxisShift => "values +",
                    action => action.name().trim_start_matches("edit-"),
                }
            }

            /// The group it is listed in.
            pub fn area(self) -> Area {
                match self { $($(Self::$action => Area::$area,)+)+ }
            }
        }

        impl Area {
            /// Every area, in the order of the help.
            pub const ALL: &[Self] = &[$(Self::$area,)+];

            /// Its heading.
            pub fn title(self) -> &'static str {
                match self { $(Self::$area => concat!($($title),+).trim_ascii(),)+ }
            }
        }
    };
}

actions! {
    /// bins
    Bins {
        /// one bin fewer
        BinsFewer = "bins-fewer",
        /// one bin more
        BinsMore = "bins-more",
        /// half as many bins
        BinsHalve = "bins-halve",
        /// twice as many bins
        BinsDouble = "bins-double",
        /// next rule: auto, fd, scott, doane, rice, stone, sturges, sqrt
        RuleNext = "rule-next",
        /// previous rule
        RulePrevious = "rule-previous",
        /// back to the original bins and range
        ResetBins = "reset-bins",
    }
    /// range
    Range {
        /// start or stop selecting bins from the cursor
        Select = "select",
        /// zoom the range to the selection, or in around the cursor
        Zoom = "zoom",
        /// the full range again
        ZoomFull = "zoom-full",
        /// move the range left by a quarter
        PanLeft = "pan-left",
        /// move the range right by a quarter
        PanRight = "pan-right",
        /// type a range
        RangeType = "range",
        /// trim the range to two quantiles
        Trim = "trim",
    }
    /// bin cursor
    Cursor {
        /// bin to the left
        CursorLeft = "cursor-left",
        /// bin to the right
        CursorRight = "cursor-right",
        /// first bin
        CursorFirst = "cursor-first",
        /// last bin
        CursorLast = "cursor-last",
        /// highest bin
        CursorHighest = "cursor-highest",
    }
    /// steps
    Steps {
        /// previous step
        StepPrevious = "step-previous",
        /// next step
        StepNext = "step-next",
        /// ten steps back
        StepBack = "step-back",
        /// ten steps on
        StepForward = "step-forward",
        /// first step
        StepFirst = "step-first",
        /// last step
        StepLast = "step-last",
        /// type a step
        StepType = "step",
        /// play the steps, or pause
        Play = "play",
        /// follow the newest step of a run that is being written
        Follow = "follow",
    }
    /// series
    Series {
        /// previous series
        SeriesUp = "series-up",
        /// next series
        SeriesDown = "series-down",
        /// page up in the list
        PageUp = "page-up",
        /// page down in the list
        PageDown = "page-down",
        /// fold or unfold the branch, or go to the chart
        Open = "open",
        /// filter the series (Tab: fuzzy, regex, glob)
        Filter = "filter",
        /// move the focus between the list and the chart
        Focus = "focus",
    }
    /// view
    View {
        /// bars
        ViewBars = "view-bars",
        /// heat map over steps
        ViewHeatmap = "view-heatmap",
        /// ridges over steps
        ViewRidge = "view-ridge",
        /// percentile bands over steps
        ViewBands = "view-bands",
        /// cumulative counts
        ViewCumulative = "view-cumulative",
        /// table of bins
        ViewTable = "view-table",
        /// all series side by side
        ViewGrid = "view-grid",
        /// next view
        ViewNext = "view-next",
        /// previous view
        ViewPrevious = "view-previous",
        /// logarithmic counts
        LogCounts = "log-counts",
        /// values linear, log or symlog
        ValueScale = "value-scale",
        /// count, density or probability
        CountMeasure = "count-measure",
        /// one value axis for all steps, or each its own
        ShareAxis = "share-axis",
        /// over steps: each step of its own scale, or all on one
        NormalizeSteps = "normalize-steps",
        /// mark this histogram, to compare others with it
        Mark = "mark",
        /// show or hide the list of series
        PaneSeries = "pane-series",
        /// show or hide the statistics
        PaneStatistics = "pane-statistics",
        /// show or hide the heat map over steps
        PaneSteps = "pane-steps",
    }
    /// edit
    Edit {
        /// undo
        Undo = "undo",
        /// redo
        Redo = "redo",
        /// all changes of the series, to go back and forth among
        History = "history",
        /// what is wrong with a histogram, and its repair
        Repair = "repair",
        /// set the count of the bin or the selected bins
        EditSet = "edit-set",
        /// clear the bins
        EditClear = "edit-clear",
        /// multiply the bins' counts
        EditScale = "edit-scale",
        /// merge the selected bins
        EditMerge = "edit-merge",
        /// split the bins
        EditSplit = "edit-split",
        /// move the left edge; counts stay with their bins
        EditEdgeLeft = "edit-edge-left",
        /// move the right edge; counts stay with their bins
        EditEdgeRight = "edit-edge-right",
        /// move the left edge; counts are spread anew
        EditEdgeLeftSpread = "edit-edge-left-spread",
        /// move the right edge; counts are spread anew
        EditEdgeRightSpread = "edit-edge-right-spread",
        /// trim to a range, telling what lies outside
        EditTrim = "edit-trim",
        /// trim to a range, dropping what lies outside
        EditTrimDrop = "edit-trim-drop",
        /// trim to quantiles, telling what lies outside
        EditQuantiles = "edit-quantiles",
        /// trim to quantiles, dropping what lies outside
        EditQuantilesDrop = "edit-quantiles-drop",
        /// multiply all values
        EditAxisScale = "edit-axis-scale",
        /// add to all values
        EditAxisShift = "edit-axis-shift",
        /// make the counts sum to one
        EditNormalise = "edit-normalise",
        /// round to whole numbers, keeping the total
        EditRound = "edit-round",
        /// smooth the counts
        EditSmooth = "edit-smooth",
        /// add the marked or another histogram
        EditAdd = "edit-add",
        /// subtract the marked or another histogram
        EditSubtract = "edit-subtract",
        /// average with the marked or another histogram
        EditAverage = "edit-average",
        /// add up steps of the series
        EditSum = "edit-sum",
    }
    /// file
    File {
        /// save in place
        Save = "save",
        /// save everything that is unsaved
        SaveAll = "save-all",
        /// save under another name
        SaveAs = "save-as",
        /// export as JSON, CSV, SVG, PNG, Markdown, text or Python
        Export = "export",
        /// copy the chart as text to the clipboard
        CopyChart = "copy-chart",
        /// copy the histogram as JSON to the clipboard
        CopyJson = "copy-json",
    }
    /// program
    App {
        /// help
        Help = "help",
        /// problems found while reading
        Problems = "problems",
        /// what is known of the source: run, state, configuration
        Source = "source",
        /// the settings in force, and where to change them
        Settings = "settings",
        /// command palette
        Palette = "palette",
        /// draw the screen anew
        Redraw = "redraw",
        /// suspend (back with fg)
        Suspend = "suspend",
        /// step back: close, clear, cancel
        Back = "back",
        /// quit (asks when something is unsaved)
        Quit = "quit",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_every_action_has_help() {
        let names: BTreeSet<_> = Action::ALL.iter().map(|action| action.name()).collect();
        assert_eq!(names.len(), Action::ALL.len());
        assert!(Action::ALL.iter().all(|action| !action.help().is_empty()));
        assert_eq!(Area::Cursor.title(), "bin cursor");
        let edits = || Action::ALL.iter().filter(|action| action.name().starts_with("edit-"));
        let brief: BTreeSet<_> = edits().map(|action| action.brief()).collect();
        assert_eq!(brief.len(), edits().count());
        assert!(brief.iter().all(|name| name.chars().count() <= 9), "{brief:?}");
    }
}
