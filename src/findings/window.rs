//! The most recent numbers of a series, and its first ones.

/// Number of recent numbers that are kept.
const RECENT: usize = 15;
/// Number of first numbers that are kept.
const FIRST: usize = 3;

/// The recent numbers of a series. Allocates as numbers arrive, because most series of a checkpoint have one step.
#[derive(Debug, Clone, Default)]
pub(super) struct Window {
    /// Single precision suffices for factors.
    recent: Vec<f32>,
    next: u8,
    first: [f32; FIRST],
    count: u8,
}

impl Window {
    /// Adds a number. Ignores one that is not finite.
    pub(super) fn push(&mut self, x: f64) {
        let x = x as f32;
        if !x.is_finite() {
            return;
        }
        if let Some(slot) = self.first.get_mut(usize::from(self.count)) {
            *slot = x;
            self.count += 1;
        }
        if self.recent.len() < RECENT {
            self.recent.push(x);
        } else if let Some(slot) = self.recent.get_mut(usize::from(self.next)) {
            *slot = x;
            self.next = (self.next + 1) % RECENT as u8;
        }
    }

    /// Returns the median of the recent numbers, if there are at least `least`.
    pub(super) fn median(&self, least: usize) -> Option<f64> {
        (self.recent.len() >= least.max(1)).then(|| median(&self.recent))
    }

    /// Returns the median of the first numbers, if there are any.
    pub(super) fn first(&self) -> Option<f64> {
        (self.count > 0).then(|| median(&self.first[..usize::from(self.count)]))
    }

    /// Returns the largest recent number.
    pub(super) fn largest(&self) -> f64 {
        f64::from(self.recent.iter().copied().fold(f32::NEG_INFINITY, f32::max))
    }
}

/// Returns the median, of two middle numbers the larger one.
fn median(numbers: &[f32]) -> f64 {
    let mut sorted = [0.0_f32; RECENT];
    let sorted = &mut sorted[..numbers.len()];
    sorted.copy_from_slice(numbers);
    let (_, middle, _) = sorted.select_nth_unstable_by(numbers.len() / 2, f32::total_cmp);
    f64::from(*middle)
}
