use super::*;
use crate::hist::Samples;
use std::io::Cursor;

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

fn number(field: u64, value: u64) -> Vec<u8> {
    [varint(field << 3), varint(value)].concat()
}

fn bytes(field: u64, value: impl AsRef<[u8]>) -> Vec<u8> {
    let value = value.as_ref();
    [varint(field << 3 | 2), varint(value.len() as u64), value.to_vec()].concat()
}

fn tensor(name: &str, kind: u64, dims: &[u64], data: &[u8]) -> Vec<u8> {
    let dims = dims.iter().flat_map(|n| number(1, *n)).collect::<Vec<_>>();
    [dims, number(2, kind), bytes(8, name), data.to_vec()].concat()
}

/// A model whose graph has these fields.
fn model(graph: &[Vec<u8>]) -> Vec<u8> {
    [number(1, 8), bytes(2, "test"), bytes(7, graph.concat())].concat()
}

fn read(model: &[u8]) -> Model {
    Model::read(Cursor::new(model), model.len() as u64, &Budget::default()).unwrap()
}

fn problems(model: &Model) -> Vec<String> {
    model.problems.iter().map(ToString::to_string).collect()
}

#[test]
fn raw_data_is_located_and_not_read() {
    let file = model(&[bytes(5, tensor("w", 1, &[2], &bytes(9, [0, 0, 128, 63, 0, 0, 0, 64])))]);
    let model = read(&file);
    let [tensor] = &model.tensors[..] else { panic!("{model:?}") };
    assert_eq!((&*tensor.name, tensor.dtype, &tensor.shape[..], tensor.len), ("w", "float32", &[2][..], 2));
    let Data::At(at) = tensor.data else { panic!("{tensor:?}") };
    assert_eq!(file[at as usize..at as usize + 8], [0, 0, 128, 63, 0, 0, 0, 64]);
    assert_eq!(model.details[1], ("producer".to_owned(), "test".to_owned()));
}

#[test]
fn typed_fields_are_decoded_packed_or_not() {
    let samples = |kind, n, data: Vec<u8>| {
        let file = model(&[bytes(5, tensor("w", kind, &[n], &data))]);
        let model = read(&file);
        let [tensor] = &model.tensors[..] else { panic!("{model:?}") };
        let Data::Fields(message) = &tensor.data else { panic!("{tensor:?}") };
        read_data(&file[message.start as usize..], tensor, message).map_err(|why| why.to_string())
    };
    let minus_one = varint(u64::MAX);
    assert_eq!(samples(3, 2, bytes(5, [minus_one.clone(), varint(5)].concat())), Ok(Samples::I8(vec![-1, 5])));
    assert_eq!(samples(7, 2, [number(7, 300), number(7, u64::MAX)].concat()), Ok(Samples::I64(vec![300, -1])));
    assert_eq!(samples(16, 1, number(5, 0x3fc0)), Ok(Samples::F32(vec![1.5])));
    let float = [&[4 << 3 | 5][..], &1.5_f32.to_le_bytes()].concat();
    assert_eq!(samples(1, 2, [float.clone(), float].concat()), Ok(Samples::F32(vec![1.5, 1.5])));
    // Two integers of 4 bits share a number, and the last one may be alone.
    assert_eq!(samples(22, 3, bytes(5, [varint(0x7f), varint(0x08)].concat())), Ok(Samples::I8(vec![-1, 7, -8])));
    assert_eq!(samples(21, 3, bytes(5, [varint(0x7f), varint(0x08)].concat())), Ok(Samples::U8(vec![15, 7, 8])));
    let wrong = "the number of values of \"w\" does not match int64 [3]";
    assert_eq!(samples(7, 3, bytes(7, [1, 2])), Err(wrong.to_owned()));
    assert_eq!(samples(7, 3, bytes(7, [1, 2, 3, 4])), Err(wrong.to_owned()));
}

#[test]
fn tensors_in_branches_are_found_and_sparse_ones_are_named() {
    let weights = |name| bytes(5, tensor(name, 2, &[1], &bytes(9, [1])));
    let branch = |field| bytes(1, bytes(5, bytes(field, weights("w"))));
    let constant = bytes(1, bytes(5, bytes(5, tensor("c", 2, &[1], &bytes(9, [1])))));
    let sparse = bytes(15, bytes(1, tensor("s", 1, &[1], &[])));
    let model = read(&model(&[weights("a"), branch(6), branch(11), constant, sparse]));
    assert_eq!(model.tensors.iter().map(|tensor| &*tensor.name).collect::<Vec<_>>(), ["a", "w", "w.1"]);
    assert_eq!(problems(&model), ["s: skipped: a sparse tensor"]);
    assert_eq!(model.details[2].1, "1", "one constant");
}

#[test]
fn a_model_is_recognized_by_its_fields_up_to_the_graph() {
    assert!(starts_like_model(&model(&[])));
    let far = [number(1, 8), bytes(6, vec![b'x'; 1000]), bytes(7, [])].concat();
    assert!(starts_like_model(&far));
    assert!(!starts_like_model(&far[..500]), "the graph is not in the head");
    assert!(!starts_like_model(&[number(1, 8), bytes(2, "x"), number(9, 1)].concat()), "not a field of a model");
    assert!(!starts_like_model(&[number(2, 8), bytes(7, [])].concat()) && !starts_like_model(b"\x08"));
}

#[test]
fn a_shape_that_does_not_fit_is_a_problem() {
    let lie = |dims: &[u64]| {
        let model = read(&model(&[bytes(5, tensor("w", 1, dims, &bytes(9, [0; 8])))]));
        (model.tensors.len(), problems(&model))
    };
    assert_eq!(lie(&[2]), (1, vec![]));
    assert_eq!(lie(&[3]), (0, vec!["w: skipped: it has 8 bytes, but float32 [3] needs 12".to_owned()]));
    assert_eq!(lie(&[1 << 40, 1 << 40]).0, 0);
    assert_eq!(lie(&[u64::MAX]).1, ["w: skipped: its shape [-1] has a negative length"]);
}

#[test]
fn memory_for_tensors_is_reserved() {
    let dims: Vec<u64> = vec![1; 100_000];
    let file = model(&[bytes(5, tensor("w", 1, &dims, &bytes(9, [0; 4])))]);
    let limit = crate::engine::MemoryLimit(1 << 20);
    let read = Model::read(Cursor::new(&file), file.len() as u64, &limit.into());
    assert!(read.unwrap_err().to_string().contains("memory limit"));
}
