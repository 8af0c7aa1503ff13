//! `rebin export`: histograms as `wandb.Histogram` writes them, as tables, pictures, texts and scripts; one, or many at
//! once.

mod figure;
mod targets;

use super::args::{self, Cli, Step};
use super::environment::Environment;
use super::failure::Failure;
use super::output::print;
use super::progress::{Progress, Signals};
use super::{as_one, say_all, series, warnings};
use crate::document::save::{Lost, Overwrite, make_folder, write_new, write_one_of_many};
use crate::error::Error;
use crate::export::Format;
use crate::export::name::{is_pattern, unknown};
use crate::settings::Glyphs;
use crate::source::{self, Task};
use crate::text::plural;
use clap::CommandFactory as _;
use clap::error::ErrorKind;
use figure::Figures;
use std::io::{self, IsTerminal as _};
use std::path::Path;
use std::process::ExitCode;
use targets::{Target, Targets, targets};

/// Writes what was selected.
pub(super) fn export(args: &args::Export, environment: &Environment) -> Result<ExitCode, Failure> {
    let format = format(args)?;
    let output = output(args)?;
    let mut settings = environment.settings_said(environment.depth);
    args.naming.apply(&mut settings);
    if args.look.ascii {
        settings.glyphs = Glyphs::Ascii;
    }

    let source = source::open(&as_one(&args.paths, args.select.key.as_deref())?, &Task::default())?;
    warnings::problems(source.info());
    let figures = Figures { source: &*source, args, output, format, settings: &settings };
    if args.output == "-" {
        return to_stdout(&figures);
    }
    to_files(&figures)
}

/// NAME, or where that is a folder, a pattern for files in it.
///
/// # Errors
/// A placeholder that there is not.
fn output(args: &args::Export) -> Result<String, Failure> {
    let name = &args.output;
    if let Some(word) = unknown(name) {
        let mistake = format!("{{{word}}} stands for nothing in NAME; there are {{key}} and {{step}}");
        return Err(Failure::Typed(Cli::command().error(ErrorKind::ValueValidation, mistake)));
    }
    if !name.ends_with('/') && (is_pattern(name) || !Path::new(name).is_dir()) {
        return Ok(name.clone());
    }
    let each = if args.select.step == Step::All { "{key}.{step}" } else { "{key}" };
    Ok(format!("{}/{each}", name.trim_end_matches('/')))
}

/// The format that was asked for.
///
/// # Errors
/// A look of what has none.
fn format(args: &args::Export) -> Result<Format, Failure> {
    let named = || Format::of_name(&args.output);
    let default = if args.over_steps { Format::Svg } else { Format::Json };
    let format = args.format.map(Format::from).or_else(named).unwrap_or(default);
    let look = &args.look;
    let size = look.width.is_some() || look.height.is_some();
    let looks = size || look.log || look.values.is_some() || look.normalize.is_some() || look.ascii;
    let mistake = if looks && !format.shows() {
        "--width, --height, --log, --values, --normalize and --ascii are for pictures and text charts (svg, png, md, txt)"
    } else if args.over_steps && !format.over_steps() {
        "--over-steps makes one picture of all steps: choose --format svg or png"
    } else {
        return Ok(format);
    };
    let extension = format.extension();
    Err(Failure::Typed(Cli::command().error(ErrorKind::ArgumentConflict, format!("{mistake}, not {extension}"))))
}

fn to_stdout(figures: &Figures<'_>) -> Result<ExitCode, Failure> {
    if figures.format == Format::Png && io::stdout().is_terminal() {
        let what = "standard output".into();
        let why = "a terminal shows no PNG; name a file with -o NAME".into();
        return Err(Error::Write { what, why }.into());
    }
    let index = series::single(figures.source.info(), figures.args.select.key.as_deref())?;
    let entry = figures.single_entry(index)?;
    let (mut bytes, notes) = figures.bytes(index, entry, &Task::default())?;
    say_all(&notes);
    if figures.format == Format::Json {
        bytes.push(b'\n');
    }
    print(&bytes)?;
    Ok(ExitCode::SUCCESS)
}

/// Writes every file, none if one of them must not be written. What cannot be read is said, and the rest written.
fn to_files(figures: &Figures<'_>) -> Result<ExitCode, Failure> {
    let args = figures.args;
    let overwrite = if args.force { Overwrite::Allow } else { Overwrite::Refuse };
    let Targets { all: targets, mut failed, renamed } = targets(figures)?;
    let how = How { overwrite, folders: is_pattern(&figures.output), many: targets.len() > 1 };
    let signals = Signals::catch();
    let task = Task { cancel: signals.asked.clone(), ..Task::default() };
    let mut progress = Progress::of(targets.len());
    let mut notes = Notes::default();
    let mut written: Vec<&Target> = Vec::new();
    for target in &targets {
        if signals.asked.asked() {
            break;
        }
        let Target { series, entry, path, .. } = target;
        let made = figures.bytes(*series, *entry, &task).and_then(|(bytes, words)| {
            notes.take(*series, &words, &mut progress);
            write(path, &bytes, how)
        });
        match made {
            Ok(lost) => {
                for lost in lost {
                    progress.say(&format!("{}: {lost}", path.display()));
                }
                written.push(target);
            }
            Err(Error::Cancelled) => break,
            // One file: the sentence alone says it.
            Err(error) if targets.len() == 1 => return Err(error.into()),
            Err(error) => {
                progress.say(&error.to_string());
                failed = true;
            }
        }
        progress.step();
    }
    notes.end(&mut progress);
    progress.clear();
    let cancelled = if signals.asked.asked() { "cancelled; " } else { "" };
    if let Some(words) = summary(&written, targets.len(), &args.output) {
        progress.say(&format!("{cancelled}{words}"));
    }
    if let Some(words) = alike(&renamed) {
        progress.say(&words);
    }
    if signals.asked.asked() {
        return Ok(signals.code());
    }
    if failed { Err(Failure::Said) } else { Ok(ExitCode::SUCCESS) }
}

/// What was written of so many files; nothing to say of one that is called as it was typed.
fn summary(written: &[&Target], of: usize, args: &str) -> Option<String> {
    let path = |target: &Target| target.path.display().to_string();
    match written {
        [one] if of == 1 && path(one) == args => None,
        [one] if of == 1 => Some(format!("wrote {}", path(one))),
        [] => (of > 1).then(|| format!("wrote nothing of {of} files")),
        [first, .., last] if written.len() == of => Some(format!("wrote {of} files, {} … {}", path(first), path(last))),
        [first, ..] => Some(format!("wrote {} of {of} files, the first is {}", written.len(), path(first))),
    }
}

/// That series have names which files cannot tell apart.
fn alike(renamed: &[(String, String)]) -> Option<String> {
    /// As many as are named.
    const NAMED: usize = 3;
    let words = |(key, name): &(String, String)| format!("{key} as {name}");
    let named: Vec<_> = renamed.iter().take(NAMED).map(words).collect();
    let more = if renamed.len() > NAMED { format!(" and {} more", renamed.len() - NAMED) } else { String::new() };
    (!named.is_empty()).then(|| format!("others have the same name in files: wrote {}{more}", named.join(", ")))
}

/// How files are written.
#[derive(Clone, Copy)]
struct How {
    overwrite: Overwrite,
    /// Folders are made where only a pattern names them.
    folders: bool,
    /// Each is one of many.
    many: bool,
}

/// Writes a file.
fn write(path: &Path, bytes: &[u8], how: How) -> Result<Vec<Lost>, Error> {
    if let (true, Some(folder)) = (how.folders, path.parent()) {
        make_folder(folder)?;
    }
    if how.many { write_one_of_many(path, bytes, how.overwrite) } else { write_new(path, bytes, how.overwrite) }
}

/// What is said of histograms: of a series once in full, of its other steps how many there are.
#[derive(Default)]
struct Notes {
    series: Option<usize>,
    more: usize,
}

impl Notes {
    fn take(&mut self, series: usize, words: &[String], progress: &mut Progress) {
        if words.is_empty() {
            return;
        }
        if self.series == Some(series) {
            self.more += 1;
            return;
        }
        self.end(progress);
        self.series = Some(series);
        for words in words {
            progress.say(words);
        }
    }

    fn end(&mut self, progress: &mut Progress) {
        if self.more > 0 {
            progress.say(&format!("the like holds for {} more of this series", plural(self.more as u64, "step")));
        }
        self.more = 0;
    }
}
