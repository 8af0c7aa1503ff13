//! Numbers of one type that stand in a row in a file, read where they stand, as often as they are asked for.
//!
//! They are read by position and not mapped: a file that shrinks, a disk that fails and a mount that is lost are then
//! errors to tell, instead of signals that end the program.

use super::Work;
use crate::engine::{Held, Part, Stream};
use crate::error::Error;
use crate::format::Refusal;
use crate::format::npy::{self, ByteOrder};
use crate::format::safetensors::Kind;
use crate::hist::{DType, Samples, each};
use std::cell::RefCell;
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

/// Fewer bytes than this are read into memory, once.
pub(super) const LARGE: u64 = 16 << 20;

thread_local! {
    static BYTES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Where numbers stand in a file, and what they are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    /// The byte where they begin.
    pub(super) at: u64,
    /// How many they are.
    pub(super) len: u64,
    pub(super) dtype: DType,
    pub(super) coding: Coding,
}

/// How numbers are written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Coding {
    /// As numpy has them in memory.
    Npy(ByteOrder),
    Tensor(Kind),
}

#[derive(Debug)]
struct Stored {
    /// As the user typed it.
    name: String,
    file: File,
    /// When it was opened.
    seen: Metadata,
    layout: Layout,
}

/// Room for so many bytes of a file that become so many in memory; `None` where they are better read where they stand.
pub(super) fn room(bytes: u64, memory: u64, work: &Work) -> Option<Held> {
    if bytes < LARGE { work.memory.spare(memory) } else { None }
}

/// Opens numbers that stand in a file; whether it is long enough for them was looked at before.
pub(super) fn open(path: &Path, name: &str, layout: Layout) -> Result<Part, Error> {
    let failed = |error: io::Error| Error::read(name, Refusal::from(error));
    let file = File::open(path).map_err(failed)?;
    let seen = file.metadata().map_err(failed)?;
    Ok(Part::Stream(Arc::new(Stored { name: name.to_owned(), file, seen, layout })))
}

impl Stream for Stored {
    fn dtype(&self) -> DType {
        self.layout.dtype
    }

    fn len(&self) -> u64 {
        self.layout.len
    }

    fn read(&self, from: u64, n: usize, block: &mut Samples) -> Result<(), Error> {
        let Layout { at, dtype, coding, .. } = self.layout;
        let bits = match coding {
            Coding::Npy(_) => 8 * dtype.bytes() as u64,
            Coding::Tensor(kind) => kind.bits(),
        };
        // The first may begin within a byte.
        let (start, end) = (from * bits / 8, ((from + n as u64) * bits).div_ceil(8));
        let before = (from * bits % 8 / bits) as usize;
        let failed = |error: io::Error| Error::read(self.name.clone(), Refusal::from(error));
        BYTES.with_borrow_mut(|bytes| {
            bytes.resize((end - start) as usize, 0);
            let read = self.file.read_exact_at(bytes, at + start);
            // Numbers of two states of a file are not counted together.
            let now = self.file.metadata().map_err(failed)?;
            if (now.len(), now.modified().ok()) != (self.seen.len(), self.seen.modified().ok()) {
                return Err(Error::read(self.name.clone(), "it has changed since it was opened; open it again"));
            }
            read.map_err(failed)?;
            each!(&mut *block, values => values.clear());
            match coding {
                Coding::Npy(order) => npy::decode(bytes, order, block),
                Coding::Tensor(kind) => kind.decode(bytes, block),
            }
            each!(&mut *block, values => {
                values.drain(..before);
                values.truncate(n);
            });
            Ok(())
        })
    }
}
