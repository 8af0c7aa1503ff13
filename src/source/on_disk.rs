//! Arrays that stay on disk: any range of their elements is read on demand, any number of times.
//!
//! They are read by position, not memory-mapped. So a truncated file, a failing disk or a lost mount is an error, and not a
//! signal that ends the program.

use super::Task;
use super::positioned_file::PositionedFile;
use crate::engine::{Part, Reservation, Stream};
use crate::error::Error;
use crate::format::element::{ElementType, Encoding};
use crate::format::gguf::Quant;
use crate::format::npy::{self, ByteOrder, FieldLayout};
use crate::format::npz::Checksum;
use crate::format::tensor;
use crate::format::view::View;
use crate::hist::{DType, Samples, each};
use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;

/// Arrays with fewer bytes are read into memory.
const LARGE: u64 = 16 << 20;

/// Bytes of records that are read at once for a field.
const RECORDS: usize = 1 << 20;

/// Bytes read at once from the parts of a member before and after its data.
const BLOCK: usize = 64 << 10;

thread_local! {
    static BYTES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Position and encoding of an array in a file.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    /// Byte offset of the storage.
    pub(super) at: u64,
    pub(super) coding: Coding,
}

/// Encoding of the elements.
#[derive(Debug, Clone)]
pub(super) enum Coding {
    /// Elements of a storage, in the order of the storage.
    View(Encoding, View),
    /// Quantized blocks.
    Blocks { len: u64, quant: Quant },
    /// A field in the records of a structured array.
    Field { len: u64, dtype: DType, order: ByteOrder, field: FieldLayout },
}

#[derive(Debug)]
struct OnDiskSamples {
    /// Name as the user typed it.
    name: String,
    file: PositionedFile,
    layout: Layout,
    /// Checksum over the data and the bytes before and after it.
    checksum: Option<Checksum>,
}

/// Reserves memory for an array with `bytes` bytes in the file and `memory` bytes in memory. `None` if the array is large,
/// so that it should stay on disk, or if it does not fit.
pub(super) fn reserve(bytes: u64, memory: u64, task: &Task) -> Option<Reservation> {
    if bytes < LARGE { task.memory.try_reserve(memory) } else { None }
}

/// Opens an array in a file. The caller has checked that the file is long enough. The first full pass over the array
/// verifies its checksum.
pub(super) fn open(path: &Path, name: &str, layout: Layout, checksum: Option<Checksum>) -> Result<Part, Error> {
    let file = PositionedFile::open(path).map_err(|why| Error::read(name, why))?;
    let samples = OnDiskSamples { name: name.to_owned(), file, layout, checksum };
    let data = samples.layout.at..samples.layout.at + samples.layout.bytes();
    for around in samples.checksum.iter().flat_map(|checksum| checksum.around(&data)) {
        for at in around.clone().step_by(BLOCK) {
            samples.read_bytes(at, &mut vec![0; BLOCK.min((around.end - at) as usize)])?;
        }
    }
    Ok(Part::Stream(Arc::new(samples)))
}

impl Layout {
    /// Returns the layout of numbers that follow each other from the byte `at` on.
    pub(super) fn array(at: u64, len: u64, dtype: DType, order: ByteOrder) -> Self {
        let encoding = Encoding { element: ElementType::Plain(dtype), order, negated: false };
        // A file has fewer elements than the address space.
        let view = View::contiguous(&[usize::try_from(len).unwrap_or(usize::MAX)]);
        Self { at, coding: Coding::View(encoding, view) }
    }

    /// Bytes of the data in the file.
    fn bytes(&self) -> u64 {
        match &self.coding {
            Coding::View(encoding, view) => view.len() * encoding.element.bits() / 8,
            Coding::Blocks { len, quant } => quant.bytes_of(*len),
            Coding::Field { len, field, .. } => len / field.len().max(1) as u64 * field.record as u64,
        }
    }
}

impl OnDiskSamples {
    /// Reads elements of a field. They are gathered from a block of records, or from one after another if records are large.
    fn read_field(
        &self,
        from: u64,
        n: usize,
        (order, field): (ByteOrder, &FieldLayout),
        block: &mut Samples,
    ) -> Result<(), Error> {
        let (width, items, record) = (self.dtype().bytes(), field.len().max(1) as u64, field.record as u64);
        let (first, end) = (from / items, (from + n as u64).div_ceil(items));
        let mut gathered = Vec::with_capacity((end - first) as usize * field.len() * width);
        let is_large = field.record > RECORDS;
        let (step, start, len) = if is_large {
            (1, field.offset as u64, field.span(width))
        } else {
            ((RECORDS / field.record.max(1)) as u64, 0, field.record)
        };
        let mut records = Vec::new();
        let mut at = first;
        while at < end {
            let several = step.min(end - at);
            let bytes = if is_large { len } else { several as usize * len };
            records.resize(bytes, 0);
            self.read_bytes(self.layout.at + at * record + start, &mut records)?;
            for one in records.chunks_exact(len.max(1)) {
                field.gather(one, field.offset - start as usize, width, &mut gathered);
            }
            at += several;
        }
        let before = (from % items) as usize * width;
        let wanted = gathered.get(before..before + n * width).unwrap_or_default();
        each!(&mut *block, values => values.clear());
        npy::decode(wanted, order, block);
        Ok(())
    }

    /// Reads elements directly into `block`. They have the same size in the file as in memory.
    fn read_plain(&self, from: u64, n: usize, order: ByteOrder, block: &mut Samples) -> Result<(), Error> {
        let dtype = self.dtype();
        let bytes = npy::resized_bytes_mut(block, n);
        self.read_bytes(self.layout.at + from * dtype.bytes() as u64, bytes)?;
        npy::to_native_endian(bytes, dtype, order);
        Ok(())
    }

    /// Decodes the blocks that contain the elements.
    fn read_blocks(&self, from: u64, n: usize, quant: Quant, block: &mut Samples) -> Result<(), Error> {
        let Samples::F32(values) = block else { return Ok(()) };
        let width = quant.elements() as u64;
        let (first, end) = (from / width * width, (from + n as u64).next_multiple_of(width));
        BYTES.with_borrow_mut(|bytes| {
            bytes.resize(quant.bytes_of(end - first) as usize, 0);
            self.read_bytes(self.layout.at + quant.bytes_of(first), bytes)?;
            values.clear();
            quant.decode(bytes, values);
            values.drain(..(from - first) as usize);
            values.truncate(n);
            Ok(())
        })
    }

    fn read_bytes(&self, at: u64, bytes: &mut [u8]) -> Result<(), Error> {
        let read = self.file.read(at, bytes);
        let checked = read.and_then(|()| self.checksum.as_ref().map_or(Ok(()), |checksum| checksum.add(at, bytes)));
        checked.map_err(|why| Error::read(self.name.clone(), why))
    }
}

impl Stream for OnDiskSamples {
    fn dtype(&self) -> DType {
        match &self.layout.coding {
            Coding::View(encoding, _) => encoding.element.dtype(),
            Coding::Blocks { .. } => DType::F32,
            Coding::Field { dtype, .. } => *dtype,
        }
    }

    fn len(&self) -> u64 {
        match &self.layout.coding {
            Coding::View(_, view) => view.len(),
            Coding::Blocks { len, .. } | Coding::Field { len, .. } => *len,
        }
    }

    fn read(&self, from: u64, n: usize, block: &mut Samples) -> Result<(), Error> {
        let at = self.layout.at;
        let (encoding, view) = match &self.layout.coding {
            Coding::View(encoding, view) => (encoding, view),
            Coding::Blocks { quant, .. } => return self.read_blocks(from, n, *quant, block),
            Coding::Field { order, field, .. } => return self.read_field(from, n, (*order, field), block),
        };
        let start = view.loops().contiguous();
        if let (Some(order), Some(start)) = (encoding.plain(), start) {
            return self.read_plain(start + from, n, order, block);
        }
        // The first element may start within a byte.
        let bits = encoding.element.bits();
        let before = ((start.unwrap_or(0) + from) * bits % 8 / bits) as usize;
        BYTES.with_borrow_mut(|bytes| {
            let read = tensor::gather(&self.file, at, *encoding, view, from..from + n as u64, bytes);
            read.map_err(|why| Error::read(self.name.clone(), why))?;
            each!(&mut *block, values => values.clear());
            encoding.decode(bytes, block);
            each!(&mut *block, values => {
                values.drain(..before);
                values.truncate(n);
            });
            Ok(())
        })
    }
}
