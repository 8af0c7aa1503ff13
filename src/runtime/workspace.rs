//! Effects that are work: reading, counting, writing. Blocking, without a terminal; tests run them in line.

mod recovery;
mod relocate;

use super::journals::Journals;
use crate::app::effect::{Exported, Saved};
use crate::app::exporting::Exporting;
use crate::app::{Effect, Message, SaveTo, Saving};
use crate::catalog::{Content, EntryId, SeriesId, SourceInfo, Stamp};
use crate::document::journal::Version;
use crate::document::save::{Overwrite, Put, Replaced, Rewritten, first_text, follow, replace, write_new};
use crate::document::{BinSpec, EvaluatedHistogram, Policy, look};
use crate::engine::{Progress, count, quantiles};
use crate::error::Error;
use crate::hist::{Bins, Edges, Histogram, StepStack, UncertainHistogram};
use crate::source::{self, Input, Source, Task};
use crate::wandb;
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The most bytes that are read for a silhouette.
const HEAVIEST: u64 = 64 << 20;
/// Bins of a silhouette of raw samples.
const THUMBNAIL_BINS: usize = 32;
/// The most completions that are listed.
const COMPLETIONS: usize = 50;

/// The opened sources, and what was written into their files since they were read.
#[derive(Default)]
pub struct Workspace {
    sources: Mutex<Vec<(Input, Arc<dyn Source>)>>,
    /// By source. Locked for as long as a save takes, which nothing but another save may wait for.
    replaced: Mutex<HashMap<usize, Vec<Replaced>>>,
    /// Rung when a pipe has brought more.
    notify: Option<Arc<dyn Fn() + Send + Sync>>,
    /// What the files of sources were like when they were read.
    versions: Mutex<HashMap<usize, Version>>,
    /// None where nothing is kept.
    journals: Mutex<Option<Journals>>,
}

impl Workspace {
    /// One that keeps what is unsaved in a folder of the user's own.
    pub fn keeping(folder: PathBuf) -> Self {
        Self { journals: Mutex::new(Some(Journals::new(folder))), ..Self::default() }
    }

    /// With a bell that says when to [refresh](Self::refresh) what comes through pipes.
    pub(super) fn with_bell(self, notify: impl Fn() + Send + Sync + 'static) -> Self {
        Self { notify: Some(Arc::new(notify)), ..self }
    }

    /// Opens an input. Sources are numbered in the order of their success.
    pub fn open(&self, input: &Input, task: &Task) -> Message {
        let (version, inflow) = (recovery::version(input), recovery::Inflow::default());
        let source = match (input, self.notify.clone()) {
            (Input::Stdin, Some(notify)) => {
                source::open_pipe("-", inflow.of(io::stdin()), Box::new(move || notify()), task)
            }
            (Input::Stdin, None) => source::open_reader("-", inflow.of(io::stdin()), task),
            (input, _) => source::open(input, task),
        };
        Message::Opened(source.map(|source| {
            let info = source.info().clone();
            let version = version.or_else(|| (*input == Input::Stdin).then(|| inflow.version()));
            let mut sources = self.sources();
            self.remember(sources.len(), version);
            sources.push((input.clone(), source));
            info
        }))
    }

    /// Does a piece of work; `None` for effects that are none.
    pub fn perform(&self, effect: Effect, task: &Task) -> Option<Message> {
        Some(match effect {
            Effect::Load { ticket, entry } => Message::Loaded { ticket, entry, result: self.load(entry, task) },
            Effect::Count { ticket, content, spec, policy } => {
                Message::Counted { ticket, result: look(&content, &spec, policy, task) }
            }
            Effect::BuildTable { content: Content::Raw(population), range } => {
                // Stopped or not, whoever looks next finds out.
                let _ = population.prepare(range, task);
                return None;
            }
            Effect::ComputeStatistics { ticket, content: Content::Raw(population) } => match population.stats(task) {
                Ok(stats) => Message::StatisticsComputed { ticket, stats },
                Err(error) => Message::Failed { ticket, error },
            },
            Effect::FindQuantiles { ticket, content: Content::Raw(population), lo, hi } => {
                match quantiles(&population, &[lo, hi], task) {
                    Ok(at) => {
                        let [lo, hi] = at.try_into().unwrap_or([f64::NAN; 2]);
                        Message::QuantilesFound { ticket, lo, hi }
                    }
                    Err(error) => Message::Failed { ticket, error },
                }
            }
            Effect::LoadHistograms { ticket, entries, edges, policy } => {
                let one = |entry: &EntryId| self.gather(*entry, (&edges, policy), task);
                Message::HistogramsLoaded { ticket, result: entries.iter().map(one).collect() }
            }
            Effect::LoadAllSteps { ticket, of, known } => {
                Message::AllStepsLoaded { ticket, of, result: self.sweep(of, &known, task) }
            }
            Effect::LoadThumbnail(entry) => Message::ThumbnailLoaded { entry, histogram: self.peek(entry, task) },
            Effect::Save { ticket, savings } => Message::Saved { ticket, result: self.save(&savings) },
            Effect::Export { ticket, exporting } => Message::Exported { ticket, result: export(&exporting) },
            Effect::Reopen { source } => {
                let (result, moved) = match self.reopen(source, task) {
                    Ok((info, moved)) => (Ok(info), moved),
                    Err(error) => (Err(error), BTreeMap::new()),
                };
                Message::Reopened { source, result, moved }
            }
            Effect::JournalUnsaved { unsaved, settled } => Message::Notice(self.keep(&unsaved, &settled)?),
            Effect::Recover { source } => Message::Recovered { source, recoverable: self.recover(source)? },
            Effect::Complete { typed } => {
                let paths = completions(&typed);
                Message::Completed { typed, paths }
            }
            _ => return None,
        })
    }

    /// The files and folders that more may be logged to.
    pub fn watched(&self) -> Vec<PathBuf> {
        self.sources().iter().filter_map(|(_, source)| Some(source.watched()?.to_owned())).collect()
    }

    /// Reads what was logged to the first so many sources since they were read, and says which of them are not as they
    /// were. A source that cannot be read now stays as it is: whoever asks for its content will be told why.
    pub fn refresh(&self, sources: usize, task: &Task) -> Vec<Message> {
        let opened: Vec<_> = self.sources().iter().take(sources).map(|(_, source)| Arc::clone(source)).collect();
        let refresh = |(source, old): (usize, Arc<dyn Source>)| {
            old.info().growing.then_some(())?;
            let new = old.refresh(task).ok().flatten()?;
            let info = new.info().clone();
            let mut sources = self.sources();
            // Someone may have read it again meanwhile.
            let (_, slot) = sources.get_mut(source).filter(|(_, now)| Arc::ptr_eq(now, &old))?;
            *slot = new;
            if info == *old.info() {
                None
            } else if info.continues(old.info()) {
                Some(Message::Grown { source, info })
            } else {
                Some(Message::Reopened { source, result: Ok(info), moved: BTreeMap::new() })
            }
        };
        opened.into_iter().enumerate().filter_map(refresh).collect()
    }

    // A panic while one of the locks was held left nothing half done: every change is one assignment.
    fn sources(&self) -> MutexGuard<'_, Vec<(Input, Arc<dyn Source>)>> {
        self.sources.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn replaced(&self) -> MutexGuard<'_, HashMap<usize, Vec<Replaced>>> {
        self.replaced.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn source(&self, index: usize) -> Result<Arc<dyn Source>, Error> {
        let found = self.sources().get(index).map(|(_, source)| Arc::clone(source));
        found.ok_or_else(|| Error::Select("this source is not open any more".into()))
    }

    fn load(&self, entry: EntryId, task: &Task) -> Result<Content, Error> {
        self.source(entry.source)?.load(entry.series, entry.step, task)
    }

    /// A histogram for a silhouette.
    fn peek(&self, entry: EntryId, task: &Task) -> Option<Histogram> {
        // A glance at a list must not read all of a checkpoint.
        if self.source(entry.source).ok()?.weight(entry.series) > HEAVIEST {
            return None;
        }
        match self.load(entry, task) {
            Ok(Content::Logged(logged)) => logged.histogram.to_hist().ok(),
            Ok(Content::Raw(population)) => count(&population, &Bins::Count(THUMBNAIL_BINS), None, task).ok(),
            Err(_) => None,
        }
    }

    /// A histogram for arithmetic: as it was logged, or samples between the given edges.
    fn gather(
        &self,
        entry: EntryId,
        (edges, policy): (&Edges, Policy),
        task: &Task,
    ) -> Result<UncertainHistogram, Error> {
        let content = self.load(entry, task)?;
        let bins = match &content {
            Content::Logged(_) => None,
            Content::Raw(_) => Some(Bins::Edges(edges.numbers().clone())),
        };
        let EvaluatedHistogram { histogram, below, above, .. } = look(&content, &BinSpec::new(bins), policy, task)?;
        Ok(UncertainHistogram { below, above, ..UncertainHistogram::certain(histogram) })
    }

    /// The histograms of all steps of a series, raw samples in as many bins as they are first shown with.
    fn sweep(&self, SeriesId { source, series }: SeriesId, known: &StepStack, task: &Task) -> Result<StepStack, Error> {
        let source = self.source(source)?;
        let steps = source.info().series.get(series).map_or(0, |series| series.steps.len());
        task.progress.set_total(steps.saturating_sub(known.len()) as u64);
        // Progress is told in steps.
        let each = Task { progress: Progress::default(), ..task.clone() };
        let step = |step: usize| {
            task.cancel.check()?;
            let histogram = match source.load(series, step, &each) {
                Ok(Content::Logged(logged)) => logged.histogram.to_hist().ok(),
                Ok(Content::Raw(population)) => {
                    let bins = Bins::Count(wandb::Histogram::DEFAULT_BINS);
                    count(&population, &bins, None, &each).ok()
                }
                Err(_) => None,
            };
            task.progress.add(1);
            Ok(histogram)
        };
        Ok(known.and((known.len()..steps).map(step).collect::<Result<_, Error>>()?))
    }

    fn save(&self, savings: &[Saving]) -> Result<Saved, Error> {
        let [Saving { histogram, to, entry, .. }, ..] = savings else {
            return Err(Error::Value("there is nothing to save".into()));
        };
        let (path, overwrite) = match to {
            SaveTo::InPlace { origin } | SaveTo::Back { origin } => {
                return self.save_in_place(entry.source, &origin.path, savings);
            }
            SaveTo::File { path, overwrite: true } => (path, Overwrite::Allow),
            SaveTo::File { path, overwrite: false } => (path, Overwrite::Refuse),
            SaveTo::Again { path, stamp } => (path, Overwrite::IfStill(*stamp)),
        };
        let path = at_home(path);
        if self.is_larger_document(&path) {
            let why = "it is open here and holds more than this histogram; save under another name";
            return Err(Error::write_file(&path, why));
        }
        let text = histogram.to_json();
        let lost = write_new(&path, text.as_bytes(), overwrite)?;
        Ok(Saved { path, own: Some(Stamp::of(text.as_bytes())), lost })
    }

    /// Replaces histograms in the file that a source was read from.
    fn save_in_place(&self, source: usize, path: &Path, savings: &[Saving]) -> Result<Saved, Error> {
        let mut replaced = self.replaced();
        let replaced = replaced.entry(source).or_default();
        let mut parts = Vec::new();
        for Saving { histogram, to, .. } in savings {
            let (origin, put) = match to {
                SaveTo::InPlace { origin } => (origin, Put::Histogram(histogram)),
                SaveTo::Back { origin } => {
                    let text = first_text(replaced, origin);
                    let text = text.ok_or_else(|| Error::Changed { what: path.display().to_string() })?;
                    (origin, Put::Back { text, first: origin })
                }
                SaveTo::File { .. } | SaveTo::Again { .. } => continue,
            };
            parts.push((follow(replaced, origin), put));
        }
        let done = replace(path, &parts)?;
        self.read_on_in(source, &done);
        replaced.extend(done.replaced);
        self.remember(source, recovery::version_of(path));
        Ok(Saved { path: path.to_owned(), own: None, lost: done.lost })
    }

    /// Whoever follows the file goes on in the one that took its place.
    fn read_on_in(&self, index: usize, done: &Rewritten) {
        let at = |byte| done.replaced.iter().fold(byte, |byte, replaced| replaced.at(byte));
        while let Ok(old) = self.source(index) {
            let Some(new) = old.rewritten(&done.text, &at) else { return };
            // Someone may have read on in the old one meanwhile.
            if let Some((_, slot)) = self.sources().get_mut(index).filter(|(_, now)| Arc::ptr_eq(now, &old)) {
                *slot = new;
                return;
            }
        }
    }

    /// Whether a file that is open holds other things than one histogram, which a histogram alone must not replace.
    fn is_larger_document(&self, path: &Path) -> bool {
        let Ok(path) = path.canonicalize() else { return false };
        let sources = self.sources();
        sources.iter().any(|(input, source)| {
            let single = matches!(&source.info().series[..], [only] if only.path.is_empty() && only.steps.len() == 1);
            let same = matches!(input, Input::Path(open) if open.canonicalize().is_ok_and(|open| open == path));
            same && !single
        })
    }

    /// Reads a source again; where its histograms stand now comes with it.
    fn reopen(&self, index: usize, task: &Task) -> Result<(SourceInfo, BTreeMap<EntryId, EntryId>), Error> {
        let opened = self.sources().get(index).map(|(input, source)| (input.clone(), Arc::clone(source)));
        let (input, before) = opened.ok_or_else(|| Error::Select("this source is not open any more".into()))?;
        let version = recovery::version(&input);
        let source = source::open(&input, task)?;
        let info = source.info().clone();
        let moved = relocate::moved(index, &*before, &*source, task);
        // A save that is under way knows the file as it was.
        let mut replaced = self.replaced();
        if let Some(slot) = self.sources().get_mut(index) {
            slot.1 = source;
        }
        replaced.remove(&index);
        self.remember(index, version);
        Ok((info, moved))
    }
}

impl std::fmt::Debug for Workspace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World")
            .field("sources", &self.sources().iter().map(|(input, _)| input).collect::<Vec<_>>())
            .finish()
    }
}

/// Writes a file of its own.
fn export(exporting: &Exporting) -> Result<Exported, Error> {
    let bytes = exporting.export.bytes(exporting.kind.format)?;
    let path = at_home(&exporting.path);
    let lost = write_new(&path, &bytes, if exporting.overwrite { Overwrite::Allow } else { Overwrite::Refuse })?;
    Ok(Exported { path, bytes: bytes.len(), lost })
}

/// `~/…` is in the user's home folder, as a shell would have it.
fn at_home(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), etcetera::home_dir()) {
        (Ok(rest), Ok(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}

/// The paths that begin with what was typed, folders with a slash behind them.
fn completions(typed: &str) -> Vec<String> {
    let (folder, start) =
        typed.rsplit_once('/').map_or(("", typed), |(folder, start)| (&typed[..=folder.len()], start));
    let listed = std::fs::read_dir(at_home(Path::new(if folder.is_empty() { "." } else { folder })));
    let mut paths: Vec<String> = listed
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let hidden = name.starts_with('.') && !start.starts_with('.');
            let slash = if entry.path().is_dir() { "/" } else { "" };
            (name.starts_with(start) && !hidden).then(|| format!("{folder}{name}{slash}"))
        })
        .collect();
    paths.sort();
    paths.truncate(COMPLETIONS);
    paths
}
