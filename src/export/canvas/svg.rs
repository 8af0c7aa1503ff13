//! Writes a canvas as SVG 1.1, with paths and text only.

use super::{Anchor, Canvas, Color, Mark, Words};
use std::fmt::Write as _;

/// The font that the layout was computed with, and similar ones.
const FONTS: &str = "'DejaVu Sans',Verdana,Geneva,sans-serif";

/// Returns the content of the file.
pub(in crate::export) fn svg(canvas: &Canvas) -> String {
    let [width, height] = [canvas.width, canvas.height].map(number);
    let mut out = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" font-family="{FONTS}">
<title>{}</title>
<rect width="{width}" height="{height}" fill="#ffffff"/>
"##,
        escape(&canvas.title)
    );
    for mark in &canvas.marks {
        out += &element(mark);
        out.push('\n');
    }
    out + "</svg>\n"
}

fn element(mark: &Mark) -> String {
    match mark {
        Mark::Areas { areas, color, sharp } => {
            let mut path = String::new();
            for [x, y, width, height] in areas.iter().map(|area| area.map(number)) {
                // Writing to a string never fails.
                let _ = write!(path, "M{x} {y}h{width}v{height}h-{width}z");
            }
            let edges = if *sharp { r#" shape-rendering="crispEdges""# } else { "" };
            format!(r#"<path d="{path}" fill="{}"{edges}/>"#, hex(*color))
        }
        Mark::Shape { corners, color } => {
            format!(r#"<path d="{}z" fill="{}"/>"#, path(corners), hex(*color))
        }
        Mark::Line { points, color, width } => {
            let (path, width) = (path(points), number(*width));
            format!(r#"<path d="{path}" fill="none" stroke="{}" stroke-width="{width}"/>"#, hex(*color))
        }
        Mark::Words(words) => text(words),
    }
}

fn text(words: &Words) -> String {
    let anchor = match words.anchor {
        Anchor::Start => "",
        Anchor::Middle => r#" text-anchor="middle""#,
        Anchor::End => r#" text-anchor="end""#,
    };
    let (x, y, size) = (number(words.at.0), number(words.at.1), number(words.size));
    let place = if words.upward {
        format!(r#"transform="translate({x} {y})rotate(-90)""#)
    } else {
        format!(r#"x="{x}" y="{y}""#)
    };
    let (fill, text) = (hex(words.color), escape(&words.text));
    format!(r#"<text {place} font-size="{size}" fill="{fill}"{anchor}>{text}</text>"#)
}

fn path(points: &[(f64, f64)]) -> String {
    let mut path = String::new();
    for (index, (x, y)) in points.iter().enumerate() {
        let _ = write!(path, "{}{} {}", if index == 0 { "M" } else { "L" }, number(*x), number(*y));
    }
    path
}

/// Formats a coordinate with at most two decimals.
fn number(x: f64) -> String {
    let text = format!("{x:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.into() }
}

fn hex(color: Color) -> String {
    format!("#{color:06x}")
}

/// Escapes text for XML. Control characters were replaced before; XML does not allow two more characters.
fn escape(text: &str) -> String {
    let text = text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}");
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
