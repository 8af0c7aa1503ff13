//! A plausibility check of a footer before the library parses it. The parser of the library allocates as many elements as
//! a list or group declares, and recurses into nested groups without a limit.
//!
//! The footer is one struct in Thrift's compact protocol. Not here: its content.

/// Maximum nesting of groups and of structs.
pub(super) const MAX_DEPTH: usize = 64;

/// Field numbers: the schema in the footer, and the name and number of children in an element of the schema.
const SCHEMA: u64 = 2;
const NAME: u64 = 4;
const CHILDREN: u64 = 5;

/// Types of the compact protocol.
const LIST: u8 = 9;
const STRUCT: u8 = 12;

/// Bytes of memory for a struct, and for an element of the schema without its path.
const STRUCT_MEMORY: u64 = 300;
const ELEMENT_MEMORY: u64 = 600;

/// Returns an upper bound for the bytes of memory that the footer needs in the library and as a list of series. Returns
/// `None` if the footer cannot contain as much as it declares.
pub(super) fn memory(footer: &[u8]) -> Option<u64> {
    let mut scan = Scan { rest: footer, memory: 2 * footer.len() as u64 };
    scan.fields(&mut |scan, id, kind| match (id, kind) {
        (SCHEMA, LIST) => scan.schema(),
        _ => scan.skip(kind, MAX_DEPTH).map(|_| ()),
    })?;
    Some(scan.memory)
}

/// The remaining bytes. All methods return `None` for malformed or implausible bytes.
pub(super) struct Scan<'b> {
    pub(super) rest: &'b [u8],
    /// Bytes of memory for everything before.
    memory: u64,
}

impl<'b> Scan<'b> {
    pub(super) fn of(rest: &'b [u8]) -> Self {
        Self { rest, memory: 0 }
    }

    /// Scans a schema: a tree in depth-first order, where each element has the number of its children.
    fn schema(&mut self) -> Option<()> {
        let (kind, elements) = self.list()?;
        // The number of missing children of each open group, and the length of its path.
        let mut open: Vec<(u64, u64)> = Vec::new();
        for _ in 0..elements {
            let (mut children, mut path) = (0, open.last().map_or(0, |(_, path)| *path));
            if kind != STRUCT {
                return None;
            }
            self.fields(&mut |scan, id, kind| {
                let before = scan.rest.len();
                let value = scan.skip(kind, MAX_DEPTH)?;
                if id == NAME {
                    path += (before - scan.rest.len()) as u64;
                }
                if id == CHILDREN {
                    children = value;
                }
                Some(())
            })?;
            if children > elements {
                return None;
            }
            // The path of a column repeats the names of its groups.
            self.memory = self.memory.saturating_add(ELEMENT_MEMORY + 5 * path);
            open.last_mut().into_iter().for_each(|(left, _)| *left -= 1);
            open.push((children, path));
            while open.last().is_some_and(|(left, _)| *left == 0) {
                open.pop();
            }
            if open.len() > MAX_DEPTH {
                return None;
            }
        }
        Some(())
    }

    /// Calls `each` with the number and type of each field of a struct.
    pub(super) fn fields(&mut self, each: &mut dyn FnMut(&mut Self, u64, u8) -> Option<()>) -> Option<()> {
        let mut id = 0_u64;
        self.memory = self.memory.saturating_add(STRUCT_MEMORY);
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Some(());
            }
            // The difference to the previous number, or the number itself.
            id = match head >> 4 {
                0 => self.integer()?,
                step => id.checked_add(u64::from(step))?,
            };
            each(self, id, head & 15)?;
        }
    }

    /// Skips a value. Returns its number if it is a positive integer, or else 0.
    pub(super) fn skip(&mut self, kind: u8, depth: usize) -> Option<u64> {
        let depth = depth.checked_sub(1)?;
        match kind {
            // The type of a boolean is its value.
            1 | 2 => {}
            3 => _ = self.byte()?,
            4..=6 => return self.integer(),
            7 => self.advance(8)?,
            8 => {
                let length = self.varint()?;
                self.advance(length)?;
            }
            LIST | 10 => {
                let (kind, elements) = self.list()?;
                for _ in 0..elements {
                    self.element(kind, depth)?;
                }
            }
            11 => {
                let pairs = self.varint()?;
                let kinds = if pairs > 0 { self.byte()? } else { 0 };
                for _ in 0..pairs {
                    self.element(kinds >> 4, depth)?;
                    self.element(kinds & 15, depth)?;
                }
            }
            STRUCT => self.fields(&mut |scan, _, kind| scan.skip(kind, depth).map(|_| ()))?,
            _ => return None,
        }
        Some(0)
    }

    /// Skips an element of a list. Here a boolean has one byte.
    fn element(&mut self, kind: u8, depth: usize) -> Option<()> {
        self.skip(if matches!(kind, 1 | 2) { 3 } else { kind }, depth).map(|_| ())
    }

    /// Reads the type and number of the elements of a list. Each element has at least one byte.
    fn list(&mut self) -> Option<(u8, u64)> {
        let head = self.byte()?;
        let elements = match head >> 4 {
            15 => self.varint()?,
            few => u64::from(few),
        };
        (elements <= self.rest.len() as u64).then_some((head & 15, elements))
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn advance(&mut self, bytes: u64) -> Option<()> {
        self.rest = self.rest.get(usize::try_from(bytes).ok()?..)?;
        Some(())
    }

    /// Reads an integer with seven bits per byte, lowest bits first.
    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    /// Reads a signed integer. Returns 0 for a negative one.
    fn integer(&mut self) -> Option<u64> {
        let zigzag = self.varint()?;
        Some(if zigzag.is_multiple_of(2) { zigzag / 2 } else { 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::{STRUCT, memory};

    fn is_plausible(footer: &[u8]) -> bool {
        memory(footer).is_some()
    }

    /// Returns a footer with only a schema, whose elements have these numbers of children.
    fn schema(claimed: u8, children: &[u8]) -> Vec<u8> {
        let elements = children.iter().flat_map(|children| [0x55, 2 * children, 0]);
        [0x29, claimed << 4 | STRUCT].into_iter().chain(elements).chain([0]).collect()
    }

    #[test]
    fn implausible_sizes_are_rejected() {
        assert!(is_plausible(&schema(3, &[2, 0, 0])));
        assert!(!is_plausible(&schema(3, &[50, 0, 0])), "more children than elements");
        assert!(!is_plausible(&schema(14, &[0])), "more elements than bytes");
        assert!(!is_plausible(&[0x49, 0xfc, 0xff, 0xff, 0xff, 0x0f, 0]), "more row groups than bytes");
        assert!(!is_plausible(b""));
    }

    #[test]
    fn deep_nesting_is_rejected() {
        let chain = |depth: u8| {
            let elements = (0..depth).flat_map(|i| [0x55, 2 * u8::from(i + 1 < depth), 0]);
            [0x29, 0xfc, depth].into_iter().chain(elements).chain([0]).collect::<Vec<u8>>()
        };
        assert!(is_plausible(&chain(60)));
        assert!(!is_plausible(&chain(90)));
        assert!(!is_plausible(&[0x1c; 10_000]), "structs in structs");
    }
}
