//! The actions a user can perform. One table defines their help lines and the names that the settings file binds keys
//! to.

/// Declares [`Action`] and [`Area`] with their names, help and order from one table.
macro_rules! actions {
    ($($(#[doc = $title:literal])+ $area:ident { $($(#[doc = $help:literal])+ $action:ident = $name:literal,)+ })+) => {
        /// An action that a key, a click or the command palette can perform.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action { $($($(#[doc = $help])+ $action,)+)+ }

        /// A group of actions in the help.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Area { $($(#[doc = $title])+ $area,)+ }

        impl Action {
            /// All actions, in help order.
            pub const ALL: &[Self] = &[$($(Self::$action,)+)+];

            /// Returns the name in the settings file.
            pub fn name(self) -> &'static str {
                match self { $($(Self::$action => $name,)+)+ }
            }

            /// Returns one line of help, for the help page, the palette, the man page and docs/keys.md.
            pub fn help(self) -> &'static str {
                match self { $($(Self::$action => concat!($($help),+).trim_ascii(),)+)+ }
            }

            /// Returns a short name for the edit menu: at most 9 characters, so that three columns fit on a narrow screen.
            pub fn brief(self) -> &'static str {
                match self {
                    Self::EditLeftEdge => "l. edge",
                    Self::EditRightEdge => "r. edge",
                    Self::EditLeftEdgeRedistribute => "l. rebin",
                    Self::EditRightEdgeRedistribute => "r. rebin",
                    Self::EditTrimDiscard => "cut",
                    Self::EditTrimQuantiles => "trim %",
                    Self::EditTrimQuantilesDiscard => "cut %",
                    Self::EditMultiplyValues => "values ×",
                    Self::EditShiftValues => "values +",
                    Self::EditSumSteps => "sum steps",
                    Self::CompareMode => "next mode",
                    Self::CompareDifference => "difference",
                    Self::CompareMirrored => "mirrored",
                    Self::CompareOverlay => "overlay",
                    Self::CompareRatio => "ratio",
                    Self::MarkNext => "next mark",
                    Self::ChangeMeasure => "measure",
                    Self::MarksClear => "unmark all",
                    action => action.name().trim_start_matches("edit-"),
                }
            }

            /// Returns other names in the command palette, for example those of vim.
            pub fn aliases(self) -> &'static [&'static str] {
                match self {
                    Self::Quit => &["q", "quit", "exit", "qa", "close"],
                    Self::Save => &["w", "write"],
                    Self::SaveAll => &["wa", "write all"],
                    Self::SaveAs => &["saveas"],
                    Self::Undo => &["u"],
                    Self::Redo => &["red"],
                    Self::Help => &["h", "keys", "manual"],
                    Self::Problems => &["nan", "inf", "errors", "warnings", "findings", "anomalies"],
                    Self::Settings => &["set", "theme", "colors", "background", "dark", "light", "config", "options"],
                    Self::Reload => &["e", "edit"],
                    Self::Source => &["run", "info", "details"],
                    Self::SeriesTable => &["statistics", "all series", "rank"],
                    Self::Filter => &["search", "find", "grep"],
                    Self::ListOrder => &["sort", "order"],
                    Self::FoldAll => &["fold all", "unfold all", "collapse"],
                    Self::GoToStep => &["step", "goto", "go to"],
                    Self::SetRange => &["range", "xlim"],
                    Self::Quantile => &["percentile", "p"],
                    Self::Trim => &["quantiles", "percentiles", "clip"],
                    Self::Advise => &["advice", "rules", "comb"],
                    Self::BinSpacing => &["spacing", "log bins", "symlog bins"],
                    Self::ResetBins => &["reset", "original"],
                    Self::ViewBars => &["bars", "histogram"],
                    Self::ViewHeatmap => &["heatmap", "heat"],
                    Self::ViewRidge => &["ridge", "ridges"],
                    Self::ViewBands => &["bands", "percentiles over steps"],
                    Self::ViewCumulative => &["cumulative", "cdf"],
                    Self::ViewTable => &["table"],
                    Self::ViewGrid => &["grid", "panels", "side by side"],
                    Self::ViewLines => &["lines", "curves", "statistics over steps"],
                    Self::LogCounts => &["log", "log y"],
                    Self::ValueScale => &["log x", "symlog"],
                    Self::CountMeasure => &["density", "probability"],
                    Self::Compare => &["mark", "reference", "diff"],
                    Self::MarksClear => &["unmark", "unmark all"],
                    Self::CompareDifference => &["difference", "minus"],
                    Self::CompareRatio => &["ratio"],
                    Self::CompareMirrored => &["mirror"],
                    Self::CompareOverlay => &["overlay"],
                    Self::CompareRuns => &["runs", "all runs"],
                    Self::ChangeStrip => &["changes", "drift"],
                    Self::ChangeNext => &["largest change", "jump"],
                    Self::PaneStatistics => &["stats", "mean", "std"],
                    Self::CopyChart => &["yank"],
                    _ => &[],
                }
            }

            /// Returns the group in the help.
            pub fn area(self) -> Area {
                match self { $($(Self::$action => Area::$area,)+)+ }
            }
        }

        impl Area {
            /// All areas, in help order.
            pub const ALL: &[Self] = &[$(Self::$area,)+];

            /// Returns the heading.
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
        /// halve the number of bins
        BinsHalve = "bins-halve",
        /// double the number of bins
        BinsDouble = "bins-double",
        /// next bin rule (auto, fd, scott, …)
        RuleNext = "rule-next",
        /// previous bin rule
        RulePrevious = "rule-previous",
        /// space the bins equally on a linear, log or symlog axis
        BinSpacing = "bin-spacing",
        /// show what each bin rule would choose
        Advise = "advise-bins",
        /// reset bins and range
        ResetBins = "reset-bins",
    }
    /// range
    Range {
        /// start or stop selecting bins, or steps in views over steps
        Select = "select",
        /// zoom to the selection, or in at the cursor; over steps, in time
        Zoom = "zoom",
        /// show the full range; over steps, all steps
        ZoomReset = "zoom-reset",
        /// pan left by a quarter of the range
        PanLeft = "pan-left",
        /// pan right by a quarter of the range
        PanRight = "pan-right",
        /// enter a range
        SetRange = "set-range",
        /// zoom to the range between two quantiles
        Trim = "trim",
    }
    /// bin cursor
    Cursor {
        /// one bin left
        CursorLeft = "cursor-left",
        /// one bin right
        CursorRight = "cursor-right",
        /// first bin
        CursorFirst = "cursor-first",
        /// last bin
        CursorLast = "cursor-last",
        /// highest bin
        CursorHighest = "cursor-highest",
        /// show any quantile, such as 99.9 %, and go to it
        Quantile = "quantile",
    }
    /// steps
    Steps {
        /// previous step
        StepPrevious = "step-previous",
        /// next step
        StepNext = "step-next",
        /// ten steps back
        StepBack = "step-back",
        /// ten steps forward
        StepForward = "step-forward",
        /// first step
        StepFirst = "step-first",
        /// last step
        StepLast = "step-last",
        /// enter a step
        GoToStep = "go-to-step",
        /// play the steps, or pause
        Play = "play",
        /// follow the newest step of a live run
        Follow = "follow",
    }
    /// series
    Series {
        /// previous series
        SeriesPrevious = "series-previous",
        /// next series
        SeriesNext = "series-next",
        /// page up in the list
        PageUp = "page-up",
        /// page down in the list
        PageDown = "page-down",
        /// fold or unfold a branch; in the chart, list the values of the bin
        Open = "open",
        /// filter the series by words (Tab: regex, glob)
        Filter = "filter",
        /// table of all series with statistics, sorted by any of them
        SeriesTable = "series-table",
        /// fold or unfold all branches
        FoldAll = "fold-all",
        /// sort names by their numbers, or as logged
        ListOrder = "list-order",
        /// narrower list
        ListNarrower = "list-narrower",
        /// wider list
        ListWider = "list-wider",
        /// fit the list to its names
        ListFit = "list-fit",
        /// switch between the list and the chart
        SwitchFocus = "switch-focus",
    }
    /// view
    View {
        /// bars
        ViewBars = "view-bars",
        /// heat map over steps
        ViewHeatmap = "view-heatmap",
        /// ridge plot over steps
        ViewRidge = "view-ridge",
        /// percentile bands over steps
        ViewBands = "view-bands",
        /// cumulative counts
        ViewCumulative = "view-cumulative",
        /// table of bins
        ViewTable = "view-table",
        /// all series side by side
        ViewGrid = "view-grid",
        /// statistics over steps as lines, for all runs
        ViewLines = "view-lines",
        /// next statistic over steps
        StatisticNext = "statistic-next",
        /// previous statistic over steps
        StatisticPrevious = "statistic-previous",
        /// next view
        ViewNext = "view-next",
        /// previous view
        ViewPrevious = "view-previous",
        /// fewer columns of panels
        GridColumnsFewer = "grid-columns-fewer",
        /// more columns of panels
        GridColumnsMore = "grid-columns-more",
        /// fewer rows of panels
        GridRowsFewer = "grid-rows-fewer",
        /// more rows of panels
        GridRowsMore = "grid-rows-more",
        /// switch between linear and logarithmic counts; over steps, colors
        LogCounts = "log-counts",
        /// switch between linear, log and symlog values
        ValueScale = "value-scale",
        /// switch between count, density and probability
        CountMeasure = "count-measure",
        /// share one value axis between all steps or panels; over steps, show all values
        ShareAxis = "share-axis",
        /// in views over steps, normalize each step or show counts
        NormalizeSteps = "normalize-steps",
        /// show or hide the series list
        PaneSeries = "pane-series",
        /// show or hide the statistics
        PaneStatistics = "pane-statistics",
        /// show or hide the heat map over steps
        PaneHeatmap = "pane-heatmap",
    }
    /// compare
    Compare {
        /// mark this histogram to compare others with it, or unmark it
        Compare = "compare",
        /// next way to compare: overlay, mirrored, difference, ratio
        CompareMode = "compare-mode",
        /// draw marked histograms as lines over the current one
        CompareOverlay = "compare-overlay",
        /// draw the marked histogram downward
        CompareMirrored = "compare-mirrored",
        /// draw the current histogram minus the marked one
        CompareDifference = "compare-difference",
        /// draw the current histogram as multiples of the marked one
        CompareRatio = "compare-ratio",
        /// compare the same series of all runs: lines at this step, or a heat map for each
        CompareRuns = "compare-runs",
        /// choose the next mark for mirrored, difference, ratio and edits
        MarkNext = "mark-next",
        /// remove all marks
        MarksClear = "marks-clear",
        /// show how far each step is from the first, the previous or this one
        ChangeStrip = "change-strip",
        /// measure changes by W1 / pooled std or by KS
        ChangeMeasure = "change-measure",
        /// go to the largest change, then to the next largest
        ChangeNext = "change-next",
    }
    /// edit
    Edit {
        /// undo
        Undo = "undo",
        /// redo
        Redo = "redo",
        /// show the edit history
        History = "history",
        /// repair a malformed histogram
        Repair = "repair",
        /// set the counts of the selected bins
        EditSet = "edit-set",
        /// clear the selected bins
        EditClear = "edit-clear",
        /// multiply the selected counts
        EditMultiply = "edit-multiply",
        /// merge the selected bins
        EditMerge = "edit-merge",
        /// split the selected bins
        EditSplit = "edit-split",
        /// move the left edge and keep counts
        EditLeftEdge = "edit-left-edge",
        /// move the right edge and keep counts
        EditRightEdge = "edit-right-edge",
        /// move the left edge and redistribute counts
        EditLeftEdgeRedistribute = "edit-left-edge-redistribute",
        /// move the right edge and redistribute counts
        EditRightEdgeRedistribute = "edit-right-edge-redistribute",
        /// trim to a range, keeping out-of-range counts
        EditTrim = "edit-trim",
        /// trim to a range, discarding out-of-range counts
        EditTrimDiscard = "edit-trim-discard",
        /// trim to quantiles, keeping out-of-range counts
        EditTrimQuantiles = "edit-trim-quantiles",
        /// trim to quantiles, discarding out-of-range counts
        EditTrimQuantilesDiscard = "edit-trim-quantiles-discard",
        /// multiply all values
        EditMultiplyValues = "edit-multiply-values",
        /// add a number to all values
        EditShiftValues = "edit-shift-values",
        /// normalize the counts to sum to 1
        EditNormalize = "edit-normalize",
        /// round to integers, keep the total
        EditRound = "edit-round",
        /// smooth the counts
        EditSmooth = "edit-smooth",
        /// add the marked or another series
        EditAdd = "edit-add",
        /// subtract the marked or another series
        EditSubtract = "edit-subtract",
        /// average with the marked or another series
        EditAverage = "edit-average",
        /// sum several steps
        EditSumSteps = "edit-sum-steps",
    }
    /// file
    File {
        /// save
        Save = "save",
        /// save all unsaved histograms
        SaveAll = "save-all",
        /// save under another name
        SaveAs = "save-as",
        /// export as JSON, CSV, SVG, PNG, Markdown, text, Python or UHI
        Export = "export",
        /// copy the chart as text to the clipboard
        CopyChart = "copy-chart",
        /// copy the histogram as JSON to the clipboard
        CopyJson = "copy-json",
    }
    /// program
    App {
        /// show help
        Help = "help",
        /// show problems and findings, the worst first
        Problems = "problems",
        /// show run details of the source
        Source = "source",
        /// show recent messages in full
        Messages = "messages",
        /// show settings
        Settings = "settings",
        /// search all commands, or type one
        Palette = "palette",
        /// reload changed files and open new ones
        Reload = "reload",
        /// redraw the screen
        Redraw = "redraw",
        /// suspend (resume with fg)
        Suspend = "suspend",
        /// go back: close, clear or cancel
        Back = "back",
        /// quit (asks if something is unsaved)
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
