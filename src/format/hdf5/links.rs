//! Links of a group, in all three forms: a table of symbols, messages in its header, or a heap.

use crate::format::DecodeError;
use hdf5_reader::Hdf5File;
use hdf5_reader::btree_v1::collect_btree_v1_leaves_storage;
use hdf5_reader::btree_v2::{BTreeV2Header, BTreeV2Record, collect_btree_v2_records_storage};
use hdf5_reader::fractal_heap::{FractalHeap, FractalHeapDirectBlockCache};
use hdf5_reader::io::Cursor;
use hdf5_reader::local_heap::LocalHeap;
use hdf5_reader::messages::HdfMessage;
use hdf5_reader::messages::link::{self, LinkTarget};
use hdf5_reader::messages::link_info::LinkInfoMessage;
use hdf5_reader::messages::symbol_table_msg::SymbolTableMessage;
use hdf5_reader::object_header::ObjectHeader;
use hdf5_reader::symbol_table::SymbolTableNode;

/// Entries of a table of symbols with this type are soft links.
const SOFT: u32 = 2;

/// Bytes of a table of symbols before and for each entry, apart from its two addresses.
const NODE: usize = 8;
const ENTRY: usize = 24;

/// Target of a link.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Target {
    /// An object at this address.
    Object(u64),
    /// A path in the file.
    Soft,
    /// The name of another file.
    File(String),
}

/// Returns the names and targets of the links in a group.
pub(super) fn links(file: &Hdf5File, header: &ObjectHeader) -> Result<Vec<(String, Target)>, DecodeError> {
    let mut found = Vec::new();
    for message in &header.messages {
        match message {
            HdfMessage::SymbolTable(table) => return symbols(file, table),
            HdfMessage::Link(link) => found.push((link.name.clone(), target(&link.target))),
            HdfMessage::LinkInfo(info) if !is_undefined(file, info.fractal_heap_address) => {
                found.extend(dense(file, info)?);
            }
            _ => {}
        }
    }
    Ok(found)
}

/// Returns true for the address that stands for "nothing".
pub(super) fn is_undefined(file: &Hdf5File, address: u64) -> bool {
    Cursor::is_undefined_offset(address, file.superblock().offset_size)
}

fn target(target: &LinkTarget) -> Target {
    match target {
        LinkTarget::Hard { address } => Target::Object(*address),
        LinkTarget::Soft { .. } => Target::Soft,
        LinkTarget::External { filename, .. } => Target::File(filename.clone()),
    }
}

fn symbols(file: &Hdf5File, table: &SymbolTableMessage) -> Result<Vec<(String, Target)>, DecodeError> {
    let (storage, sizes) = (file.storage(), (file.superblock().offset_size, file.superblock().length_size));
    let heap = LocalHeap::parse_at_storage(storage, table.heap_address, sizes.0, sizes.1)?;
    let len = usize::try_from(heap.data_segment_size).unwrap_or(usize::MAX);
    let names = storage.read_range(heap.data_segment_address, len)?;
    let leaves = collect_btree_v1_leaves_storage(storage, table.btree_address, sizes.0, sizes.1, None, &[], None)?;
    let mut found = Vec::new();
    for (_, address) in leaves {
        let head = storage.read_range(address, NODE)?;
        let entries = head.last_chunk().map_or(0, |count| usize::from(u16::from_le_bytes(*count)));
        let bytes = storage.read_range(address, NODE + entries * (ENTRY + 2 * usize::from(sizes.0)))?;
        let node = SymbolTableNode::parse(&mut Cursor::new(&bytes), sizes.0, sizes.1)?;
        for entry in node.entries {
            let start = usize::try_from(entry.link_name_offset).unwrap_or(usize::MAX);
            let name = names.get(start..).and_then(|name| name.split(|byte| *byte == 0).next());
            let name = name.ok_or_else(|| DecodeError::new("damaged HDF5 data: a name is outside of its heap"))?;
            let target =
                if entry.cache_type == SOFT { Target::Soft } else { Target::Object(entry.object_header_address) };
            found.push((String::from_utf8_lossy(name).into_owned(), target));
        }
    }
    Ok(found)
}

fn dense(file: &Hdf5File, info: &LinkInfoMessage) -> Result<Vec<(String, Target)>, DecodeError> {
    let (storage, sizes) = (file.storage(), (file.superblock().offset_size, file.superblock().length_size));
    let heap = FractalHeap::parse_at_storage(storage, info.fractal_heap_address, sizes.0, sizes.1)?;
    if has_nested_tables(&heap) {
        return Err(DecodeError::new(
            "a group whose links fill more than half a megabyte is not supported; write the file with libver='earliest'",
        ));
    }
    let tree = BTreeV2Header::parse_at_storage(storage, info.btree_name_index_address, sizes.0, sizes.1)?;
    let records = collect_btree_v2_records_storage(storage, &tree, sizes.0, sizes.1, None, &[], None)?;
    let mut blocks = FractalHeapDirectBlockCache::default();
    let mut found = Vec::new();
    for record in &records {
        let (BTreeV2Record::LinkNameHash { heap_id, .. } | BTreeV2Record::CreationOrder { heap_id, .. }) = record
        else {
            continue;
        };
        let bytes =
            heap.get_object_storage_cached_with_registry(heap_id, storage, sizes.0, sizes.1, &mut blocks, None)?;
        let link = link::parse(&mut Cursor::new(&bytes), sizes.0, sizes.1, bytes.len())?;
        found.push((link.name, target(&link.target)));
    }
    // The records are in the order of hashes.
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(found)
}

/// Returns true if blocks of a heap are listed in tables inside its table. The library mixes up the offsets of such blocks.
fn has_nested_tables(heap: &FractalHeap) -> bool {
    // The first two rows have blocks of the same size. Each other row doubles it.
    let last = u32::from(heap.current_rows_in_root_indirect.saturating_sub(2));
    let size = heap.starting_block_size.checked_shl(last).filter(|size| size >> last == heap.starting_block_size);
    heap.current_rows_in_root_indirect > 0 && size.is_none_or(|size| size > heap.max_direct_block_size)
}
