//! Distributed checkpoints of PyTorch: a folder with `.metadata`, and files with pieces of tensors.
//!
//! Opening reads the metadata. A piece is a checkpoint of its own, inside a file. It is read when its tensor is shown.

use super::checkpoint::no_tensors;
use super::detect::{METADATA, PIECES};
use super::positioned_file::PositionedFile;
use super::reading::{ReadContext, reopen};
use super::tensors::{self, Slice, TensorFile};
use super::{Source, Task};
use crate::catalog::{Content, Series, SourceInfo};
use crate::engine::{ElementOrder, Part, Population, Shape};
use crate::error::{At, Error, Problem};
use crate::format::torch::{self, Metadata, Piece, Sharded};
use crate::format::{DecodeError, Problems, Text};
use crate::hist::{Element, Samples, typed};
use crate::text::plural;
use std::collections::HashMap;
use std::fs::File;
use std::path::{Component, Path};
use std::sync::Arc;

struct Distributed {
    info: Arc<SourceInfo>,
    files: HashMap<String, TensorFile>,
    /// In the order of the series.
    tensors: Vec<Sharded>,
}

/// Returns true for the names of the files of such a checkpoint.
pub(super) fn is_distributed(names: &[String]) -> bool {
    names.iter().any(|name| name == METADATA) && names.iter().any(|name| name.ends_with(PIECES))
}

/// Opens a folder. Tensors without all of their pieces are problems.
pub(super) fn open(folder: &Path, task: &Task) -> Result<Arc<dyn Source>, Error> {
    let name = folder.to_string_lossy();
    let context = ReadContext { name: &name, path: Some(folder), task };
    let failed = |why: DecodeError| context.error(format!("{METADATA}: {why}"));
    let file = PositionedFile::open(&folder.join(METADATA)).map_err(failed)?;
    let metadata = Metadata::read(&file, &task.memory).map_err(failed)?;
    metadata.reserved.keep();
    let mut files: HashMap<String, Result<(TensorFile, u64), DecodeError>> = HashMap::new();
    let (mut tensors, mut problems) = (Vec::new(), Problems::default());
    metadata.problems.into_iter().for_each(|problem| problems.push(problem));
    for tensor in metadata.tensors {
        task.cancel.check()?;
        let mut check = |piece: &Piece| -> Result<(), DecodeError> {
            let file = files.entry(piece.file.clone()).or_insert_with(|| open_pieces(folder, &piece.file));
            let why = match file {
                Ok((_, len)) if piece.offset.checked_add(piece.len).is_some_and(|end| end <= *len) => return Ok(()),
                Ok(_) => "its piece is beyond the end of the file".to_owned(),
                Err(why) => why.to_string(),
            };
            Err(DecodeError::new(format!("left out: {}: {why}", piece.file)))
        };
        match tensor.pieces.iter().try_for_each(&mut check) {
            Ok(()) => tensors.push(tensor),
            Err(why) => problems.push(Problem::new(At::Path(tensor.name), why)),
        }
    }
    let problems = problems.to_vec();
    if tensors.is_empty() {
        return Err(context.error(no_tensors(&problems)));
    }
    let files: HashMap<String, TensorFile> =
        files.into_iter().filter_map(|(name, file)| Some((name, file.ok()?.0))).collect();
    let title = format!(
        "PyTorch distributed checkpoint, {}, {}",
        plural(files.len() as u64, "file"),
        plural(tensors.len() as u64, "tensor")
    );
    let details = tensors.iter().map(|tensor| (tensor.name.clone(), format!("{} {:?}", tensor.dtype, tensor.shape)));
    let series = tensors.iter().map(|tensor| Series::samples(torch::labels(&tensor.name), Vec::new()));
    let (details, series) = (details.collect(), series.collect());
    let info = SourceInfo { name: name.to_string(), title, details, series, problems, ..SourceInfo::default() };
    Ok(Arc::new(Distributed { info: Arc::new(info), files, tensors }))
}

/// Opens a file with pieces. Returns it and its length.
fn open_pieces(folder: &Path, name: &str) -> Result<(TensorFile, u64), DecodeError> {
    if !Path::new(name).components().all(|part| matches!(part, Component::Normal(_))) {
        return Err(DecodeError::new("the path leaves the directory of the checkpoint"));
    }
    let path = folder.join(name);
    let seen = File::open(&path)?.metadata()?;
    let len = seen.len();
    Ok((TensorFile::Disk { path, seen }, len))
}

impl Distributed {
    /// Loads a piece. Returns true if its samples are in C order.
    fn piece(&self, tensor: &Sharded, piece: &Piece, task: &Task) -> Result<(Part, bool), Error> {
        let Some(file @ TensorFile::Disk { path, seen }) = self.files.get(&piece.file) else {
            return Err(Error::read(self.info.name.clone(), format!("{} is not open", piece.file)));
        };
        let name = format!("{}: {}", path.display(), tensor.name);
        let context = ReadContext { name: &name, path: None, task };
        let range = piece.offset..piece.offset + piece.len;
        let read = || -> Result<torch::Checkpoint, DecodeError> {
            reopen(path, seen)?;
            let file = PositionedFile::open(path)?;
            torch::read(&Slice { file: &file as &dyn Text, range: range.clone() }, &task.memory)
        };
        let found = read().map_err(|why| context.error(why))?;
        match (found.tensors.as_slice(), found.problems.first()) {
            ([one], _) if one.view.shape() != piece.shape => Err(context.error(format!(
                "the piece has the shape {:?}, but should have {:?}",
                one.view.shape(),
                piece.shape
            ))),
            ([one], _) if one.encoding.element != tensor.element => {
                Err(context.error(format!("the piece has the type {}, but should have {}", one.dtype, tensor.dtype)))
            }
            ([one], _) => {
                let (part, shape) = tensors::load(context, file, Some(range), one)?;
                Ok((part, shape == Shape::new(&piece.shape, ElementOrder::C)))
            }
            (_, Some(problem)) => Err(context.error(problem.to_string())),
            _ => Err(context.error("the piece is not a tensor")),
        }
    }
}

/// Returns true if the pieces follow each other in C order: if they split only the first dimension.
fn in_order(tensor: &Sharded) -> bool {
    let mut next = 0;
    tensor.pieces.iter().all(|piece| match (piece.start.as_slice(), piece.shape.as_slice()) {
        ([start, rest @ ..], [n, inner @ ..]) => {
            let follows = *start == next;
            next += n;
            follows && rest.iter().all(|start| *start == 0) && inner == &tensor.shape[1..]
        }
        _ => true,
    })
}

/// Joins pieces in memory to an array in C order.
fn assemble(tensor: &Sharded, parts: &[Part]) -> Option<Samples> {
    fn fill<T: Element>(tensor: &Sharded, parts: &[Part], all: &mut Vec<T>) -> Option<()> {
        let total = tensor.shape.iter().product();
        all.try_reserve_exact(total).ok()?;
        for (piece, part) in tensor.pieces.iter().zip(parts) {
            let Part::Memory(samples) = part else { return None };
            let values = T::slice(samples)?;
            if all.is_empty() {
                all.resize(total, *values.first()?);
            }
            // Each row of the piece is contiguous in both arrays.
            let row = piece.shape.last().copied().unwrap_or(1);
            for (number, values) in values.chunks(row.max(1)).enumerate() {
                let (mut rest, mut at, mut stride) = (number, 0, tensor.shape.last().copied().unwrap_or(1));
                at += piece.start.last().copied().unwrap_or(0);
                for axis in (0..tensor.shape.len().saturating_sub(1)).rev() {
                    at += (piece.start[axis] + rest % piece.shape[axis].max(1)) * stride;
                    rest /= piece.shape[axis].max(1);
                    stride *= tensor.shape[axis];
                }
                all.get_mut(at..at + values.len())?.copy_from_slice(values);
            }
        }
        Some(())
    }
    let mut all = Samples::empty(tensor.element.dtype());
    typed!(tensor.element.dtype(), T => fill::<T>(tensor, parts, T::vec(&mut all)?))?;
    Some(all)
}

impl Source for Distributed {
    fn info(&self) -> &Arc<SourceInfo> {
        &self.info
    }

    fn load(&self, series: usize, step: usize, task: &Task) -> Result<Content, Error> {
        let tensor = self.tensors.get(series).filter(|_| step == 0);
        let tensor = tensor.ok_or_else(|| super::no_such_entry(series, step))?;
        let (mut parts, mut in_c_order) = (Vec::new(), true);
        for piece in &tensor.pieces {
            task.cancel.check()?;
            let (part, is_c) = self.piece(tensor, piece, task)?;
            in_c_order &= is_c;
            parts.push(part);
        }
        let shape = Shape::new(&tensor.shape, ElementOrder::C);
        if in_c_order && in_order(tensor) {
            return Ok(Content::Raw(Arc::new(Population::of_array_in_parts(parts, &shape, task)?)));
        }
        let memory = parts.iter().map(|part| part.len() * part.dtype().bytes() as u64).sum();
        if let Some(reserved) = task.memory.try_reserve(memory)
            && let Some(samples) = assemble(tensor, &parts)
        {
            reserved.keep();
            return Ok(Content::Raw(Arc::new(Population::of_array(samples.into(), &shape, task)?)));
        }
        // The order does not affect a histogram, only positions.
        Ok(Content::Raw(Arc::new(Population::of(parts, task)?)))
    }

    fn weight(&self, series: usize) -> u64 {
        self.tensors.get(series).map_or(0, |tensor| tensor.pieces.iter().map(|piece| piece.len).sum())
    }
}
