//! Pointers of Git Large File Storage: short texts that replace files until `git lfs pull` downloads their content.

/// First bytes of a pointer, up to the version of the specification.
const STARTS: [&[u8]; 2] = [b"version https://git-lfs.github.com/spec/", b"version https://hawser.github.com/spec/"];

/// Description of a pointer, for messages.
pub const WHY: &str = "the file is a Git LFS pointer, not the data itself";

/// Command that gets the data.
pub const REMEDY: &str = "run `git lfs pull` to download it";

/// Returns true if a file starts with a pointer. Eight bytes distinguish it from a binary format.
pub fn starts_with_pointer(head: &[u8]) -> bool {
    let head = head.strip_prefix(super::encoding::BOM).unwrap_or(head);
    STARTS.iter().any(|start| head.starts_with(start.get(..head.len().min(start.len())).unwrap_or(start)))
        && head.len() >= 8
}

/// Returns an error message for a pointer.
pub fn message() -> String {
    format!("{WHY}; {REMEDY}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_of_every_version_are_detected_and_other_texts_are_not() {
        let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n";
        assert!(starts_with_pointer(pointer) && starts_with_pointer(&pointer[..8]));
        assert!(starts_with_pointer(b"version https://hawser.github.com/spec/v1\noid sha256:4d7a\n"));
        assert!(!starts_with_pointer(b"version,loss\n1,2\n") && !starts_with_pointer(b"version"));
        assert!(!starts_with_pointer(b"version https://example.com\n"));
    }
}
