//! The rules, applied to one series step by step.

use super::summary::SKETCH;
use super::window::Window;
use super::{Finding, Kind, Limits, StepSummary};

/// Number of steps before a jump or a shift can be found.
const HISTORY: usize = 5;
/// Number of first steps with the same number of values, after which another number is a finding. Later, more steps are
/// needed, since the number varies.
const STABLE: (u32, u32) = (2, 5);
/// Number of successive steps that must have another number. The last batch of an epoch is often smaller.
const CHANGED: usize = 2;
/// Share of the values that bins with a fixed range may leave out without a finding.
const CLIPPED: f64 = 0.025;
/// Minimum number of values of a distribution that can shift.
const MIN_VALUES: f64 = 10.0;
/// Factor by which the share of values other than zero falls when values die, and by which a shift exceeds the usual one.
const FACTOR: f64 = 10.0;
/// Share of the values in one bin above which they do not collapse, since they were never spread out.
const SPREAD_OUT: f64 = 0.5;

/// The state of the rules for one series. Sees every step once, in order.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    found: Vec<Finding>,
    /// Number of steps.
    steps: u32,
    /// Number of values at the last step, and the number of steps in a row that have it.
    n: f64,
    stable: u32,
    /// The usual number of values, once it is known.
    usual: Option<f64>,
    changed: Stretch,
    /// Outer edges of the last step.
    ends: Option<(f64, f64)>,
    std: Window,
    max_abs: Window,
    /// Share of values other than zero.
    nonzero: Window,
    /// Share of the values in the largest bin.
    peak: Window,
    /// Distances between successive steps.
    distance: Window,
    sketch: Option<Box<[f32; SKETCH]>>,
    last_std: f64,
    /// Width of the largest bin of the last step.
    last_width: f64,
    zero: Stretch,
    constant: Stretch,
    dead: Stretch,
}

/// Successive steps at which a condition holds.
#[derive(Debug, Clone, Default)]
struct Stretch {
    start: usize,
    steps: usize,
    /// The number that was observed at the first of them, and the usual one before.
    value: f64,
    before: f64,
}

impl Stretch {
    fn update(&mut self, index: usize, holds: Option<(f64, f64)>) {
        match holds {
            None => self.steps = 0,
            Some((value, before)) => {
                if self.steps == 0 {
                    *self = Self { start: index, steps: 0, value, before };
                }
                self.steps += 1;
            }
        }
    }

    fn finding(&self, kind: Kind, limits: &Limits) -> Finding {
        let is_dead = kind == Kind::Dead;
        let note = is_dead.then(|| super::digits(100.0 * self.before, 3).into());
        let limit = match kind {
            Kind::Dead => limits.dead,
            Kind::CountChanged => self.before,
            _ => f64::NAN,
        };
        Finding { kind, index: self.start, times: self.steps as u64, value: self.value, limit, note }
    }
}

impl Watch {
    /// Applies the rules to the next step, whose entry has this index.
    pub fn add(&mut self, index: usize, step: &StepSummary, limits: &Limits) {
        self.not_finite(index, step);
        self.count(index, step);
        if !step.stated.is_nan() {
            self.hit(Kind::Unaccounted, index, (step.n, step.stated), None);
        }
        // Without values, nothing else is known.
        if step.n > 0.0 {
            self.values(index, step, limits);
        } else {
            for stretch in [&mut self.zero, &mut self.constant, &mut self.dead] {
                stretch.update(index, None);
            }
        }
        self.keep_stretches(limits);
    }

    /// Applies the rules about the values.
    fn values(&mut self, index: usize, step: &StepSummary, limits: &Limits) {
        let explained = self.jump(index, step, limits) || step.same.is_some();
        self.shift(index, step, limits, explained);
        self.one_bin(index, step, limits);
        self.zeros(index, step, limits);
        self.std.push(step.std);
        self.max_abs.push(step.max_abs);
        self.nonzero.push(1.0 - step.zeros);
        self.peak.push(step.peak);
    }

    /// Adds an entry that cannot be read.
    pub fn add_unreadable(&mut self, index: usize, why: &str) {
        self.hit(Kind::Unreadable, index, (f64::NAN, f64::NAN), Some(why));
    }

    /// Returns the findings so far, of all steps, without the rules that are off. `is_single` if the series has one entry
    /// and no steps, such as an array in a file.
    pub fn findings(&self, is_single: bool, limits: &Limits) -> Vec<Finding> {
        let mut found = self.found.clone();
        // Conditions that began during the last steps hold, too, unless the series has always been so.
        for (kind, stretch, known) in self.stretches(limits) {
            let is_open = (1..known).contains(&stretch.steps);
            if is_open && (stretch.start > 0 || is_single) {
                keep(&mut found, stretch.finding(kind, limits));
            }
        }
        // All zeros are dead, too.
        let zero = found.iter().find(|finding| finding.kind == Kind::AllZero).map(|finding| finding.index);
        found.retain(|finding| !(finding.kind == Kind::Dead && zero.is_some_and(|zero| zero <= finding.index)));
        found.retain(|finding| !limits.off.contains(&finding.kind));
        found.sort_by_key(|finding| finding.kind);
        found
    }

    fn not_finite(&mut self, index: usize, step: &StepSummary) {
        if step.nan.is_nan() || step.nan > 0.0 {
            self.hit(Kind::Nan, index, (step.nan, 0.0), step.nan_at.as_deref());
        }
        if step.inf.is_nan() || step.inf > 0.0 {
            self.hit(Kind::Inf, index, (step.inf, 0.0), step.inf_at.as_deref());
        }
    }

    fn count(&mut self, index: usize, step: &StepSummary) {
        self.steps = self.steps.saturating_add(1);
        self.stable = if step.n == self.n { self.stable.saturating_add(1) } else { 1 };
        self.n = step.n;
        let is_fixed = step.ends.is_some() && step.ends == self.ends;
        let is_clipped = |usual: f64| is_fixed && (step.n - usual).abs() < CLIPPED * usual;
        let other = self.usual.filter(|usual| *usual != step.n && !is_clipped(*usual));
        self.ends = step.ends;
        self.changed.update(index, other.map(|usual| (step.n, usual)));
        let (first, later) = STABLE;
        if self.usual.is_none() && (self.stable >= later || self.stable >= first && self.stable == self.steps) {
            self.usual = Some(step.n);
        }
    }

    /// Returns true if the standard deviation or the largest magnitude jumped.
    fn jump(&mut self, index: usize, step: &StepSummary, limits: &Limits) -> bool {
        let jumps = |window: &Window, x: f64| {
            // Rare, and much cheaper than a median.
            if x <= window.largest() {
                return None;
            }
            let usual = window.median(HISTORY).filter(|usual| *usual > 0.0)?;
            (x >= limits.jump * usual).then_some((x, usual))
        };
        let std = jumps(&self.std, step.std).map(|numbers| (numbers, "std"));
        let jump = std.or_else(|| jumps(&self.max_abs, step.max_abs).map(|numbers| (numbers, "|max|")));
        if let Some((numbers, name)) = jump {
            self.hit(Kind::Jump, index, numbers, Some(name));
        }
        jump.is_some()
    }

    /// Compares the distribution with that of the step before, unless another finding explains the difference.
    fn shift(&mut self, index: usize, step: &StepSummary, limits: &Limits, explained: bool) {
        let Ok(now) = <&[f64; SKETCH]>::try_from(&step.sketch[..]) else { return };
        let now = now.map(|x| x as f32);
        if let Some(before) = self.sketch.replace(Box::new(now)).filter(|_| step.n >= MIN_VALUES) {
            let apart: f64 = now.iter().zip(before.iter()).map(|(a, b)| f64::from((a - b).abs())).sum();
            let pooled = f64::midpoint(step.std.powi(2), self.last_std.powi(2)).sqrt();
            // Values may move that far within their bins. Samples have no width.
            let width = f64::max(step.peak_width, self.last_width).max(0.0);
            let distance = (apart / SKETCH as f64 - width).max(0.0) / pooled;
            if pooled > 0.0 {
                if !explained
                    && distance >= limits.shift
                    && distance > self.distance.largest()
                    && self.distance.median(HISTORY).is_some_and(|usual| distance >= FACTOR * usual)
                {
                    self.hit(Kind::Shift, index, (distance, limits.shift), None);
                }
                self.distance.push(distance);
            }
        }
        (self.last_std, self.last_width) = (step.std, step.peak_width);
    }

    fn one_bin(&mut self, index: usize, step: &StepSummary, limits: &Limits) {
        let is_in_one_bin = step.same.is_none() && step.peak >= limits.collapse;
        if !is_in_one_bin {
            return;
        }
        let before = self.peak.first().zip(self.peak.median(2)).map(|(first, usual)| first.min(usual));
        let was_spread_out = before.is_some_and(|before| before <= SPREAD_OUT);
        // A bin that is wider than the values usually spread, such as a bucket of TensorBoard far from zero, hides nothing.
        let is_narrow = self.std.median(2).is_some_and(|usual| step.peak_width <= usual);
        if was_spread_out && is_narrow {
            self.hit(Kind::Collapse, index, (step.peak, limits.collapse), None);
        }
    }

    fn zeros(&mut self, index: usize, step: &StepSummary, limits: &Limits) {
        let is_zero = step.same == Some(0.0);
        self.zero.update(index, is_zero.then_some((0.0, 0.0)));
        self.constant.update(index, step.same.filter(|_| !is_zero).map(|same| (same, 0.0)));
        let nonzero = 1.0 - step.zeros;
        let before = || self.nonzero.first().zip(self.nonzero.median(1)).map(|(first, usual)| first.max(usual));
        let before = if step.zeros >= limits.dead { before() } else { None };
        let dead = before.filter(|before| *before >= FACTOR * nonzero);
        self.dead.update(index, dead.map(|before| (step.zeros, 1.0 - before)));
    }

    /// Adds the conditions that hold for long enough.
    fn keep_stretches(&mut self, limits: &Limits) {
        for (kind, stretch, known) in
            self.stretches(limits).map(|(kind, stretch, known)| (kind, stretch.clone(), known))
        {
            if stretch.steps >= known {
                let finding = stretch.finding(kind, limits);
                let times = if stretch.steps == known { finding.times } else { 1 };
                keep(&mut self.found, Finding { times, ..finding });
            }
        }
    }

    /// Returns the conditions, each with the number of successive steps that it takes.
    fn stretches(&self, limits: &Limits) -> [(Kind, &Stretch, usize); 4] {
        let steps = limits.steps.max(1);
        [
            (Kind::CountChanged, &self.changed, CHANGED),
            (Kind::AllZero, &self.zero, steps),
            (Kind::Constant, &self.constant, steps),
            (Kind::Dead, &self.dead, steps),
        ]
    }

    fn hit(&mut self, kind: Kind, index: usize, (value, limit): (f64, f64), note: Option<&str>) {
        keep(&mut self.found, Finding { kind, index, times: 1, value, limit, note: note.map(Into::into) });
    }
}

/// Adds a finding, or its steps to the earlier one of its kind.
fn keep(found: &mut Vec<Finding>, new: Finding) {
    match found.iter_mut().find(|known| known.kind == new.kind) {
        Some(known) => known.times += new.times,
        None => found.push(new),
    }
}
