//! Path data for filled rectangles.

use crate::cells::Rect;
use std::fmt::Write;

/// Returns path data that fills all of the rectangles.
pub(crate) fn path(rects: &[Rect]) -> String {
    let across = merge_down(merge_across(rects.to_vec()));
    let down = merge_across(merge_down(rects.to_vec()));
    let merged = if down.len() < across.len() { down } else { across };

    let mut path = String::new();
    let (mut at_x, mut at_y) = (0, 0);
    for [x, y, width, height] in merged {
        // Filling closes each subpath, so three sides are enough.
        let (dx, dy) = (x.cast_signed() - at_x, y.cast_signed() - at_y);
        let separator = if dy < 0 { "" } else { " " };
        // Writing to a String cannot fail.
        let _ = write!(path, "m{dx}{separator}{dy}h{width}v{height}h-{width}");
        (at_x, at_y) = (x.cast_signed(), (y + height).cast_signed());
    }
    path
}

/// Joins rectangles of the same rows that touch or overlap.
fn merge_across(mut rects: Vec<Rect>) -> Vec<Rect> {
    rects.sort_unstable_by_key(|&[x, y, width, height]| (y, height, x, width));
    let mut merged: Vec<Rect> = Vec::new();
    for [x, y, width, height] in rects {
        match merged.last_mut() {
            Some(last) if last[1] == y && last[3] == height && x <= last[0] + last[2] => {
                last[2] = last[2].max(x + width - last[0]);
            }
            _ => merged.push([x, y, width, height]),
        }
    }
    merged
}

/// Joins rectangles of the same columns that touch or overlap.
fn merge_down(rects: Vec<Rect>) -> Vec<Rect> {
    let turned = |[x, y, width, height]: Rect| [y, x, height, width];
    merge_across(rects.into_iter().map(turned).collect()).into_iter().map(turned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn touching_rectangles_are_joined() {
        assert_eq!(path(&[[8, 0, 8, 16], [0, 0, 8, 16]]), "m0 0h16v16h-16");
        assert_eq!(path(&[[0, 16, 8, 16], [0, 0, 8, 16], [8, 0, 8, 32]]), "m0 0h16v32h-16");
        assert_eq!(path(&[[0, 0, 5, 1], [4, 0, 4, 1]]), "m0 0h8v1h-8");
    }

    #[test]
    fn rectangles_apart_start_where_the_last_one_ended() {
        assert_eq!(path(&[[0, 0, 8, 16], [16, 0, 8, 32]]), "m0 0h8v16h-8m16-16h8v32h-8");
    }
}
