//! Where a search stands in a tree.

use crate::json::Label;

/// The way from the root to a value, innermost last; names are copied only where something is found.
#[derive(Debug, Clone, Copy)]
pub(in crate::format) enum Trail<'t> {
    Root,
    Member(&'t Trail<'t>, &'t str),
    Element(&'t Trail<'t>, usize),
}

impl Trail<'_> {
    pub(in crate::format) fn labels(&self) -> Vec<Label> {
        let (mut labels, last) = match self {
            Self::Root => return Vec::new(),
            Self::Member(parent, name) => (parent.labels(), Label::Name((*name).to_owned())),
            Self::Element(parent, index) => (parent.labels(), Label::Index(*index)),
        };
        labels.push(last);
        labels
    }

    /// Whether there is an array on the way.
    pub(in crate::format) fn in_array(&self) -> bool {
        match self {
            Self::Root => false,
            Self::Element(..) => true,
            Self::Member(parent, _) => parent.in_array(),
        }
    }
}
