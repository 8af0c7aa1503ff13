//! Tensors of files: small ones are read into memory, large ones stay on disk.

use super::on_disk::{self, Coding, Layout};
use super::positioned_file::PositionedFile;
use super::reading::{ReadContext, reopen};
use crate::engine::{ElementOrder, Part, Shape};
use crate::error::Error;
use crate::format::tensor::{Data, Tensor};
use crate::format::{DecodeError, Text};
use std::fs::Metadata;
use std::io;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// Bytes of a file with tensors.
pub(super) enum TensorFile {
    Disk { path: PathBuf, seen: Metadata },
    Memory(Bytes),
}

/// Shared bytes of a file.
#[derive(Clone)]
pub(super) struct Bytes(pub(super) Arc<Vec<u8>>);

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Range of a file that is a file of its own.
pub(super) struct Slice<'a> {
    pub(super) file: &'a dyn Text,
    pub(super) range: Range<u64>,
}

impl Text for Slice<'_> {
    fn len(&self) -> u64 {
        self.range.end - self.range.start
    }

    fn read(&self, at: u64, buffer: &mut [u8]) -> Result<usize, DecodeError> {
        let n = buffer.len().min(usize::try_from(self.len().saturating_sub(at)).unwrap_or(usize::MAX));
        self.file.read(self.range.start.saturating_add(at), buffer.get_mut(..n).unwrap_or_default())
    }
}

/// Reads a small tensor into memory, and opens a large one as a stream. `tensor` is in the part of the file after `start`.
/// Returns the shape of the tensor in the order of the samples.
pub(super) fn load(
    context: ReadContext,
    file: &TensorFile,
    range: Option<Range<u64>>,
    tensor: &Tensor,
) -> Result<(Part, Shape), Error> {
    let (positioned, path) = match file {
        TensorFile::Disk { path, seen } => {
            reopen(path, seen).map_err(|why| context.error(why))?;
            (Some(PositionedFile::open(path).map_err(|why| context.error(why))?), Some(path))
        }
        TensorFile::Memory(_) => (None, None),
    };
    let text: &dyn Text = match (file, &positioned) {
        (_, Some(file)) => file,
        (TensorFile::Memory(bytes), None) => &bytes.as_ref(),
        (TensorFile::Disk { .. }, None) => return Err(context.error("the file is not open")),
    };
    let range = range.unwrap_or(0..text.len());
    let slice = Slice { file: text, range: range.clone() };
    let shape = tensor.view.shape();
    let place = match tensor.data {
        Data::Blocks(at, quant) => Some((at, Coding::Blocks { len: tensor.len(), quant })),
        _ => {
            let at = tensor.data.in_place(&slice).map_err(|why| context.error(why))?;
            at.map(|at| (at, Coding::View(tensor.encoding, tensor.view.clone())))
        }
    };
    if let (Some((at, coding)), Some(path)) = (place, path) {
        let Some(reserved) = on_disk::reserve(tensor.bytes(), tensor.memory(), context.task) else {
            let layout = Layout { at: range.start + at, coding };
            let part = on_disk::open(path, context.name, layout, None)?;
            let shape = match tensor.view.loops().axes(&shape) {
                Some(axes) => Shape::permuted(&shape, axes),
                None => Shape::new(&shape, ElementOrder::C),
            };
            return Ok((part, shape));
        };
        reserved.keep();
    } else {
        context.task.memory.reserve(tensor.memory()).map_err(|why| context.failed(why))?.keep();
    }
    context.task.progress.expect(tensor.bytes());
    let watch = |bytes| {
        context.task.progress.add(bytes);
        context.task.cancel.check().map_err(io::Error::other)
    };
    let samples = tensor.read(&slice, &context.task.memory, watch).map_err(|why| context.error(why))?;
    Ok((samples.into(), Shape::new(&shape, ElementOrder::C)))
}
