//! Finding out how a text is laid out from its first rows: what separates cells, and whether a row names the columns.

use super::cell::{self, Cell};
use super::rows::Rows;
use crate::error::{At, Problem};
use crate::format::encoding;
use std::cmp::Ordering;

/// What separates the cells of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delimiter {
    Tab,
    Semicolon,
    Bar,
    Comma,
    /// Any run of blanks.
    Blanks,
}

impl Delimiter {
    pub(super) fn byte(self) -> Option<u8> {
        match self {
            Self::Tab => Some(b'\t'),
            Self::Semicolon => Some(b';'),
            Self::Bar => Some(b'|'),
            Self::Comma => Some(b','),
            Self::Blanks => None,
        }
    }
}

/// How much of a text is looked at.
const SAMPLE: usize = 64 << 10;
const SAMPLE_ROWS: usize = 100;

/// Rows may be wide; two of them are looked at up to this size.
const WIDEST: usize = 8 << 20;

/// The layout of a text.
pub(super) struct Shape {
    pub(super) delimiter: Delimiter,
    /// One a column; `None` where the first row is data.
    pub(super) names: Option<Vec<String>>,
    /// What stands above the data.
    pub(super) above: Above,
    /// A guess that the user should know of.
    pub(super) problem: Option<Problem>,
}

/// Where the names of columns stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Above {
    Nothing,
    /// In the first row.
    Row,
    /// In a comment on the first line.
    Comment,
}

/// What one cell looks like.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Looks {
    Int(i64),
    Float,
    Missing,
    Text,
}

struct Sample {
    rows: Vec<Vec<Looks>>,
}

pub(super) fn shape(text: &[u8]) -> Shape {
    let start = start_of(text);
    let samples =
        [Delimiter::Tab, Delimiter::Semicolon, Delimiter::Bar, Delimiter::Comma].map(|d| (d, Sample::of(start, d)));
    let best =
        samples.into_iter().filter(|(_, s)| s.splits() && s.numbers() > 0).rev().max_by_key(|(_, s)| s.numbers());
    let (delimiter, sample) = best.unwrap_or_else(|| blanks_or_column(start));
    if let Some(names) = commented_names(start, delimiter, sample.width()) {
        return Shape { delimiter, names: Some(names), above: Above::Comment, problem: None };
    }
    let problem = match sample.names() {
        Names::None => return Shape { delimiter, names: None, above: Above::Nothing, problem: None },
        Names::Text => None,
        Names::Numbers => {
            let message = "the first row is taken for names: whole numbers above columns without any";
            Some(Problem::new(At::Line(1), message))
        }
    };
    let first = Rows::new(text, delimiter).next().map(|row| row.cells.map(encoding::text).collect::<Vec<_>>());
    let mut names = first.unwrap_or_default();
    if sample.rows_are_named() {
        names.insert(0, String::new());
    }
    Shape { delimiter, names: Some(names), above: Above::Row, problem }
}

/// Text that nothing else separates. A single column may hold quoted cells, or blanks in its name alone.
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

/// Whole lines from the start of a text, two at least where it has them.
fn start_of(text: &[u8]) -> &[u8] {
    if text.len() <= SAMPLE {
        return text;
    }
    let mut line_ends = memchr::memchr_iter(b'\n', text.get(..WIDEST).unwrap_or(text));
    let second = line_ends.nth(1).unwrap_or(WIDEST);
    let end = text.get(..SAMPLE).and_then(|sample| memchr::memrchr(b'\n', sample)).unwrap_or(0);
    text.get(..end.max(second)).unwrap_or(text)
}

/// `#step,loss` above rows of as many cells: names, written so that plotting programs skip them.
fn commented_names(text: &[u8], delimiter: Delimiter, width: usize) -> Option<Vec<String>> {
    let byte = delimiter.byte()?;
    let line = text.split(|b| *b == b'\n').next()?.strip_prefix(b"#")?;
    let names: Vec<&[u8]> = line.split(|b| *b == byte).collect();
    let text = names.iter().all(|name| cell::read(name, delimiter) == Cell::Text);
    (text && names.len() == width).then(|| names.into_iter().map(encoding::text).collect())
}

enum Names {
    None,
    Text,
    Numbers,
}

impl Sample {
    fn of(text: &[u8], delimiter: Delimiter) -> Self {
        let looks = |cell: &[u8]| match cell::read(cell, delimiter) {
            Cell::Int(i) => Looks::Int(i),
            Cell::Float(_) | Cell::Wide(_) | Cell::Huge(_) => Looks::Float,
            Cell::Missing => Looks::Missing,
            Cell::Text => Looks::Text,
        };
        let mut sample = Self { rows: Vec::new() };
        let mut rows = Rows::new(text, delimiter);
        while sample.rows.len() < SAMPLE_ROWS
            && let Some(row) = rows.next()
        {
            sample.rows.push(row.cells.map(looks).collect());
        }
        sample
    }

    fn numbers(&self) -> usize {
        self.rows.iter().flatten().filter(|l| matches!(l, Looks::Int(_) | Looks::Float)).count()
    }

    /// Whether the delimiter occurs in at least half of the rows.
    fn splits(&self) -> bool {
        let split = self.rows.iter().filter(|row| row.len() > 1).count();
        split > 0 && split * 2 >= self.rows.len()
    }

    fn width(&self) -> usize {
        self.rows.first().map_or(0, Vec::len)
    }

    /// Whether every row has one cell more than the names above: R writes names of rows without a name of their own.
    fn rows_are_named(&self) -> bool {
        let [names, rows @ ..] = self.rows.as_slice() else { return false };
        let trailing = rows.iter().all(|row| row.last() == Some(&Looks::Missing));
        !rows.is_empty() && !trailing && rows.iter().all(|row| row.len() == names.len() + 1)
    }

    /// Whether the first row names the columns.
    fn names(&self) -> Names {
        let Some((first, below)) = self.rows.split_first() else { return Names::None };
        let text = |i: usize| first.get(i) == Some(&Looks::Text);
        let numbers_below = |i: usize| {
            let column = below.iter().filter_map(move |row| row.get(i));
            column.filter(|l| matches!(l, Looks::Int(_) | Looks::Float))
        };
        let shift = usize::from(self.rows_are_named());
        let names_numbers = (0..first.len()).any(|i| text(i) && numbers_below(i + shift).next().is_some());
        let only_text = first.contains(&Looks::Text) && first.iter().all(|l| matches!(l, Looks::Text | Looks::Missing));
        if names_numbers || only_text {
            return Names::Text;
        }
        // pandas names unnamed columns 0, 1, 2 … and leaves the corner above its index empty.
        let ints: Vec<(usize, i64)> = first
            .iter()
            .enumerate()
            .filter_map(|(i, l)| if let Looks::Int(n) = l { Some((i, *n)) } else { None })
            .collect();
        let corner = first.first() == Some(&Looks::Missing);
        if ints.len() + usize::from(corner) != first.len() || ints.iter().any(|(_, n)| *n < 0) || below.is_empty() {
            return Names::None;
        }
        let counted = ints.iter().zip(0..).all(|((_, n), i)| *n == i);
        let mut distinct: Vec<i64> = ints.iter().map(|(_, n)| *n).collect();
        distinct.sort_unstable();
        distinct.dedup();
        let none_whole =
            |i: usize| numbers_below(i).next().is_some() && numbers_below(i).all(|l| matches!(l, Looks::Float));
        let unlike = ints.len() > 1 && distinct.len() == ints.len() && ints.iter().all(|(i, _)| none_whole(*i));
        if (corner && counted && !ints.is_empty()) || unlike { Names::Numbers } else { Names::None }
    }
}
