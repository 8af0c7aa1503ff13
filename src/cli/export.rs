//! `rebin export`: writes one or many histograms as JSON, CSV, pictures, text or Python.

mod figure;
mod targets;

use super::args::{self, Cli, Step};
use super::environment::Environment;
use super::exit::{Failure, print, report, report_all};
use super::progress::{ProgressBar, Signals};
use super::{expand_all, output, progress, series, single_input, warnings};
use crate::catalog::{Series, SourceNames};
use crate::document::save::{Lost, Overwrite, create_directory};
use crate::error::Error;
use crate::export::name::{has_run, is_pattern, unknown};
use crate::export::{Export, Format, SideBySide};
use crate::settings::Glyphs;
use crate::source::{self, Source, Task, in_order};
use crate::text::{natural_order, plural};
use clap::CommandFactory as _;
use clap::error::ErrorKind;
use figure::Figures;
use std::io::{self, IsTerminal as _};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use targets::{Target, Targets, run_name, targets, with_extension};

/// Exports the selected histograms.
pub(super) fn export(args: &args::Export, environment: &Environment) -> Result<ExitCode, Failure> {
    if let Some(message) = args.binning.conflict() {
        return Err(Failure::Usage(Cli::command().error(ErrorKind::ArgumentConflict, message)));
    }
    let format = format(args)?;
    let output = name_pattern(args)?;
    let mut settings = environment.settings_with_warnings(environment.depth);
    args.naming.apply(&mut settings);
    if args.appearance.ascii {
        settings.glyphs = Glyphs::Ascii;
    }

    let (sources, failed) = sources(args, &output)?;
    let figures: Vec<Figures<'_>> = sources
        .iter()
        .map(|(source, run)| Figures {
            source: &**source,
            run: run.clone(),
            is_one_of_several: sources.len() > 1,
            args,
            output: &output,
            format,
            settings: &settings,
        })
        .collect();
    match &figures[..] {
        all if args.side_by_side => side_by_side(all, failed),
        [figures] if args.output == "-" => to_stdout(figures),
        all => to_files(all, failed),
    }
}

/// A source, and its name for `{run}`.
type NamedSource = (Arc<dyn Source>, String);

/// Opens the sources to export, each with its name for `{run}`. Without `{run}` in the pattern, several files are one source.
/// Reports those of several that cannot be opened, and returns true if there are any.
fn sources(args: &args::Export, output: &str) -> Result<(Vec<NamedSource>, bool), Failure> {
    if !has_run(output) && !args.side_by_side {
        let input = single_input(&args.paths, args.select.key.as_deref()).map_err(|error| match error {
            Error::Select(why) => Error::Select(format!("{why}; or add {{run}} to NAME to export each")),
            error => error,
        })?;
        let source = source::open(&input, &progress::opening(&input.name()))?;
        warnings::report_problems(source.info());
        let run = run_name(source.info());
        return Ok((vec![(source, run)], false));
    }
    let mut notices = Vec::new();
    let inputs = expand_all(&args.paths, &mut notices);
    report_all(&notices);
    let (mut sources, mut failed) = (Vec::new(), false);
    let several = inputs.len() > 1;
    in_order(inputs.into_iter(), None, series::open_in_batch, |opened| {
        match opened {
            Some(Ok(source)) => {
                warnings::report_problems(source.info());
                failed |= source.info().incomplete;
                sources.push(source);
            }
            Some(Err(error)) => {
                report(&error.to_string());
                failed = true;
            }
            None => {}
        }
        ControlFlow::Continue(())
    });
    let names = SourceNames::of(sources.iter().map(|source| &**source.info()));
    let name = |(index, source): (usize, &Arc<dyn Source>)| match source.info().run {
        Some(_) if several => {
            let label = names.label(index, source.info());
            if label.is_ambiguous() { format!("{}-{}", label.name, label.detail) } else { label.name }
        }
        _ => run_name(source.info()),
    };
    let runs: Vec<String> = sources.iter().enumerate().map(name).collect();
    Ok((sources.into_iter().zip(runs).collect(), failed))
}

/// Returns NAME, or a pattern for files in it if NAME is a directory.
///
/// # Errors
/// [`Failure::Usage`] for an unknown placeholder.
fn name_pattern(args: &args::Export) -> Result<String, Failure> {
    let name = &args.output;
    if let Some(word) = unknown(name) {
        let message = format!("unknown placeholder {{{word}}} in NAME; use {{run}}, {{key}} or {{step}}");
        return Err(Failure::Usage(Cli::command().error(ErrorKind::ValueValidation, message)));
    }
    if !name.ends_with('/') && (is_pattern(name) || !Path::new(name).is_dir()) {
        return Ok(name.clone());
    }
    let pattern = if args.select.step == Step::All { "{key}.{step}" } else { "{key}" };
    Ok(format!("{}/{pattern}", name.trim_end_matches('/')))
}

/// Returns the output format.
///
/// # Errors
/// [`Failure::Usage`] for options that do not apply to the format.
fn format(args: &args::Export) -> Result<Format, Failure> {
    let from_name = || Format::of_name(&args.output);
    let is_picture = args.over_steps.is_some() || args.side_by_side;
    let default = if is_picture { Format::Svg } else { Format::Json };
    let format = args.format.map(Format::from).or_else(from_name).unwrap_or(default);
    let look = &args.appearance;
    let has_size = look.width.is_some() || look.height.is_some();
    let has_names = look.title.is_some() || look.xlabel.is_some() || look.ylabel.is_some();
    let has_look = has_size || has_names || look.log || look.values.is_some() || look.normalize.is_some() || look.ascii;
    let message = if has_look && !format.shows() {
        "--width, --height, --log, --values, --normalize, --title, --xlabel, --ylabel and --ascii apply only to pictures and \
         text charts (svg, png, md, txt)"
    } else if args.over_steps.is_some() && !format.over_steps() {
        "--over-steps draws a picture; use --format svg or png"
    } else if args.side_by_side && !format.over_steps() {
        "--side-by-side draws a picture; use --format svg or png"
    } else if args.binning.density && format == Format::Uhi {
        "--density writes densities; a format for counts cannot hold them: use json or csv"
    } else {
        return Ok(format);
    };
    let extension = format.name();
    Err(Failure::Usage(Cli::command().error(ErrorKind::ArgumentConflict, format!("{message}, not {extension}"))))
}

/// Most runs that have a column of their own in a picture.
const MAX_COLUMNS: usize = 6;

/// Writes the selected series of all sources as one picture.
fn side_by_side(sources: &[Figures<'_>], mut failed: bool) -> Result<ExitCode, Failure> {
    let Some(first) = sources.first() else { return Err(Failure::Reported) };
    let (args, format) = (first.args, first.format);
    if format == Format::Png && args.output == "-" && io::stdout().is_terminal() {
        return Err(png_on_terminal().into());
    }
    let mut panels = Vec::new();
    for figures in sources {
        let info = figures.source.info();
        let (selected, missing) = series::selected(info, &args.select).unwrap_or_else(|error| {
            report(&error.to_string());
            (Vec::new(), true)
        });
        failed |= missing;
        for (index, entry) in selected {
            if panels.len() == SideBySide::MOST {
                let most = SideBySide::MOST;
                let message =
                    format!("more than {most} series are selected; {most} fit into a picture; select fewer with --key");
                return Err(Error::Select(message).into());
            }
            match figures.panel(index, entry, &progress::reading(panels.len(), SideBySide::MOST)) {
                Ok((panel, warnings)) => {
                    report_all(&warnings);
                    let key = info.series.get(index).map(Series::key).unwrap_or_default();
                    panels.push((key, panel));
                }
                Err(error) => {
                    report(&series::located(info, index, Some(entry), error).to_string());
                    failed = true;
                }
            }
        }
    }
    if panels.is_empty() {
        return Err(if failed { Failure::Reported } else { series::empty_source(first.source.info()).into() });
    }
    // The same series of all runs are next to each other.
    panels.sort_by(|(a, _), (b, _)| natural_order(a, b));
    let keys = panels.chunk_by(|(a, _), (b, _)| a == b);
    let columns = keys.map(<[_]>::len).max().filter(|runs| (2..=MAX_COLUMNS).contains(runs));
    let look = &args.appearance;
    let export = Export::SideBySide(Box::new(SideBySide {
        title: look.title.clone().unwrap_or_default(),
        panels: panels.into_iter().map(|(_, panel)| panel).collect(),
        columns: columns.filter(|_| look.width.is_none()),
        width: look.width,
        height: look.height,
    }));
    let bytes = export.bytes(format)?;
    report_all(&export.font_warning(format).into_iter().collect::<Vec<_>>());
    if args.output == "-" {
        print(&bytes)?;
    } else {
        let path = with_extension(first, args.output.clone());
        output::check(Path::new(&path))?;
        let overwrite = if args.force { Overwrite::Allow } else { Overwrite::Refuse };
        output::write(Path::new(&path), &bytes, overwrite)?;
    }
    if failed { Err(Failure::Reported) } else { Ok(ExitCode::SUCCESS) }
}

fn png_on_terminal() -> Error {
    let why = "a terminal cannot show PNG; write to a file with -o NAME".into();
    Error::Write { what: "stdout".into(), why }
}

fn to_stdout(figures: &Figures<'_>) -> Result<ExitCode, Failure> {
    if figures.format == Format::Png && io::stdout().is_terminal() {
        return Err(png_on_terminal().into());
    }
    let index = series::single(figures.source.info(), figures.args.select.key.as_deref())?;
    let entry = figures.single_entry(index)?;
    let (mut bytes, warnings) = figures.bytes(index, entry, &progress::reading(0, 1))?;
    report_all(&warnings);
    if figures.format == Format::Json {
        bytes.push(b'\n');
    }
    print(&bytes)?;
    Ok(ExitCode::SUCCESS)
}

/// Writes all files, or none if one of them must not be overwritten. Reports and skips entries that cannot be read.
fn to_files(sources: &[Figures<'_>], failed: bool) -> Result<ExitCode, Failure> {
    let Some(Figures { args, output, .. }) = sources.first() else { return Err(Failure::Reported) };
    let overwrite = if args.force { Overwrite::Allow } else { Overwrite::Refuse };
    let Targets { all: targets, failed: is_missing, renamed } = targets(sources)?;
    let mut failed = failed || is_missing;
    let options = WriteOptions { overwrite, create_directories: is_pattern(output), is_batch: targets.len() > 1 };
    let signals = Signals::install();
    let task = Task { cancel: signals.cancel.clone(), ..Task::default() };
    progress::stop();
    let mut progress = ProgressBar::new(targets.len());
    let mut warnings = Warnings::default();
    let mut written: Vec<&Target> = Vec::new();
    for target in &targets {
        if signals.cancel.is_cancelled() {
            break;
        }
        let Target { source, series, entry, path, .. } = target;
        let Some(figures) = sources.get(*source) else { continue };
        let result = figures.bytes(*series, *entry, &task).and_then(|(bytes, messages)| {
            warnings.report((*source, *series), &messages, &mut progress);
            write(path, &bytes, options)
        });
        match result {
            Ok(lost) => {
                for lost in lost {
                    progress.report(&format!("{}: {lost}", path.display()));
                }
                written.push(target);
            }
            Err(Error::Cancelled) => break,
            // For a single file, the error is enough.
            Err(error) if targets.len() == 1 => return Err(error.into()),
            Err(error) => {
                progress.report(&error.to_string());
                failed = true;
            }
        }
        progress.advance();
    }
    warnings.finish(&mut progress);
    progress.clear();
    let cancelled = if signals.cancel.is_cancelled() { "cancelled; " } else { "" };
    if let Some(summary) = summary(&written, targets.len(), &args.output) {
        progress.report(&format!("{cancelled}{summary}"));
    }
    if let Some(notice) = renaming_notice(&renamed) {
        progress.report(&notice);
    }
    if signals.cancel.is_cancelled() {
        return Ok(signals.exit_code());
    }
    if failed { Err(Failure::Reported) } else { Ok(ExitCode::SUCCESS) }
}

/// Summarizes the written files. Returns `None` for a single file with exactly the given name.
fn summary(written: &[&Target], of: usize, name: &str) -> Option<String> {
    let path = |target: &Target| target.path.display().to_string();
    match written {
        [one] if of == 1 && path(one) == name => None,
        [one] if of == 1 => Some(format!("wrote {}", path(one))),
        [] => (of > 1).then(|| format!("wrote none of {of} files")),
        [first, .., last] if written.len() == of => Some(format!("wrote {of} files, {} … {}", path(first), path(last))),
        [first, ..] => Some(format!("wrote {} of {of} files, starting with {}", written.len(), path(first))),
    }
}

/// Lists the series whose files were renamed.
fn renaming_notice(renamed: &[(String, String)]) -> Option<String> {
    /// Maximum number of listed series.
    const MAX_LISTED: usize = 3;
    let renaming = |(key, name): &(String, String)| format!("{key} as {name}");
    let listed: Vec<_> = renamed.iter().take(MAX_LISTED).map(renaming).collect();
    let more =
        if renamed.len() > MAX_LISTED { format!(" and {} more", renamed.len() - MAX_LISTED) } else { String::new() };
    (!listed.is_empty()).then(|| format!("renamed to avoid clashes: {}{more}", listed.join(", ")))
}

/// Options for writing files.
#[derive(Clone, Copy)]
struct WriteOptions {
    overwrite: Overwrite,
    /// Create missing directories, as for patterns.
    create_directories: bool,
    /// The file is one of many.
    is_batch: bool,
}

/// Writes a file.
fn write(path: &Path, bytes: &[u8], options: WriteOptions) -> Result<Vec<Lost>, Error> {
    if let (true, Some(parent)) = (options.create_directories, path.parent()) {
        create_directory(parent)?;
    }
    if options.is_batch {
        output::write_in_batch(path, bytes, options.overwrite)
    } else {
        output::write(path, bytes, options.overwrite)
    }
}

/// Warnings of an export: printed for the first step of each series, and counted for its other steps.
#[derive(Default)]
struct Warnings {
    /// Indices of the source and the series.
    series: Option<(usize, usize)>,
    more: usize,
}

impl Warnings {
    fn report(&mut self, series: (usize, usize), messages: &[String], progress: &mut ProgressBar) {
        if messages.is_empty() {
            return;
        }
        if self.series == Some(series) {
            self.more += 1;
            return;
        }
        self.finish(progress);
        self.series = Some(series);
        for message in messages {
            progress.report(message);
        }
    }

    fn finish(&mut self, progress: &mut ProgressBar) {
        if self.more > 0 {
            progress.report(&format!("same warnings for {} of this series", plural(self.more as u64, "more step")));
        }
        self.more = 0;
    }
}
