//! Ticks at whole numbers, for steps.

use crate::text::format_count;
use std::ops::Range;

/// Returns round whole numbers in `[first, last]`, spaced by 1, 2, 2.5 or 5 times a power of ten: the finest spacing that
/// gives at most `most` ticks. A range that contains no round number has a tick at its start.
pub fn whole_ticks(first: i64, last: i64, most: usize) -> Vec<i64> {
    if first > last || most == 0 {
        return Vec::new();
    }
    let (from, to) = (i128::from(first), i128::from(last));
    let powers = std::iter::successors(Some(1_i128), |power| power.checked_mul(10)).take(20);
    // Below ten, a quarter is not whole.
    let quarter = |power: i128| if power < 10 { 2 * power } else { 5 * power / 2 };
    for spacing in powers.flat_map(|power| [power, 2 * power, quarter(power), 5 * power]) {
        let (low, high) = (from.div_euclid(spacing) + i128::from(from.rem_euclid(spacing) > 0), to.div_euclid(spacing));
        let count = high - low + 1;
        if count <= most as i128 {
            let ticks: Vec<i64> = (low..=high).filter_map(|k| i64::try_from(k * spacing).ok()).collect();
            return if ticks.is_empty() { vec![first] } else { ticks };
        }
    }
    vec![first]
}

/// Returns at most `most` ticks for a range of steps: the index of a step and its label. `number` returns the number of a
/// step.
///
/// The numbers are round, each at the first step that reaches it. Steps that are spaced too unevenly for that have ticks
/// at even distances, with the numbers that are there.
pub fn step_ticks(steps: &Range<usize>, number: impl Fn(usize) -> i64, most: usize) -> Vec<(usize, String)> {
    let Some(last) = steps.end.checked_sub(1).filter(|last| *last >= steps.start) else { return Vec::new() };
    let mut from = steps.start;
    let mut placed: Vec<(usize, String)> = Vec::new();
    for tick in whole_ticks(number(steps.start), number(last), most) {
        let Some(index) = (from..steps.end).find(|index| number(*index) >= tick) else { break };
        // Of several ticks at a step, the last is nearest to its number.
        placed.pop_if(|(before, _)| *before == index);
        placed.push((index, whole_label(tick)));
        from = index;
    }
    let expected = most.min(steps.len()).min(3);
    if placed.len() >= expected {
        return placed;
    }
    let at = |tick: usize| steps.start + tick * (last - steps.start) / (expected - 1).max(1);
    (0..expected).map(|tick| (at(tick), whole_label(number(at(tick))))).collect()
}

/// Formats a step number with thousands separators.
pub fn whole_label(number: i64) -> String {
    let sign = if number < 0 { "-" } else { "" };
    // Exact for each number that a float can represent; larger ones keep their digits without separators.
    match number.unsigned_abs() {
        n if n < 1 << 53 => format!("{sign}{}", format_count(n as f64, 0)),
        n => format!("{sign}{n}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_whole_numbers() {
        assert_eq!(whole_ticks(0, 19_999, 8), [0, 2500, 5000, 7500, 10_000, 12_500, 15_000, 17_500]);
        assert_eq!(whole_ticks(0, 990, 6), [0, 200, 400, 600, 800]);
        assert_eq!(whole_ticks(1000, 1009, 12), [1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009]);
        assert_eq!(whole_ticks(-7, 7, 4), [-5, 0, 5]);
    }

    #[test]
    fn ranges_without_a_round_number_have_one_tick() {
        assert_eq!(whole_ticks(13, 13, 5), [13]);
        assert_eq!(whole_ticks(11, 14, 1), [11]);
        assert_eq!(whole_ticks(5, 4, 3), [0; 0]);
        assert_eq!(whole_ticks(i64::MIN, i64::MAX, 3).len(), 3);
    }

    #[test]
    fn ticks_are_at_the_first_step_that_reaches_them() {
        let numbers = [0, 9, 11, 20, 35, 1000];
        let ticks = |steps, most| step_ticks(&steps, |index| numbers[index], most);
        assert_eq!(ticks(0..5, 4), [(0, "0".into()), (2, "10".into()), (3, "20".into()), (4, "30".into())]);
        assert_eq!(ticks(3..6, 6), [(3, "20".into()), (4, "35".into()), (5, "1,000".into())]);
        assert_eq!(ticks(4..6, 1), [(5, "1,000".into())]);
        assert_eq!(ticks(2..2, 3), []);
    }

    #[test]
    fn labels_have_separators_and_all_digits() {
        assert_eq!([0, -2500, 10_000].map(whole_label), ["0", "-2,500", "10,000"]);
        assert_eq!(whole_label(i64::MIN), "-9223372036854775808");
    }
}
