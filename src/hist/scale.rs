//! Axes: where round ticks fall, how many digits they need, and how values map to positions.

/// How an axis maps values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scale {
    #[default]
    Linear,
    Log,
    /// Linear around zero, logarithmic away from it, on both sides.
    Symlog,
}

/// Ticks of an axis: round values, each with its label; all labels have the digits that their spacing needs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ticks {
    pub at: Vec<(f64, String)>,
}

/// Round ticks over `[lo, hi]`, at most `most` of them (at least two where the range allows).
pub fn ticks(lo: f64, hi: f64, most: usize) -> Ticks {
    let _ = (lo, hi, most);
    todo!()
}

/// `x` with as many digits as a step of `resolution` needs to be told from its neighbours, and no more
/// (`0.0012` at 1e-4, `12,800` at 1; scientific where plain digits would be longer than 9 characters).
pub fn format_value(x: f64, resolution: f64) -> String {
    let _ = (x, resolution);
    todo!()
}

/// A count with thousands separators: `12,800`; fractional counts with at most `digits` decimals.
pub fn format_count(x: f64, digits: usize) -> String {
    let _ = (x, digits);
    todo!()
}
