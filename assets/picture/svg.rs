//! Writes a recording as SVG. Cells sit exactly on a grid. Text uses a monospace font of the reader's system.
//!
//! In an animated picture, a CSS animation switches the visibility of each layer. Readers who prefer reduced motion see
//! the first screen, and so do programs that do not run animations.

use crate::cells::{HEIGHT, Piece, Rect, Style, WIDTH, Word};
use crate::outline;
use crate::palette::Palette;
use crate::recording::{Layer, Recording};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::num::NonZeroU16;

/// Space around the screen, in pixels.
const MARGIN: usize = 12;

/// Bytes that a layer must save. Its tags and its animation take about 250, and browsers run fewer animations faster.
const LAYER_COST: usize = 1000;

/// Average bytes of a rectangle. Most rectangles merge with their neighbours.
const RECT_COST: usize = 3;

/// Draws a recording.
pub(crate) fn draw(
    recording: &Recording,
    palette: &Palette,
    title: &str,
    (columns, rows): (NonZeroU16, NonZeroU16),
) -> String {
    let mut styles = Styles::default();
    let mut animation = String::new();
    let (mut backgrounds, mut foregrounds) = (String::new(), String::new());
    for (index, layer) in recording.layers(pays).iter().enumerate() {
        let group = group(recording, &layer.screens, index, &mut animation);
        let (background, foreground) = layer.pieces.iter().partition(|piece| matches!(piece, Piece::Background(..)));
        for (out, pieces) in [(&mut backgrounds, background), (&mut foregrounds, foreground)] {
            let markup = markup(pieces, &mut styles);
            if !markup.is_empty() {
                write(out, format_args!("{group}\n{markup}</g>\n"));
            }
        }
    }
    if !animation.is_empty() {
        let milliseconds = recording.duration();
        animation = format!(
            "@media (prefers-reduced-motion:no-preference){{g[class]{{animation:{milliseconds}ms step-end infinite}}}}\n\
             {animation}"
        );
    }
    let [width, height] = [usize::from(columns.get()) * WIDTH, usize::from(rows.get()) * HEIGHT];
    let (w, h) = (width + 2 * MARGIN, height + 2 * MARGIN);
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img">
<title>{}</title>
<style>
text{{font:13.3px 'JetBrains Mono','DejaVu Sans Mono',ui-monospace,Menlo,Consolas,monospace}}
{}{animation}</style>
<rect width="{w}" height="{h}" rx="6" fill="#{:06x}"/>
<g transform="translate({MARGIN} {MARGIN})" shape-rendering="crispEdges">
{backgrounds}{foregrounds}</g>
</svg>
"##,
        escape(title),
        styles.css(),
        palette.background
    )
}

/// Returns true if pieces take fewer bytes as one layer than as copies on each screen.
fn pays(layer: &Layer<'_>) -> bool {
    let mut styles = Styles::default();
    let bytes = |piece: &&Piece| match piece {
        Piece::Word(_) => markup(vec![*piece], &mut styles).len(),
        _ => RECT_COST,
    };
    layer.pieces.iter().map(bytes).sum::<usize>() * (layer.screens.len() - 1) > LAYER_COST
}

/// Returns the start tag of a layer, and adds the animation that shows it.
fn group(recording: &Recording, screens: &[usize], index: usize, animation: &mut String) -> String {
    let changes = recording.changes(screens);
    let Some((_, visible)) = changes.first().filter(|_| changes.len() > 1) else { return "<g>".to_owned() };
    let times = |wanted: bool| {
        let changes = changes.iter().filter(|(_, visible)| *visible == wanted);
        let percent = |time: u64| time as f64 * 100.0 / recording.duration() as f64;
        let times: Vec<_> = changes.map(|(time, _)| format!("{:.2}%", percent(*time))).collect();
        times.join(",")
    };
    write(
        animation,
        format_args!(
            "g.k{index}{{animation-name:k{index}}}\
             @keyframes k{index}{{{}{{visibility:visible}}{}{{visibility:hidden}}}}\n",
            times(true),
            times(false)
        ),
    );
    let hidden = if *visible { "" } else { " visibility=\"hidden\"" };
    format!("<g class=\"k{index}\"{hidden}>")
}

/// Returns the elements of a layer: shapes by colour, then words in reading order.
fn markup(pieces: Vec<&Piece>, styles: &mut Styles) -> String {
    let mut fills: BTreeMap<u32, Vec<Rect>> = BTreeMap::new();
    let mut strokes: BTreeMap<u32, String> = BTreeMap::new();
    let mut words = String::new();
    for piece in pieces {
        match piece {
            Piece::Background(colour, rect) | Piece::Shape(colour, rect) => {
                fills.entry(*colour).or_default().push(*rect);
            }
            Piece::Stroke(colour, path) => strokes.entry(*colour).or_default().push_str(path),
            Piece::Word(word) => text(&mut words, word, &styles.class(word.style)),
        }
    }
    let mut out = String::new();
    for (colour, rects) in fills {
        write(&mut out, format_args!("<path fill=\"#{colour:06x}\" d=\"{}\"/>\n", outline::path(&rects)));
    }
    for (colour, path) in strokes {
        write(&mut out, format_args!("<path fill=\"none\" stroke=\"#{colour:06x}\" d=\"{path}\"/>\n"));
    }
    out + &words
}

/// Writes a word at a fixed length. A character that fonts may lack is centred on its cell instead.
fn text(out: &mut String, word: &Word, class: &str) {
    let (x, y, length) = (word.x, word.y + 12, word.cells * WIDTH);
    let place = if word.text.is_ascii() {
        format!("x=\"{x}\" y=\"{y}\" textLength=\"{length}\"")
    } else {
        format!("x=\"{}\" y=\"{y}\" text-anchor=\"middle\"", x + length / 2)
    };
    write(out, format_args!("<text class=\"{class}\" {place}>{}</text>\n", escape(&word.text)));
}

/// Styles of text. Each has a CSS class, which its index names.
#[derive(Debug, Default)]
struct Styles(Vec<Style>);

impl Styles {
    fn class(&mut self, style: Style) -> String {
        let index = self.0.iter().position(|known| *known == style).unwrap_or_else(|| {
            self.0.push(style);
            self.0.len() - 1
        });
        format!("t{index}")
    }

    fn css(&self) -> String {
        let mut out = String::new();
        for (index, style) in self.0.iter().enumerate() {
            write(&mut out, format_args!(".t{index}{{fill:#{:06x}", style.colour));
            for (on, declaration) in [
                (style.bold, ";font-weight:bold"),
                (style.italic, ";font-style:italic"),
                (style.underline, ";text-decoration:underline"),
            ] {
                out.push_str(if on { declaration } else { "" });
            }
            out.push_str("}\n");
        }
        out
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn write(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cells;
    use crate::palette::DARK;

    /// Draws screens that are shown for 100 ms each.
    fn picture(screens: &[&str]) -> String {
        let size = (10.try_into().unwrap(), 2.try_into().unwrap());
        let mut recording = Recording::default();
        for screen in screens {
            let mut parser = vt100::Parser::new(size.1, size.0, 0);
            parser.process(b"\x1b[?25l");
            parser.process(screen.as_bytes());
            recording.push(cells::pieces(parser.screen(), &DARK), 100);
        }
        draw(&recording, &DARK, "a < b", size)
    }

    #[test]
    fn still_pictures_have_no_animation() {
        let picture = picture(&["ab █"]);
        assert!(picture.contains("<title>a &lt; b</title>"), "{picture}");
        assert!(picture.contains("<text class=\"t0\" x=\"0\" y=\"12\" textLength=\"16\">ab</text>"), "{picture}");
        assert!(picture.contains("<path fill=\"#d6d9e0\" d=\"m24 0h8v16h-8\"/>"), "{picture}");
        assert!(!picture.contains("animation") && !picture.contains("hidden"), "{picture}");
    }

    #[test]
    fn only_the_first_screen_is_visible_without_animation() {
        let picture = picture(&["same one", "same two", "same one", "same two"]);
        let groups: Vec<&str> =
            picture.lines().filter(|line| line.starts_with("<g") || line.contains("<text")).collect();
        let text = |x: usize, text: &str| {
            format!("<text class=\"t0\" x=\"{x}\" y=\"12\" textLength=\"{}\">{text}</text>", text.len() * 8)
        };
        let (same, one, two) = (text(0, "same"), text(40, "one"), text(40, "two"));
        let expected = ["<g>", &same, "<g class=\"k1\">", &one, "<g class=\"k2\" visibility=\"hidden\">", &two];
        assert_eq!(groups[1..], expected);
        let style =
            "g.k2{animation-name:k2}@keyframes k2{25.00%,75.00%{visibility:visible}0.00%,50.00%{visibility:hidden}}";
        assert!(picture.contains(style), "{picture}");
        assert!(picture.contains("g[class]{animation:400ms step-end infinite}"), "{picture}");
    }

    #[test]
    fn backgrounds_lie_below_the_words_of_other_layers() {
        let picture = picture(&["\x1b[42mx", "\x1b[43mx"]);
        assert!(picture.rfind("<path") < picture.find("<text"), "{picture}");
    }
}
