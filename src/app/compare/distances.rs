//! Distances of the current histogram from the others, as lines of text.

use super::{Comparison, Target};
use crate::app::Model;
use crate::app::statistics::StatisticLine;
use crate::catalog::Content;
use crate::document::Side;
use crate::engine;
use crate::hist::Distance;
use crate::settings::Role;
use crate::text::{Notation, format_digits, format_value};
use std::sync::Arc;

/// The current histogram as a side of the comparison.
#[derive(Debug, Clone)]
pub(in crate::app) struct Own {
    content: Content,
    edited: Option<Side>,
    pub(in crate::app) side: Side,
}

impl Own {
    /// Returns the side of a content or its edited histogram; the earlier one if it is the same.
    pub(in crate::app) fn new(content: &Content, edited: Option<Side>, before: Option<Self>) -> Option<Self> {
        let is_same = |own: &Self| {
            let same_content = match (&own.content, content) {
                (Content::Logged(a), Content::Logged(b)) => Arc::ptr_eq(&a.histogram, &b.histogram),
                (Content::Raw(a), Content::Raw(b)) => Arc::ptr_eq(a, b),
                _ => false,
            };
            let same_edit = match (&own.edited, &edited) {
                (Some(a), Some(b)) => a.is_same(b),
                (None, None) => true,
                _ => false,
            };
            same_content && same_edit
        };
        before.filter(is_same).or_else(|| {
            let side = edited.clone().map_or_else(|| Side::new(content, None).ok(), Some)?;
            Some(Self { content: content.clone(), edited, side })
        })
    }
}

/// Distances of the current histogram from another one.
#[derive(Debug, Clone)]
pub(in crate::app) struct Measured {
    /// The current histogram.
    pub(in crate::app) own: Side,
    /// The other one; `None` if it is not kept.
    pub(in crate::app) from: Option<Side>,
    pub(in crate::app) result: Result<engine::Comparison, String>,
}

/// A named distance.
struct Named {
    name: &'static str,
    distance: Distance,
}

impl Comparison {
    /// Returns the distances from a target, once they are computed.
    fn distances(&self, target: &Target) -> Option<&Result<engine::Comparison, String>> {
        self.others.get(&target.entry)?.measured.as_ref().map(|measured| &measured.result)
    }
}

/// Lists the distances, the most useful first.
fn named(found: &engine::Comparison) -> Vec<Named> {
    let all = &found.distances;
    let mut list = vec![
        Named { name: "W1", distance: all.w1 },
        Named { name: "KS", distance: all.ks },
        Named { name: "JS", distance: all.js },
        Named { name: "PSI", distance: all.psi },
        Named { name: "Δmean", distance: found.mean_delta },
        Named { name: "std ×", distance: found.std_ratio },
    ];
    if let Some(elements) = found.elementwise {
        list.push(Named { name: "max |Δ|", distance: Distance::exact(elements.max_abs_diff) });
        list.push(Named { name: "‖Δ‖/‖this‖", distance: Distance::exact(elements.relative_l2) });
    }
    list
}

/// Formats a distance with the digits that are known: an interval, and a short form.
fn texts(distance: Distance) -> (String, String) {
    let Distance { value, lo, hi } = distance;
    if value.is_nan() {
        return ("–".into(), "–".into());
    }
    if lo == hi || lo.is_nan() || hi.is_nan() {
        let text = exact(value);
        return (text.clone(), text);
    }
    if hi.is_infinite() || lo.is_infinite() {
        let least = format!("≥ {}", exact(lo));
        return if lo.is_finite() { (least.clone(), least) } else { ("–".into(), "–".into()) };
    }
    let step = (hi - lo) / 8.0;
    let ends = Notation::format_even(&[(lo, step), (hi, step)]).join(",");
    // The value is within this distance of the truth.
    let slack = (hi - value).max(value - lo);
    // Digits beyond the slack are not known.
    let unit = |of: f64, digits: i32| 10_f64.powf(of.log10().floor() + f64::from(1 - digits));
    let most = hi.max(-lo);
    let brief = if slack >= value.abs() {
        let unit = unit(most, 2);
        let sign = if lo < 0.0 { "±" } else { "≤ " };
        format!("{sign}{}", format_value((most / unit).ceil() * unit, unit))
    } else {
        let unit = unit(slack, 1);
        format!("≈ {}", format_value((value / unit).round() * unit, unit))
    };
    (format!("[{ends}]"), brief)
}

/// Formats an exact distance with four digits.
fn exact(value: f64) -> String {
    format_digits(value, 4)
}

/// Returns the distances from a target for the legend, the most useful first.
pub fn brief(model: &Model, target: &Target) -> Vec<String> {
    match model.comparison.distances(target) {
        Some(Ok(found)) => {
            // Bounds alone say little about the distances after the first two.
            let is_known = |(at, named): &(usize, Named)| *at < 2 || !texts(named.distance).1.starts_with(['≤', '±']);
            let known = named(found).into_iter().enumerate().filter(is_known).map(|(_, named)| named);
            known.map(|named| format!("{} {}", named.name, texts(named.distance).1)).collect()
        }
        Some(Err(error)) => vec![error.clone()],
        None => vec!["W1 …".into()],
    }
}

/// Returns the lines of the statistics pane about the distances from the chosen target.
pub fn lines(model: &Model) -> Vec<StatisticLine> {
    let Some(target) = model.comparison.chosen() else { return Vec::new() };
    let line = |name: &str, value: String, brief: Option<String>, role: Role| StatisticLine {
        name: name.to_owned(),
        value,
        brief,
        role,
        is_detail: true,
    };
    let mut lines =
        vec![line("", String::new(), None, Role::Text), line("from", model.target_name(target), None, Role::Title)];
    match model.comparison.distances(target) {
        Some(Ok(found)) => lines.extend(named(found).into_iter().map(|named| {
            let (long, short) = texts(named.distance);
            line(named.name, long, Some(short), Role::Text)
        })),
        Some(Err(error)) => lines.push(line("distances", error.clone(), None, Role::Dim)),
        None => lines.push(line("distances", "…".into(), None, Role::Dim)),
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_digits_are_shown() {
        let text = |value, lo, hi| texts(Distance { value, lo, hi });
        let both = |words: &str| (words.to_owned(), words.to_owned());
        assert_eq!(text(0.123_456_789, 0.123_456_789, 0.123_456_789), both("0.1235"));
        assert_eq!(text(0.0, 0.0, 0.0), both("0"));
        assert_eq!(text(f64::NAN, f64::NAN, f64::NAN), both("–"));
        let (long, short) = text(0.523_4, 0.51, 0.54);
        assert_eq!((long.as_str(), short.as_str()), ("[0.510,0.540]", "≈ 0.52"));
        assert_eq!((text(0.01, 0.0, 0.201).1.as_str(), text(0.01, -0.201, 0.1).1.as_str()), ("≤ 0.21", "±0.21"));
    }
}
