//! The fields of a structured array: positions of their numbers in a record.

use super::literal::Literal;
use super::{Header, Headers, dtype};
use crate::format::DecodeError;
use crate::format::names::unique;
use crate::format::npy::MemoryOrder;
use std::iter;

/// Field of a structured array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Names of the field and of the fields around it, outermost first.
    pub path: Vec<String>,
    pub header: Header,
}

/// Field that contains no numbers that can be counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOutField {
    /// Names, joined with dots.
    pub name: String,
    pub why: &'static str,
}

/// Positions of the numbers of a field in a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldLayout {
    /// Bytes of a record.
    pub record: usize,
    /// Bytes from the start of a record to the first number.
    pub offset: usize,
    /// Length and distance in bytes of each dimension within the record.
    dims: Vec<(usize, usize)>,
}

impl FieldLayout {
    /// Numbers in a record.
    pub fn len(&self) -> usize {
        self.dims.iter().fold(1, |n, (length, _)| n * length)
    }

    /// Returns true if a record contains no number.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn dims(&self) -> usize {
        self.dims.len()
    }

    /// Bytes from the first number to the end of the last one, for numbers of `width` bytes.
    pub fn span(&self, width: usize) -> usize {
        self.dims.iter().fold(width, |span, (length, step)| span + length.saturating_sub(1) * step)
    }

    /// Appends the bytes of the numbers in a record, each `width` bytes long. `start` is the offset of the field in `record`.
    pub fn gather(&self, record: &[u8], start: usize, width: usize, out: &mut Vec<u8>) {
        gather(record, start, &self.dims, width, out);
    }
}

fn gather(record: &[u8], at: usize, dims: &[(usize, usize)], width: usize, out: &mut Vec<u8>) {
    match dims {
        [] => out.extend(record.get(at..at + width).unwrap_or_default()),
        [(length, step)] if *step == width => out.extend(record.get(at..at + length * width).unwrap_or_default()),
        [(length, step), inner @ ..] => {
            for index in 0..*length {
                gather(record, at + index * step, inner, width, out);
            }
        }
    }
}

/// Returns the fields of a structured type.
pub(super) fn fields(
    descr: &Literal,
    memory_order: MemoryOrder,
    shape: &[usize],
    len: u64,
) -> Result<Headers, DecodeError> {
    let mut walk = Walk { found: Vec::new(), left_out: Vec::new(), path: Vec::new(), dims: Vec::new() };
    let record = walk.value(descr, 0)?;
    let names = unique(walk.found.iter().map(|found| found.path.join("\0")));
    let mut fields = Vec::new();
    for (found, name) in walk.found.into_iter().zip(names) {
        let path = name.split('\0').filter(|_| !name.is_empty()).map(str::to_owned).collect();
        let (dtype, order) = found.dtype;
        let shape = shape.iter().copied().chain(found.dims.iter().map(|(length, _)| *length)).collect();
        let field = Some(FieldLayout { record, offset: found.offset, dims: found.dims });
        let header = Header { dtype, order, memory_order, shape, len, field };
        header.elements()?;
        fields.push(Field { path, header });
    }
    if fields.is_empty() {
        let named = walk.left_out.iter().map(|field| format!("{} is {}", field.name, field.why));
        let named: Vec<String> = named.take(3).collect();
        return Err(DecodeError::new(format!("no field of the structured array has numbers: {}", named.join(", "))));
    }
    Ok(Headers::Structured { fields, left_out: walk.left_out })
}

/// Field that was found.
struct Found {
    path: Vec<String>,
    dtype: (crate::hist::DType, crate::format::npy::ByteOrder),
    offset: usize,
    dims: Vec<(usize, usize)>,
}

struct Walk {
    found: Vec<Found>,
    left_out: Vec<LeftOutField>,
    path: Vec<String>,
    /// Dimensions around the current type.
    dims: Vec<(usize, usize)>,
}

impl Walk {
    /// Adds the fields of a type at an offset, and returns the bytes of the type.
    fn value(&mut self, descr: &Literal, offset: usize) -> Result<usize, DecodeError> {
        let damaged = || DecodeError::new("damaged .npy header: descr is not a structured type");
        match descr {
            Literal::Text(code) => match dtype(code) {
                Ok(dtype) => {
                    let (path, dims) = (self.path.clone(), self.dims.clone());
                    self.found.push(Found { path, dtype, offset, dims });
                    Ok(dtype.0.bytes())
                }
                Err(_) => {
                    let (bytes, why) = other(code)?;
                    self.left_out.push(LeftOutField { name: self.path.join("."), why });
                    Ok(bytes)
                }
            },
            Literal::Tuple(parts) => match parts.as_slice() {
                [item, lengths] => self.array(item, lengths, offset),
                _ => Err(damaged()),
            },
            Literal::List(fields) => {
                let (mut bytes, mut index) = (0_usize, 0);
                for field in fields {
                    let Literal::Tuple(parts) = field else { return Err(damaged()) };
                    let (name, item, lengths) = match parts.as_slice() {
                        [name, item] => (name, item, None),
                        [name, item, lengths] => (name, item, Some(lengths)),
                        _ => return Err(damaged()),
                    };
                    let name = match name {
                        Literal::Text(name) => name,
                        // A title and a name.
                        Literal::Tuple(names) => match names.as_slice() {
                            [_, Literal::Text(name)] => name,
                            _ => return Err(damaged()),
                        },
                        _ => return Err(damaged()),
                    };
                    let at = offset.checked_add(bytes).ok_or_else(damaged)?;
                    let size = if name.is_empty() && is_padding(item) {
                        let Literal::Text(code) = item else { return Err(damaged()) };
                        other(code)?.0
                    } else {
                        // numpy names an empty name after its position.
                        self.path.push(if name.is_empty() { format!("f{index}") } else { name.clone() });
                        index += 1;
                        let size = match lengths {
                            Some(lengths) => self.array(item, lengths, at),
                            None => self.value(item, at),
                        };
                        self.path.pop();
                        size?
                    };
                    bytes = bytes.checked_add(size).ok_or_else(damaged)?;
                }
                Ok(bytes)
            }
            _ => Err(damaged()),
        }
    }

    /// Adds the fields of an array inside a record.
    fn array(&mut self, item: &Literal, lengths: &Literal, offset: usize) -> Result<usize, DecodeError> {
        let damaged = || DecodeError::new("damaged .npy header: a field has an invalid shape");
        let lengths: Vec<usize> = match lengths {
            Literal::Int(length) => iter::once(*length).map(usize::try_from).collect::<Result<_, _>>(),
            Literal::Tuple(lengths) => lengths
                .iter()
                .map(
                    |length| {
                        if let Literal::Int(length) = length { usize::try_from(*length) } else { usize::try_from(-1) }
                    },
                )
                .collect(),
            _ => return Err(damaged()),
        }
        .map_err(|_| damaged())?;
        // The size of an element is known only after a first walk.
        let size =
            Self { found: Vec::new(), left_out: Vec::new(), path: Vec::new(), dims: Vec::new() }.value(item, 0)?;
        let mut steps = Vec::new();
        let mut step = size;
        for length in lengths.iter().rev() {
            steps.push((*length, step));
            step = step.checked_mul(*length).filter(|step| isize::try_from(*step).is_ok()).ok_or_else(damaged)?;
        }
        let before = self.dims.len();
        self.dims.extend(steps.into_iter().rev());
        let result = self.value(item, offset);
        self.dims.truncate(before);
        result.map(|_| step)
    }
}

fn is_padding(item: &Literal) -> bool {
    matches!(item, Literal::Text(code) if code.trim_start_matches(['|', '<', '>', '=']).starts_with('V'))
}

/// Bytes of a type that cannot be counted, and its description.
fn other(descr: &str) -> Result<(usize, &'static str), DecodeError> {
    let code = descr.trim_start_matches(['|', '<', '>', '=']);
    let size = |from: usize| code.get(from..).and_then(|digits| digits.parse::<usize>().ok());
    let sized = |bytes: Option<usize>, what| bytes.map(|bytes| (bytes, what));
    let known = match code.as_bytes().first() {
        Some(b'S' | b'a') => sized(size(1), "text"),
        Some(b'U') => sized(size(1).and_then(|n| n.checked_mul(4)), "text"),
        Some(b'M') => Some((8, "times")),
        Some(b'm') => Some((8, "durations")),
        Some(b'V') => sized(size(1), "raw bytes"),
        Some(b'c') => sized(size(1), "complex numbers"),
        Some(b'f') => sized(size(1), "long doubles"),
        Some(b'O') => {
            return Err(DecodeError::new(
                "the structured array contains pickled Python objects; save its number fields: np.save(name, a['field'])",
            ));
        }
        _ => None,
    };
    known.ok_or_else(|| DecodeError::new(format!("damaged .npy header: {} is not a valid type", super::quoted(descr))))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Header of version 1 with this type and shape.
    fn header(descr: &str, shape: &str) -> Vec<u8> {
        let text = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n");
        let mut bytes = b"\x93NUMPY\x01\0".to_vec();
        bytes.extend((text.len() as u16).to_le_bytes());
        bytes.extend(text.bytes());
        bytes
    }

    fn read(descr: &str, shape: &str) -> Result<Headers, String> {
        Headers::read(&mut header(descr, shape).as_slice()).map_err(|why| why.to_string())
    }

    #[test]
    fn fields_have_the_offsets_of_numpy() {
        let descr = "[('a', '|u1'), ('', '|V3'), ('b', [('x', '<f4', (2,)), ('s', '<U2')], (3,)), ('', '>i2')]";
        let Ok(Headers::Structured { fields, left_out }) = read(descr, "(2, 5)") else { panic!() };
        let paths: Vec<String> = fields.iter().map(|field| field.path.join(".")).collect();
        // np.dtype(descr).fields: a at 0, b at 4 with elements of 16 bytes, f2 at 52; 54 bytes in all.
        assert_eq!(paths, ["a", "b.x", "f2"]);
        let layouts: Vec<_> = fields.iter().map(|field| field.header.field.clone().unwrap()).collect();
        assert_eq!(
            layouts.iter().map(|layout| (layout.record, layout.offset)).collect::<Vec<_>>(),
            [(54, 0), (54, 4), (54, 52)]
        );
        assert_eq!(layouts[1].dims, [(3, 16), (2, 4)]);
        assert_eq!(fields[1].header.shape, [2, 5, 3, 2]);
        assert_eq!(left_out, [LeftOutField { name: "b.s".into(), why: "text" }]);
        let record: Vec<u8> = (0..54).collect();
        let mut gathered = Vec::new();
        layouts[1].gather(&record, 4, 4, &mut gathered);
        assert_eq!(gathered[..8], [4, 5, 6, 7, 8, 9, 10, 11]);
        assert_eq!(gathered[8..12], [20, 21, 22, 23]);
        assert_eq!((gathered.len(), layouts[1].span(4)), (24, 40));
    }

    #[test]
    fn hostile_structured_types_are_rejected() {
        for (descr, shape, part) in [
            ("[('a', '<f4', (1000000000000, 1000000000000))]", "(3,)", "invalid shape"),
            ("[('a', '<f4', (-1,))]", "(3,)", "invalid shape"),
            ("[('a', '|V9223372036854775807'), ('b', '<f4')]", "(9223372036854775807,)", "too large"),
            ("[('a', '|O')]", "(3,)", "pickled"),
            ("[('a', '<U3')]", "(3,)", "no field of the structured array has numbers: a is text"),
            ("[]", "(3,)", "no field"),
            ("[('a',)]", "(3,)", "not a structured type"),
            ("[('a', '<x4')]", "(3,)", "not a valid type"),
        ] {
            let why = read(descr, shape).unwrap_err();
            assert!(why.contains(part), "{descr}: {why}");
        }
        let nested = format!("{}'<f4'{}", "[('a', ".repeat(20), ", (9, 9))]".repeat(20));
        assert!(read(&nested, "(1,)").is_err(), "the array inside the record is too large");
        assert!(Header::read(&mut header("[('a', '<f4')]", "(3,)").as_slice()).is_err());
    }
}
