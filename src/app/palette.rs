//! The search in palettes: commands in the command palette, series for edits that combine two histograms.

mod commands;

pub use commands::{COMMANDS, Command};

use super::Model;
use crate::action::Action;
use crate::catalog::SeriesId;
use crate::hist::edit::Combination;
use crate::pattern::{Hits, Strictness, Words};

/// Maximum number of series that a palette lists.
const MAX_SERIES: usize = 500;

/// The items that a palette lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaletteKind {
    /// All commands.
    Commands,
    /// The series that can be added, subtracted or averaged.
    Operand(Combination),
}

/// A line of a palette.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaletteItem {
    /// The keys of a command, or the source of a series.
    pub keys: String,
    pub text: String,
    /// An example of how to type the command, or an empty text.
    pub example: String,
    pub choice: PaletteChoice,
}

/// The result of choosing a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PaletteChoice {
    Command(Command),
    Series(SeriesId),
}

/// Lists the items that match the typed text, the best match first.
pub fn palette_items(model: &Model, kind: PaletteKind, text: &str) -> Vec<PaletteItem> {
    match kind {
        PaletteKind::Commands => commands(model, text),
        PaletteKind::Operand(_) => series(model, text),
    }
}

/// Lists commands: the typed one, then the one with this name, then that with this key, then those with all words.
fn commands(model: &Model, text: &str) -> Vec<PaletteItem> {
    let keymap = &model.settings.keymap;
    let text = text.trim().trim_start_matches(':').trim_start();
    let mut found: Vec<PaletteItem> = Vec::new();
    if let Some((command, help)) = commands::typed(text) {
        found.push(PaletteItem {
            keys: format!(":{text}"),
            text: help,
            example: String::new(),
            choice: PaletteChoice::Command(command),
        });
    }
    let lower = text.to_lowercase();
    let by_key = |action: Action| !text.is_empty() && keymap.shown(action).iter().any(|keys| keys == text);
    // `E` is a key, not vim's `:e`.
    let is_name = |name: &str| name == if text.len() == 1 { text } else { &*lower };
    let mut words = Words::new(text);
    let mut rank = |action: Action| {
        if is_name(action.name()) || action.aliases().iter().any(|alias| is_name(alias)) {
            return Some((3, 0));
        }
        if by_key(action) {
            return Some((2, 0));
        }
        let names = std::iter::once(action.name()).chain(action.aliases().iter().copied());
        let texts: Vec<&str> = [action.help(), action.area().title()].into_iter().chain(names).collect();
        // Abbreviations would find commands that the user did not mean, and Enter runs the first.
        let find = |hits: Hits, text: &&str| hits.or(words.find_in_key(text, Strictness::Contained));
        let hits = texts.iter().fold(Hits::default(), find);
        let score = words.score(Hits::default(), hits)?;
        Some((u8::from(has_whole_words(&texts, &lower)), score))
    };
    let ranked = Action::ALL.iter().filter_map(|action| rank(*action).map(|(level, score)| (level, score, *action)));
    let mut ranked: Vec<(u8, u32, Action)> = ranked.collect();
    // Sorting is stable: equal ranks stay in the order of the help.
    ranked.sort_by_key(|(level, score, _)| std::cmp::Reverse((*level, if text.is_empty() { 0 } else { *score })));
    let item = |(_, _, action): (u8, u32, Action)| PaletteItem {
        keys: keymap.shown(action).join(" "),
        text: action.help().to_owned(),
        example: commands::example(action).map(|example| format!(":{example}")).unwrap_or_default(),
        choice: PaletteChoice::Command(Command::Action(action)),
    };
    found.extend(ranked.into_iter().map(item));
    found
}

/// Returns true if each typed word is a whole word of the texts.
fn has_whole_words(texts: &[&str], typed: &str) -> bool {
    let words = texts.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric()));
    let is_word = |typed: &str| words.clone().any(|word| word.eq_ignore_ascii_case(typed));
    !typed.is_empty() && typed.split_whitespace().all(is_word)
}

/// Lists the series whose run and key have all words, the best match first.
fn series(model: &Model, text: &str) -> Vec<PaletteItem> {
    let item = |source: usize, series: usize| {
        let id = SeriesId { source, series };
        let keys = model.source_label(id).map(|label| label.to_string()).unwrap_or_default();
        let text = model.sources.get(source).map(|info| info.name_of(series)).unwrap_or_default();
        PaletteItem { keys, text, example: String::new(), choice: PaletteChoice::Series(id) }
    };
    let mut words = Words::new(text);
    for strictness in Strictness::ALL {
        let mut found = Vec::new();
        for (source, info) in model.sources.iter().enumerate() {
            let run = info.run.as_ref().map_or(info.name.as_str(), |run| run.name.as_str());
            let name = words.find_in_name(run, strictness);
            for series in 0..info.series.len() {
                let key = words.find_in_key(&info.name_of(series), strictness);
                found.extend(words.score(name, key).map(|score| (score, source, series)));
            }
        }
        if !found.is_empty() {
            found.sort_by_key(|(score, ..)| std::cmp::Reverse(*score));
            return found.into_iter().take(MAX_SERIES).map(|(_, source, series)| item(source, series)).collect();
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Size;
    use crate::app::overlay::PromptKind;
    use crate::settings::{Depth, Settings};

    fn found(text: &str) -> Vec<PaletteItem> {
        let model = Model::new(Size { width: 80, height: 24 }, Settings::load(None, Depth::None).0, 0);
        palette_items(&model, PaletteKind::Commands, text)
    }

    fn first(text: &str) -> Command {
        match found(text).remove(0).choice {
            PaletteChoice::Command(command) => command,
            choice @ PaletteChoice::Series(_) => panic!("{choice:?}"),
        }
    }

    /// B3: `:q` changed the bins, `:w` removed one, and `:sort` chose a rule.
    #[test]
    fn exact_names_come_first() {
        let actions = [
            ("q", Action::Quit),
            ("quit", Action::Quit),
            ("w", Action::Save),
            ("wa", Action::SaveAll),
            ("sort", Action::ListOrder),
            ("nan", Action::Problems),
            ("theme", Action::Settings),
            ("u", Action::Undo),
            ("undo", Action::Undo),
            ("zoom", Action::Zoom),
            ("Zoom", Action::Zoom),
            ("step", Action::GoToStep),
            (":q", Action::Quit),
            (" q ", Action::Quit),
            ("heatmap", Action::ViewHeatmap),
            ("heat map", Action::ViewHeatmap),
            ("grid", Action::ViewGrid),
            // A key, if nothing has this name.
            ("E", Action::Export),
        ];
        for (text, action) in actions {
            assert_eq!(first(text), Command::Action(action), "{text}");
        }
        assert_eq!(first("wq"), Command::SaveAndQuit);
        assert_eq!(first("x"), Command::SaveAndQuit);
        assert_eq!(first("q!"), Command::QuitWithoutSaving);
    }

    #[test]
    fn commands_take_arguments() {
        let prompt = |kind, text: &str| Command::Prompt(kind, text.to_owned());
        assert_eq!(first("30"), prompt(PromptKind::Bins, "30"));
        assert_eq!(first("bins fd"), prompt(PromptKind::Bins, "fd"));
        assert_eq!(first("step 500"), prompt(PromptKind::Step, "500"));
        assert_eq!(first("step first"), Command::Action(Action::StepFirst));
        assert_eq!(first("range -1, 2"), prompt(PromptKind::Range, "-1, 2"));
        assert_eq!(first("w out.json"), prompt(PromptKind::SaveAs, "out.json"));
        assert_eq!(first("filter hot weight"), prompt(PromptKind::Filter, "hot weight"));
        let bins = |text: &str| found(text).first().map(|item| item.text.clone());
        assert_eq!(["1", "30", "bins 512"].map(bins).map(Option::unwrap), ["use 1 bin", "use 30 bins", "use 512 bins"]);
        for text in ["0", "513", "bins 900", "bins fast"] {
            let help = "enter a number of bins from 1 to 512, or a rule such as fd";
            assert_eq!(bins(text).as_deref(), Some(help), "{text}");
        }
    }

    #[test]
    fn whole_words_precede_parts_of_words() {
        let undo = found("undo");
        assert!(undo.iter().all(|item| item.text.contains("undo")), "{undo:?}");
        let log = found("log");
        assert_eq!(log[0].choice, PaletteChoice::Command(Command::Action(Action::LogCounts)));
        assert_eq!(found("").len(), Action::ALL.len());
        assert_eq!(found("qqqq"), []);
        for scattered in ["clpbrd", "delete", "legend", "foo bar", "next run"] {
            assert_eq!(found(scattered), [], "{scattered}");
        }
        assert_eq!(first("e"), Command::Action(Action::Reload), "as in vim");
        let nan: Vec<String> = found("nan").into_iter().map(|item| item.text).collect();
        assert!(nan.len() < 5, "{nan:?}");
    }
}
