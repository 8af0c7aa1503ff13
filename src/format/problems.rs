//! A list of problems that a damaged file cannot make grow without end.

use crate::error::{At, Problem};

/// The first problems of a file in full, the rest as a number.
#[derive(Debug, Clone, Default)]
pub struct Problems {
    kept: Vec<Problem>,
    more: u64,
}

impl Problems {
    const KEPT: usize = 1000;

    /// Notes a problem at a byte offset of the file.
    pub fn at(&mut self, byte: u64, message: impl Into<String>) {
        self.push(Problem::new(At::Byte(byte), message));
    }

    pub fn push(&mut self, problem: Problem) {
        if self.kept.len() < Self::KEPT {
            self.kept.push(problem);
        } else {
            self.more += 1;
        }
    }

    /// All that was kept and, if there were more, their number.
    pub fn to_vec(&self) -> Vec<Problem> {
        let mut all = self.kept.clone();
        if self.more > 0 {
            all.push(Problem::new(At::Whole, format!("{} more problems of this kind are not listed", self.more)));
        }
        all
    }
}
