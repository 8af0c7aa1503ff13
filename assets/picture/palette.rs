//! The colours of the terminal, as 0xRRGGBB.

use vt100::Color;

/// The sixteen named colours, and the colours of a cell without any.
#[derive(Debug)]
pub(crate) struct Palette {
    pub(crate) foreground: u32,
    pub(crate) background: u32,
    pub(crate) named: [u32; 16],
}

/// A dark terminal.
pub(crate) const DARK: Palette = Palette {
    foreground: 0xd6_d9e0,
    background: 0x14_161b,
    named: [
        0x14_161b, 0xe0_6c75, 0x98_c379, 0xe5_c07b, 0x61_afef, 0xc6_78dd, 0x56_b6c2, 0xab_b2bf, //
        0x5c_6370, 0xef_8a91, 0xb0_d695, 0xf2_d39b, 0x86_c5f5, 0xd7_9ae8, 0x7f_cdd6, 0xf2_f4f8,
    ],
};

/// A light terminal.
pub(crate) const LIGHT: Palette = Palette {
    foreground: 0x2b_303b,
    background: 0xfa_fafa,
    named: [
        0x2b_303b, 0xb8_2f38, 0x3f_7d22, 0x96_6a00, 0x1f_62b8, 0x8a_2fa8, 0x0b_7285, 0x8a_919c, //
        0x5c_6370, 0xd1_4550, 0x55_9a34, 0xb3_8211, 0x3a_7fd6, 0xa5_4cc4, 0x17_8fa5, 0xfa_fafa,
    ],
};

impl Palette {
    /// Returns the colour of a cell. Numbers above 15 are xterm's cube and greys.
    pub(crate) fn colour(&self, colour: Color, default: u32) -> u32 {
        match colour {
            Color::Default => default,
            Color::Rgb(r, g, b) => u32::from_be_bytes([0, r, g, b]),
            Color::Idx(index @ 0..=15) => self.named[usize::from(index)],
            Color::Idx(index @ 16..=231) => {
                let level = |i: u8| if i == 0 { 0 } else { 55 + 40 * i };
                let cube = index - 16;
                u32::from_be_bytes([0, level(cube / 36), level(cube / 6 % 6), level(cube % 6)])
            }
            Color::Idx(index) => u32::from(8 + 10 * (index - 232)) * 0x01_0101,
        }
    }
}

/// Mixes `percent` of `b` into `a`, channel by channel.
pub(crate) fn mix(a: u32, b: u32, percent: u32) -> u32 {
    let channel = |shift: u32| {
        let mixed = (a >> shift & 255) * (100 - percent) + (b >> shift & 255) * percent;
        (mixed / 100) << shift
    };
    channel(16) | channel(8) | channel(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_by_number_match_xterm() {
        let expected = [(9, 0xef_8a91), (16, 0), (67, 0x5f_87af), (231, 0xff_ffff), (232, 0x08_0808), (255, 0xee_eeee)];
        for (index, colour) in expected {
            assert_eq!(DARK.colour(Color::Idx(index), 0), colour, "{index}");
        }
    }

    #[test]
    fn mixing_keeps_the_channels_apart() {
        assert_eq!(mix(0xff_0000, 0x00_00ff, 50), 0x7f_007f);
    }
}
