//! Quantized blocks: their sizes, and the `f32` values of their elements.
//!
//! A block stores a few bits for each element, and scales that its elements share. The arithmetic is that of ggml in `f32`,
//! in the same order, so that every value has the same bits. Not here: the types whose codes index large tables (`IQ1_*`,
//! `IQ2_*`, `IQ3_*`).

use half::f16;

/// A type of quantized blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quant {
    Q4_0,
    Q4_1,
    Q5_0,
    Q5_1,
    Q8_0,
    Q2K,
    Q3K,
    Q4K,
    Q5K,
    Q6K,
    Iq4Nl,
    Iq4Xs,
    Tq1_0,
    Tq2_0,
    Mxfp4,
}

/// Elements of the small blocks.
const SMALL: usize = 32;
/// Elements of the blocks with scales of their own for each group of elements.
const LARGE: usize = 256;

/// Values of the codes of `IQ4_NL` and `IQ4_XS`.
const NON_LINEAR: [i8; 16] = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];
/// Values of the codes of `MXFP4`, doubled.
const E2M1: [i8; 16] = [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12];

impl Quant {
    /// Number of elements in a block.
    pub fn elements(self) -> usize {
        match self {
            Self::Q4_0 | Self::Q4_1 | Self::Q5_0 | Self::Q5_1 | Self::Q8_0 | Self::Iq4Nl | Self::Mxfp4 => SMALL,
            _ => LARGE,
        }
    }

    /// Number of bytes in a block.
    pub fn bytes(self) -> usize {
        match self {
            Self::Mxfp4 => 17,
            Self::Q4_0 | Self::Iq4Nl => 18,
            Self::Q4_1 => 20,
            Self::Q5_0 => 22,
            Self::Q5_1 => 24,
            Self::Q8_0 => 34,
            Self::Tq1_0 => 54,
            Self::Tq2_0 => 66,
            Self::Q2K => 84,
            Self::Q3K => 110,
            Self::Iq4Xs => 136,
            Self::Q4K => 144,
            Self::Q5K => 176,
            Self::Q6K => 210,
        }
    }

    /// Number of bytes of the complete blocks with `n` elements.
    pub fn bytes_of(self, n: u64) -> u64 {
        n / self.elements() as u64 * self.bytes() as u64
    }

    /// Appends the values of complete blocks. Ignores bytes after the last complete block.
    pub fn decode(self, bytes: &[u8], values: &mut Vec<f32>) {
        match self {
            Self::Q4_0 => blocks(bytes, values, q4_0),
            Self::Q4_1 => blocks(bytes, values, q4_1),
            Self::Q5_0 => blocks(bytes, values, q5_0),
            Self::Q5_1 => blocks(bytes, values, q5_1),
            Self::Q8_0 => blocks(bytes, values, q8_0),
            Self::Q2K => blocks(bytes, values, q2_k),
            Self::Q3K => blocks(bytes, values, q3_k),
            Self::Q4K => blocks(bytes, values, q4_k),
            Self::Q5K => blocks(bytes, values, q5_k),
            Self::Q6K => blocks(bytes, values, q6_k),
            Self::Iq4Nl => blocks(bytes, values, iq4_nl),
            Self::Iq4Xs => blocks(bytes, values, iq4_xs),
            Self::Tq1_0 => blocks(bytes, values, tq1_0),
            Self::Tq2_0 => blocks(bytes, values, tq2_0),
            Self::Mxfp4 => blocks(bytes, values, mxfp4),
        }
    }
}

fn blocks<const BYTES: usize, const N: usize>(
    bytes: &[u8],
    values: &mut Vec<f32>,
    decode: fn(&[u8; BYTES]) -> [f32; N],
) {
    let (blocks, _) = bytes.as_chunks::<BYTES>();
    values.reserve(blocks.len() * N);
    for block in blocks {
        values.extend_from_slice(&decode(block));
    }
}

/// The float16 at a byte offset.
fn scale<const BYTES: usize>(block: &[u8; BYTES], at: usize) -> f32 {
    f16::from_le_bytes([block[at], block[at + 1]]).to_f32()
}

/// The code of 4 bits at an index. Each group of `width` bytes holds the codes of `2 * width` elements: first all low
/// halves, then all high halves.
fn nibble(bytes: &[u8], width: usize, i: usize) -> u8 {
    let (group, i) = (i / (2 * width), i % (2 * width));
    bytes[group * width + i % width] >> (4 * (i / width)) & 15
}

/// The code of 2 bits at an index. Each group of 32 bytes holds the codes of 128 elements, from the lowest bits upward.
fn crumb(bytes: &[u8], i: usize) -> u8 {
    let (group, i) = (i / 128, i % 128);
    bytes[group * 32 + i % 32] >> (2 * (i / 32)) & 3
}

/// The bit of an element in a mask of 32 bytes, whose bits belong to elements that are 32 apart.
fn plane(mask: &[u8], i: usize) -> u8 {
    mask[i % 32] >> (i / 32) & 1
}

fn q4_0(block: &[u8; 18]) -> [f32; SMALL] {
    let d = scale(block, 0);
    std::array::from_fn(|i| d * (f32::from(nibble(&block[2..], 16, i)) - 8.0))
}

fn q4_1(block: &[u8; 20]) -> [f32; SMALL] {
    let (d, m) = (scale(block, 0), scale(block, 2));
    std::array::from_fn(|i| d * f32::from(nibble(&block[4..], 16, i)) + m)
}

/// The fifth bit of an element in a mask of 32 bits.
fn fifth(mask: &[u8], i: usize) -> u8 {
    (mask[i / 8] >> (i % 8) & 1) << 4
}

fn q5_0(block: &[u8; 22]) -> [f32; SMALL] {
    let d = scale(block, 0);
    std::array::from_fn(|i| {
        let code = nibble(&block[6..], 16, i) | fifth(&block[2..6], i);
        d * (f32::from(code) - 16.0)
    })
}

fn q5_1(block: &[u8; 24]) -> [f32; SMALL] {
    let (d, m) = (scale(block, 0), scale(block, 2));
    std::array::from_fn(|i| {
        let code = nibble(&block[8..], 16, i) | fifth(&block[4..8], i);
        d * f32::from(code) + m
    })
}

fn q8_0(block: &[u8; 34]) -> [f32; SMALL] {
    let d = scale(block, 0);
    std::array::from_fn(|i| f32::from(block[2 + i].cast_signed()) * d)
}

fn q2_k(block: &[u8; 84]) -> [f32; LARGE] {
    let (d, min) = (scale(block, 80), scale(block, 82));
    let scaled: [(f32, f32); 16] =
        std::array::from_fn(|group| (d * f32::from(block[group] & 15), min * f32::from(block[group] >> 4)));
    std::array::from_fn(|i| {
        let (d, min) = scaled[i / 16];
        d * f32::from(crumb(&block[16..80], i)) - min
    })
}

fn q3_k(block: &[u8; 110]) -> [f32; LARGE] {
    let (mask, codes, packed) = (&block[..32], &block[32..96], &block[96..108]);
    let d = scale(block, 108);
    // Each scale has 4 bits in one of the first 8 bytes, and 2 in one of the last 4.
    let scaled: [f32; 16] = std::array::from_fn(|group| {
        let low = packed[group % 8] >> (4 * (group / 8)) & 15;
        let high = packed[8 + group % 4] >> (2 * (group / 4)) & 3;
        d * (f32::from(low | high << 4) - 32.0)
    });
    std::array::from_fn(|i| {
        // A bit that is not set subtracts 4.
        let offset = f32::from(4 * (1 - plane(mask, i)));
        scaled[i / 16] * (f32::from(crumb(codes, i)) - offset)
    })
}

/// The scale and the minimum of each group of 32 elements, with 6 bits each in 12 bytes.
fn scales_and_minima(packed: &[u8], d: f32, min: f32) -> [(f32, f32); 8] {
    std::array::from_fn(|group| {
        let low = group % 4;
        let (scale, minimum) = if group < 4 {
            (packed[low] & 0x3f, packed[4 + low] & 0x3f)
        } else {
            let shared = packed[8 + low];
            (shared & 0xf | packed[low] >> 2 & 0x30, shared >> 4 | packed[4 + low] >> 2 & 0x30)
        };
        (d * f32::from(scale), min * f32::from(minimum))
    })
}

fn q4_k(block: &[u8; 144]) -> [f32; LARGE] {
    let scaled = scales_and_minima(&block[4..16], scale(block, 0), scale(block, 2));
    std::array::from_fn(|i| {
        let (d, min) = scaled[i / 32];
        d * f32::from(nibble(&block[16..], 32, i)) - min
    })
}

fn q5_k(block: &[u8; 176]) -> [f32; LARGE] {
    let scaled = scales_and_minima(&block[4..16], scale(block, 0), scale(block, 2));
    std::array::from_fn(|i| {
        let (d, min) = scaled[i / 32];
        let code = nibble(&block[48..], 32, i) | plane(&block[16..48], i) << 4;
        d * f32::from(code) - min
    })
}

fn q6_k(block: &[u8; 210]) -> [f32; LARGE] {
    let d = scale(block, 208);
    let scaled: [f32; 16] = std::array::from_fn(|group| d * f32::from(block[192 + group].cast_signed()));
    std::array::from_fn(|i| {
        let code = nibble(&block[..128], 64, i) | crumb(&block[128..192], i) << 4;
        scaled[i / 16] * (f32::from(code) - 32.0)
    })
}

fn iq4_nl(block: &[u8; 18]) -> [f32; SMALL] {
    let d = scale(block, 0);
    std::array::from_fn(|i| d * f32::from(NON_LINEAR[usize::from(nibble(&block[2..], 16, i))]))
}

fn iq4_xs(block: &[u8; 136]) -> [f32; LARGE] {
    let (d, high) = (scale(block, 0), u16::from_le_bytes([block[2], block[3]]));
    let scaled: [f32; 8] = std::array::from_fn(|group| {
        let low = block[4 + group / 2] >> (4 * (group % 2)) & 15;
        let code = u16::from(low) | (high >> (2 * group) & 3) << 4;
        d * (f32::from(code) - 32.0)
    });
    std::array::from_fn(|i| scaled[i / 32] * f32::from(NON_LINEAR[usize::from(nibble(&block[8..], 16, i))]))
}

/// The value of a digit of a number in base 3, which is stored as a fraction of 256. `power` selects the digit.
fn trit(byte: u8, power: u8) -> f32 {
    let fraction = byte.wrapping_mul(power);
    f32::from(((u16::from(fraction) * 3) >> 8) as u8) - 1.0
}

fn tq1_0(block: &[u8; 54]) -> [f32; LARGE] {
    const POWERS: [u8; 5] = [1, 3, 9, 27, 81];
    let d = scale(block, 52);
    // 32 bytes with five digits each, then 16 with five, then 4 with four.
    std::array::from_fn(|i| {
        let (byte, digit) = match i {
            0..160 => (i % 32, i / 32),
            160..240 => (32 + (i - 160) % 16, (i - 160) / 16),
            _ => (48 + (i - 240) % 4, (i - 240) / 4),
        };
        d * trit(block[byte], POWERS[digit])
    })
}

fn tq2_0(block: &[u8; 66]) -> [f32; LARGE] {
    let d = scale(block, 64);
    std::array::from_fn(|i| d * (f32::from(crumb(&block[..64], i)) - 1.0))
}

fn mxfp4(block: &[u8; 17]) -> [f32; SMALL] {
    // Half of the power of two, since the values of the codes are doubled. The two smallest are subnormal.
    let bits = match u32::from(block[0]) {
        exponent @ 0..2 => 0x0020_0000 << exponent,
        exponent => (exponent - 1) << 23,
    };
    let d = f32::from_bits(bits);
    std::array::from_fn(|i| d * f32::from(E2M1[usize::from(nibble(&block[1..], 16, i))]))
}
