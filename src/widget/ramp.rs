//! Colors for quantities: ramps from small to large whose lightness changes evenly to the eye.
//!
//! The hues are blue for all columns and orange for the marked one. Readers with any common color blindness see the
//! difference, and the lightness alone gives the order.

use color::{Oklab, OpaqueColor, Srgb};
use ratatui::style::Color;

/// Color as 0xRRGGBB.
pub type Rgb = u32;

/// Anchors of the ramp on light backgrounds and on paper, from small to large: more is darker.
pub const ON_LIGHT: [Rgb; 5] = [0xd9_e8f5, 0x9f_c3e2, 0x5f_94c5, 0x2c_629f, 0x0a_2c5e];
/// Anchors of the ramp on dark backgrounds: more is brighter.
pub const ON_DARK: [Rgb; 5] = [0x1b_3763, 0x2c_629f, 0x5f_94c5, 0x9f_c3e2, 0xe6_f3ff];
/// Anchors for the marked column.
const MARKED_ON_LIGHT: [Rgb; 5] = [0xfb_d9a0, 0xf0_ae42, 0xc4_7f00, 0x8a_5600, 0x4f_2f00];
const MARKED_ON_DARK: [Rgb; 5] = [0x5a_3a00, 0x8f_5f00, 0xc9_8700, 0xff_af00, 0xff_d884];
/// Colors of nothing: in all columns, and in the marked one.
const GROUND_ON_LIGHT: [Rgb; 2] = [0xf8_fafc, 0xff_f0d4];
const GROUND_ON_DARK: [Rgb; 2] = [0x11_151c, 0x2d_1f00];

/// A gray of xterm's 256 colors.
const DARK_GRAY: u8 = 237;

/// Number of colors in a ramp. More are hardly visible, and each makes frames longer.
pub const SHADES: usize = 32;

/// The background of the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ground {
    #[default]
    Dark,
    Light,
}

/// Colors that a terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Palette {
    /// 24-bit colors.
    True,
    /// xterm's 256 colors.
    Xterm,
    /// The 16 named colors.
    Named,
}

/// Colors of a heat map. Without colors, shades are drawn.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HeatColors {
    pub plain: Colors,
    /// Colors of the marked column.
    pub marked: Colors,
}

/// Colors from nothing to the largest quantity.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Colors {
    /// Color of nothing.
    pub ground: Color,
    /// Colors from the smallest to the largest quantity, all different from the ground.
    pub ramp: Vec<Color>,
}

impl HeatColors {
    /// Returns the ramp for a palette and a background. `anchors` replaces the built-in colors, from small to large.
    pub fn new(palette: Palette, ground: Ground, anchors: Option<&[Rgb]>) -> Self {
        let (own, marked, grounds) = match ground {
            Ground::Dark => (ON_DARK, MARKED_ON_DARK, GROUND_ON_DARK),
            Ground::Light => (ON_LIGHT, MARKED_ON_LIGHT, GROUND_ON_LIGHT),
        };
        let own = anchors.unwrap_or(&own);
        match palette {
            Palette::True => {
                let colors = |anchors: &[Rgb], ground| Colors {
                    ground: from_rgb(ground),
                    ramp: shades(anchors, SHADES).into_iter().map(from_rgb).collect(),
                };
                Self { plain: colors(own, grounds[0]), marked: colors(&marked, grounds[1]) }
            }
            Palette::Xterm => {
                let xterm = Xterm::new();
                // The cube has no dark orange, only a red that looks like an error.
                let marked_ground = if ground == Ground::Dark { DARK_GRAY } else { xterm.nearest(grounds[1]) };
                let colors = |anchors: &[Rgb], ground| {
                    let mut ramp: Vec<u8> =
                        shades(anchors, SHADES).into_iter().map(|color| xterm.nearest(color)).collect();
                    ramp.dedup();
                    ramp.retain(|color| *color != ground);
                    Colors { ground: Color::Indexed(ground), ramp: ordered(&ramp) }
                };
                Self { plain: colors(own, xterm.nearest(grounds[0])), marked: colors(&marked, marked_ground) }
            }
            Palette::Named => {
                let (plain, marked) = match ground {
                    Ground::Dark => (
                        [Color::Blue, Color::LightBlue, Color::Cyan, Color::LightCyan, Color::White],
                        [Color::Red, Color::LightRed, Color::Yellow, Color::LightYellow],
                    ),
                    Ground::Light => (
                        [Color::LightCyan, Color::Cyan, Color::LightBlue, Color::Blue, Color::Black],
                        [Color::LightYellow, Color::Yellow, Color::LightRed, Color::Red],
                    ),
                };
                let colors = |ramp: &[Color]| Colors { ground: Color::Reset, ramp: ramp.to_vec() };
                Self { plain: colors(&plain), marked: colors(&marked) }
            }
        }
    }

    /// Returns true if there are only shades.
    pub fn is_empty(&self) -> bool {
        self.plain.ramp.is_empty()
    }
}

impl Colors {
    /// Returns the color of a quantity from 0 to 1. Only zero has the color of the ground.
    pub fn at(&self, quantity: f64) -> Color {
        let last = self.ramp.len().saturating_sub(1);
        let index = (quantity * self.ramp.len() as f64).ceil() as usize;
        match self.ramp.get(index.saturating_sub(1).min(last)) {
            Some(color) if quantity > 0.0 => *color,
            _ => self.ground,
        }
    }
}

/// Returns `n` colors through the anchors, evenly spaced in Oklab.
pub fn shades(anchors: &[Rgb], n: usize) -> Vec<Rgb> {
    let Some(last) = anchors.len().checked_sub(1) else { return Vec::new() };
    let at = |index: usize| {
        let place = index as f64 / n.saturating_sub(1).max(1) as f64 * last as f64;
        let below = (place as usize).min(last.saturating_sub(1));
        let above = (below + 1).min(last);
        let mixed = to_oklab(anchors[below]).lerp_rect(to_oklab(anchors[above]), (place - below as f64) as f32);
        let [r, g, b, _] = mixed.to_rgba8().to_u8_array();
        u32::from_be_bytes([0, r, g, b])
    };
    (0..n).map(at).collect()
}

/// Returns the colors whose lightness continues in the direction of the whole ramp.
fn ordered(ramp: &[u8]) -> Vec<Color> {
    let lightness = |color: u8| to_oklab(rgb_of_xterm(color)).components[0];
    let rises = ramp.first().zip(ramp.last()).is_some_and(|(first, last)| lightness(*first) <= lightness(*last));
    let mut kept: Vec<u8> = Vec::new();
    for color in ramp {
        let continues = |previous: &u8| (lightness(*color) > lightness(*previous)) == rises;
        if kept.last().is_none_or(continues) {
            kept.push(*color);
        }
    }
    kept.into_iter().map(Color::Indexed).collect()
}

fn from_rgb(color: Rgb) -> Color {
    Color::from_u32(color)
}

fn to_oklab(color: Rgb) -> OpaqueColor<Oklab> {
    let [_, r, g, b] = color.to_be_bytes();
    OpaqueColor::<Srgb>::from_rgb8(r, g, b).convert()
}

/// Levels of the 6×6×6 color cube of xterm's 256 colors.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// Color of an index from 16 on.
pub fn rgb_of_xterm(n: u8) -> Rgb {
    if n >= 232 {
        return u32::from(8 + (n - 232) * 10) * 0x01_0101;
    }
    let n = n.saturating_sub(16);
    let [r, g, b] = [n / 36, n / 6 % 6, n % 6].map(|level| CUBE[usize::from(level)]);
    u32::from_be_bytes([0, r, g, b])
}

/// Color as lightness, two axes of hue, and saturation.
#[derive(Debug, Clone, Copy)]
struct Perceived {
    lightness: f32,
    hue: [f32; 2],
    saturation: f32,
}

impl Perceived {
    fn of(color: Rgb) -> Self {
        let [lightness, a, b] = to_oklab(color).components;
        Self { lightness, hue: [a, b], saturation: a.hypot(b) }
    }

    fn is_gray(self) -> bool {
        self.saturation < 0.02
    }

    /// Difference for the eye.
    ///
    /// The palette has few dark and pale colors. Among them, a similar hue is more important than a similar saturation, so
    /// that a ramp does not change its hue back and forth.
    fn distance(self, other: Self) -> f32 {
        const HUE: f32 = 3.0;
        const SATURATION: f32 = 0.5;
        let [lighter, more] = [other.lightness - self.lightness, other.saturation - self.saturation].map(|x| x * x);
        let across: f32 = self.hue.iter().zip(other.hue).map(|(x, y)| (y - x).powi(2)).sum();
        lighter + HUE * (across - more).max(0.0) + SATURATION * more
    }
}

/// Xterm's 256 colors without the 16 named ones, which each terminal chooses. The conversion takes time, so it is done once
/// for all colors that are searched.
struct Xterm(Vec<(u8, Perceived)>);

impl Xterm {
    fn new() -> Self {
        Self((16..=255).map(|n| (n, Perceived::of(rgb_of_xterm(n)))).collect())
    }

    /// Index of the most similar color. Only grays become gray.
    fn nearest(&self, color: Rgb) -> u8 {
        let color = Perceived::of(color);
        let candidates = self.0.iter().filter(|(_, other)| color.is_gray() || !other.is_gray());
        let distances = candidates.map(|(n, other)| (*n, color.distance(*other)));
        distances.min_by(|a, b| a.1.total_cmp(&b.1)).map_or(231, |(n, _)| n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lightness(color: Color) -> f32 {
        let rgb = match color {
            Color::Rgb(r, g, b) => u32::from_be_bytes([0, r, g, b]),
            Color::Indexed(n) => rgb_of_xterm(n),
            _ => unreachable!("{color}"),
        };
        to_oklab(rgb).components[0]
    }

    #[test]
    fn ramps_are_monotone_and_start_away_from_the_ground() {
        for ground in [Ground::Dark, Ground::Light] {
            for palette in [Palette::True, Palette::Xterm] {
                let HeatColors { plain, marked } = HeatColors::new(palette, ground, None);
                for Colors { ground: nothing, ramp } in [&plain, &marked] {
                    let levels: Vec<f32> =
                        std::iter::once(nothing).chain(ramp).map(|color| lightness(*color)).collect();
                    let rises = ground == Ground::Dark;
                    assert!(
                        levels.windows(2).all(|pair| (pair[1] > pair[0]) == rises),
                        "{palette:?} {ground:?} {levels:?}"
                    );
                    assert!((levels[1] - levels[0]).abs() > 0.04, "{palette:?} {ground:?} {levels:?}");
                    assert!(ramp.len() >= 6, "{palette:?} {ground:?} {ramp:?}");
                }
            }
        }
    }

    #[test]
    fn the_marked_column_differs_at_each_lightness() {
        for ground in [Ground::Dark, Ground::Light] {
            for palette in [Palette::True, Palette::Xterm] {
                let HeatColors { plain, marked } = HeatColors::new(palette, ground, None);
                for quantity in [0.01, 0.25, 0.5, 0.75, 1.0] {
                    let color = |colors: &Colors| match colors.at(quantity) {
                        Color::Rgb(r, g, b) => to_oklab(u32::from_be_bytes([0, r, g, b])),
                        Color::Indexed(n) => to_oklab(rgb_of_xterm(n)),
                        _ => unreachable!(),
                    };
                    let difference = color(&plain).difference(color(&marked));
                    assert!(difference > 0.06, "{palette:?} {ground:?} {quantity}: {difference}");
                }
            }
        }
    }

    #[test]
    fn only_zero_is_the_ground() {
        let colors = HeatColors::new(Palette::True, Ground::Dark, None).plain;
        assert_eq!(colors.at(0.0), colors.ground);
        assert_eq!((colors.at(1e-9), colors.at(1.0)), (colors.ramp[0], colors.ramp[SHADES - 1]));
        assert_eq!(Colors::default().at(0.5), Color::Reset);
    }

    #[test]
    fn shades_pass_through_their_anchors() {
        let all = shades(&ON_LIGHT, 9);
        assert_eq!([all[0], all[2], all[4], all[6], all[8]], ON_LIGHT);
        assert_eq!(shades(&[0x12_3456], 3), [0x12_3456; 3]);
        assert_eq!(shades(&[], 3), [0; 0]);
    }
}
