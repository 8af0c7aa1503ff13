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

fn blocks<const BYTES: usize, const N: usize, const GROUPS: usize>(
    bytes: &[u8],
    values: &mut Vec<f32>,
    decode: fn(&[u8; BYTES]) -> [[f32; N]; GROUPS],
) {
    let (blocks, _) = bytes.as_chunks::<BYTES>();
    values.reserve(blocks.len() * N * GROUPS);
    for block in blocks {
        values.extend_from_slice(decode(block).as_flattened());
    }
}

/// An array of values. The functions of `std::array` are not inlined in a crate that is optimized for size.
#[inline(always)]
#[expect(clippy::inline_always, reason = "the inner loop of all decoders")]
fn filled<T: Copy + Default, const N: usize>(make: impl Fn(usize) -> T) -> [T; N] {
    let mut values = [T::default(); N];
    for (i, value) in values.iter_mut().enumerate() {
        *value = make(i);
    }
    values
}

/// The values of codes.
#[inline(always)]
#[expect(clippy::inline_always, reason = "the inner loop of all decoders")]
fn mapped<const N: usize>(codes: &[u8; N], value: impl Fn(u8) -> f32) -> [f32; N] {
    filled(|i| value(codes[i]))
}

/// Codes as floats. Instructions that convert one number wait for the result of the previous one.
const FLOATS: [f32; 256] = {
    let (mut floats, mut code) = ([0.0; 256], 0);
    while code < 256 {
        floats[code] = code as f32;
        code += 1;
    }
    floats
};

fn float(code: u8) -> f32 {
    FLOATS[usize::from(code)]
}

/// The float16 at a byte offset.
fn scale<const BYTES: usize>(block: &[u8; BYTES], at: usize) -> f32 {
    f16::from_le_bytes([block[at], block[at + 1]]).to_f32()
}

/// The row of a table of bytes.
fn row<const N: usize>(bytes: &[u8], index: usize) -> &[u8; N] {
    &bytes.as_chunks().0[index]
}

/// The codes of 4 bits of 32 elements in 16 bytes: first all low halves, then all high halves.
fn nibbles(bytes: &[u8; 16]) -> [u8; SMALL] {
    filled(|i| bytes[i % 16] >> (4 * (i / 16)) & 15)
}

/// The fifth bits of 32 elements in a mask, moved to their place.
fn fifths(mask: &[u8]) -> [u8; SMALL] {
    filled(|i| (mask[i / 8] >> (i % 8) & 1) << 4)
}

fn q4_0(block: &[u8; 18]) -> [[f32; SMALL]; 1] {
    let d = scale(block, 0);
    [mapped(&nibbles(row(&block[2..], 0)), |code| d * (float(code) - 8.0))]
}

fn q4_1(block: &[u8; 20]) -> [[f32; SMALL]; 1] {
    let (d, m) = (scale(block, 0), scale(block, 2));
    [mapped(&nibbles(row(&block[4..], 0)), |code| d * float(code) + m)]
}

fn q5_0(block: &[u8; 22]) -> [[f32; SMALL]; 1] {
    let d = scale(block, 0);
    let (low, high) = (nibbles(row(&block[6..], 0)), fifths(&block[2..6]));
    [filled(|i| d * (float(low[i] | high[i]) - 16.0))]
}

fn q5_1(block: &[u8; 24]) -> [[f32; SMALL]; 1] {
    let (d, m) = (scale(block, 0), scale(block, 2));
    let (low, high) = (nibbles(row(&block[8..], 0)), fifths(&block[4..8]));
    [filled(|i| d * float(low[i] | high[i]) + m)]
}

fn q8_0(block: &[u8; 34]) -> [[f32; SMALL]; 1] {
    let d = scale(block, 0);
    [mapped(row(&block[2..], 0), |code: u8| (float(code ^ 0x80) - 128.0) * d)]
}

// Groups of elements share their scale, and the bytes and the shift of their codes. The loops over a group have a constant
// length and no branches, so that they can be vectorized.

fn q2_k(block: &[u8; 84]) -> [[f32; 16]; 16] {
    let (d, min) = (scale(block, 80), scale(block, 82));
    filled(|group| {
        let (d, min) = (d * f32::from(block[group] & 15), min * f32::from(block[group] >> 4));
        let shift = 2 * (group % 8 / 2);
        mapped(row(&block[16..80], group / 8 * 2 + group % 2), |codes: u8| d * float(codes >> shift & 3) - min)
    })
}

fn q3_k(block: &[u8; 110]) -> [[f32; 16]; 16] {
    let packed = &block[96..108];
    let d = scale(block, 108);
    filled(|group| {
        // Each scale has 4 bits in one of the first 8 bytes, and 2 in one of the last 4.
        let low = packed[group % 8] >> (4 * (group / 8)) & 15;
        let high = packed[8 + group % 4] >> (2 * (group / 4)) & 3;
        let d = d * (f32::from(low | high << 4) - 32.0);
        let mask: &[u8; 16] = row(block, group % 2);
        let codes: &[u8; 16] = row(&block[32..96], group / 8 * 2 + group % 2);
        let (bit, shift) = (group / 2, 2 * (group % 8 / 2));
        filled(|i| {
            // A bit that is not set subtracts 4.
            let offset = 4 - 4 * (mask[i] >> bit & 1);
            d * (float(codes[i] >> shift & 3) - float(offset))
        })
    })
}

/// The scale and the minimum of each group of 32 elements, with 6 bits each in 12 bytes.
fn scales_and_minima(packed: &[u8], d: f32, min: f32) -> [(f32, f32); 8] {
    filled(|group| {
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

fn q4_k(block: &[u8; 144]) -> [[f32; SMALL]; 8] {
    let scaled = scales_and_minima(&block[4..16], scale(block, 0), scale(block, 2));
    filled(|group| {
        let ((d, min), shift) = (scaled[group], 4 * (group % 2));
        mapped(row(&block[16..], group / 2), |codes: u8| d * float(codes >> shift & 15) - min)
    })
}

fn q5_k(block: &[u8; 176]) -> [[f32; SMALL]; 8] {
    let scaled = scales_and_minima(&block[4..16], scale(block, 0), scale(block, 2));
    let mask: &[u8; SMALL] = row(&block[16..48], 0);
    filled(|group| {
        let ((d, min), shift) = (scaled[group], 4 * (group % 2));
        let codes: &[u8; SMALL] = row(&block[48..], group / 2);
        filled(|i| {
            let code = codes[i] >> shift & 15 | (mask[i] >> group & 1) << 4;
            d * float(code) - min
        })
    })
}

fn q6_k(block: &[u8; 210]) -> [[f32; 16]; 16] {
    let d = scale(block, 208);
    filled(|group| {
        let d = d * f32::from(block[192 + group].cast_signed());
        let (half, within) = (group / 8, group % 8);
        let low: &[u8; 16] = row(&block[..128], half * 4 + within % 4);
        let high: &[u8; 16] = row(&block[128..192], half * 2 + within % 2);
        let (low_shift, high_shift) = (4 * (within / 4), 2 * (within / 2));
        filled(|i| {
            let code = low[i] >> low_shift & 15 | (high[i] >> high_shift & 3) << 4;
            d * (float(code) - 32.0)
        })
    })
}

fn iq4_nl(block: &[u8; 18]) -> [[f32; SMALL]; 1] {
    let d = scale(block, 0);
    [mapped(&nibbles(row(&block[2..], 0)), |code| d * f32::from(NON_LINEAR[usize::from(code)]))]
}

fn iq4_xs(block: &[u8; 136]) -> [[f32; SMALL]; 8] {
    let (d, high) = (scale(block, 0), u16::from_le_bytes([block[2], block[3]]));
    filled(|group| {
        let low = block[4 + group / 2] >> (4 * (group % 2)) & 15;
        let code = u16::from(low) | (high >> (2 * group) & 3) << 4;
        let d = d * (f32::from(code) - 32.0);
        mapped(&nibbles(row(&block[8..], group)), |code| d * f32::from(NON_LINEAR[usize::from(code)]))
    })
}

/// The value of a digit of a number in base 3, which is stored as a fraction of 256. `power` selects the digit.
fn trit(byte: u8, power: u8) -> f32 {
    let fraction = byte.wrapping_mul(power);
    f32::from(((u16::from(fraction) * 3) >> 8) as u8) - 1.0
}

fn tq1_0(block: &[u8; 54]) -> [[f32; LARGE]; 1] {
    const POWERS: [u8; 5] = [1, 3, 9, 27, 81];
    let d = scale(block, 52);
    let mut values = [0.0; LARGE];
    // 32 bytes with five digits each, then 16 with five, then 4 with four.
    let (mut out, mut bytes) = (values.iter_mut(), &block[..52]);
    for (width, digits) in [(32, 5), (16, 5), (4, 4)] {
        let (these, rest) = bytes.split_at(width);
        bytes = rest;
        for power in &POWERS[..digits] {
            these.iter().zip(&mut out).for_each(|(byte, value)| *value = d * trit(*byte, *power));
        }
    }
    [values]
}

fn tq2_0(block: &[u8; 66]) -> [[f32; SMALL]; 8] {
    let d = scale(block, 64);
    filled(|group| {
        let shift = 2 * (group % 4);
        mapped(row(block, group / 4), |codes: u8| d * (float(codes >> shift & 3) - 1.0))
    })
}

fn mxfp4(block: &[u8; 17]) -> [[f32; SMALL]; 1] {
    // Half of the power of two, since the values of the codes are doubled. The two smallest are subnormal.
    let bits = match u32::from(block[0]) {
        exponent @ 0..2 => 0x0020_0000 << exponent,
        exponent => (exponent - 1) << 23,
    };
    let d = f32::from_bits(bits);
    [mapped(&nibbles(row(&block[1..], 0)), |code| d * f32::from(E2M1[usize::from(code)]))]
}
