//! What a file takes over from the one whose place it takes: owner, group, mode, extended attributes.

use rustix::fs::{XattrFlags, fgetxattr, fsetxattr, getxattr, listxattr};
use std::ffi::CStr;
use std::fmt;
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{MetadataExt as _, fchown};
use std::path::Path;

/// The most that Linux lets an attribute, or the list of their names, have.
const LARGEST: usize = 64 << 10;

/// What a replaced file had and the new one has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// Its other names have the old content.
    HardLinks,
    /// It belongs to whoever wrote it now.
    Owner,
    /// Among them access control lists.
    Attributes,
    /// What another program wrote at the moment of the replacement.
    Appended,
}

/// The end of a sentence that says that the file was saved.
impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HardLinks => "its other hard links keep the old text",
            Self::Owner => "it belongs to you now",
            Self::Attributes => "some of its extended attributes are lost",
            Self::Appended => "what was appended to it at that moment could not be copied",
        })
    }
}

/// Gives a new file what the old one has.
pub(super) fn keep(old_path: &Path, old: &Metadata, new: &File) -> io::Result<Vec<Lost>> {
    let mut lost = Vec::new();
    if old.nlink() > 1 {
        lost.push(Lost::HardLinks);
    }
    // Only root may give files away; for anyone else the group is kept if it is one of theirs.
    let _ = fchown(new, Some(old.uid()), Some(old.gid())).or_else(|_| fchown(new, None, Some(old.gid())));
    if new.metadata()?.uid() != old.uid() {
        lost.push(Lost::Owner);
    }
    if !keep_attributes(old_path, new) {
        lost.push(Lost::Attributes);
    }
    // Behind the others, which take bits off the mode.
    new.set_permissions(old.permissions())?;
    Ok(lost)
}

/// Whether all could be kept; a file system without them has none to lose.
fn keep_attributes(old: &Path, new: &File) -> bool {
    let mut names = Vec::with_capacity(LARGEST);
    let Ok(_) = listxattr(old, rustix::buffer::spare_capacity(&mut names)) else { return true };
    let keep = |name: &CStr| {
        let (mut value, mut there) = (Vec::with_capacity(LARGEST), Vec::with_capacity(LARGEST));
        if getxattr(old, name, rustix::buffer::spare_capacity(&mut value)).is_err() {
            return false;
        }
        // Some are given by the system itself and may not be set.
        let has = fgetxattr(new, name, rustix::buffer::spare_capacity(&mut there)).is_ok() && there == value;
        has || fsetxattr(new, name, &value, XattrFlags::empty()).is_ok()
    };
    names.split_inclusive(|byte| *byte == 0).all(|name| CStr::from_bytes_with_nul(name).is_ok_and(&keep))
}
