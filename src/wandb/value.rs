//! The registry of W&B's types.
