//! Commands that are typed with an argument, such as `step 500`.

use crate::action::Action;
use crate::app::overlay::PromptKind;
use crate::hist::{MAX_BINS, Rule};
use crate::text::plural;

/// A command of the palette.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Action(Action),
    /// Answers a prompt with a text.
    Prompt(PromptKind, String),
    SaveAndQuit,
    QuitWithoutSaving,
}

/// Typed commands for the help: an example, and a description.
pub const COMMANDS: &[(&str, &str)] = &[
    (":30", "use 30 bins"),
    (":bins fd", "use a bin rule"),
    (":step 500", "go to a step; also first, last"),
    (":range -1, 1", "show a range"),
    (":trim 1%, 99%", "show the values between two quantiles"),
    (":quantile 99.9", "show a quantile, and go to it"),
    (":stat p99.9", "show a statistic over steps"),
    (":scalar loss", "draw a scalar below statistics over steps; none hides it"),
    (":filter WORDS", "filter the series"),
    (":w NAME", "save under another name"),
    (":wq", "save all and quit"),
    (":q!", "quit without saving"),
];

/// Parses a command with its argument. Returns it with a description.
pub(super) fn typed(text: &str) -> Option<(Command, String)> {
    let prompt = |kind, text: &str, help: String| Some((Command::Prompt(kind, text.to_owned()), help));
    let bins = |text: &str| {
        let valid = text.parse().ok().filter(|n| (1..=MAX_BINS).contains(n));
        let invalid = || format!("enter a number of bins from 1 to {MAX_BINS}, or a rule such as fd");
        let help = valid.map_or_else(invalid, |n| format!("use {}", plural(n as u64, "bin")));
        prompt(PromptKind::Bins, text, help)
    };
    if text.parse::<usize>().is_ok() {
        return bins(text);
    }
    let (name, argument) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let argument = argument.trim();
    match (name, argument) {
        ("wq" | "x" | "wqa" | "xa", "") => Some((Command::SaveAndQuit, "save all and quit".into())),
        ("q!" | "quit!" | "qa!", "") => Some((Command::QuitWithoutSaving, "quit without saving".into())),
        (_, "") => None,
        ("step", "first") => Some((Command::Action(Action::StepFirst), "go to the first step".into())),
        ("step", "last") => Some((Command::Action(Action::StepLast), "go to the last step".into())),
        ("step" | "s", step) => prompt(PromptKind::Step, step, format!("go to step {step}")),
        ("bins" | "rule", rule) if Rule::parse(rule).is_ok() => {
            prompt(PromptKind::Bins, rule, format!("use the bin rule {rule}"))
        }
        ("bins" | "rule", number) => bins(number),
        ("range", range) => prompt(PromptKind::Range, range, format!("show the range {range}")),
        ("trim", range) => prompt(PromptKind::Trim, range, format!("show the values between the quantiles {range}")),
        ("quantile" | "percentile", p) => prompt(PromptKind::Quantiles, p, format!("show the percentiles {p}")),
        ("stat" | "statistic", name) => prompt(PromptKind::Statistic, name, format!("show {name} over steps")),
        ("scalar", name) => {
            prompt(PromptKind::Scalar, name, format!("draw the scalar {name} below statistics over steps"))
        }
        ("filter" | "find" | "grep", words) => prompt(PromptKind::Filter, words, format!("filter the series: {words}")),
        ("w" | "save" | "saveas", name) => prompt(PromptKind::SaveAs, name, format!("save as {name}")),
        _ => None,
    }
}

/// Returns an example of an action with an argument.
pub(super) fn example(action: Action) -> Option<&'static str> {
    Some(match action {
        Action::GoToStep => "step 500",
        Action::SetRange => "range -1, 1",
        Action::Trim => "trim 1%, 99%",
        Action::Quantile => "quantile 99.9",
        Action::SaveAs => "w NAME",
        Action::ViewLines => "stat p99.9",
        Action::Filter => "filter WORDS",
        Action::RuleNext => "bins fd",
        Action::BinsMore => "30",
        Action::Quit => "q!",
        _ => return None,
    })
}
