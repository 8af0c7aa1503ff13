//! Golden vectors from numpy 2.4.6: every count, every bit of every edge, every message.

use super::hex_float::hex_float;
use half::f16;
use rebin::hist::{self, Bins, Histogram, Number, Numbers, Range, Rule, Samples};
use rebin::json::{Item, Node, parse};

const VECTORS: usize = 114;

/// Vectors with weights, which rebin does not support.
const WEIGHTED: usize = 4;

#[test]
fn histograms_equal_numpys_bit_for_bit() {
    let root = parse(include_bytes!("../golden/golden_numpy.json")).unwrap();
    let (weighted, vectors): (Vec<_>, Vec<_>) =
        items(field(&root.node, "vectors").unwrap()).into_iter().partition(|vector| field(vector, "weights").is_some());
    let failures: Vec<String> = vectors.iter().filter_map(|vector| check(vector).err()).collect();
    println!("{} vectors of numpy {}", vectors.len(), text(field(&root.node, "numpy").unwrap()));
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), vectors.len(), failures.join("\n"));
    assert_eq!((vectors.len(), weighted.len()), (VECTORS, WEIGHTED));
}

/// Compares one vector.
///
/// # Errors
///
/// The first difference.
fn check(vector: &Node) -> Result<(), String> {
    let name = text(field(vector, "name").unwrap());
    let outcome = run(vector);
    if let Some(expected) = field(vector, "error") {
        let found = outcome.map_or_else(|e| format!("ValueError: {e}"), |_| "a histogram".to_owned());
        return same(name, "error", &found.as_str(), &text(expected));
    }
    let histogram = outcome.map_err(|e| format!("{name}: {e}"))?;
    let expected = numbers(field(vector, "counts").unwrap());
    if field(vector, "density").is_some() {
        let expected = expected.as_f64();
        same(name, "density", &bits(&histogram.density(samples(vector).dtype())), &bits(expected))?;
    } else {
        same(name, "counts", histogram.counts(), &expected)?;
    }
    let integers = text(field(vector, "edges_dtype").unwrap()) == "int64";
    same(name, "integer edges", &(histogram.edges().numbers().all_ints() && histogram.edges().bins() > 0), &integers)?;
    if integers {
        return same(name, "edges", histogram.edges().numbers(), &numbers(field(vector, "edges").unwrap()));
    }
    let expected: Vec<f64> = items(field(vector, "edges_hex").unwrap()).iter().map(|x| hex_float(text(x))).collect();
    same(name, "edges", &bits(histogram.edges().as_f64()), &bits(&expected))
}

fn same<T: PartialEq + std::fmt::Debug>(name: &str, what: &str, found: &T, expected: &T) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{name}: {what} {found:?}, not {expected:?}")) }
}

/// The bits of floats. All NaNs count as equal.
fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|x| if x.is_nan() { f64::NAN.to_bits() } else { x.to_bits() }).collect()
}

fn run(vector: &Node) -> Result<Histogram, hist::Error> {
    let samples = samples(vector);
    let bins = match field(vector, "bins").unwrap() {
        Node::Text(name) => Bins::Rule(Rule::parse(name)?),
        Node::Number(Number::Int(n)) => Bins::Count(usize::try_from(*n).unwrap_or(0)),
        edges => Bins::Edges(numbers(edges)),
    };
    let range = field(vector, "range").map(|pair| {
        let pair = numbers(pair);
        Range { lo: pair.get(0).unwrap(), hi: pair.get(1).unwrap() }
    });
    hist::histogram(&samples, &bins, range)
}

fn samples(vector: &Node) -> Samples {
    let input = field(vector, "input").unwrap();
    let values = match (field(input, "hex"), field(input, "ints"), field(input, "recipe")) {
        (Some(list), ..) | (_, Some(list), _) => numbers(list),
        (.., Some(recipe)) => generate(recipe),
        _ => unreachable!("a vector has an input"),
    };
    let samples = cast(text(field(vector, "dtype").unwrap()), &values);
    if let Some(first) = field(input, "check_first3") {
        let first = numbers(first);
        let found: Numbers = cast_back(&samples).iter().take(3).collect();
        assert_eq!(found.as_f64(), first.as_f64(), "the recipe yields other samples");
    }
    samples
}

fn cast(dtype: &str, values: &Numbers) -> Samples {
    let int = |n: Number| match n {
        Number::Int(i) => i,
        Number::Float(x) => panic!("{x} is not an integer"),
    };
    macro_rules! ints {
        ($variant:ident) => {
            Samples::$variant(values.iter().map(|n| int(n).try_into().unwrap()).collect())
        };
    }
    match dtype {
        "f8" => Samples::F64(values.as_f64().to_vec()),
        "f4" => Samples::F32(values.as_f64().iter().map(|x| *x as f32).collect()),
        "f2" => Samples::F16(values.as_f64().iter().map(|x| nearest_half(*x)).collect()),
        "b1" => ints!(Bool),
        "i1" => ints!(I8),
        "i2" => ints!(I16),
        "i4" => ints!(I32),
        "i8" => ints!(I64),
        "u1" => ints!(U8),
        "u2" => ints!(U16),
        "u4" => ints!(U32),
        "u8" => ints!(U64),
        other => panic!("unknown dtype {other}"),
    }
}

fn cast_back(samples: &Samples) -> Numbers {
    match samples {
        Samples::F64(v) => Numbers::floats(v.clone()),
        Samples::F32(v) => Numbers::floats(v.iter().map(|x| f64::from(*x)).collect()),
        Samples::F16(v) => Numbers::floats(v.iter().map(|x| f64::from(*x)).collect()),
        Samples::I64(v) => Numbers::ints(v.iter().map(|i| i128::from(*i))),
        _ => unreachable!("recipes yield only these types"),
    }
}

/// Rounds to the nearest half-precision float, ties to even. The conversion in `half` rounds twice.
fn nearest_half(x: f64) -> f16 {
    let near = f16::from_f64(x).to_bits();
    let distance = |bits: &u16| ((f64::from(f16::from_bits(*bits)) - x).abs(), bits & 1);
    let candidates = [near, near.saturating_add(1), near.saturating_sub(1)];
    f16::from_bits(*candidates.iter().min_by(|a, b| distance(a).partial_cmp(&distance(b)).unwrap()).unwrap())
}

fn generate(recipe: &Node) -> Numbers {
    let args = numbers(field(recipe, "args").unwrap());
    let arg = |i: usize| match args.get(i) {
        Some(Number::Int(n)) => n,
        other => panic!("argument {i} is {other:?}"),
    };
    let mut state = arg(0) as u64;
    let mut next = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    };
    let unit = |z: u64| (z >> 11) as f64 * 2f64.powi(-53);
    let mut value: Box<dyn FnMut() -> Number> = match text(field(recipe, "fn").unwrap()) {
        "uniform" => Box::new(move || Number::Float(unit(next()))),
        "irwin" => Box::new(move || Number::Float((0..12).fold(0.0, |sum, _| sum + unit(next())) - 6.0)),
        "grid" => {
            let k = arg(2) as u64;
            Box::new(move || Number::Float((next() % (k + 1)) as f64 / k as f64))
        }
        "ints" => {
            let (lo, hi) = (arg(2), arg(3));
            Box::new(move || Number::Int(lo + i128::from(next()) % (hi - lo + 1)))
        }
        other => panic!("unknown recipe {other}"),
    };
    let (mul, add) = (field(recipe, "mul").map(number), field(recipe, "add").map(number));
    let scaled = |n: Number| match (mul, add) {
        (None, None) => n,
        (mul, add) => Number::Float(n.as_f64() * mul.map_or(1.0, Number::as_f64) + add.map_or(0.0, Number::as_f64)),
    };
    (0..arg(1)).map(|_| scaled(value())).collect()
}

/// The member with this name, unless it is missing or null.
fn field<'a>(node: &'a Node, name: &str) -> Option<&'a Node> {
    node.get(name).map(|item| &item.node).filter(|node| **node != Node::Null)
}

fn text(node: &Node) -> &str {
    match node {
        Node::Text(text) => text,
        other => panic!("{other:?} is not a string"),
    }
}

fn items(node: &Node) -> Vec<Node> {
    match node {
        Node::Array(items) => items.iter().map(|item: &Item| item.node.clone()).collect(),
        Node::Numbers(numbers) => numbers.iter().map(Node::Number).collect(),
        other => panic!("{other:?} is not an array"),
    }
}

fn numbers(node: &Node) -> Numbers {
    items(node).iter().map(number).collect()
}

/// A number, or a hexadecimal float in a string.
fn number(node: &Node) -> Number {
    match node {
        Node::Number(number) => *number,
        node => Number::Float(hex_float(text(node))),
    }
}
