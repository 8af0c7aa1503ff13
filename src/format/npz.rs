//! numpy's `.npz`: a zip of `.npy` members, stored or deflated. The central directory lists them and the magic of each,
//! not its name, says whether it is an array. Not here: encryption and other compression methods.

mod checksum;

use super::{DecodeError, npy};
use crate::error::{At, Problem};
use crate::hist::Samples;
use std::io::{self, Read, Seek};
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

pub use checksum::Checksum;

/// An opened archive; its arrays are decompressed when they are asked for.
#[derive(Debug)]
pub struct Npz<R> {
    archive: ZipArchive<R>,
    members: Vec<Member>,
}

/// One array of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Without `.npy`, as `np.load` names it.
    pub name: String,
    pub header: npy::Header,
    /// Position in the archive.
    index: usize,
}

impl<R: Read + Seek> Npz<R> {
    /// Lists the arrays; the start of each is decompressed. What is no array is left out, with a problem each.
    ///
    /// # Errors
    /// An archive that is damaged or holds no array.
    pub fn open(reader: R) -> Result<(Self, Vec<Problem>), DecodeError> {
        let archive = ZipArchive::new(reader).map_err(refusal)?;
        let mut npz = Self { archive, members: Vec::new() };
        let mut problems = Vec::new();
        if npz.archive.has_duplicate_names() {
            problems.push(Problem::new(At::Whole, "several members have the same name; the last of them is read"));
        }
        for index in 0..npz.archive.len() {
            let raw = npz.archive.name_for_index(index).and_then(Result::ok).unwrap_or_default().into_owned();
            match npz.header(index) {
                Ok(header) => {
                    let name = raw.strip_suffix(".npy").unwrap_or(&raw).to_owned();
                    npz.members.push(Member { name, header, index });
                }
                Err(why) => problems.push(Problem::new(At::Path(raw), format!("left out: {why}"))),
            }
        }
        if npz.members.is_empty() && npz.archive.file_names().flatten().any(|name| name.ends_with("/data.pkl")) {
            let remedy = "write the tensors with np.savez(name, **{k: v.numpy() for k, v in state.items()})";
            return Err(DecodeError::new(format!("it is a PyTorch checkpoint, which holds pickled objects; {remedy}")));
        }
        match (npz.members.is_empty(), problems.as_slice()) {
            (false, _) | (true, []) => Ok((npz, problems)),
            (true, [only]) => Err(DecodeError::new(format!("it holds no array; {only}"))),
            (true, [first, rest @ ..]) => {
                Err(DecodeError::new(format!("it holds no array; {first}; and {} more", rest.len())))
            }
        }
    }

    /// The arrays, in the order of the central directory.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Decompresses one array; `None` beyond the last.
    ///
    /// # Errors
    /// A damaged member: data that end early, a checksum that does not fit.
    pub fn read(
        &mut self,
        member: usize,
        watch: impl Fn(u64) -> io::Result<()>,
    ) -> Option<Result<Samples, DecodeError>> {
        let index = self.members.get(member)?.index;
        Some(self.samples(index, watch))
    }

    /// The byte where the data of an array stand as they are, and the checksum of the member; `None` where they are
    /// compressed.
    pub fn stored_at(&mut self, member: usize) -> Option<(u64, Checksum)> {
        let Member { index, header, .. } = self.members.get(member)?.clone();
        let file = self.archive.by_index(index).ok()?;
        let plain = file.compression() == CompressionMethod::Stored && !file.encrypted();
        let start = file.data_start().filter(|_| plain)?;
        Some((start + header.len, Checksum::new(start..start.checked_add(file.size())?, file.crc32())))
    }

    fn samples(&mut self, index: usize, watch: impl Fn(u64) -> io::Result<()>) -> Result<Samples, DecodeError> {
        let mut input = super::Watched::new(self.archive.by_index(index).map_err(refusal)?, watch);
        let (_, samples) = npy::read(&mut input)?;
        // The checksum is compared when the end is met, and only bytes behind the array can stand before it.
        super::fill(&mut input, &mut [0])?;
        Ok(samples)
    }

    fn header(&mut self, index: usize) -> Result<npy::Header, DecodeError> {
        let mut member = self.archive.by_index(index).map_err(refusal)?;
        let size = member.size();
        let mut magic = [0; npy::MAGIC.len()];
        if super::fill(&mut member, &mut magic)? < magic.len() || magic != npy::MAGIC {
            return Err(DecodeError::new("it is not a .npy array"));
        }
        let header = npy::Header::read(&mut magic.as_slice().chain(member))?;
        header.fits(size)?;
        Ok(header)
    }
}

/// The archive's trouble in a sentence of ours.
fn refusal(error: ZipError) -> DecodeError {
    match error {
        ZipError::Io(error) => error.into(),
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => {
            DecodeError::new("it is encrypted; write it again without a password")
        }
        ZipError::CompressionMethodNotSupported(method) => DecodeError::new(format!(
            "it is compressed with zip method {method}; write it again with np.savez_compressed"
        )),
        other => DecodeError::new(format!("the zip archive is damaged or was cut short ({other})")),
    }
}

#[cfg(test)]
mod tests;
