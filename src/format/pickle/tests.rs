use super::*;
use crate::engine::MemoryLimit;

fn read(bytes: &[u8]) -> Result<Pickle, DecodeError> {
    Pickle::read(&mut Input::new(&mut &bytes[..]), &Budget::default())
}

fn why(bytes: &[u8]) -> String {
    read(bytes).unwrap_err().to_string()
}

/// The value as text. Calls are shown like in Python.
fn shown(pickle: &Pickle, id: Id) -> String {
    let list = |ids: &[Id]| ids.iter().map(|id| shown(pickle, *id)).collect::<Vec<_>>().join(", ");
    let dict = |pairs: &[(Id, Id)]| {
        let pairs = pairs.iter().map(|(key, value)| format!("{}: {}", shown(pickle, *key), shown(pickle, *value)));
        pairs.collect::<Vec<_>>().join(", ")
    };
    match pickle.get(id) {
        Value::None => "None".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        Value::Text(_) => format!("{:?}", pickle.text(id).unwrap_or_default()),
        Value::Bytes(blob) => format!("b{:?}", blob.bytes.as_deref().unwrap_or_default()),
        Value::Tuple(items) => format!("({})", list(items)),
        Value::List(items) => format!("[{}]", list(items)),
        Value::Dict(pairs) => format!("{{{}}}", dict(pairs)),
        Value::Set(items) => format!("{{{}}}", list(items)),
        Value::Global(global) => format!("{}.{}", global.module, global.name),
        Value::Persistent(id) => format!("stored {}", shown(pickle, *id)),
        Value::Opaque => "?".to_owned(),
        Value::Call(call) => format!(
            "{}{} + {}{}[{}]{{{}}}",
            shown(pickle, call.function),
            shown(pickle, call.args),
            call.named.map_or_else(String::new, |named| shown(pickle, named)),
            list(&call.states),
            list(&call.items),
            dict(&call.pairs)
        ),
    }
}

fn show(bytes: &[u8]) -> String {
    let pickle = read(bytes).unwrap();
    shown(&pickle, pickle.root())
}

#[test]
fn values_of_all_protocols_are_read() {
    // pickle.dumps([1, True, None, 2.5, "ü", b"x", (), {1: "a"}, -300, 2**40, -1], protocol) of Python 3.11.
    let expected = "[1, true, None, 2.5, \"ü\", b[255], (), {1: \"a\"}, -300, 1099511627776, -1]";
    let protocol_0 =
        b"(lp0\nI1\naI01\naNaF2.5\naV\xc3\xbc\np1\naC\x01\xffa(ta(dp3\nI1\nVa\np4\nsaI-300\naL1099511627776L\naI-1\na.";
    assert_eq!(show(protocol_0), expected);
    let protocol_4 = b"\x80\x04\x95\x38\0\0\0\0\0\0\0]\x94(K\x01\x88NG\x40\x04\0\0\0\0\0\0\x8c\x02\xc3\xbc\x94C\x01\xff\x94)}\x94K\x01\x8c\x01a\x94sJ\xd4\xfe\xff\xff\x8a\x06\0\0\0\0\0\x01J\xff\xff\xff\xffe.";
    assert_eq!(show(protocol_4), expected);
    assert_eq!(show(b"\x80\x05\x8f(K\x01K\x02\x90\x94(K\x03\x91\x86."), "({1, 2}, {3})");
    assert_eq!(show(b"U\x01aT\x01\0\0\0\xff\x86."), "(\"a\", b[255])");
    assert_eq!(show(b"S'a'\nP7\n\x86."), "(\"a\", stored \"7\")");
    assert_eq!(show(b"\x8a\x09\0\0\0\0\0\0\0\0\x01\x8a\0\x86."), "(?, 0)");
}

#[test]
fn functions_are_never_called() {
    assert_eq!(show(b"cos\nsystem\n(S'x'\ntR."), "os.system(\"x\") + []{}");
    assert_eq!(show(b"(S'x'\nios\nsystem\n."), "os.system(\"x\") + []{}");
    assert_eq!(show(b"(cos\nsystem\nS'x'\no."), "os.system(\"x\") + []{}");
    assert_eq!(show(b"\x8c\x02os\x8c\x06system\x93)\x81}b(K\x01eK\x02K\x03s."), "os.system() + {}[1]{2: 3}");
    assert_eq!(show(b"cc\nC\n)}\x92\x82\x07\x86."), "(c.C() + {}[]{}, ?)");
    assert_eq!(show(b"K\x07Q."), "stored 7");
}

#[test]
fn shared_and_recursive_objects_are_stored_once() {
    let shared = read(b"]q\0h\0a.").unwrap();
    assert_eq!((shared.len(), shared.items(shared.root())), (1, Some(&[Id(0)][..])));
    // 2 ** 30 paths lead to the innermost list.
    let bomb = [&b"]"[..], &b"2\x86".repeat(30), b"."].concat();
    assert_eq!(read(&bomb).unwrap().len(), 31);
    assert_eq!(show(b"]r\xff\xff\xff\x7fj\xff\xff\xff\x7f\x86."), "([], [])");
    assert_eq!(show(b"]\x94}\x94h\x01h\0\x86."), "({}, [])");
}

#[test]
fn long_bytes_are_located_and_not_kept() {
    let bytes = [b"K\x01B\0\0\x02\0", &vec![7; 0x20000][..], b"\x86."].concat();
    let pickle = read(&bytes).unwrap();
    let last = pickle.items(pickle.root()).unwrap()[1];
    assert_eq!(pickle.get(last), &Value::Bytes(Blob { at: 7, len: 0x20000, bytes: None }));
}

#[test]
fn several_pickles_may_follow_each_other() {
    let mut bytes = &b"K\x01.K\x02.rest"[..];
    let mut input = Input::new(&mut bytes);
    for expected in ["1", "2"] {
        let pickle = Pickle::read(&mut input, &Budget::default()).unwrap();
        assert_eq!(shown(&pickle, pickle.root()), expected);
    }
    assert_eq!(input.position(), 6);
    assert_eq!(&input.array::<4>().unwrap(), b"rest");
}

#[test]
fn damaged_pickles_are_errors_with_a_position() {
    let cases: [(&[u8], &str); 18] = [
        (b"", "byte 0: it is truncated"),
        (b"K", "byte 0: it is truncated"),
        (b"K\x01", "byte 2: it is truncated"),
        (b".", "byte 0: the stack is empty"),
        (b"(K\x01(.", "the stack is empty"),
        (b"K\x01\x86.", "the stack is empty"),
        (b"K\x01(\x85.", "the stack is empty"),
        (b"K\x01t.", "byte 2: the stack has no mark"),
        (b"(o.", "the stack is empty"),
        (b"h\x05.", "object 5 is not defined before"),
        (b"\xff", "0xff is not an instruction"),
        (b"\x80\x06.", "protocol 6 is unknown"),
        (b"K\x01K\x02a.", "not a list"),
        (b"(K\x01d.", "has no value"),
        (b"\x8d\xff\xff\xff\xff\xff\xff\xff\x7f.", "it is truncated"),
        (b"\x8b\xff\xff\xff\xff.", "negative length"),
        (b"K\x01K\x01\x93.", "not a text"),
        (b"\x97.", "buffers outside"),
    ];
    for (bytes, expected) in cases {
        assert!(why(bytes).contains(expected), "{bytes:?}: {}", why(bytes));
    }
}

#[test]
fn values_are_charged_to_the_memory_budget() {
    for bytes in [b"]".repeat(100_000), b"(".repeat(500_000), b"K\x01".repeat(50_000), b"]2".repeat(50_000)] {
        let memory = Budget::from(MemoryLimit(1 << 20));
        let error = Pickle::read(&mut Input::new(&mut &bytes[..]), &memory).unwrap_err().to_string();
        assert!(error.contains("memory limit"), "{error}");
    }
}
