//! A line of text input with readline's keys.

use crate::key::{Code, Key};

/// Text with a cursor between its characters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Input {
    text: String,
    /// Byte offset, on a character boundary.
    cursor: usize,
    /// The text is a proposal that typing replaces.
    proposed: bool,
}

impl Input {
    /// Creates an input with the cursor at the end of the text.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { cursor: text.len(), text, proposed: false }
    }

    /// Creates an input with a proposal. Typing replaces it; an editing key keeps it.
    pub fn with_proposal(text: impl Into<String>) -> Self {
        Self { proposed: true, ..Self::new(text) }
    }

    /// Returns true if the text is a proposal that was not edited yet.
    pub fn is_proposed(&self) -> bool {
        self.proposed
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the text before and after the cursor.
    pub fn split(&self) -> (&str, &str) {
        self.text.split_at(self.cursor)
    }

    /// Inserts text at the cursor, without line breaks and other control characters.
    pub fn insert(&mut self, text: &str) {
        if std::mem::take(&mut self.proposed) {
            self.remove(0, self.text.len());
        }
        for c in text.chars().filter(|c| !c.is_control()) {
            self.text.insert(self.cursor, c);
            self.cursor += c.len_utf8();
        }
    }

    /// Handles a key. Returns false if the key has no function here.
    pub fn key(&mut self, key: Key) -> bool {
        self.proposed &= key.typed().is_some();
        if key.mods.alt {
            match key.code {
                Code::Char('b') | Code::Left => self.cursor = self.word_start(),
                Code::Char('f') | Code::Right => self.cursor = self.word_end(),
                Code::Char('d') => self.remove(self.cursor, self.word_end()),
                _ => return false,
            }
            return true;
        }
        match (key.code, key.mods.ctrl) {
            (Code::Left, false) | (Code::Char('b'), true) => self.cursor = self.before(),
            (Code::Right, false) | (Code::Char('f'), true) => self.cursor = self.after(),
            (Code::Home, _) | (Code::Char('a'), true) => self.cursor = 0,
            (Code::End, _) | (Code::Char('e'), true) => self.cursor = self.text.len(),
            (Code::Backspace, false) | (Code::Char('h'), true) => self.remove(self.before(), self.cursor),
            (Code::Delete, _) | (Code::Char('d'), true) => self.remove(self.cursor, self.after()),
            (Code::Backspace | Code::Char('w'), true) => self.remove(self.word_start(), self.cursor),
            (Code::Char('u'), true) => self.remove(0, self.cursor),
            (Code::Char('k'), true) => self.text.truncate(self.cursor),
            _ => match key.typed() {
                Some(c) => self.insert(c.encode_utf8(&mut [0; 4])),
                None => return false,
            },
        }
        true
    }

    fn before(&self) -> usize {
        self.text[..self.cursor].char_indices().next_back().map_or(0, |(at, _)| at)
    }

    fn after(&self) -> usize {
        self.text[self.cursor..].chars().next().map_or(self.cursor, |c| self.cursor + c.len_utf8())
    }

    fn word_start(&self) -> usize {
        let head = self.text[..self.cursor].trim_end();
        head.rfind(|c: char| c.is_whitespace() || c == '/').map_or(0, |at| {
            let separator = head[at..].chars().next().map_or(0, char::len_utf8);
            // A trailing separator belongs to the word before it.
            if at + separator == head.len() { head[..at].rfind('/').map_or(0, |at| at + 1) } else { at + separator }
        })
    }

    fn word_end(&self) -> usize {
        let tail = &self.text[self.cursor..];
        let separates = |c: char| c.is_whitespace() || c == '/';
        let word = tail.find(|c| !separates(c)).unwrap_or(tail.len());
        self.cursor + tail[word..].find(separates).map_or(tail.len(), |end| word + end)
    }

    fn remove(&mut self, from: usize, to: usize) {
        self.text.replace_range(from..to, "");
        self.cursor = from;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn type_keys(start: &str, keys: &[Key]) -> (String, usize) {
        let mut input = Input::new(start);
        for key in keys {
            input.key(*key);
        }
        (input.text, input.cursor)
    }

    #[test]
    fn alt_keys_move_and_delete_by_word() {
        let alt = |c| Key { mods: crate::key::Mods { alt: true, ctrl: false, shift: false }, ..Key::char(c) };
        assert_eq!(type_keys("a/bc de", &[alt('b'), alt('b')]).1, 2);
        assert_eq!(type_keys("a/bc de", &[Key::plain(Code::Home), alt('f'), alt('f')]).1, 4);
        assert_eq!(type_keys("a/bc de", &[Key::plain(Code::Home), alt('f'), alt('d')]), ("a de".to_owned(), 1));
    }

    #[test]
    fn readline_keys_move_and_delete() {
        let c = Key::ctrl;
        assert_eq!(type_keys("runs/out é", &[c('w')]), ("runs/out ".into(), 9));
        assert_eq!(type_keys("runs/out", &[c('w')]), ("runs/".into(), 5));
        assert_eq!(type_keys("runs/", &[c('w')]), (String::new(), 0));
        assert_eq!(type_keys("abc", &[c('a'), Key::char('é'), c('k')]), ("é".into(), 2));
        assert_eq!(type_keys("abc", &[c('b'), c('d')]), ("ab".into(), 2));
        assert_eq!(type_keys("abc", &[Key::plain(Code::Left), c('u')]), ("c".into(), 0));
        assert_eq!(type_keys("é", &[Key::plain(Code::Backspace), c('h'), c('d')]), (String::new(), 0));
    }

    #[test]
    fn typing_replaces_a_proposal_and_editing_keys_keep_it() {
        let typed = |keys: &[Key]| {
            let mut input = Input::with_proposal("12");
            for key in keys {
                input.key(*key);
            }
            (input.text().to_owned(), input.is_proposed())
        };
        assert_eq!(typed(&[]), ("12".into(), true));
        assert_eq!(typed(&[Key::char('3'), Key::char('4')]), ("34".into(), false));
        assert_eq!(typed(&[Key::plain(Code::End), Key::char('3')]), ("123".into(), false));
        assert_eq!(typed(&[Key::plain(Code::Backspace), Key::char('3')]), ("13".into(), false));
    }

    #[test]
    fn pasting_drops_control_characters() {
        let mut input = Input::default();
        input.insert("a\nb\u{1b}[31m");
        assert_eq!(input.text(), "ab[31m");
    }
}
