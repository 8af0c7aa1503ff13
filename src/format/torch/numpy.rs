//! numpy arrays in pickles.

use super::rebuild::{Elements, Meaning, Storages};
use crate::format::DecodeError;
use crate::format::element::{ElementType, Encoding};
use crate::format::npy;
use crate::format::pickle::{Blob, Id, Pickle, Value};
use crate::format::tensor::{Data, latin1};
use crate::format::view::{View, stored_strides};
use crate::hist::DType;

/// Returns the meaning of a value of numpy. A number is not an array.
pub(super) fn meaning(pickle: &Pickle, id: Id, storages: &Storages<'_>) -> Meaning {
    let Some((call, (module, name), args)) = pickle.call(id) else { return Meaning::Other };
    let array = match (module, name) {
        ("numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct") => {
            let state = call.states.last().and_then(|state| pickle.items(*state));
            match state {
                Some([_version, shape, dtype, fortran, data]) => {
                    array(pickle, *shape, *dtype, pickle.int(*fortran) == Some(1), *data, storages)
                }
                _ => Err(DecodeError::new("the array has unexpected arguments")),
            }
        }
        ("numpy.core.numeric" | "numpy._core.numeric", "_frombuffer") => match args {
            [data, dtype, shape, order, ..] => {
                array(pickle, *shape, *dtype, pickle.text(*order).as_deref() == Some("F"), *data, storages)
            }
            _ => Err(DecodeError::new("the array has unexpected arguments")),
        },
        _ => return Meaning::Other,
    };
    array.map_or_else(Meaning::LeftOut, Meaning::Tensor)
}

fn array(
    pickle: &Pickle,
    shape: Id,
    dtype: Id,
    fortran: bool,
    data: Id,
    storages: &Storages<'_>,
) -> Result<Elements, DecodeError> {
    let (kind, order) = array_type(pickle, dtype)?;
    let lengths =
        pickle.items(shape).and_then(|ids| ids.iter().map(|id| pickle.int(*id)).collect::<Option<Vec<i64>>>());
    let lengths = lengths.ok_or_else(|| DecodeError::new("the array has an invalid shape"))?;
    let (data, bytes) = bytes(pickle, data, storages)?;
    // Checked before strides are computed, so that their product fits.
    let size = lengths.iter().try_fold(kind.bytes() as u64, |n, length| n.checked_mul(u64::try_from(*length).ok()?));
    if size.is_none_or(|size| bytes.is_some_and(|bytes| size != bytes)) {
        return Err(DecodeError::new(format!("the data of the array does not match its shape {lengths:?}")));
    }
    let shape: Vec<usize> = lengths.iter().map(|length| *length as usize).collect();
    let axes: Vec<usize> = if fortran { (0..shape.len()).rev().collect() } else { (0..shape.len()).collect() };
    let strides: Vec<i64> = stored_strides(&shape, &axes).into_iter().map(|stride| stride as i64).collect();
    let view = View::new(0, &lengths, &strides, size.unwrap_or(0) / kind.bytes() as u64)?;
    let encoding = Encoding { element: ElementType::Plain(kind), order, negated: false };
    Ok(Elements { dtype: kind.name(), encoding, view, data })
}

/// Reads a type: a call of `numpy.dtype` whose state has the byte order.
fn array_type(pickle: &Pickle, id: Id) -> Result<(DType, npy::ByteOrder), DecodeError> {
    let unknown = || DecodeError::new("the type of the array is not known");
    let Some((call, ("numpy", "dtype"), [code, ..])) = pickle.call(id) else { return Err(unknown()) };
    let code = pickle.text(*code).ok_or_else(unknown)?;
    let state = call.states.last().and_then(|state| pickle.items(*state)).unwrap_or_default();
    let order = state.get(1).and_then(|order| pickle.text(*order));
    // Fields of a structured type have names.
    if state.get(3).is_some_and(|names| pickle.get(*names) != &Value::None) {
        return Err(DecodeError::new("structured arrays are not read"));
    }
    npy::dtype(&format!("{}{code}", order.as_deref().unwrap_or("<")))
}

/// Returns the bytes of an array, and their number if it is known before they are decoded.
fn bytes(pickle: &Pickle, id: Id, storages: &Storages<'_>) -> Result<(Data, Option<u64>), DecodeError> {
    let located = |blob: &Blob| match &blob.bytes {
        Some(bytes) => Data::Kept(bytes.clone().into()),
        None => (storages.inside)(blob.at),
    };
    if let Value::Bytes(blob) | Value::Text(blob) = pickle.get(id) {
        return Ok((located(blob), Some(blob.len)));
    }
    // Python 3 writes bytes for Python 2 as a text in Latin-1.
    match pickle.call(id) {
        Some((_, ("_codecs", "encode"), [text, ..])) => match pickle.get(*text) {
            Value::Text(Blob { bytes: Some(text), .. }) => {
                let bytes = latin1(text)?;
                let n = bytes.len() as u64;
                Ok((Data::Kept(bytes.into()), Some(n)))
            }
            Value::Text(blob) => Ok((Data::Latin1(Box::new(located(blob)), blob.len), None)),
            _ => Err(DecodeError::new("the array has no data")),
        },
        // Empty bytes.
        Some((_, (_, "bytes"), [])) => Ok((Data::Kept([].into()), Some(0))),
        Some((_, (_, "bytearray" | "bytes" | "PickleBuffer"), [inner, ..])) => bytes(pickle, *inner, storages),
        _ => match pickle.get(id) {
            Value::List(_) => Err(DecodeError::new("arrays of Python objects are not read")),
            _ => Err(DecodeError::new("the array has no data")),
        },
    }
}
