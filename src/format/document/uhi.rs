//! UHI's JSON form of a histogram, which hist, boost-histogram and uproot write: axes and a storage.
//!
//! rebin shows histograms with one axis. Flow bins, variances and categories become a [`Supplement`]. Not here: the forms in
//! zip and HDF5 files, in which the values are in other members.

use crate::hist::{Categories, Edges, Number, Numbers, Supplement, Variances, regular_edges};
use crate::json::{Item, Node};
use crate::wandb;

/// Version of the schema.
const SCHEMA: i128 = 1;

/// Maximum number of bins that a file may claim without storing them.
const MAX_SPARSE: usize = 1 << 20;

/// Returns true for a histogram in UHI's form, even if it is malformed.
pub(super) fn is_histogram(node: &Node) -> bool {
    let storage = || node.get("storage").is_some_and(|item| item.node.get("type").is_some());
    node.get("uhi_schema").is_some() || (node.get("axes").is_some() && storage())
}

/// Histogram, and a note if the storage has more than counts.
type WithNote = (wandb::Histogram, Option<&'static str>);

/// Reads a histogram.
pub(super) fn read(node: &Node) -> Result<WithNote, String> {
    for name in ["uhi_schema", "axes", "storage"] {
        once(node, name)?;
    }
    match node.get("uhi_schema").map(|item| &item.node) {
        Some(Node::Number(Number::Int(SCHEMA))) | None => {}
        Some(Node::Number(Number::Int(other))) => {
            return Err(format!("uhi_schema {other} is not supported; rebin reads version {SCHEMA}"));
        }
        Some(_) => return Err("`uhi_schema` is not a version number".to_owned()),
    }
    let axes = match node.get("axes").map(|item| &item.node) {
        Some(Node::Array(axes)) => axes,
        Some(other) => return Err(format!("`axes` is {}, not a list of axes", other.kind())),
        None => return Err("`axes` is missing".to_owned()),
    };
    let axis = match axes.as_slice() {
        [axis] => Axis::read(&axis.node)?,
        [] => return Err("the histogram has no axis; rebin shows histograms with one axis".to_owned()),
        all => return Err(format!("the histogram has {} axes; rebin shows histograms with one axis", all.len())),
    };
    let storage = &node.get("storage").ok_or("`storage` is missing")?.node;
    let (counts, variances, note) = match text(storage, "type", "storage")? {
        "int" | "double" => ("values", None, None),
        "weighted" => ("values", Some("variances"), None),
        "mean" => ("counts", None, Some("a profile; rebin shows the number of samples in each bin, not their mean")),
        "weighted_mean" => (
            "sum_of_weights",
            Some("sum_of_weights_squared"),
            Some("a profile; rebin shows the sum of weights in each bin, not the mean"),
        ),
        other => return Err(format!("unknown storage type '{}'", short(other))),
    };
    let counts = axis.split(&dense(storage, counts, &axis)?);
    let variances = variances.map(|name| dense(storage, name, &axis)).transpose()?.map(|all| {
        let Flow { below, bins, above } = axis.split(&all);
        let flow = |number: Option<Number>| number.map_or(0.0, Number::as_f64);
        Variances { below: flow(below), bins: bins.as_f64().to_vec(), above: flow(above) }
    });
    let supplement = Supplement {
        below: counts.below,
        above: counts.above,
        variances,
        circular: axis.circular,
        integers: matches!(axis.kind, Kind::Integer(_, true)),
        categories: axis.categories(),
    };
    let edges = axis.edges();
    Edges::new(edges.clone()).map_err(|why| why.to_string())?;
    let histogram = wandb::Histogram::from_log(counts.bins, edges).map_err(|why| why.to_string())?;
    Ok((histogram.with_supplement(supplement), note))
}

/// Returns the number of bins that [`read`] would add to those in the file.
pub(super) fn expanded_bins(node: &Node) -> usize {
    let axis = match node.get("axes").map(|item| &item.node) {
        Some(Node::Array(axes)) => axes.first(),
        _ => None,
    };
    let bins = match axis.and_then(|axis| axis.node.get("bins")).map(|item| &item.node) {
        Some(Node::Number(Number::Int(bins))) => usize::try_from(*bins).unwrap_or(0).min(MAX_SPARSE),
        _ => 0,
    };
    let values = node.get("storage").and_then(|storage| storage.node.get("values")).map(|item| &item.node);
    let stored = if let Some(Node::Numbers(values)) = values { values.len() } else { 0 };
    bins.saturating_sub(stored)
}

/// Axis of a histogram. Its number of bins is a claim of the file until the storage has as many values.
struct Axis<'n> {
    kind: Kind<'n>,
    bins: usize,
    underflow: bool,
    overflow: bool,
    circular: bool,
}

enum Kind<'n> {
    Regular {
        lower: f64,
        upper: f64,
    },
    /// Bins of width 1 from an integer. True if the writer marked the axis as one of integers.
    Integer(i128, bool),
    Variable(&'n Numbers),
    Texts(Vec<String>),
    Integers(Vec<i128>),
    Boolean,
}

/// Values of a storage, without and with the flow bins.
struct Flow {
    below: Option<Number>,
    bins: Numbers,
    above: Option<Number>,
}

impl<'n> Axis<'n> {
    fn read(node: &'n Node) -> Result<Self, String> {
        let flag = |name: &str| match node.get(name).map(|item| &item.node) {
            Some(Node::Bool(flag)) => Ok(*flag),
            Some(other) => Err(format!("`{name}` of the axis is {}, not a boolean", other.kind())),
            None => Ok(false),
        };
        let axis = |kind, bins| Self { kind, bins, underflow: false, overflow: false, circular: false };
        let axis = match text(node, "type", "axis")? {
            "regular" => {
                let (kind, bins) = Self::regular(node)?;
                axis(kind, bins)
            }
            "variable" => match node.get("edges").map(|item| &item.node) {
                Some(Node::Numbers(edges)) if edges.len() > 1 => {
                    if !edges.as_f64().windows(2).all(|pair| pair[0] < pair[1]) {
                        return Err("the edges of the axis do not increase".to_owned());
                    }
                    axis(Kind::Variable(edges), edges.len() - 1)
                }
                Some(Node::Text(path)) => return Err(elsewhere("edges", path)),
                _ => return Err("`edges` of the axis is not a list of two or more numbers".to_owned()),
            },
            "category_str" | "category_int" => {
                let kind = categories(node)?;
                let bins = match &kind {
                    Kind::Texts(names) => names.len(),
                    Kind::Integers(numbers) => numbers.len(),
                    _ => 0,
                };
                return Ok(Self { overflow: flag("flow")?, ..axis(kind, bins) });
            }
            "boolean" => return Ok(axis(Kind::Boolean, 2)),
            other => return Err(format!("unknown axis type '{}'", short(other))),
        };
        Ok(Self { underflow: flag("underflow")?, overflow: flag("overflow")?, circular: flag("circular")?, ..axis })
    }

    fn regular(node: &Node) -> Result<(Kind<'n>, usize), String> {
        let number = |name: &str| match node.get(name).map(|item| &item.node) {
            Some(Node::Number(number)) if number.as_f64().is_finite() => Ok(*number),
            _ => Err(format!("`{name}` of the axis is not a finite number")),
        };
        let bins = match number("bins")? {
            Number::Int(bins) if bins > 0 => usize::try_from(bins).map_err(|_| "the axis has too many bins")?,
            other => return Err(format!("the axis has {} bins", wandb::number_text(other))),
        };
        let (lower, upper) = (number("lower")?, number("upper")?);
        if lower.as_f64() >= upper.as_f64() {
            return Err("`lower` of the axis is not less than `upper`".to_owned());
        }
        // boost-histogram marks the axes whose bins are single integers.
        let writer = node.get("writer_info").and_then(|info| info.node.get("boost-histogram"));
        let kind = writer.and_then(|writer| writer.node.get("orig_type")).map(|item| &item.node);
        let is_marked = matches!(kind, Some(Node::Text(kind)) if kind == "Integer");
        let integer = |number: Number| match number {
            Number::Int(integer) => Some(integer),
            Number::Float(x) if is_marked && x.fract() == 0.0 => Some(x as i128),
            Number::Float(_) => None,
        };
        Ok(match (integer(lower), integer(upper)) {
            (Some(first), Some(last)) if last - first == bins as i128 => (Kind::Integer(first, is_marked), bins),
            _ => (Kind::Regular { lower: lower.as_f64(), upper: upper.as_f64() }, bins),
        })
    }

    /// Number of values in the storage.
    fn extent(&self) -> usize {
        self.bins.saturating_add(usize::from(self.underflow) + usize::from(self.overflow))
    }

    /// Separates the flow bins from values that [`dense`] has checked.
    fn split(&self, values: &Numbers) -> Flow {
        let (first, end) = (usize::from(self.underflow), usize::from(self.underflow) + self.bins);
        Flow {
            below: values.get(0).filter(|_| self.underflow),
            bins: values.iter().skip(first).take(self.bins).collect(),
            above: values.get(end).filter(|_| self.overflow),
        }
    }

    fn edges(&self) -> Numbers {
        match &self.kind {
            Kind::Regular { lower, upper } => regular_edges(*lower, *upper, self.bins),
            Kind::Integer(first, _) => Numbers::floats((0..=self.bins as i128).map(|i| (first + i) as f64).collect()),
            Kind::Variable(edges) => Numbers::clone(edges),
            Kind::Texts(_) | Kind::Integers(_) | Kind::Boolean => Numbers::ints(0..=self.bins as i128),
        }
    }

    fn categories(&self) -> Option<Categories> {
        match &self.kind {
            Kind::Texts(names) => Some(Categories::Texts(names.clone())),
            Kind::Integers(numbers) => Some(Categories::Integers(numbers.clone())),
            Kind::Boolean => Some(Categories::Booleans),
            Kind::Regular { .. } | Kind::Integer(..) | Kind::Variable(_) => None,
        }
    }
}

fn categories(node: &Node) -> Result<Kind<'static>, String> {
    let malformed = || "`categories` of the axis is not a list of texts or of integers".to_owned();
    let integer = |number: Number| match number {
        Number::Int(integer) => Some(integer),
        Number::Float(_) => None,
    };
    let name = |item: &Item| match &item.node {
        Node::Text(name) => Some(name.clone()),
        _ => None,
    };
    match node.get("categories").map(|item| &item.node) {
        Some(Node::Numbers(numbers)) => {
            numbers.iter().map(integer).collect::<Option<_>>().map(Kind::Integers).ok_or_else(malformed)
        }
        Some(Node::Array(items)) if items.is_empty() => Err("the axis has no categories".to_owned()),
        Some(Node::Array(items)) => {
            items.iter().map(name).collect::<Option<_>>().map(Kind::Texts).ok_or_else(malformed)
        }
        _ => Err(malformed()),
    }
}

/// Values of a storage under a name, one for each bin and flow bin. A sparse storage is expanded.
fn dense(storage: &Node, name: &str, axis: &Axis) -> Result<Numbers, String> {
    let extent = axis.extent();
    once(storage, name)?;
    let values = match storage.get(name).map(|item| &item.node) {
        Some(Node::Numbers(values)) => Some(&**values),
        Some(Node::Array(items)) if items.is_empty() => None,
        Some(Node::Array(items)) => {
            let other = items.iter().find(|item| !matches!(item.node, Node::Number(_)));
            let kind = other.map_or("a list", |item| item.node.kind());
            return Err(format!("`{name}` of the storage contains {kind}, not only numbers"));
        }
        Some(Node::Text(path)) => return Err(elsewhere(name, path)),
        Some(other) => return Err(format!("`{name}` of the storage is {}, not a list of numbers", other.kind())),
        None => None,
    };
    if values.is_some_and(|values| !values.as_f64().iter().all(|x| x.is_finite())) {
        return Err(format!("`{name}` of the storage contains NaN or infinity"));
    }
    let index = storage.get("index").map(|item| &item.node);
    match (values, index) {
        (Some(values), None) if values.len() == extent => Ok(values.clone()),
        (Some(values), None) => {
            Err(format!("the axis has {extent} bins with its flow bins, but `{name}` has {} numbers", values.len()))
        }
        (None, None) if storage.get(name).is_some() => {
            Err(format!("the axis has {extent} bins with its flow bins, but `{name}` is empty"))
        }
        _ if extent > MAX_SPARSE => Err(format!("the axis claims {extent} bins; {MAX_SPARSE} is the maximum")),
        (None, None) => Ok((0..extent).map(|_| Number::Int(0)).collect()),
        (values, Some(index)) => expanded(index, values.unwrap_or(&Numbers::default()), extent),
    }
}

/// Expands a sparse storage: `index` has one list of positions for each axis.
fn expanded(index: &Node, values: &Numbers, extent: usize) -> Result<Numbers, String> {
    let malformed = || "`index` of the storage is not one list of positions for each axis".to_owned();
    let Node::Array(axes) = index else { return Err(malformed()) };
    let none = Numbers::default();
    let positions = match axes.as_slice() {
        [Item { node: Node::Numbers(positions), .. }] => &**positions,
        [Item { node: Node::Array(items), .. }] if items.is_empty() => &none,
        _ => return Err(malformed()),
    };
    if positions.len() != values.len() {
        return Err(format!("`index` has {} positions for {} values", positions.len(), values.len()));
    }
    let mut all = vec![Number::Int(0); extent];
    for (position, value) in positions.iter().zip(values.iter()) {
        let slot = match position {
            Number::Int(position) => usize::try_from(position).ok().and_then(|position| all.get_mut(position)),
            Number::Float(_) => None,
        };
        *slot.ok_or_else(|| {
            format!("`index` contains {}, but the axis has {extent} bins", wandb::number_text(position))
        })? = value;
    }
    Ok(all.into_iter().collect())
}

fn text<'n>(node: &'n Node, name: &str, of: &str) -> Result<&'n str, String> {
    match node.get(name).map(|item| &item.node) {
        Some(Node::Text(text)) => Ok(text),
        Some(other) => Err(format!("`{name}` of the {of} is {}, not a string", other.kind())),
        None => Err(format!("`{name}` of the {of} is missing")),
    }
}

/// Fails if an object has several members of a name.
fn once(node: &Node, name: &str) -> Result<(), String> {
    let Node::Object(members) = node else { return Ok(()) };
    let times = members.iter().filter(|member| member.name == name).count();
    if times > 1 { Err(format!("`{name}` occurs {times} times")) } else { Ok(()) }
}

/// Message for values in another file, which only the zip and HDF5 forms have. rebin never opens the path.
fn elsewhere(name: &str, path: &str) -> String {
    format!("`{name}` is a path ('{}'), as in UHI's zip form; write the histogram with uhi.io.json", short(path))
}

/// Shortens text from the file for a message.
fn short(text: &str) -> String {
    text.chars().take(40).collect()
}
