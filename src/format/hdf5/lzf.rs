//! The LZF compression of h5py.

use crate::format::DecodeError;

/// Number of this filter in HDF5's registry.
pub(super) const FILTER: u16 = 32000;

/// Decompresses to at most `limit` bytes.
///
/// # Errors
/// The data is damaged or longer than the limit.
pub(super) fn decompress(data: &[u8], limit: usize) -> Result<Vec<u8>, DecodeError> {
    let damaged = || DecodeError::new("damaged lzf data");
    let mut out: Vec<u8> = Vec::new();
    let mut rest = data.iter();
    let mut next = || rest.next().map(|byte| usize::from(*byte));
    while let Some(control) = next() {
        if control < 32 {
            for _ in 0..=control {
                out.push(next().ok_or_else(damaged)? as u8);
            }
        } else {
            let mut len = control >> 5;
            if len == 7 {
                len += next().ok_or_else(damaged)?;
            }
            let back = ((control & 31) << 8) + next().ok_or_else(damaged)? + 1;
            let from = out.len().checked_sub(back).ok_or_else(damaged)?;
            // The copy may repeat bytes that it has just written.
            for at in from..from + len + 2 {
                out.push(out[at]);
            }
        }
        if out.len() > limit {
            return Err(damaged());
        }
    }
    Ok(out)
}
