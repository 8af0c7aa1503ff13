//! Panics in background threads: reported on screen, without ending the program.

use std::any::Any;
use std::cell::Cell;

thread_local! {
    static BACKGROUND: Cell<bool> = const { Cell::new(false) };
}

/// Marks the current thread as a background thread, which catches its panics itself.
pub(super) fn mark_background_thread() {
    BACKGROUND.set(true);
}

/// Returns true if the current thread was [marked](mark_background_thread).
pub(super) fn is_background_thread() -> bool {
    BACKGROUND.get()
}

/// Returns the message that reports a caught panic.
pub(super) fn describe(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("internal error: {}; please report this bug", text.unwrap_or("unknown cause"))
}
