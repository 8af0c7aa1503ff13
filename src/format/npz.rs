//! numpy's `.npz` format: a zip archive of `.npy` members, stored or deflated.
//!
//! A member is an array if it starts with the magic of `.npy`; its name does not matter. Not here: encryption and other
//! compression methods.

mod checksum;

use super::archive::{self, decode_error};
use super::names::unique;
use super::{DecodeError, Problems, npy};
use crate::engine::Budget;
use crate::error::{At, Problem};
use crate::hist::Samples;
use std::io::{self, Read, Seek};
use zip::{CompressionMethod, ZipArchive};

pub use checksum::Checksum;

/// An open archive. Decompresses an array on request.
#[derive(Debug)]
pub struct Npz<R> {
    archive: ZipArchive<R>,
    members: Vec<Member>,
}

/// One array of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Name of the member without `.npy`, as in `np.load`.
    pub name: String,
    /// Names of the field in a structured array; empty for an array of numbers.
    pub field: Vec<String>,
    pub header: npy::Header,
    /// Position in the archive.
    index: usize,
}

impl<R: Read + Seek> Npz<R> {
    /// Lists the arrays, decompressing only the start of each. Other members are skipped, each with a problem.
    ///
    /// # Errors
    /// The archive is damaged, none of its members is an array, or its directory exceeds the memory budget.
    pub fn open(reader: R, memory: &Budget) -> Result<(Self, Vec<Problem>), DecodeError> {
        Self::of(archive::open(reader, memory)?)
    }

    /// Lists the arrays of an archive.
    ///
    /// # Errors
    /// None of its members is an array.
    pub fn of(archive: ZipArchive<R>) -> Result<(Self, Vec<Problem>), DecodeError> {
        let mut npz = Self { archive, members: Vec::new() };
        let mut problems = Problems::default();
        if npz.archive.has_duplicate_names() {
            problems.push(Problem::new(At::Whole, "several members have the same name; rebin reads the last one"));
        }
        let mut arrays: Vec<(String, Vec<npy::Field>, usize)> = Vec::new();
        let overlapping = archive::overlapping(&mut npz.archive);
        for index in 0..npz.archive.len() {
            let raw = npz.archive.name_for_index(index).and_then(Result::ok).unwrap_or_default().into_owned();
            let headers = match overlapping.get(index) {
                Some(true) => Err(DecodeError::new("its data overlaps the next member")),
                _ => npz.headers(index),
            };
            let name = raw.strip_suffix(".npy").unwrap_or(&raw).to_owned();
            match headers {
                Ok(npy::Headers::Plain(header)) => {
                    arrays.push((name, vec![npy::Field { path: Vec::new(), header }], index));
                }
                Ok(npy::Headers::Structured { fields, left_out }) => {
                    for npy::LeftOutField { name, why } in left_out {
                        problems.push(Problem::new(At::Path(format!("{raw}: {name}")), format!("skipped: {why}")));
                    }
                    arrays.push((name, fields, index));
                }
                Err(why) => {
                    if npz.is_uhi(index) {
                        let remedy = "write the histograms with uhi.io.json";
                        return Err(DecodeError::new(format!("UHI's zip form cannot be read yet; {remedy}")));
                    }
                    problems.push(Problem::new(At::Path(raw), format!("skipped: {why}")));
                }
            }
        }
        // A member may have the name of another one without its suffix.
        let names = unique(arrays.iter().map(|(name, ..)| name.clone()));
        for ((_, fields, index), name) in arrays.into_iter().zip(names) {
            let members = fields.into_iter().map(|npy::Field { path, header }| Member {
                name: name.clone(),
                field: path,
                header,
                index,
            });
            npz.members.extend(members);
        }
        let problems = problems.to_vec();
        match (npz.members.is_empty(), problems.as_slice()) {
            (false, _) | (true, []) => Ok((npz, problems)),
            (true, [only]) => Err(DecodeError::new(format!("the archive has no arrays; {only}"))),
            (true, [first, rest @ ..]) => {
                Err(DecodeError::new(format!("the archive has no arrays; {first}; and {} more", rest.len())))
            }
        }
    }

    /// Returns the arrays, in the order of the central directory.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Decompresses one array. Returns `None` if there is no such member. Calls `watch` with the size of each read; an
    /// error from it stops the reading.
    ///
    /// # Errors
    /// The member is truncated or fails its checksum, or `watch` failed.
    pub fn read(
        &mut self,
        member: usize,
        watch: impl Fn(u64) -> io::Result<()>,
    ) -> Option<Result<Samples, DecodeError>> {
        let Member { index, header, .. } = self.members.get(member)?.clone();
        Some(self.samples(index, &header, watch))
    }

    /// Returns the byte offset of the data of an array in the archive, and the checksum of the member. Returns `None` if
    /// the member is compressed.
    pub fn stored_at(&mut self, member: usize) -> Option<(u64, Checksum)> {
        let Member { index, header, .. } = self.members.get(member)?.clone();
        let file = self.archive.by_index(index).ok()?;
        let is_stored = file.compression() == CompressionMethod::Stored && !file.encrypted();
        let start = file.data_start().filter(|_| is_stored)?;
        Some((start + header.len, Checksum::new(start..start.checked_add(file.size())?, file.crc32())))
    }

    fn samples(
        &mut self,
        index: usize,
        header: &npy::Header,
        watch: impl Fn(u64) -> io::Result<()>,
    ) -> Result<Samples, DecodeError> {
        let mut input = super::Watched::new(self.archive.by_index(index).map_err(decode_error)?, watch);
        npy::Headers::read(&mut input)?;
        let samples = npy::read_data(&mut input, header)?;
        // The library compares the checksum when it reaches the end of the member.
        super::fill(&mut input, &mut [0])?;
        Ok(samples)
    }

    /// Returns true for a histogram in the zip form of UHI, whose values are in other members.
    fn is_uhi(&mut self, index: usize) -> bool {
        /// Bytes at the start of the text that are searched.
        const HEAD: u64 = 4096;
        let mut head = Vec::new();
        let read = self.archive.by_index(index).ok().and_then(|file| file.take(HEAD).read_to_end(&mut head).ok());
        read.is_some() && memchr::memmem::find(&head, b"\"uhi_schema\"").is_some()
    }

    fn headers(&mut self, index: usize) -> Result<npy::Headers, DecodeError> {
        let mut member = self.archive.by_index(index).map_err(decode_error)?;
        let size = member.size();
        let mut magic = [0; npy::MAGIC.len()];
        if super::fill(&mut member, &mut magic)? < magic.len() || magic != npy::MAGIC {
            return Err(DecodeError::new("not a .npy array"));
        }
        let headers = npy::Headers::read(&mut magic.as_slice().chain(member))?;
        match &headers {
            npy::Headers::Plain(header) => header.fits(size)?,
            npy::Headers::Structured { fields, .. } => {
                fields.iter().try_for_each(|field| field.header.fits(size))?;
            }
        }
        Ok(headers)
    }
}

#[cfg(test)]
mod tests;
