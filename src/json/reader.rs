//! Recursive-descent reader.

use super::error::{Failure, Label};
use super::{Item, MAX_DEPTH, Member, Node, ReadProgress, Watch, number, string};
use crate::hist::Numbers;

/// UTF-8 byte-order mark, which Python skips at the start of a text.
pub(super) const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Bytes of the text between two progress reports.
const REPORT_BYTES: usize = 1 << 20;
/// Bytes of allocated values between two progress reports.
const REPORT_MEMORY: isize = 4 << 20;

/// Bytes that the allocator uses per allocation, in addition to the requested size.
const OVERHEAD: usize = 16;

/// Position in a text. Invariant: `at` is at most the length of the text.
pub(super) struct Reader<'t> {
    text: &'t [u8],
    at: usize,
    depth: usize,
    watch: Watch<'t>,
    /// Position of the last progress report.
    reported: usize,
    /// Change of the allocated memory since that report, in bytes.
    held: isize,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t [u8], from: usize) -> Self {
        let at = if from == 0 && text.starts_with(BOM) { BOM.len() } else { from.min(text.len()) };
        Self { text, at, depth: 0, watch: &|_| true, reported: at, held: 0 }
    }

    /// Reports progress to `watch` now and then, and fails if it returns false.
    pub(super) fn watched(self, watch: Watch<'t>) -> Self {
        Self { watch, ..self }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Checks that only whitespace follows.
    pub(super) fn end(&mut self) -> Result<(), Failure> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.expected("nothing after the value")),
        }
    }

    /// Reads a value and reports all of it to the watch.
    pub(super) fn root(&mut self) -> Result<Item, Failure> {
        let item = self.value()?;
        self.report()?;
        Ok(item)
    }

    fn report(&mut self) -> Result<(), Failure> {
        let read = self.at - std::mem::replace(&mut self.reported, self.at);
        let held = std::mem::take(&mut self.held);
        if (self.watch)(ReadProgress { read, held }) {
            Ok(())
        } else {
            Err(Failure::new(self.at, "reading was stopped"))
        }
    }

    /// Updates the memory of a value that used `before` bytes.
    fn hold(&mut self, before: &mut usize, now: usize) {
        self.held += now.cast_signed() - std::mem::replace(before, now).cast_signed();
    }

    /// Appends to a list and accounts for its memory.
    fn push<T>(&mut self, list: &mut Vec<T>, one: T) {
        let before = list.capacity();
        list.push(one);
        let more = (list.capacity() - before) * size_of::<T>();
        self.held += (more + if before == 0 { OVERHEAD } else { 0 }).cast_signed();
    }

    /// Reads any value.
    pub(super) fn value(&mut self) -> Result<Item, Failure> {
        let first = self.peek();
        let start = self.at;
        let node = match first {
            Some(b'[') => self.nested(Self::array)?,
            Some(b'{') => self.nested(Self::object)?,
            Some(b'"') => Node::Text(self.text()?),
            Some(byte) if number::starts(byte) => {
                let (number, end) = number::read(self.text, start)?;
                self.at = end;
                Node::Number(number)
            }
            _ if self.skip(b"null") => Node::Null,
            _ if self.skip(b"true") => Node::Bool(true),
            _ if self.skip(b"false") => Node::Bool(false),
            _ if self.text.starts_with(b"\xFF\xFE") || self.text.starts_with(b"\xFE\xFF") => {
                return Err(Failure::new(start, "the text is UTF-16; save it as UTF-8"));
            }
            _ => return Err(self.expected("a value")),
        };
        Ok(Item { span: start..self.at, node })
    }

    fn nested(&mut self, read: impl Fn(&mut Self) -> Result<Node, Failure>) -> Result<Node, Failure> {
        if self.depth == MAX_DEPTH {
            return Err(Failure::new(self.at, format!("arrays and objects are nested deeper than {MAX_DEPTH} levels")));
        }
        self.depth += 1;
        self.at += 1;
        let node = read(self)?;
        self.depth -= 1;
        Ok(node)
    }

    fn array(&mut self) -> Result<Node, Failure> {
        let first = self.at;
        if let Some(numbers) = self.numbers()? {
            return Ok(Node::Numbers(Box::new(numbers)));
        }
        self.at = first;
        let mut items = Vec::new();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Node::Array(items));
        }
        loop {
            let item = self.value().map_err(|failure| failure.inside(Label::Index(items.len())))?;
            self.push(&mut items, item);
            if !self.another(b']')? {
                return Ok(Node::Array(items));
            }
        }
    }

    /// Reads an array of numbers up to its closing bracket; `None` for other arrays. Number arrays are most of a typical
    /// file.
    fn numbers(&mut self) -> Result<Option<Numbers>, Failure> {
        let (mut numbers, mut held) = (Numbers::default(), 0);
        loop {
            if !self.peek().is_some_and(number::starts) {
                self.hold(&mut held, 0);
                return Ok(None);
            }
            let (number, end) =
                number::read(self.text, self.at).map_err(|failure| failure.inside(Label::Index(numbers.len())))?;
            numbers.push(number);
            self.at = end;
            if self.at - self.reported >= REPORT_BYTES {
                self.hold(&mut held, numbers.memory());
            }
            if !self.another(b']')? {
                self.hold(&mut held, size_of::<Numbers>() + numbers.memory() + 3 * OVERHEAD);
                return Ok(Some(numbers));
            }
        }
    }

    fn object(&mut self) -> Result<Node, Failure> {
        let mut members = Vec::new();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Node::Object(members));
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.expected("a name in double quotes"));
            }
            let start = self.at;
            let name = self.text()?;
            if self.peek() != Some(b':') {
                return Err(self.expected("`:`"));
            }
            self.at += 1;
            match self.value() {
                Ok(value) => {
                    let member = Member { name, span: start..self.at, value };
                    self.push(&mut members, member);
                }
                Err(failure) => return Err(failure.inside(Label::Name(name))),
            }
            if !self.another(b'}')? {
                return Ok(Node::Object(members));
            }
        }
    }

    /// Skips a comma and returns true, or skips the closing bracket and returns false.
    fn another(&mut self, close: u8) -> Result<bool, Failure> {
        let next = self.peek();
        if self.at - self.reported >= REPORT_BYTES || self.held >= REPORT_MEMORY {
            self.report()?;
        }
        if next != Some(b',') && next != Some(close) {
            return Err(self.expected(&format!("`,` or `{}`", char::from(close))));
        }
        self.at += 1;
        if next == Some(b',') && self.peek() == Some(close) {
            return Err(Failure::new(self.at, "expected another element after the comma; JSON has no trailing comma"));
        }
        Ok(next == Some(b','))
    }

    fn text(&mut self) -> Result<String, Failure> {
        let (text, end) = string::read(self.text, self.at)?;
        self.at = end;
        self.held += (text.capacity() + OVERHEAD).cast_signed();
        Ok(text)
    }

    /// Skips whitespace and returns the next byte.
    fn peek(&mut self) -> Option<u8> {
        while let Some(byte) = self.text.get(self.at) {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(*byte);
            }
            self.at += 1;
        }
        None
    }

    fn skip(&mut self, word: &[u8]) -> bool {
        let found = self.text[self.at..].starts_with(word);
        self.at += if found { word.len() } else { 0 };
        found
    }

    fn expected(&self, what: &str) -> Failure {
        let rest = &self.text[self.at..];
        let character = rest.utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next());
        let found = match (rest.first(), character) {
            (None, _) => "the end of the text".to_owned(),
            (_, Some(character)) => format!("`{}`", character.escape_debug()),
            (Some(byte), None) => format!("the byte 0x{byte:02X}, which is not UTF-8"),
        };
        Failure::new(self.at, format!("expected {what}, found {found}"))
    }
}
