//! Detection of the delimiter and the column names of a text, from its first rows.

use super::MAX_COLUMNS;
use super::cell::{self, Cell, Notation};
use super::delimiter::Delimiter;
use super::rows::{self, HeaderPosition, Rows};
use super::separators::{self, Decimal, Evidence};
use crate::error::{At, Problem};
use crate::format::encoding;
use std::cmp::Ordering;

/// Bytes and rows of a text that are examined.
const SAMPLE: usize = 64 << 10;
const SAMPLE_ROWS: usize = 100;

/// Cells after which a sample has enough rows. A table may have many columns.
const SAMPLE_CELLS: usize = 1 << 18;

/// Maximum size of the first two rows if they are larger than the sample.
const MAX_SAMPLE: usize = 8 << 20;

/// The layout of a text.
pub(super) struct TableLayout {
    pub(super) delimiter: Delimiter,
    /// One name per column; `None` if the first row is data.
    pub(super) names: Option<Vec<String>>,
    pub(super) header: HeaderPosition,
    /// The notation of the numbers in each column.
    pub(super) notations: Vec<Notation>,
    /// Reports an uncertain guess.
    pub(super) problem: Option<Problem>,
}

/// The apparent type of a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
enum CellKind {
    Int(i64),
    Float,
    Missing,
    Text,
}

struct Sample {
    rows: Vec<Vec<CellKind>>,
    /// Evidence in the numbers of each column about their separators.
    evidence: Vec<Shown>,
    /// The unit in the heading of each column.
    units: Vec<Option<String>>,
}

/// Evidence in some numbers about their separators.
#[derive(Debug, Clone, Copy, Default)]
struct Shown {
    points: bool,
    commas: bool,
}

/// Control characters that separate fields: those of Hive, and the ASCII separators.
const CONTROLS: [u8; 5] = [0x01, 0x1f, 0x1e, 0x1d, 0x1c];

pub(super) fn layout(text: &[u8]) -> TableLayout {
    let start = start_of(text);
    let controls = CONTROLS.into_iter().filter(|byte| memchr::memchr(*byte, start).is_some()).map(Delimiter::Control);
    let usual = [Delimiter::Tab, Delimiter::Semicolon, Delimiter::Bar, Delimiter::Comma];
    let declared = rows::declared_delimiter(start);
    let tried = controls.chain(usual).filter(|delimiter| declared.is_none_or(|declared| declared == *delimiter));
    let samples: Vec<_> = tried.map(|d| (d, Sample::of(start, d))).collect();
    // In a header of single words, only the delimiter splits. Commas in quoted cells may split into more numbers.
    let best = samples.into_iter().filter(|(_, s)| s.splits() && s.numbers() > 0).rev();
    let best = best.max_by_key(|(_, s)| (s.is_regular(), s.numbers()));
    let (delimiter, sample) = best.unwrap_or_else(|| match declared {
        Some(declared) => (declared, Sample::of(start, declared)),
        None => blanks_or_column(start),
    });
    let notations = sample.notations(delimiter);
    if let Some(names) = commented_names(start, delimiter, sample.width()) {
        return TableLayout {
            delimiter,
            names: Some(names),
            header: HeaderPosition::Comment,
            notations,
            problem: None,
        };
    }
    let problem = match sample.header() {
        HeaderKind::None => {
            return TableLayout { delimiter, names: None, header: HeaderPosition::None, notations, problem: None };
        }
        HeaderKind::Text => None,
        HeaderKind::Numbers => {
            Some(Problem::new(At::Line(1), "the integers in the first row are read as column names"))
        }
    };
    let name = |cell: &[u8]| encoding::text(cell.trim_ascii());
    let mut rows = Rows::new(text, delimiter);
    let first = rows.next();
    // The reader rejects more names.
    let first = first.map(|row| row.cells.take(MAX_COLUMNS + 1).map(name).collect::<Vec<_>>());
    let mut names = first.unwrap_or_default();
    if sample.rows_are_named() {
        names.insert(0, String::new());
    }
    TableLayout { delimiter, names: Some(names), header: HeaderPosition::Row, notations, problem }
}

/// Decides between blanks and a single column for a text without another delimiter. A single column may contain quoted
/// cells, or a name with blanks.
fn blanks_or_column(text: &[u8]) -> (Delimiter, Sample) {
    let blanks = Sample::of(text, Delimiter::Blanks);
    let column = Sample::of(text, Delimiter::Comma);
    let single = column.rows.iter().all(|row| row.len() == 1);
    let named = blanks.width() > 1 && blanks.rows.iter().skip(1).all(|row| row.len() == 1);
    match column.numbers().cmp(&blanks.numbers()) {
        Ordering::Greater if single => (Delimiter::Comma, column),
        Ordering::Equal if single && named && column.numbers() > 0 => (Delimiter::Comma, column),
        _ => (Delimiter::Blanks, blanks),
    }
}

/// Returns complete lines from the start of a text, at least two if it has them.
fn start_of(text: &[u8]) -> &[u8] {
    if text.len() <= SAMPLE {
        return text;
    }
    let mut line_ends = memchr::memchr_iter(b'\n', text.get(..MAX_SAMPLE).unwrap_or(text));
    let second = line_ends.nth(1).unwrap_or(MAX_SAMPLE);
    let end = text.get(..SAMPLE).and_then(|sample| memchr::memrchr(b'\n', sample)).unwrap_or(0);
    text.get(..end.max(second)).unwrap_or(text)
}

/// Returns the names in a first line like `#step,loss`, if it has as many cells as the rows. Plotting programs skip such
/// a line.
fn commented_names(text: &[u8], delimiter: Delimiter, width: usize) -> Option<Vec<String>> {
    let byte = delimiter.byte()?;
    let line = text.split(|b| *b == b'\n').next()?.strip_prefix(b"#")?;
    let names: Vec<&[u8]> = line.split(|b| *b == byte).take(MAX_COLUMNS + 1).map(<[u8]>::trim_ascii).collect();
    let notation = Notation::of(delimiter);
    let text = names.iter().all(|name| cell::read(name, &notation).0 == Cell::Text);
    (text && names.len() == width).then(|| names.into_iter().map(encoding::text).collect())
}

/// Returns the unit at the end of a heading, in brackets: `MiB` of `memory.used [MiB]`.
fn unit(heading: &[u8]) -> Option<String> {
    let heading = str::from_utf8(heading.trim_ascii()).ok()?;
    let (open, rest) = match heading.strip_suffix(']') {
        Some(rest) => ('[', rest),
        None => ('(', heading.strip_suffix(')')?),
    };
    let unit = rest.rsplit_once(open)?.1.trim();
    let is_unit = (1..=16).contains(&unit.len()) && !unit.starts_with(|c: char| c.is_ascii_digit());
    is_unit.then(|| unit.to_owned())
}

/// The content of a row of column names.
enum HeaderKind {
    None,
    Text,
    Numbers,
}

impl Sample {
    fn of(text: &[u8], delimiter: Delimiter) -> Self {
        let mut sample = Self { rows: Vec::new(), evidence: Vec::new(), units: Vec::new() };
        let mut rows = Rows::new(text, delimiter);
        let mut notation = Notation::of(delimiter);
        let mut cells = 0;
        while sample.rows.len() < SAMPLE_ROWS
            && (cells < SAMPLE_CELLS || sample.rows.len() < 2)
            && let Some(row) = rows.next()
        {
            let (mut kinds, first) = (Vec::new(), sample.rows.is_empty());
            for (i, cell) in row.cells.take(MAX_COLUMNS + 2).enumerate() {
                notation.unit = sample.units.get(i).cloned().flatten();
                let read = cell::read(cell, &notation).0;
                kinds.push(match read {
                    Cell::Int(i) => CellKind::Int(i),
                    Cell::Float(_) | Cell::Wide(_) | Cell::Huge(_) => CellKind::Float,
                    Cell::Missing => CellKind::Missing,
                    Cell::Text => CellKind::Text,
                });
                if first {
                    sample.units.push(Some(cell).filter(|_| read == Cell::Text).and_then(unit));
                }
                sample.show(i, cell);
            }
            cells += kinds.len();
            sample.rows.push(kinds);
        }
        sample
    }

    fn show(&mut self, column: usize, cell: &[u8]) {
        if self.evidence.len() <= column {
            self.evidence.resize_with(column + 1, Shown::default);
        }
        if let (Some(number), Some(shown)) = (separators::read(cell.trim_ascii()), self.evidence.get_mut(column)) {
            shown.points |= number.evidence == Evidence::DecimalPoint;
            shown.commas |= number.evidence == Evidence::DecimalComma;
        }
    }

    /// Decides what points and commas mean in each column: what its own numbers show, or else those of all columns.
    fn notations(&self, delimiter: Delimiter) -> Vec<Notation> {
        let decimal = |shown: &Shown| match (shown.points, shown.commas) {
            (true, false) => Some(Decimal::Point),
            (false, true) => Some(Decimal::Comma),
            _ => None,
        };
        let all = self.evidence.iter().fold(Shown::default(), |all, shown| Shown {
            points: all.points || shown.points,
            commas: all.commas || shown.commas,
        });
        let units = self.units.iter().cloned().chain(std::iter::repeat(None));
        let default = Notation::of(delimiter);
        let notation = |(shown, unit): (&Shown, Option<String>)| match decimal(shown) {
            Some(decimal) => Notation { decimal, guessed: false, unit },
            None if shown.points => Notation { unit, guessed: true, ..default.clone() },
            None => Notation { decimal: decimal(&all).unwrap_or(default.decimal), guessed: true, unit },
        };
        self.evidence.iter().zip(units).map(notation).collect()
    }

    fn numbers(&self) -> usize {
        self.rows.iter().flatten().filter(|l| matches!(l, CellKind::Int(_) | CellKind::Float)).count()
    }

    /// Returns true if the delimiter occurs in at least half of the rows.
    fn splits(&self) -> bool {
        let split = self.rows.iter().filter(|row| row.len() > 1).count();
        split > 0 && split * 2 >= self.rows.len()
    }

    /// Returns true if the first row is split, into as many cells as the second.
    fn is_regular(&self) -> bool {
        matches!(self.rows.as_slice(), [first, second, ..] if first.len() > 1 && first.len() == second.len())
    }

    fn width(&self) -> usize {
        self.rows.first().map_or(0, Vec::len)
    }

    /// Returns true if every row has one cell more than the first. R writes row names in a column without a name.
    fn rows_are_named(&self) -> bool {
        let [names, rows @ ..] = self.rows.as_slice() else { return false };
        let trailing = rows.iter().all(|row| row.last() == Some(&CellKind::Missing));
        !rows.is_empty() && !trailing && rows.iter().all(|row| row.len() == names.len() + 1)
    }

    /// Returns the kind of column names in the first row.
    fn header(&self) -> HeaderKind {
        let Some((first, below)) = self.rows.split_first() else { return HeaderKind::None };
        let text = |i: usize| first.get(i) == Some(&CellKind::Text);
        let numbers_below = |i: usize| {
            let column = below.iter().filter_map(move |row| row.get(i));
            column.filter(|l| matches!(l, CellKind::Int(_) | CellKind::Float))
        };
        let shift = usize::from(self.rows_are_named());
        let names_numbers = (0..first.len()).any(|i| text(i) && numbers_below(i + shift).next().is_some());
        let only_text =
            first.contains(&CellKind::Text) && first.iter().all(|l| matches!(l, CellKind::Text | CellKind::Missing));
        if names_numbers || only_text {
            return HeaderKind::Text;
        }
        // pandas names unnamed columns 0, 1, 2 … and leaves the name of the index empty.
        let ints: Vec<(usize, i64)> = first
            .iter()
            .enumerate()
            .filter_map(|(i, l)| if let CellKind::Int(n) = l { Some((i, *n)) } else { None })
            .collect();
        let corner = first.first() == Some(&CellKind::Missing);
        if ints.len() + usize::from(corner) != first.len() || ints.iter().any(|(_, n)| *n < 0) || below.is_empty() {
            return HeaderKind::None;
        }
        let counted = ints.iter().zip(0..).all(|((_, n), i)| *n == i);
        let mut distinct: Vec<i64> = ints.iter().map(|(_, n)| *n).collect();
        distinct.sort_unstable();
        distinct.dedup();
        let has_only_fractions =
            |i: usize| numbers_below(i).next().is_some() && numbers_below(i).all(|l| matches!(l, CellKind::Float));
        let differs =
            ints.len() > 1 && distinct.len() == ints.len() && ints.iter().all(|(i, _)| has_only_fractions(*i));
        if (corner && counted && !ints.is_empty()) || differs { HeaderKind::Numbers } else { HeaderKind::None }
    }
}
