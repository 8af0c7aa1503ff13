//! Names of the parameters whose states an optimizer has. In its pickle, parameters are numbers.

use crate::format::pickle::{Id, Pickle};
use crate::format::tensor::Tensor;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Number of state dicts with as many parameters as an optimizer that are compared with it.
const MAX_CANDIDATES: usize = 16;

/// Names of the buffers that torch's own modules keep among their parameters.
const BUFFERS: [&str; 3] = ["running_mean", "running_var", "num_batches_tracked"];

/// The parameters of an optimizer.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    /// Names of parameters by their numbers, from the file.
    pub(super) names: HashMap<i64, Id>,
    /// Number of parameters, if they are in one group with the numbers from 0 on.
    count: Option<usize>,
}

impl Parameters {
    /// Reads the groups of an optimizer. `left` limits the numbers that are read of all optimizers, since many may refer to
    /// the same groups.
    pub(super) fn read(pickle: &Pickle, groups: Id, left: &mut usize) -> Self {
        let mut found = Self::default();
        let groups = pickle.items(groups).unwrap_or_default();
        for group in groups {
            let list = |key: &str| pickle.member(*group, key).and_then(|list| pickle.items(list)).unwrap_or_default();
            let (numbers, texts) = (list("params"), list("param_names"));
            let Some(rest) = left.checked_sub(1 + numbers.len() + texts.len()) else { return Self::default() };
            *left = rest;
            if numbers.len() == texts.len() {
                let named =
                    |(number, text): (&Id, &Id)| Some((pickle.int(*number)?, pickle.text(*text).map(|_| *text)?));
                found.names.extend(numbers.iter().zip(texts).filter_map(named));
            }
            let in_order = numbers.iter().enumerate().all(|(i, number)| pickle.int(*number) == i64::try_from(i).ok());
            found.count = (groups.len() == 1 && in_order).then_some(numbers.len());
        }
        found
    }
}

/// An optimizer whose states were visited.
pub(super) struct Optimizer {
    pub(super) parameters: Parameters,
    /// Number of labels of the dict with its states.
    pub(super) depth: usize,
    pub(super) states: Vec<State>,
}

/// A tensor in the states of an optimizer.
pub(super) struct State {
    /// Position among all tensors.
    pub(super) tensor: usize,
    /// Number of its parameter.
    pub(super) number: usize,
    /// Labels before and after that of the parameter.
    pub(super) before: usize,
    pub(super) after: usize,
}

/// A dict with tensors, which may be the state dict of a model: positions among all tensors, and their keys.
pub(super) type StateDict = Vec<(usize, String)>;

/// Replaces numbers by the names of parameters, if the states belong to exactly one order of names: that of a state dict
/// in the same file, without buffers, in which all shapes differ and are those of the states.
pub(super) fn name(tensors: &mut [Tensor], optimizers: &[Optimizer], dicts: impl Iterator<Item = StateDict>) {
    let mut by_count: HashMap<usize, Vec<StateDict>> = HashMap::new();
    for dict in dicts {
        let parameters: Vec<_> =
            dict.into_iter().filter(|(tensor, key)| is_parameter(&tensors[*tensor], key)).collect();
        // Parameters of equal shapes can be in any order.
        let mut shapes = HashSet::new();
        if parameters.iter().all(|(tensor, _)| shapes.insert(tensors[*tensor].view.shape())) {
            by_count.entry(parameters.len()).or_default().push(parameters);
        }
    }
    let mut renamed = Vec::new();
    for Optimizer { parameters, states, .. } in optimizers {
        let candidates =
            parameters.count.filter(|_| parameters.names.is_empty()).and_then(|count| by_count.get(&count));
        let Some(candidates) = candidates.filter(|all| all.len() <= MAX_CANDIDATES) else { continue };
        let mut fitting = candidates.iter().filter(|parameters| fits(tensors, states, parameters));
        let Some(first) = fitting.next() else { continue };
        // Copies of a model, such as moving averages, have the same names.
        if fitting.all(|other| other.iter().map(|(_, key)| key).eq(first.iter().map(|(_, key)| key))) {
            renamed.extend(states.iter().map(|state| (state, &first[state.number].1)));
        }
    }
    let mut names: HashSet<Arc<[String]>> = HashSet::new();
    if !renamed.is_empty() {
        names.extend(tensors.iter().map(|tensor| Arc::clone(&tensor.path)));
    }
    for (state, key) in renamed {
        let path = &tensors[state.tensor].path;
        let (before, after) = (&path[..state.before], &path[path.len() - state.after..]);
        let path: Arc<[String]> = [before, &super::labels(key)[..], after].concat().into();
        if names.insert(Arc::clone(&path)) {
            tensors[state.tensor].path = path;
        }
    }
}

/// Returns true for a tensor that an optimizer may have: not for integers and known buffers.
fn is_parameter(tensor: &Tensor, key: &str) -> bool {
    let last = key.rsplit('.').next().unwrap_or_default();
    tensor.encoding.element.is_float() && !BUFFERS.contains(&last)
}

/// Returns true if every state has the shape of its parameter. Single numbers, such as counts of steps, may have any.
fn fits(tensors: &[Tensor], states: &[State], parameters: &[(usize, String)]) -> bool {
    let mut seen = vec![false; parameters.len()];
    let all_fit = states.iter().all(|state| {
        let Some((parameter, _)) = parameters.get(state.number) else { return false };
        let (shape, own) = (tensors[*parameter].view.shape(), tensors[state.tensor].view.shape());
        seen[state.number] |= shape == own;
        shape == own || own.is_empty()
    });
    // A parameter whose states are all single numbers is not confirmed.
    all_fit && states.iter().all(|state| seen[state.number])
}
