//! The tree of a pickle: names of tensors, and what is near the root.
//!
//! Objects may be shared and contain themselves. A shared object is visited under each of its names, up to a limit for all
//! visits; an object inside itself is not visited again.

use super::Checkpoint;
use super::parameters::{self, Optimizer, Parameters, State, StateDict};
use super::rebuild::{Elements, Meaning, Storages, meaning};
use crate::engine::{Budget, Reservation};
use crate::error::{At, Problem};
use crate::format::pickle::{Call, Id, Pickle, Value};
use crate::format::tensor::Tensor;
use crate::format::{DecodeError, Problems};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::mem::take;
use std::sync::Arc;

/// Maximum depth of names.
const MAX_DEPTH: usize = 128;

/// Visits of objects in shared objects, in addition to one visit for each reference.
const MAX_SHARED: usize = 10_000;

/// Numbers and texts of the description: how many, how long, and how many labels their names have.
const MAX_DETAILS: usize = 100;
const MAX_DETAIL: u64 = 200;
const DETAIL_DEPTH: usize = 2;

/// Bytes of memory for a tensor without its name, and for a label.
const TENSOR: usize = 500;
const LABEL: usize = 48;

/// Bytes of memory for a tensor in a state dict or in the states of an optimizer.
const STATE: usize = 64;

/// Attributes of torch.nn.Module that contain its tensors and submodules. Their names are not part of a tensor's name.
const MODULE_PARTS: [&str; 3] = ["_parameters", "_buffers", "_modules"];

/// A label of a name.
#[derive(Debug, Clone, Copy)]
enum Label {
    /// The object has the name of the one around it.
    Same,
    Key(Id),
    Index(usize),
    /// Name of a parameter of an optimizer.
    Parameter(Id),
}

/// A label and the position of the labels before it.
struct Node {
    before: usize,
    label: Label,
    depth: usize,
}

enum Step {
    Enter { id: Id, before: usize, label: Label },
    Leave(Id),
}

struct Walk<'p> {
    pickle: &'p Pickle,
    nodes: Vec<Node>,
    steps: Vec<Step>,
    /// True for objects around the current one.
    open: Vec<bool>,
    /// Parameters of optimizers, by the object that has their states.
    parameters: HashMap<Id, Parameters>,
    /// Numbers and names of parameters that may still be read.
    unread: usize,
    /// Optimizers whose states were visited, by the position of these states.
    optimizers: BTreeMap<usize, Optimizer>,
    tensors: Vec<Tensor>,
    /// Position of the last label of each tensor.
    ends: Vec<usize>,
    details: Vec<(String, String)>,
    problems: Problems,
}

/// Returns the tensors of a pickle.
pub(super) fn tensors(pickle: &Pickle, memory: &Budget, storages: &Storages<'_>) -> Result<Checkpoint, DecodeError> {
    let reserved = memory.reservation();
    reserved.grow(pickle.len() as u64)?;
    let mut walk = Walk {
        pickle,
        nodes: vec![Node { before: 0, label: Label::Same, depth: 0 }],
        steps: vec![Step::Enter { id: pickle.root(), before: 0, label: Label::Same }],
        open: vec![false; pickle.len()],
        parameters: HashMap::new(),
        unread: pickle.references(),
        optimizers: BTreeMap::new(),
        tensors: Vec::new(),
        ends: Vec::new(),
        details: Vec::new(),
        problems: Problems::default(),
    };
    let (mut visits, mut names) = (0, HashSet::new());
    while let Some(step) = walk.steps.pop() {
        let (id, before, label) = match step {
            Step::Leave(id) => {
                walk.open[id.index()] = false;
                continue;
            }
            Step::Enter { id, before, label } => (id, before, label),
        };
        if walk.open[id.index()] {
            continue;
        }
        visits += 1;
        if visits > pickle.references() + MAX_SHARED {
            return Err(DecodeError::new("its objects refer to each other in too many ways"));
        }
        let depth = walk.nodes[before].depth + usize::from(!matches!(label, Label::Same));
        let node = walk.nodes.len();
        walk.nodes.push(Node { before, label, depth });
        reserved.grow((size_of::<Node>() + 2 * size_of::<Step>()) as u64)?;
        let (meaning, states) = meaning(pickle, id, storages);
        if !matches!(meaning, Meaning::Other) {
            let name = walk.name(node);
            reserved.grow((TENSOR + name.iter().map(|label| LABEL + 2 * label.len()).sum::<usize>()) as u64)?;
            match meaning {
                Meaning::Tensor(elements) => walk.add(&name, node, elements, &mut names),
                Meaning::LeftOut(why) => {
                    let at = if name.is_empty() { At::Whole } else { At::Path(name.join(".")) };
                    walk.problems.push(Problem::new(at, format!("left out: {why}")));
                }
                Meaning::Other => {}
            }
        } else if depth < MAX_DEPTH {
            walk.open[id.index()] = true;
            walk.steps.push(Step::Leave(id));
            walk.enter(id, node);
            continue;
        } else if is_container(pickle, id) {
            let at = At::Path(walk.name(node).iter().take(3).map(String::as_str).collect::<Vec<_>>().join("."));
            walk.problems.push(Problem::new(at, format!("left out: objects in more than {MAX_DEPTH} others")));
        }
        // Attributes of a tensor may be tensors, too.
        walk.open[id.index()] = true;
        walk.steps.push(Step::Leave(id));
        for state in states {
            walk.state(state, node);
        }
    }
    walk.name_parameters(&reserved)?;
    let problems = walk.problems.to_vec();
    Ok(Checkpoint { kind: "", tensors: walk.tensors, details: walk.details, problems, reserved: vec![reserved] })
}

impl Walk<'_> {
    /// Adds a tensor. If another one has its name, the last label gets a number.
    fn add(&mut self, name: &[String], node: usize, elements: Elements, names: &mut HashSet<Arc<[String]>>) {
        let Elements { dtype, encoding, view, data } = elements;
        let mut path: Arc<[String]> = name.into();
        let mut number = 0;
        while !names.insert(Arc::clone(&path)) {
            number += 1;
            let mut name = name.to_vec();
            match name.last_mut() {
                Some(last) => *last = format!("{last}.{number}"),
                None => name.push(number.to_string()),
            }
            path = name.into();
        }
        self.tensors.push(Tensor { path, dtype, encoding, view, data });
        self.ends.push(node);
    }

    /// Visits the objects inside an object, in order.
    fn enter(&mut self, id: Id, node: usize) {
        let pickle = self.pickle;
        let first = self.steps.len();
        match pickle.get(id) {
            Value::Tuple(items) => self.all(items, node),
            Value::List(items) | Value::Set(items) => self.all(items, node),
            Value::Dict(pairs) => self.dict(id, pairs, node),
            Value::Call(call) => self.call(id, call, node),
            _ => {}
        }
        self.steps[first..].reverse();
    }

    fn all(&mut self, items: &[Id], node: usize) {
        for (index, id) in items.iter().enumerate() {
            self.child(*id, node, Label::Index(index));
        }
    }

    fn child(&mut self, id: Id, node: usize, label: Label) {
        if is_container(self.pickle, id) {
            self.steps.push(Step::Enter { id, before: node, label });
        }
    }

    /// Visits the values of a dict. The last value of a key counts, like in Python.
    fn dict(&mut self, id: Id, pairs: &[(Id, Id)], node: usize) {
        let pickle = self.pickle;
        if let Some((states, groups)) = pickle.member(id, "state").zip(pickle.member(id, "param_groups")) {
            self.parameters.insert(states, Parameters::read(pickle, groups, &mut self.unread));
        }
        let parameters = self.parameters.remove(&id);
        let mut last = HashMap::new();
        for (index, (key, _)) in pairs.iter().enumerate() {
            last.insert(key_text(pickle, *key), index);
        }
        let depth = self.nodes[node].depth;
        for (index, (key, value)) in pairs.iter().enumerate() {
            if last.get(&key_text(pickle, *key)) != Some(&index) {
                continue;
            }
            let parameter = parameters.as_ref().and_then(|parameters| parameters.names.get(&pickle.int(*key)?));
            let label = parameter.map_or(Label::Key(*key), |name| Label::Parameter(*name));
            self.child(*value, node, label);
            if depth < DETAIL_DEPTH
                && self.details.len() < MAX_DETAILS
                && let Some(text) = detail(pickle, *value)
            {
                let mut name = self.name(node);
                name.push(label_text(pickle, *key));
                self.details.push((name.join("."), text));
            }
        }
        if let Some(parameters) = parameters {
            let depth = self.name(node).len();
            self.optimizers.insert(node, Optimizer { parameters, depth, states: Vec::new() });
        }
    }

    /// Names the states of optimizers that only have the numbers of their parameters.
    fn name_parameters(&mut self, reserved: &Reservation) -> Result<(), DecodeError> {
        if self.optimizers.is_empty() {
            return Ok(());
        }
        // State dicts, by the position of the dict.
        let mut dicts: BTreeMap<usize, StateDict> = BTreeMap::new();
        for (index, end) in self.ends.iter().enumerate() {
            if let Some((optimizer, number)) = self.optimizer(*end) {
                let Some(optimizer) = self.optimizers.get_mut(&optimizer) else { continue };
                reserved.grow((STATE + 2 * LABEL * self.tensors[index].path.len()) as u64)?;
                let after = self.tensors[index].path.len().saturating_sub(optimizer.depth + 1);
                optimizer.states.push(State { tensor: index, number, before: optimizer.depth, after });
            } else if let Label::Key(key) = self.nodes[*end].label
                && let Some(key) = self.pickle.text(key)
            {
                reserved.grow((STATE + 2 * key.len()) as u64)?;
                dicts.entry(self.nodes[*end].before).or_default().push((index, key.into_owned()));
            }
        }
        let optimizers: Vec<Optimizer> = take(&mut self.optimizers).into_values().collect();
        parameters::name(&mut self.tensors, &optimizers, dicts.into_values());
        Ok(())
    }

    /// Returns the optimizer whose states contain an object, and the number of the parameter.
    fn optimizer(&self, node: usize) -> Option<(usize, usize)> {
        let mut at = node;
        while at > 0 {
            let Node { before, label, .. } = self.nodes[at];
            if let (true, Label::Key(key)) = (self.optimizers.contains_key(&before), label) {
                return Some((before, usize::try_from(self.pickle.int(key)?).ok()?));
            }
            at = before;
        }
        None
    }

    /// Visits the arguments, the states and the items of an object of an unknown class.
    fn call(&mut self, id: Id, call: &Call, node: usize) {
        let pickle = self.pickle;
        let args = pickle.items(call.args).unwrap_or_default();
        if let Some((module, name)) = pickle.global(call.function).filter(|function| runs_programs(*function)) {
            let why = format!("loading this file in Python would call {module}.{name}; do not trust it");
            let name = self.name(node);
            let at = if name.is_empty() { At::Whole } else { At::Path(name.join(".")) };
            self.problems.push(Problem::new(at, why));
        }
        match (pickle.global(call.function), args) {
            // A list of pairs.
            (Some((_, "OrderedDict" | "dict")), [pairs]) if pickle.items(*pairs).is_some() => {
                let pair = |id: &Id| match pickle.items(*id) {
                    Some([key, value]) => Some((*key, *value)),
                    _ => None,
                };
                let pairs: Vec<(Id, Id)> = pickle.items(*pairs).unwrap_or_default().iter().filter_map(pair).collect();
                self.dict(id, &pairs, node);
            }
            // A tensor with parts, such as one of several lengths. The state has the parts, too.
            (Some(("torch._tensor", "_rebuild_from_type_v2")), [_, _, inner, state, ..]) => {
                if is_container(pickle, *state) {
                    self.state(*state, node);
                } else {
                    self.child(*inner, node, Label::Same);
                }
            }
            (_, [only]) => self.child(*only, node, Label::Same),
            (_, args) => self.all(args, node),
        }
        if let Some(named) = call.named {
            self.child(named, node, Label::Same);
        }
        for state in &call.states {
            self.state(*state, node);
        }
        self.all(&call.items, node);
        self.dict(id, &call.pairs, node);
    }

    /// Visits the attributes of an object: a dict, or a pair of two dicts.
    fn state(&mut self, id: Id, node: usize) {
        let pickle = self.pickle;
        match pickle.get(id) {
            Value::Tuple(parts) if parts.len() == 2 => {
                for part in parts {
                    self.attributes(*part, node);
                }
            }
            _ => self.attributes(id, node),
        }
    }

    fn attributes(&mut self, id: Id, node: usize) {
        let pickle = self.pickle;
        let Value::Dict(pairs) = pickle.get(id) else { return self.child(id, node, Label::Same) };
        for (key, value) in pairs {
            let is_part = pickle.text(*key).is_some_and(|key| MODULE_PARTS.contains(&&*key));
            self.child(*value, node, if is_part { Label::Same } else { Label::Key(*key) });
        }
    }

    /// Returns the labels of a name.
    fn name(&self, node: usize) -> Vec<String> {
        let mut labels = Vec::new();
        let mut at = node;
        while let Some(Node { before, label, .. }) = self.nodes.get(at).filter(|_| at > 0) {
            match label {
                Label::Same => {}
                Label::Index(index) => labels.push(index.to_string()),
                Label::Key(id) | Label::Parameter(id) => {
                    let mut parts = self::labels(&label_text(self.pickle, *id));
                    parts.reverse();
                    labels.append(&mut parts);
                }
            }
            at = *before;
        }
        labels.reverse();
        labels
    }
}

/// Returns true for functions that run programs or code. No checkpoint needs them.
fn runs_programs((module, name): (&str, &str)) -> bool {
    let code = ["eval", "exec", "execfile", "compile", "__import__"];
    match module.split('.').next().unwrap_or_default() {
        "os" | "posix" | "nt" | "subprocess" | "runpy" | "pty" | "commands" | "socket" | "webbrowser" | "importlib" => {
            true
        }
        "builtins" | "__builtin__" => code.contains(&name),
        _ => false,
    }
}

/// Splits a key that is a path such as `layers.0.weight`. Other keys may contain dots, too.
pub fn labels(key: &str) -> Vec<String> {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let is_path = key.split('.').all(|label| !label.is_empty() && label.chars().all(is_word));
    if is_path { key.split('.').map(str::to_owned).collect() } else { vec![key.to_owned()] }
}

/// Returns true for a value that may contain tensors or be one.
fn is_container(pickle: &Pickle, id: Id) -> bool {
    match pickle.get(id) {
        Value::Tuple(items) => !items.is_empty(),
        Value::List(items) | Value::Set(items) => !items.is_empty(),
        Value::Dict(pairs) => !pairs.is_empty(),
        Value::Call(_) | Value::Persistent(_) => true,
        _ => false,
    }
}

/// Returns a key as a label.
fn label_text(pickle: &Pickle, id: Id) -> String {
    pickle.text(id).map_or_else(|| key_text(pickle, id), Into::into)
}

/// Returns a text that distinguishes keys of a dict, similar to Python's.
fn key_text(pickle: &Pickle, id: Id) -> String {
    match pickle.get(id) {
        Value::None => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => format!("{number:?}"),
        Value::Text(_) => format!("'{}'", pickle.text(id).unwrap_or_default()),
        Value::Bytes(blob) => format!("b'{}'", String::from_utf8_lossy(blob.bytes.as_deref().unwrap_or_default())),
        Value::Global(global) => format!("{}.{}", global.module, global.name),
        Value::Tuple(items) => {
            let simple = |id: &Id| if pickle.items(*id).is_some() { "…".to_owned() } else { key_text(pickle, *id) };
            format!("({})", items.iter().take(8).map(simple).collect::<Vec<_>>().join(", "))
        }
        Value::Call(call) => match pickle.global(call.function) {
            Some((module, name)) => format!("{module}.{name}#{}", id.index()),
            None => format!("object {}", id.index()),
        },
        _ => format!("object {}", id.index()),
    }
}

/// Returns a number or a short text for the description.
fn detail(pickle: &Pickle, id: Id) -> Option<String> {
    match pickle.get(id) {
        Value::Text(blob) if blob.len <= MAX_DETAIL => pickle.text(id).map(Into::into),
        Value::Bool(_) | Value::Int(_) | Value::Float(_) => Some(key_text(pickle, id)),
        _ => None,
    }
}
