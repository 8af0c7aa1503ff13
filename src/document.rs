//! What is edited: a series under a choice of bins and range, its history, and how it is saved.

pub mod save;
