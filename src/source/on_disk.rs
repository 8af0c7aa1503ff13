//! Numbers of one type that stand in a row in a file, read where they stand, as often as they are asked for.
//!
//! They are read by position and not mapped: a file that shrinks, a disk that fails and a mount that is lost are then
//! errors to tell, instead of signals that end the program.

use super::Task;
use super::positioned_file::Opened;
use crate::engine::{Part, Reservation, Stream};
use crate::error::Error;
use crate::format::npy::{self, ByteOrder};
use crate::format::npz::Checksum;
use crate::format::safetensors::ElementType;
use crate::hist::{DType, Samples, each};
use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;

/// Fewer bytes than this are read into memory, once.
pub(super) const LARGE: u64 = 16 << 20;

/// What is read at once of what stands around numbers.
const BLOCK: usize = 64 << 10;

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
    Tensor(ElementType),
}

#[derive(Debug)]
struct Stored {
    /// As the user typed it.
    name: String,
    file: Opened,
    layout: Layout,
    /// Over what is read, and what stands around it.
    checksum: Option<Checksum>,
}

/// Room for so many bytes of a file that become so many in memory; `None` where they are better read where they stand.
pub(super) fn room(bytes: u64, memory: u64, task: &Task) -> Option<Reservation> {
    if bytes < LARGE { task.memory.try_reserve(memory) } else { None }
}

/// Opens numbers that stand in a file; whether it is long enough for them was looked at before. If there is a checksum,
/// the first pass over all of them compares it.
pub(super) fn open(path: &Path, name: &str, layout: Layout, checksum: Option<Checksum>) -> Result<Part, Error> {
    let file = Opened::new(path).map_err(|why| Error::read(name, why))?;
    let stored = Stored { name: name.to_owned(), file, layout, checksum };
    let numbers = layout.at..layout.at + layout.len * layout.dtype.bytes() as u64;
    for around in stored.checksum.iter().flat_map(|checksum| checksum.around(&numbers)) {
        for at in around.clone().step_by(BLOCK) {
            stored.read_bytes(at, &mut vec![0; BLOCK.min((around.end - at) as usize)])?;
        }
    }
    Ok(Part::Stream(Arc::new(stored)))
}

impl Stored {
    /// Numbers that have as many bytes in the file as in memory are read to where they are wanted.
    fn read_plain(&self, from: u64, n: usize, order: ByteOrder, block: &mut Samples) -> Result<(), Error> {
        let Layout { at, dtype, .. } = self.layout;
        let bytes = npy::room(block, n);
        self.read_bytes(at + from * dtype.bytes() as u64, bytes)?;
        npy::settle(bytes, dtype, order);
        Ok(())
    }

    fn read_bytes(&self, at: u64, bytes: &mut [u8]) -> Result<(), Error> {
        let read = self.file.read(at, bytes);
        let checked = read.and_then(|()| self.checksum.as_ref().map_or(Ok(()), |checksum| checksum.add(at, bytes)));
        checked.map_err(|why| Error::read(self.name.clone(), why))
    }
}

impl Stream for Stored {
    fn dtype(&self) -> DType {
        self.layout.dtype
    }

    fn len(&self) -> u64 {
        self.layout.len
    }

    fn read(&self, from: u64, n: usize, block: &mut Samples) -> Result<(), Error> {
        let Layout { at, coding, .. } = self.layout;
        let kind = match coding {
            Coding::Npy(order) => return self.read_plain(from, n, order, block),
            Coding::Tensor(ElementType::Plain(_)) => return self.read_plain(from, n, ByteOrder::Little, block),
            Coding::Tensor(kind) => kind,
        };
        // The first may begin within a byte.
        let bits = kind.bits();
        let (start, end) = (from * bits / 8, ((from + n as u64) * bits).div_ceil(8));
        let before = (from * bits % 8 / bits) as usize;
        BYTES.with_borrow_mut(|bytes| {
            bytes.resize((end - start) as usize, 0);
            self.read_bytes(at + start, bytes)?;
            each!(&mut *block, values => values.clear());
            kind.decode(bytes, block);
            each!(&mut *block, values => {
                values.drain(..before);
                values.truncate(n);
            });
            Ok(())
        })
    }
}
