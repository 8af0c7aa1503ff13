//! Tensors of checkpoints: a name, a type, and a view of bytes in a file. Their elements are read when they are shown.

use super::archive::Member;
use super::element::Encoding;
use super::gguf::Quant;
use super::view::{Run, View, in_c_order, stored_strides};
use super::window::Window;
use super::{DecodeError, Text};
use crate::engine::{Budget, Reservation};
use crate::hist::{Samples, each};
use std::io::{self, Read};
use std::ops::Range;
use std::sync::Arc;

/// Elements read at once.
const BLOCK: u64 = 64 << 10;

/// Bytes read at once to pick elements from them, and the distance of elements that are read one by one instead.
const MAX_READ: u64 = 1 << 20;
const FAR: u64 = 8 << 10;

/// A tensor in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// Labels of the name.
    pub path: Arc<[String]>,
    /// Name of the type in the file.
    pub dtype: &'static str,
    pub encoding: Encoding,
    pub view: View,
    pub data: Data,
}

/// Bytes of a storage.
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    /// The bytes of the file from this offset on.
    At(u64),
    /// Quantized blocks from this offset on. Each block has the same number of elements of type float32, in C order.
    Blocks(u64, Quant),
    /// The content of a member of the archive.
    Member(Member),
    /// The content of a member from this offset on.
    Inside(Member, u64),
    /// Few bytes that were read before.
    Kept(Arc<[u8]>),
    /// A text of this many bytes in UTF-8. Each of its characters is a byte.
    Latin1(Box<Data>, u64),
}

impl Tensor {
    /// Number of elements.
    pub fn len(&self) -> u64 {
        self.view.len()
    }

    pub fn is_empty(&self) -> bool {
        self.view.is_empty()
    }

    /// Number of bytes of the elements.
    pub fn bytes(&self) -> u64 {
        if let Data::Blocks(_, quant) = self.data {
            return quant.bytes_of(self.len());
        }
        self.len().saturating_mul(self.encoding.element.bits()).div_ceil(8)
    }

    /// Reads all elements in C order. Calls `watch` with the size of each block; an error from it stops the reading. The
    /// memory of the result is not reserved.
    ///
    /// # Errors
    /// The file is truncated, damaged or cannot be read, decompressed bytes exceed the memory budget, or `watch` failed.
    pub fn read(
        &self,
        file: &dyn Text,
        memory: &Budget,
        watch: impl Fn(u64) -> io::Result<()>,
    ) -> Result<Samples, DecodeError> {
        if let Data::Blocks(at, quant) = self.data {
            return read_blocks(file, at, quant, self.len(), &watch);
        }
        let located = self.data.locate(file, memory, &watch)?;
        let (bytes, at): (&dyn Text, u64) = match &located {
            Located::At(at) => (file, *at),
            Located::Kept(bytes) => (&&bytes[..], 0),
            Located::Decoded { bytes, .. } => (&bytes.as_slice(), 0),
        };
        read(bytes, at, self.encoding, &self.view, &watch)
    }

    /// Number of bytes of the samples in memory.
    pub fn memory(&self) -> u64 {
        self.len().saturating_mul(self.encoding.element.dtype().bytes() as u64)
    }
}

/// Bytes of a storage.
enum Located {
    /// The bytes of the file from this offset on.
    At(u64),
    Kept(Arc<[u8]>),
    /// Bytes that were decompressed.
    Decoded {
        bytes: Vec<u8>,
        _reserved: Reservation,
    },
}

impl Data {
    /// Returns the offset of the elements in the file; `None` if they must be decoded first.
    ///
    /// # Errors
    /// The member of the archive is damaged.
    pub fn in_place(&self, file: &dyn Text) -> Result<Option<u64>, DecodeError> {
        Ok(match self {
            Self::At(at) => Some(*at),
            Self::Member(member) if !member.deflated => Some(member.span(file)?.start),
            _ => None,
        })
    }

    /// Finds the bytes, and decompresses them if necessary.
    fn locate(
        &self,
        file: &dyn Text,
        memory: &Budget,
        watch: &dyn Fn(u64) -> io::Result<()>,
    ) -> Result<Located, DecodeError> {
        if let Some(at) = self.in_place(file)? {
            return Ok(Located::At(at));
        }
        let decode = |mut reader: &mut dyn Read, size: u64| {
            let (mut bytes, reserved) = (Vec::new(), memory.reservation());
            while (&mut reader).take(1 << 20).read_to_end(&mut bytes)? > 0 {
                // The vector doubles when it grows.
                reserved.set(bytes.capacity() as u64)?;
                watch(0)?;
            }
            let complete = bytes.len() as u64 >= size;
            let bytes = Located::Decoded { bytes, _reserved: reserved };
            if complete { Ok(bytes) } else { Err(DecodeError::new("a member of the archive is truncated")) }
        };
        match self {
            Self::At(at) | Self::Blocks(at, _) => Ok(Located::At(*at)),
            Self::Kept(bytes) => Ok(Located::Kept(Arc::clone(bytes))),
            Self::Member(member) => decode(&mut *member.reader(file)?, member.size),
            Self::Inside(member, at) => {
                let mut reader = member.reader(file)?;
                reader.skip(*at)?;
                decode(&mut *reader, 0)
            }
            Self::Latin1(inner, len) => {
                let reserved = memory.reserve(len.saturating_mul(2))?;
                let mut encoded = Vec::new();
                match inner.locate(file, memory, watch)? {
                    Located::At(at) => Window::new(file, at..at.saturating_add(*len)).read_to_end(&mut encoded)?,
                    Located::Kept(bytes) => (&bytes[..]).read_to_end(&mut encoded)?,
                    Located::Decoded { bytes, .. } => bytes.as_slice().take(*len).read_to_end(&mut encoded)?,
                };
                Ok(Located::Decoded { bytes: latin1(&encoded)?, _reserved: reserved })
            }
        }
    }
}

/// Reads all elements of a view in C order. Its storage starts at the offset `at` of the input.
fn read(
    input: &dyn Text,
    at: u64,
    encoding: Encoding,
    view: &View,
    watch: &dyn Fn(u64) -> io::Result<()>,
) -> Result<Samples, DecodeError> {
    let mut samples = Samples::empty(encoding.element.dtype());
    let (mut from, mut bytes) = (0, Vec::new());
    while from < view.len() {
        let n = BLOCK.min(view.len() - from);
        gather(input, at, encoding, view, from..from + n, &mut bytes)?;
        each!(&mut samples, values => values.try_reserve(n as usize)).map_err(|_| DecodeError::out_of_memory())?;
        encoding.decode(&bytes, &mut samples);
        watch(bytes.len() as u64)?;
        from += n;
    }
    // Two elements of 4 bits share a byte.
    each!(&mut samples, values => values.truncate(view.len() as usize));
    let shape = view.shape();
    if let Some(axes) = view.loops().axes(&shape) {
        let strides = stored_strides(&shape, axes);
        each!(&mut samples, values => *values = in_c_order(values, &shape, &strides));
    }
    Ok(samples)
}

/// Reads all elements of quantized blocks.
fn read_blocks(
    input: &dyn Text,
    at: u64,
    quant: Quant,
    len: u64,
    watch: &dyn Fn(u64) -> io::Result<()>,
) -> Result<Samples, DecodeError> {
    let (mut values, mut bytes) = (Vec::new(), Vec::new());
    let mut from = 0;
    while from < len {
        let n = BLOCK.min(len - from);
        bytes.resize(quant.bytes_of(n) as usize, 0);
        read_exact(input, at + quant.bytes_of(from), &mut bytes)?;
        values.try_reserve(n as usize).map_err(|_| DecodeError::out_of_memory())?;
        quant.decode(&bytes, &mut values);
        watch(bytes.len() as u64)?;
        from += n;
    }
    Ok(Samples::F32(values))
}

/// Reads the bytes of some elements of a view, in the order of the storage. Elements that share a byte must follow each
/// other.
///
/// # Errors
/// The input is truncated or cannot be read.
pub fn gather(
    input: &dyn Text,
    at: u64,
    encoding: Encoding,
    view: &View,
    elements: Range<u64>,
    bytes: &mut Vec<u8>,
) -> Result<(), DecodeError> {
    let bits = encoding.element.bits();
    let loops = view.loops();
    if let Some(start) = loops.contiguous() {
        let (from, to) = ((start + elements.start) * bits / 8, ((start + elements.end) * bits).div_ceil(8));
        bytes.resize((to - from) as usize, 0);
        return read_exact(input, at + from, bytes);
    }
    let mut picker = Picker { input, at, width: bits / 8, runs: Vec::new(), span: 0..0, bytes, block: Vec::new() };
    picker.bytes.clear();
    let mut result = Ok(());
    loops.runs(elements.start, elements.end - elements.start, |run| {
        if result.is_ok() {
            result = picker.add(run);
        }
    });
    result.and_then(|()| picker.flush())
}

/// Copies runs of elements. Runs that are near each other are read at once.
struct Picker<'a> {
    input: &'a dyn Text,
    at: u64,
    /// Bytes of an element.
    width: u64,
    /// Runs to read next, and the positions from the first of their elements to the last.
    runs: Vec<Run>,
    span: Range<u64>,
    bytes: &'a mut Vec<u8>,
    block: Vec<u8>,
}

impl Picker<'_> {
    fn add(&mut self, run: Run) -> Result<(), DecodeError> {
        // Parts of the run that are read at once.
        let step = match run.stride * self.width {
            0 => run.len,
            distance if distance > FAR => 1,
            distance => (MAX_READ / distance).max(1),
        };
        for first in (0..run.len).step_by(usize::try_from(step).unwrap_or(usize::MAX)) {
            let part = Run { start: run.start + first * run.stride, len: step.min(run.len - first), ..run };
            let end = part.start + part.extent();
            let joined = self.span.start.min(part.start)..self.span.end.max(end);
            let needed: u64 = self.span.end - self.span.start + part.extent();
            // Gaps that are small are read, too.
            let is_near = (joined.end - joined.start) * self.width <= needed * self.width + FAR;
            if !self.runs.is_empty() && (!is_near || (joined.end - joined.start) * self.width > MAX_READ) {
                self.flush()?;
            }
            self.span = if self.runs.is_empty() { part.start..end } else { joined };
            self.runs.push(part);
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), DecodeError> {
        let width = self.width as usize;
        self.block.resize((self.span.end - self.span.start) as usize * width, 0);
        if !self.runs.is_empty() {
            read_exact(self.input, self.at + self.span.start * self.width, &mut self.block)?;
        }
        for run in self.runs.drain(..) {
            let start = (run.start - self.span.start) as usize * width;
            match run.stride {
                1 => self.bytes.extend(self.block.get(start..start + run.len as usize * width).unwrap_or_default()),
                stride => {
                    for i in 0..run.len as usize {
                        let element = start + i * stride as usize * width;
                        self.bytes.extend(self.block.get(element..element + width).unwrap_or_default());
                    }
                }
            }
        }
        Ok(())
    }
}

fn read_exact(input: &dyn Text, at: u64, bytes: &mut [u8]) -> Result<(), DecodeError> {
    if input.read(at, bytes)? < bytes.len() {
        return Err(DecodeError::new("the file is truncated inside a tensor"));
    }
    Ok(())
}

/// Decodes a text whose characters are bytes.
///
/// # Errors
/// The text is not such a text.
pub fn latin1(text: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let text = str::from_utf8(text).ok();
    let bytes = text.and_then(|text| text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect());
    bytes.ok_or_else(|| DecodeError::new("the text of an array contains characters that are not bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::element::ElementType;
    use crate::hist::DType;
    use proptest::prelude::*;

    #[test]
    fn elements_are_read_in_the_order_of_the_array() {
        let storage: Vec<u8> = (0..12).collect();
        let bytes = Encoding::little(ElementType::Plain(DType::U8));
        let all = |view: &View| read(&&storage[..], 0, bytes, view, &|_| Ok(())).unwrap();
        let transposed = View::new(0, &[4, 3], &[1, 4], 12).unwrap();
        assert_eq!(all(&transposed), Samples::U8(vec![0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]));
        let expanded = View::new(5, &[2, 3], &[0, 1], 12).unwrap();
        assert_eq!(all(&expanded), Samples::U8(vec![5, 6, 7, 5, 6, 7]));
        let error = read(&&storage[..], 1, bytes, &View::contiguous(&[12]), &|_| Ok(())).unwrap_err();
        assert_eq!(error.to_string(), "the file is truncated inside a tensor");
    }

    #[test]
    fn negated_and_big_endian_elements_are_decoded() {
        let encoding = |element, order| Encoding { element, order, negated: true };
        let view = View::contiguous(&[2]);
        let bf16 = encoding(ElementType::Bf16, crate::format::npy::ByteOrder::Big);
        assert_eq!(
            read(&&[0x3f, 0x80, 0xbf, 0][..], 0, bf16, &view, &|_| Ok(())).unwrap(),
            Samples::F32(vec![-1.0, 0.5])
        );
        let f16 = encoding(ElementType::Plain(DType::F16), crate::format::npy::ByteOrder::Big);
        let values = [half::f16::from_f32(-1.0), half::f16::NEG_ZERO].to_vec();
        assert_eq!(read(&&[0x3c, 0, 0, 0][..], 0, f16, &view, &|_| Ok(())).unwrap(), Samples::F16(values));
    }

    proptest! {
        #[test]
        fn strided_elements_are_those_of_the_storage(
            shape in prop::collection::vec(1_i64..9, 1..4),
            strides in prop::collection::vec(0_i64..5000, 3),
            from in 0.0..1.0_f64,
        ) {
            let storage: Vec<u8> = (0..u16::MAX).flat_map(u16::to_le_bytes).collect();
            let view = View::new(7, &shape, &strides[..shape.len()], storage.len() as u64 / 2);
            prop_assume!(view.is_ok());
            let view = view.unwrap();
            let encoding = Encoding::little(ElementType::Plain(DType::U16));
            let mut expected = vec![7_u16];
            for (length, stride) in shape.iter().zip(&strides) {
                expected = expected.iter().flat_map(|at| (0..*length).map(move |i| at + (i * stride) as u16)).collect();
            }
            let all = read(&&storage[..], 0, encoding, &view, &|_| Ok(())).unwrap();
            prop_assert_eq!(&all, &Samples::U16(expected));
            let (mut part, start) = (Vec::new(), (view.len() as f64 * from) as u64);
            gather(&&storage[..], 0, encoding, &view, start..view.len(), &mut part).unwrap();
            prop_assert_eq!(part.len() as u64, 2 * (view.len() - start));
        }
    }
}
