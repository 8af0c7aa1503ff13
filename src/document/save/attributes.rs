//! Owner, group, mode and extended attributes, copied from the old file to its replacement.

use rustix::fs::{XattrFlags, fgetxattr, fsetxattr, getxattr, listxattr};
use std::ffi::CStr;
use std::fmt;
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{MetadataExt as _, fchown};
use std::path::Path;

/// Limit of Linux for the size of an attribute and of the list of names, in bytes.
const MAX_SIZE: usize = 64 << 10;

/// A property of the old file that the replacement does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// Other hard links still name the old file.
    HardLinks,
    /// The replacement belongs to the user who wrote it.
    Owner,
    /// Extended attributes, including access control lists.
    Attributes,
    /// Text that another program appended during the replacement.
    Appended,
}

/// Writes a clause that completes a sentence about a saved file.
impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HardLinks => "other hard links keep the old content",
            Self::Owner => "you now own the file",
            Self::Attributes => "some extended attributes were lost",
            Self::Appended => "text that was appended during the save was lost",
        })
    }
}

/// Copies the attributes of the old file to the new one.
pub(super) fn copy(old_path: &Path, old: &Metadata, new: &File) -> io::Result<Vec<Lost>> {
    let mut lost = Vec::new();
    if old.nlink() > 1 {
        lost.push(Lost::HardLinks);
    }
    // Only root may change the owner. Other users may set the group if they are a member of it.
    let _ = fchown(new, Some(old.uid()), Some(old.gid())).or_else(|_| fchown(new, None, Some(old.gid())));
    if new.metadata()?.uid() != old.uid() {
        lost.push(Lost::Owner);
    }
    if !copy_extended(old_path, new) {
        lost.push(Lost::Attributes);
    }
    // Last, because changes of owner and attributes can clear mode bits.
    new.set_permissions(old.permissions())?;
    Ok(lost)
}

/// Returns true if all extended attributes were copied, or if the file system does not support any.
fn copy_extended(old: &Path, new: &File) -> bool {
    let mut names = Vec::with_capacity(MAX_SIZE);
    let Ok(_) = listxattr(old, rustix::buffer::spare_capacity(&mut names)) else { return true };
    let copy = |name: &CStr| {
        let (mut value, mut current) = (Vec::with_capacity(MAX_SIZE), Vec::with_capacity(MAX_SIZE));
        if getxattr(old, name, rustix::buffer::spare_capacity(&mut value)).is_err() {
            return false;
        }
        // The system sets some attributes itself and does not let programs set them.
        let is_set = fgetxattr(new, name, rustix::buffer::spare_capacity(&mut current)).is_ok() && current == value;
        is_set || fsetxattr(new, name, &value, XattrFlags::empty()).is_ok()
    };
    names.split_inclusive(|byte| *byte == 0).all(|name| CStr::from_bytes_with_nul(name).is_ok_and(&copy))
}
