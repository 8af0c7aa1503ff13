//! The application without a terminal: the [`Model`], the [`Message`]s that change it, and the [`Effect`]s it requests.
//!
//! [`update()`] is pure: it does no input or output, reads no clock, and cannot fail. A failed load arrives as a message and
//! is shown as an error.

pub mod advice;
pub mod changes;
mod chart;
pub mod compare;
pub mod contents;
mod current;
pub mod editing;
pub mod effect;
mod entry_name;
pub mod exporting;
pub mod file_names;
pub mod findings;
pub mod grid;
pub mod help;
pub mod help_search;
pub mod hints;
pub mod input;
mod jobs;
pub mod lines;
pub mod list;
pub mod menu;
mod model;
pub mod over_steps;
pub mod overlay;
pub mod palette;
mod parse;
mod pending;
pub mod plot;
mod question;
pub mod regions;
mod remembered;
pub mod series_table;
pub mod statistics;
mod step_cursor;
mod update;
pub mod values;
mod waiting;
mod zoom;

pub use chart::{Cursor, Drag, Focus, GridSize, Panes, Selection, View, ViewState};
pub use current::{Badge, Current};
pub use effect::{Effect, JournalUpdate, Message, OtherCounted, RecoverableSession, Ticket, Unsaved};
pub use entry_name::EntryName;
pub use jobs::{JobProgress, Jobs};
pub use model::{Following, Model, Recovery, Size, Status, Thumbnail, first_bins};
pub use pending::{PendingExport, PendingSave, PendingWrite, SaveTo};
pub use question::Question;
pub use remembered::RememberedViews;
pub use step_cursor::StepCursor;
pub use update::update;
pub use zoom::ZoomAnchor;
