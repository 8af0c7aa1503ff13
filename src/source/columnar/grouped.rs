//! Numbers of a Parquet file that memory does not hold: their groups of rows are decoded whenever they are read.
//!
//! Passes go through samples in order, so that what was decoded last is what is asked for next.

use super::Table;
use super::bytes::Stored;
use crate::engine::{MemoryLimit, Stream, Task};
use crate::error::Error;
use crate::format::columnar::{Group, Numbers, of_groups};
use crate::format::{DecodeError, parquet};
use crate::hist::{DType, Element as _, Samples, each, typed};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

#[derive(Debug)]
pub(super) struct Grouped {
    /// Tells it from all others.
    id: u64,
    /// As the user typed it.
    name: String,
    bytes: Stored,
    footer: super::Footer,
    numbers: Numbers,
    /// How many numbers there are up to the end of each group.
    ends: Vec<u64>,
    /// What all work may take.
    limit: MemoryLimit,
}

/// A group that is decoded by whoever asks for it first, while others wait.
type Slot = Arc<Mutex<Option<Arc<Group>>>>;

/// The groups that were asked for last, of all files: a pass leaves one behind and goes on to the next.
static KEPT: Mutex<VecDeque<((u64, usize), Slot)>> = Mutex::new(VecDeque::new());

impl Grouped {
    /// Decodes all groups once, to know how many numbers they hold; with how many cells are without a value.
    pub(super) fn open(
        name: &str,
        bytes: &Stored,
        footer: &parquet::Footer,
        numbers: &Numbers,
        task: &Task,
    ) -> Result<(Self, u64), Error> {
        static LAST: AtomicU64 = AtomicU64::new(0);
        let mut grouped = Self {
            id: LAST.fetch_add(1, Ordering::Relaxed),
            name: name.to_owned(),
            bytes: bytes.clone(),
            footer: super::Footer::Parquet(footer.clone()),
            numbers: numbers.clone(),
            ends: Vec::new(),
            limit: task.memory.limit(),
        };
        task.progress.expect(footer.bytes(&numbers.pick()));
        let count =
            |group| grouped.decode(group, task.clone()).map(|group| (group.samples.len() as u64, group.missing));
        let counted = of_groups(footer.groups(), count);
        task.cancel.check()?;
        let (mut end, mut missing) = (0, 0);
        for (n, without) in counted.map_err(|why| Error::read(name, why))? {
            (end, missing) = (end + n, missing + without);
            grouped.ends.push(end);
        }
        Ok((grouped, missing))
    }

    /// Decodes a group, which may take a part of the memory: each thread has one, with one that another has just left,
    /// and half of all is others'.
    fn decode(&self, group: usize, task: Task) -> Result<Group, DecodeError> {
        let share = MemoryLimit(self.limit.0 / 4 / (threads() as u64 + 1));
        let task = Task { memory: share.into(), ..task };
        let table = Table { footer: &self.footer, input: self.bytes.open(&task)? };
        let decoded = self.numbers.group(group, &table, &task.memory);
        decoded.map_err(|why| match task.memory.check() {
            Ok(()) => why,
            Err(_) => DecodeError::new(format!(
                "a group of its rows takes more than the {share} that it may of the {} of memory that are allowed: allow \
                 more with --memory, or write it again in smaller groups of rows",
                self.limit
            )),
        })
    }

    fn group(&self, group: usize) -> Result<Arc<Group>, DecodeError> {
        let slot = self.slot(group);
        // What is stored is whole; a panic of another worker leaves nothing half done.
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(decoded) = &*slot {
            return Ok(Arc::clone(decoded));
        }
        Ok(Arc::clone(slot.insert(Arc::new(self.decode(group, Task::default())?))))
    }

    fn slot(&self, group: usize) -> Slot {
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (self.id, group);
        if let Some((_, slot)) = kept.iter().find(|(other, _)| *other == key) {
            return Arc::clone(slot);
        }
        // One for each thread, and one that another has just left.
        while kept.len() > threads() {
            kept.pop_front();
        }
        let slot = Slot::default();
        kept.push_back((key, Arc::clone(&slot)));
        slot
    }
}

impl Stream for Grouped {
    fn dtype(&self) -> DType {
        self.numbers.dtype()
    }

    fn len(&self) -> u64 {
        self.ends.last().copied().unwrap_or(0)
    }

    fn read(&self, from: u64, n: usize, block: &mut Samples) -> Result<(), Error> {
        each!(&mut *block, values => values.clear());
        let end = from + n as u64;
        let first = self.ends.partition_point(|end| *end <= from);
        for (group, stop) in self.ends.iter().enumerate().skip(first) {
            let start = group.checked_sub(1).map_or(0, |before| self.ends[before]);
            if start >= end {
                break;
            }
            let decoded = self.group(group).map_err(|why| Error::read(&*self.name, why))?;
            let wanted = from.max(start) - start..end.min(*stop) - start;
            typed!(self.dtype(), T => {
                let found = T::slice(&decoded.samples).and_then(|all| all.get(wanted.start as usize..wanted.end as usize));
                let found = found.ok_or_else(|| Error::read(&*self.name, "it has changed since it was opened; open it again"))?;
                if let Some(block) = T::vec(block) {
                    block.extend_from_slice(found);
                }
            });
        }
        Ok(())
    }
}

fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

impl Drop for Grouped {
    fn drop(&mut self) {
        KEPT.lock().unwrap_or_else(PoisonError::into_inner).retain(|((id, _), _)| *id != self.id);
    }
}
