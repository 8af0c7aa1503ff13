//! The header: metadata, and the name, type, shape and bytes of each tensor.

use super::metadata::{Input, Value};
use super::{Kind, MAGIC, kind};
use crate::engine::Budget;
use crate::error::{At, Problem};
use crate::format::element::{ElementType, Encoding};
use crate::format::tensor::{Data, Tensor};
use crate::format::view::View;
use crate::format::{DecodeError, Problems};
use crate::hist::DType;
use crate::text::plural;
use std::collections::HashSet;
use std::io::{BufReader, Read};
use std::ops::Range;

/// Alignment of the tensors' data if the metadata names none.
const ALIGNMENT: u64 = 32;
/// Most dimensions of a tensor in ggml.
const MAX_DIMENSIONS: u32 = 4;
/// Most dimensions of a description that can be skipped; more are damage.
const SKIPPED_DIMENSIONS: u32 = 64;
/// Metadata entries to show.
const MAX_ENTRIES: usize = 1000;
/// Bytes of the shortest metadata entry: the length of its key, its type and one byte.
const SHORTEST_ENTRY: u64 = 13;
/// Bytes of the shortest description of a tensor.
const SHORTEST_TENSOR: u64 = 24;

/// The tensors and metadata of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    /// In the order of the file.
    pub tensors: Vec<Tensor>,
    /// Keys and values, both free text. Long texts are shortened, and arrays are described.
    pub metadata: Vec<(String, String)>,
    /// Tensors that are left out.
    pub problems: Vec<Problem>,
}

/// The description of a tensor in the file.
struct Described {
    name: String,
    /// The fastest dimension first.
    dimensions: Vec<u64>,
    kind: u32,
    /// Offset from the start of the data.
    offset: u64,
}

impl Header {
    /// Reads the header of a file of `file_len` bytes.
    ///
    /// # Errors
    /// The header is truncated or damaged, has a version or byte order that is not supported, or exceeds the memory budget.
    pub fn read(input: &mut impl Read, file_len: u64, memory: &Budget) -> Result<Self, DecodeError> {
        let held = memory.reservation();
        let mut input = Input::new(BufReader::new(input), file_len, &held);
        if input.bytes::<4>()? != MAGIC {
            return Err(DecodeError::new("damaged GGUF header: the file does not start with GGUF"));
        }
        match input.u32()? {
            2 | 3 => {}
            big if big.trailing_zeros() >= 16 && big != 0 => {
                let why = "big-endian GGUF files are not supported; convert the file with gguf_convert_endian.py";
                return Err(DecodeError::new(why));
            }
            version => {
                let why = format!("version {version} of GGUF is not supported; convert the model to version 3");
                return Err(DecodeError::new(why));
            }
        }
        let (tensors, entries) = (input.u64()?, input.u64()?);
        let too_many = |n: u64, what: &str| {
            DecodeError::new(format!("damaged GGUF header: {n} {what} do not fit in a file of {file_len} bytes"))
        };
        if entries > input.left() / SHORTEST_ENTRY {
            return Err(too_many(entries, "metadata entries"));
        }
        let mut alignment = ALIGNMENT;
        let mut problems = Problems::default();
        let mut metadata = Vec::new();
        for _ in 0..entries {
            let (key, value) = (input.name()?, input.value()?);
            if let Some(why) = input.take_changed() {
                problems.push(Problem::new(At::Path(shortened(&key)), why));
            }
            if key == "general.alignment" {
                alignment = checked_alignment(&value)?;
            }
            if metadata.len() < MAX_ENTRIES {
                let shown = match &value {
                    Value::U32(number) if key == "general.file_type" => file_type(*number),
                    _ => value.text(),
                };
                metadata.push((key, shown));
            }
        }
        if let Some(more) = entries.checked_sub(MAX_ENTRIES as u64).filter(|more| *more > 0) {
            metadata.push(("…".to_owned(), format!("{} not listed", plural(more, "key"))));
        }
        if tensors > input.left() / SHORTEST_TENSOR {
            return Err(too_many(tensors, "tensors"));
        }
        let mut described = Vec::new();
        for _ in 0..tensors {
            let tensor = Described::read(&mut input)?;
            if let Some(why) = input.take_changed() {
                problems.push(Problem::new(At::Path(shortened(&tensor.name)), why));
            }
            described.push(tensor);
        }
        let start = input.at.next_multiple_of(alignment);
        let header = Self::check(described, metadata, problems, Section { start, end: file_len, alignment });
        held.keep();
        Ok(header)
    }

    fn check(
        described: Vec<Described>,
        mut metadata: Vec<(String, String)>,
        mut problems: Problems,
        data: Section,
    ) -> Self {
        let mut names = HashSet::new();
        let mut tensors = Vec::new();
        for tensor in described {
            let name = tensor.name.clone();
            let checked = if names.insert(name.clone()) {
                data.tensor(tensor)
            } else {
                Err("skipped: another tensor has this name".to_owned())
            };
            match checked {
                Ok(tensor) => tensors.push(tensor),
                Err(why) => problems.push(Problem::new(At::Path(name), why)),
            }
        }
        if !tensors.is_empty() {
            metadata.push(("tensor types".to_owned(), types(&tensors)));
        }
        for name in overlapping(&tensors) {
            problems.push(Problem::new(At::Path(name), "shares bytes with another tensor; the file may be damaged"));
        }
        Self { tensors, metadata, problems: problems.to_vec() }
    }
}

/// Counts the tensors of each type, the most frequent type first.
fn types(tensors: &[Tensor]) -> String {
    let mut counts: Vec<(u64, &str)> = Vec::new();
    for tensor in tensors {
        match counts.iter_mut().find(|(_, name)| *name == tensor.dtype) {
            Some((n, _)) => *n += 1,
            None => counts.push((1, tensor.dtype)),
        }
    }
    counts.sort_by_key(|(n, _)| std::cmp::Reverse(*n));
    counts.iter().map(|(n, name)| format!("{n} {name}")).collect::<Vec<_>>().join(", ")
}

/// Returns the number of a quantization and its name in llama.cpp.
fn file_type(number: u32) -> String {
    let name = match number {
        0 => "F32",
        1 => "F16",
        2 => "Q4_0",
        3 => "Q4_1",
        7 => "Q8_0",
        8 => "Q5_0",
        9 => "Q5_1",
        10 => "Q2_K",
        11 => "Q3_K_S",
        12 => "Q3_K_M",
        13 => "Q3_K_L",
        14 => "Q4_K_S",
        15 => "Q4_K_M",
        16 => "Q5_K_S",
        17 => "Q5_K_M",
        18 => "Q6_K",
        19 => "IQ2_XXS",
        20 => "IQ2_XS",
        21 => "Q2_K_S",
        22 => "IQ3_XS",
        23 => "IQ3_XXS",
        24 => "IQ1_S",
        25 => "IQ4_NL",
        26 => "IQ3_S",
        27 => "IQ3_M",
        28 => "IQ2_S",
        29 => "IQ2_M",
        30 => "IQ4_XS",
        31 => "IQ1_M",
        32 => "BF16",
        36 => "TQ1_0",
        37 => "TQ2_0",
        38 => "MXFP4_MOE",
        39 => "NVFP4",
        40 => "Q1_0",
        _ => return number.to_string(),
    };
    format!("{number} ({name})")
}

/// Returns the start of a name for a message.
fn shortened(name: &str) -> String {
    match name.char_indices().nth(64) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

fn checked_alignment(value: &Value) -> Result<u64, DecodeError> {
    match value {
        Value::U32(n) if n.is_power_of_two() => Ok(u64::from(*n)),
        Value::U32(n) => Err(format!("{n} is not a power of two")),
        Value::Shown(_) => Err("it is not an unsigned integer of 32 bits".to_owned()),
    }
    .map_err(|why| DecodeError::new(format!("damaged GGUF header: general.alignment is wrong, {why}")))
}

/// The names of the tensors that start before the one that precedes them in the file ends.
fn overlapping(tensors: &[Tensor]) -> Vec<String> {
    let span = |tensor: &Tensor| match tensor.data {
        Data::At(start) | Data::Blocks(start, _) => start..start + tensor.bytes(),
        _ => 0..0,
    };
    let mut sorted: Vec<(Range<u64>, &Tensor)> = tensors.iter().map(|tensor| (span(tensor), tensor)).collect();
    sorted.retain(|(span, _)| !span.is_empty());
    sorted.sort_by_key(|(span, _)| span.start);
    let overlaps = sorted.windows(2).filter(|pair| pair[1].0.start < pair[0].0.end);
    overlaps.map(|pair| pair[1].1.path.join(".")).collect()
}

impl Described {
    fn read<R: Read>(input: &mut Input<'_, R>) -> Result<Self, DecodeError> {
        let name = input.name()?;
        let count = input.u32()?;
        if count > SKIPPED_DIMENSIONS {
            return Err(DecodeError::new(format!("damaged GGUF header: {name:?} has {count} dimensions")));
        }
        // The descriptions, the list of series and their labels.
        input.held.grow(600 + 3 * name.len() as u64 + 64 * name.matches('.').count() as u64)?;
        let dimensions = (0..count).map(|_| input.u64()).collect::<Result<_, _>>()?;
        Ok(Self { name, dimensions, kind: input.u32()?, offset: input.u64()? })
    }
}

/// The part of the file with the data of the tensors.
#[derive(Clone, Copy)]
struct Section {
    start: u64,
    end: u64,
    alignment: u64,
}

impl Section {
    /// Finds the bytes of a tensor, or returns the reason why it is left out.
    fn tensor(self, described: Described) -> Result<Tensor, String> {
        let Described { name, dimensions, kind: number, offset } = described;
        let Some((dtype, found)) = kind(number) else { return Err(format!("skipped: unknown type {number}")) };
        let kind = found.ok_or_else(|| format!("skipped: rebin cannot decode the type {dtype}"))?;
        if dimensions.len() > MAX_DIMENSIONS as usize {
            return Err(format!("skipped: {} dimensions; GGUF has at most {MAX_DIMENSIONS}", dimensions.len()));
        }
        let len = dimensions.iter().try_fold(1_u64, |n, length| n.checked_mul(*length));
        let lengths = dimensions.iter().rev().map(|length| usize::try_from(*length).ok()).collect::<Option<Vec<_>>>();
        let (Some(len), Some(shape)) = (len, lengths) else {
            return Err(format!("skipped: a tensor of {dimensions:?} elements is larger than any file"));
        };
        let (elements, bytes) = match kind {
            Kind::Element(element) => (1, element.bits() / 8),
            Kind::Blocks(quant) => (quant.elements() as u64, quant.bytes() as u64),
        };
        let row = dimensions.first().copied().unwrap_or(1);
        if !row.is_multiple_of(elements) {
            return Err(format!("skipped: a row of {row} elements does not fill the blocks of {elements} of {dtype}"));
        }
        if !offset.is_multiple_of(self.alignment) {
            return Err(format!("skipped: the offset {offset} is not a multiple of {}", self.alignment));
        }
        let size = (len / elements).checked_mul(bytes);
        let start = self.start.checked_add(offset);
        let end = start.zip(size).and_then(|(start, size)| start.checked_add(size));
        let (Some(start), true) = (start, end.is_some_and(|end| end <= self.end)) else {
            return Err("skipped: its data is not in the file, which is truncated or damaged".to_owned());
        };
        let (element, data) = match kind {
            Kind::Element(element) => (element, Data::At(start)),
            Kind::Blocks(quant) => (ElementType::Plain(DType::F32), Data::Blocks(start, quant)),
        };
        let (encoding, view) = (Encoding::little(element), View::contiguous(&shape));
        Ok(Tensor { path: name.split('.').map(str::to_owned).collect(), dtype, encoding, view, data })
    }
}
