//! The calls with which torch pickles tensors.

use super::{numpy, type_named, type_of_storage, width};
use crate::format::DecodeError;
use crate::format::element::{ElementType, Encoding};
use crate::format::npy::ByteOrder;
use crate::format::pickle::{Id, Pickle, Value};
use crate::format::tensor::Data;
use crate::format::view::View;

/// Maximum depth of calls around a tensor, such as a parameter around its data.
const MAX_WRAPPERS: usize = 8;

/// Function that returns the bytes of the storage with a key and their number. The second argument is the width of its
/// elements.
pub(super) type FindStorage<'a> = dyn Fn(&str, u64) -> Result<(Data, u64), DecodeError> + 'a;

/// Storages of a file.
pub(super) struct Storages<'a> {
    pub(super) order: ByteOrder,
    /// Returns bytes of the pickle from an offset on.
    pub(super) inside: &'a dyn Fn(u64) -> Data,
    pub(super) storage: &'a FindStorage<'a>,
}

/// Elements of a tensor.
pub(super) struct Elements {
    pub(super) dtype: &'static str,
    pub(super) encoding: Encoding,
    pub(super) view: View,
    pub(super) data: Data,
}

/// A persistent identifier that names a storage.
pub(super) struct StorageId<'p> {
    pub(super) key: std::borrow::Cow<'p, str>,
    /// Type of its elements; `None` for bytes.
    pub(super) class: Option<(&'static str, Option<ElementType>)>,
    /// Number of elements.
    numel: u64,
    /// Part of the storage in elements: first one and number.
    part: Option<(u64, u64)>,
}

/// The meaning of a value.
pub(super) enum Meaning {
    Tensor(Elements),
    LeftOut(DecodeError),
    /// A value of another kind.
    Other,
}

/// Returns the meaning of a value, and the states of the calls around the tensor, which may have more tensors.
pub(super) fn meaning(pickle: &Pickle, id: Id, storages: &Storages<'_>) -> (Meaning, Vec<Id>) {
    let (mut id, mut states) = (id, Vec::new());
    for _ in 0..MAX_WRAPPERS {
        let found = match pickle.get(id) {
            Value::Persistent(_) => return (bare_storage(pickle, id, storages), states),
            Value::Call(call) => {
                states.extend(&call.states);
                pickle.global(call.function).zip(pickle.items(call.args))
            }
            _ => None,
        };
        let Some((function, args)) = found else { return (Meaning::Other, states) };
        let args = match function {
            ("torch._utils", "_rebuild_parameter" | "_rebuild_device_tensor_from_cpu_tensor")
            | ("torch.nn.parameter", "Parameter" | "Buffer") => match args.first() {
                Some(data) => {
                    id = *data;
                    continue;
                }
                None => return (Meaning::LeftOut(wrong_arguments()), states),
            },
            ("torch._utils", "_rebuild_parameter_with_state") => match args {
                [data, _, _, state, ..] => {
                    states.push(*state);
                    id = *data;
                    continue;
                }
                _ => return (Meaning::LeftOut(wrong_arguments()), states),
            },
            ("torch._utils", "_rebuild_device_tensor_from_numpy") => {
                return (args.first().map_or(Meaning::Other, |array| numpy::meaning(pickle, *array, storages)), states);
            }
            // The class does not change the elements.
            ("torch._tensor", "_rebuild_from_type_v2") => match args {
                [function, _, inner, state, ..] => {
                    states.push(*state);
                    let inner = pickle.items(*inner).unwrap_or_default();
                    return (
                        pickle.global(*function).map_or(Meaning::Other, |name| rebuilt(pickle, name, inner, storages)),
                        states,
                    );
                }
                _ => return (Meaning::LeftOut(wrong_arguments()), states),
            },
            (module, _) if module.starts_with("numpy") => return (numpy::meaning(pickle, id, storages), Vec::new()),
            _ => args,
        };
        return (rebuilt(pickle, function, args, storages), states);
    }
    (Meaning::Other, states)
}

/// Returns the meaning of a call.
fn rebuilt(pickle: &Pickle, function: (&str, &str), args: &[Id], storages: &Storages<'_>) -> Meaning {
    let left_out = |why: &str| Meaning::LeftOut(DecodeError::new(why));
    let result = match function {
        ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2") => tensor(pickle, args, None, storages),
        ("torch._utils", "_rebuild_tensor_v3") => match args.get(6) {
            Some(dtype) => tensor(pickle, args, Some(*dtype), storages),
            None => Err(wrong_arguments()),
        },
        ("torch._utils", name) if name.starts_with("_rebuild_sparse") => {
            return left_out("sparse tensors are not read");
        }
        ("torch._utils", "_rebuild_qtensor") => return left_out("quantized tensors are not read"),
        ("torch._utils", "_rebuild_meta_tensor_no_storage") => return left_out("a meta tensor has no values"),
        ("torch._utils", "_rebuild_wrapper_subclass") => return left_out("the tensor has no values of its own"),
        ("torch._utils", "_rebuild_nested_tensor") => return left_out("nested tensors are not read"),
        _ => return Meaning::Other,
    };
    result.map_or_else(Meaning::LeftOut, Meaning::Tensor)
}

/// Reads the arguments of `_rebuild_tensor` and its later versions. The type is that of the storage unless it is an
/// argument.
fn tensor(pickle: &Pickle, args: &[Id], dtype: Option<Id>, storages: &Storages<'_>) -> Result<Elements, DecodeError> {
    let [storage, offset, size, stride, rest @ ..] = args else { return Err(wrong_arguments()) };
    let numbers = |id: Id| {
        // torch.Size is a tuple, too.
        let id = pickle.call(id).and_then(|(_, _, args)| args.first().copied()).unwrap_or(id);
        pickle.items(id).and_then(|ids| ids.iter().map(|id| pickle.int(*id)).collect::<Option<Vec<i64>>>())
    };
    let (Some(offset), Some(size), Some(stride)) = (pickle.int(*offset), numbers(*size), numbers(*stride)) else {
        return Err(wrong_arguments());
    };
    let class = match dtype {
        None => None,
        Some(id) => {
            let name = pickle.global(id).filter(|(module, _)| *module == "torch");
            let (_, name) = name.ok_or_else(wrong_arguments)?;
            let unknown = || DecodeError::new(format!("the type torch.{name} is not read"));
            Some(type_named(name).ok_or_else(unknown)?)
        }
    };
    // Arguments after the hooks, or after the type.
    let metadata = rest.get(if dtype.is_some() { 3 } else { 2 });
    let negated =
        metadata.and_then(|metadata| pickle.member(*metadata, "neg")).is_some_and(|neg| pickle.int(neg) == Some(1));
    let storage = storage_id(pickle, *storage)?;
    elements(&storage, class, negated, storages, |len| View::new(offset, &size, &stride, len))
}

/// Returns the meaning of a storage that is not part of a tensor: all of its elements.
fn bare_storage(pickle: &Pickle, id: Id, storages: &Storages<'_>) -> Meaning {
    let storage = match storage_id(pickle, id) {
        Ok(storage) => storage,
        Err(why) if is_module(pickle, id) => {
            drop(why);
            return Meaning::Other;
        }
        Err(why) => return Meaning::LeftOut(why),
    };
    let bytes = Some(("uint8", type_named("uint8").and_then(|(_, element)| element)));
    let class = storage.class.is_none().then_some(bytes).flatten();
    let len = |len: u64| Ok(View::contiguous(&[usize::try_from(len).map_err(|_| wrong_arguments())?]));
    elements(&storage, class, false, storages, len).map_or_else(Meaning::LeftOut, Meaning::Tensor)
}

/// Locates elements. `class` is their type if it is not that of the storage. `view` makes the view from the number of
/// elements in the storage.
fn elements(
    storage: &StorageId<'_>,
    class: Option<(&'static str, Option<ElementType>)>,
    negated: bool,
    storages: &Storages<'_>,
    view: impl Fn(u64) -> Result<View, DecodeError>,
) -> Result<Elements, DecodeError> {
    let (dtype, element) =
        class.or(storage.class).ok_or_else(|| DecodeError::new("the type of the tensor is not known"))?;
    let Some(element) = element else {
        return Err(DecodeError::new(format!("{dtype} values are not counted")));
    };
    let own = storage.class.map_or(1, |(name, element)| width(name, element));
    let width = element.bits() / 8;
    let (from, numel) = storage.part.unwrap_or((0, storage.numel));
    let view = view(numel.saturating_mul(own) / width)?.moved(from.saturating_mul(own) / width);
    let (data, bytes) =
        if view.is_empty() { (Data::Kept([].into()), 0) } else { (storages.storage)(&storage.key, own)? };
    if !view.is_empty() && from.saturating_add(numel).max(storage.numel).saturating_mul(own) > bytes {
        return Err(DecodeError::new(format!(
            "its storage should have {} elements, but has {bytes} bytes",
            from.saturating_add(numel).max(storage.numel)
        )));
    }
    let encoding = Encoding { element, order: storages.order, negated };
    Ok(Elements { dtype, encoding, view, data })
}

/// Returns true for an identifier of the source of a class.
fn is_module(pickle: &Pickle, id: Id) -> bool {
    let Value::Persistent(tuple) = pickle.get(id) else { return false };
    let first = pickle.items(*tuple).and_then(|items| items.first());
    first.and_then(|first| pickle.text(*first)).as_deref() == Some("module")
}

/// Reads a persistent identifier: `("storage", class, key, location, number of elements, part)`.
pub(super) fn storage_id(pickle: &Pickle, id: Id) -> Result<StorageId<'_>, DecodeError> {
    let invalid = || DecodeError::new("its storage has an invalid identifier");
    let Value::Persistent(tuple) = pickle.get(id) else { return Err(DecodeError::new("it has no storage")) };
    let [kind, class, key, _location, numel, rest @ ..] = pickle.items(*tuple).unwrap_or_default() else {
        return Err(invalid());
    };
    if pickle.text(*kind).as_deref() != Some("storage") {
        return Err(invalid());
    }
    let (module, name) = pickle.global(*class).ok_or_else(invalid)?;
    let class = match (module, name) {
        ("torch.storage" | "torch", "UntypedStorage") => None,
        ("torch" | "torch.cuda", name) if type_of_storage(name).is_some() => type_of_storage(name),
        _ => return Err(DecodeError::new(format!("its storage has the unknown class {module}.{name}"))),
    };
    let key = match pickle.get(*key) {
        Value::Int(key) => key.to_string().into(),
        _ => pickle.text(*key).ok_or_else(invalid)?,
    };
    let unsigned = |id: Id| pickle.int(id).and_then(|n| u64::try_from(n).ok());
    let part = match rest.first().map(|part| (pickle.get(*part), pickle.items(*part))) {
        None | Some((Value::None, _)) => None,
        Some((_, Some([_, offset, numel]))) => Some(unsigned(*offset).zip(unsigned(*numel)).ok_or_else(invalid)?),
        Some(_) => return Err(invalid()),
    };
    Ok(StorageId { key, class, numel: unsigned(*numel).ok_or_else(invalid)?, part })
}

fn wrong_arguments() -> DecodeError {
    DecodeError::new("it has unexpected arguments")
}
