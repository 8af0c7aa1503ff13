//! The range that the statistics of a column state.

use crate::hist::{DType, Number, Range};
use parquet::file::statistics::Statistics;

/// Returns the range of a row group; `None` for statistics of another type, or without one of the ends.
pub(super) fn range(statistics: &Statistics, dtype: DType) -> Option<Range> {
    let ends = |lo: Option<Number>, hi: Option<Number>| Some(Range { lo: lo?, hi: hi? });
    let int = |x: i128| Number::Int(x);
    match (statistics, dtype) {
        (Statistics::Double(of), DType::F64) => {
            ends(of.min_opt().map(|x| Number::Float(*x)), of.max_opt().map(|x| Number::Float(*x)))
        }
        (Statistics::Float(of), DType::F32) => {
            let number = |x: &f32| Number::Float(f64::from(*x));
            ends(of.min_opt().map(number), of.max_opt().map(number))
        }
        (Statistics::Int32(of), DType::I8 | DType::I16 | DType::I32) => {
            let number = |x: &i32| int(i128::from(*x));
            ends(of.min_opt().map(number), of.max_opt().map(number))
        }
        (Statistics::Int64(of), DType::I64) => {
            let number = |x: &i64| int(i128::from(*x));
            ends(of.min_opt().map(number), of.max_opt().map(number))
        }
        // Unsigned integers have the physical type of signed ones.
        (Statistics::Int32(of), DType::U8 | DType::U16 | DType::U32) => {
            let number = |x: &i32| int(i128::from(x.cast_unsigned()));
            ends(of.min_opt().map(number), of.max_opt().map(number))
        }
        (Statistics::Int64(of), DType::U64) => {
            let number = |x: &i64| int(i128::from(x.cast_unsigned()));
            ends(of.min_opt().map(number), of.max_opt().map(number))
        }
        _ => None,
    }
    .filter(|range| range.lo.as_f64() <= range.hi.as_f64() && range.hi.as_f64() - range.lo.as_f64() < f64::INFINITY)
}
