//! Output of a comparison: a table, or JSON.

use super::side::{Place, Side};
use super::{Metric, Row};
use crate::catalog::Series;
use crate::cli::exit::Failure;
use crate::cli::json::{self, JsonArray, NULL, number, object};
use crate::cli::table::{Align, Table};
use crate::engine::Comparison;
use crate::hist::{Bounded, Number};
use crate::source::NO_KEY;
use crate::text::{format_value, json_string, visible};

/// Columns before and after the metrics.
const BEFORE: [(&str, Align); 5] =
    [("key", Align::Left), ("a", Align::Left), ("b", Align::Left), ("step a", Align::Right), ("step b", Align::Right)];
const AFTER: &str = "notes";

pub(super) struct Output<'a> {
    a: &'a Side,
    b: &'a Side,
    format: Format,
}

enum Format {
    Json(JsonArray),
    Table(Table),
}

impl<'a> Output<'a> {
    pub(super) fn new(json: bool, a: &'a Side, b: &'a Side, rows: &[Row]) -> Self {
        if json {
            return Self { a, b, format: Format::Json(JsonArray::default()) };
        }
        let metrics = Metric::ALL.map(|metric| (metric.name(), Align::Right));
        let columns: Vec<_> = BEFORE.into_iter().chain(metrics).chain([(AFTER, Align::Left)]).collect();
        let mut table = Table::new(&columns);
        let mut hide = |name, is_empty: bool| {
            if is_empty {
                table.hide(name);
            }
        };
        let is_alone = !a.has_several_sources() && !b.has_several_sources();
        hide("a", is_alone);
        hide("b", is_alone);
        hide("step a", rows.iter().all(|row| step(a, row.pair.a).is_none()));
        hide("step b", rows.iter().all(|row| step(b, row.pair.b).is_none()));
        let has =
            |metric: Metric| rows.iter().any(|row| row.found.as_ref().is_some_and(|found| metric.of(found).is_some()));
        for metric in [Metric::MaxAbsDiff, Metric::RelativeL2] {
            hide(metric.name(), !has(metric));
        }
        hide(AFTER, rows.iter().all(|row| row.found.is_some()));
        Self { a, b, format: Format::Table(table) }
    }

    pub(super) fn push(&mut self, row: &Row) -> Result<(), Failure> {
        match &mut self.format {
            Format::Json(objects) => return objects.push(&to_json(self.a, self.b, row)),
            Format::Table(table) => table.push(&cells(self.a, self.b, row)),
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<(), Failure> {
        match self.format {
            Format::Json(objects) => objects.finish(),
            Format::Table(table) if table.is_empty() => Ok(()),
            Format::Table(table) => table.print(),
        }
    }
}

fn series(side: &Side, place: Option<Place>) -> Option<&Series> {
    let place = place?;
    side.source(place)?.info().series.get(place.series)
}

fn step(side: &Side, place: Option<Place>) -> Option<i64> {
    series(side, place)?.steps.number(place?.entry)
}

fn only(row: &Row) -> Option<&'static str> {
    match (row.pair.a, row.pair.b) {
        (Some(_), Some(_)) => None,
        (Some(_), None) => Some("a"),
        _ => Some("b"),
    }
}

fn to_json(a: &Side, b: &Side, row: &Row) -> String {
    let side = |side: &Side, place: Option<Place>| {
        let info = place.and_then(|place| side.source(place)).map(|source| source.info());
        info.map_or(NULL.into(), |info| {
            let step = step(side, place).map(|step| Number::Int(step.into()));
            object(&[("source", json_string(&info.name)), ("run", json::run(info)), ("step", number(step))])
        })
    };
    let mut members = vec![("key", json_string(&row.pair.key)), ("a", side(a, row.pair.a)), ("b", side(b, row.pair.b))];
    members.extend(only(row).map(|name| ("only", json_string(name))));
    if let Some(found) = &row.found {
        let float = |x: f64| number(Some(Number::Float(x)));
        let value = |metric: Metric| metric.of(found).map_or(NULL.into(), |distance| float(distance.value));
        members.extend(Metric::ALL.map(|metric| (metric.name(), value(metric))));
        members.push(("exact", found.exact.to_string()));
        if !found.exact {
            let estimates = Metric::ALL.into_iter().filter_map(|metric| Some((metric.name(), metric.of(found)?)));
            let bounds: Vec<_> =
                estimates.map(|(name, x)| (name, format!("[{}, {}]", float(x.lo), float(x.hi)))).collect();
            members.push(("bounds", object(&bounds)));
        }
    }
    object(&members)
}

fn cells(a: &Side, b: &Side, row: &Row) -> Vec<String> {
    let name = |side: &Side, place: Option<Place>| {
        let info = place.and_then(|place| side.source(place)).map(|source| source.info());
        let name = info.map(|info| info.run.as_ref().map_or(&info.name, |run| &run.name));
        name.map_or("-".into(), |name| visible(name).into_owned())
    };
    let step = |side, place| step(side, place).map_or("-".into(), |step: i64| step.to_string());
    let key = if row.pair.key.is_empty() { NO_KEY.into() } else { visible(&row.pair.key).into_owned() };
    let mut cells = vec![key, name(a, row.pair.a), name(b, row.pair.b), step(a, row.pair.a), step(b, row.pair.b)];
    cells.extend(Metric::ALL.map(|metric| row.found.as_ref().map_or("-".into(), |found| cell(metric, found))));
    cells.push(only(row).map_or_else(String::new, |side| format!("only in {}", side.to_uppercase())));
    cells
}

/// A value with the digits that are known. Bounds that leave no digit known replace an estimate.
fn cell(metric: Metric, found: &Comparison) -> String {
    match metric.of(found) {
        Some(x) if x.value.is_infinite() => "inf".into(),
        Some(x) if x.hi - x.lo > x.value.abs() && (x.hi - x.lo).is_finite() => {
            let step = (x.hi - x.lo) / 10.0;
            format!("[{}, {}]", format_value(x.lo, step), format_value(x.hi, step))
        }
        Some(x) => {
            let known = Bounded { at: x.value, lo: x.lo, hi: x.hi }.known(f64::NAN);
            let sign = if x.lo < x.hi { "≈ " } else { "" };
            known.map_or("-".into(), |(x, step)| format!("{sign}{}", format_value(x, step)))
        }
        None => "-".into(),
    }
}
