//! JSON text: no panic, and each span is inside the text and inside its parent.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rebin::json::{self, Item, Node};

fuzz_target!(|text: &[u8]| {
    match json::parse(text) {
        Ok(root) => spans(&root, 0..text.len()),
        Err(error) => assert!(error.byte <= text.len() && error.line > 0 && error.column > 0),
    }
});

fn spans(item: &Item, parent: std::ops::Range<usize>) {
    assert!(parent.start <= item.span.start && item.span.start < item.span.end && item.span.end <= parent.end);
    match &item.node {
        Node::Array(items) => items.iter().for_each(|inner| spans(inner, item.span.clone())),
        Node::Object(members) => members.iter().for_each(|member| spans(&member.value, member.span.clone())),
        _ => {}
    }
}
