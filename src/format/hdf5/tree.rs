//! The tree of a file: its groups and datasets.

use super::chunks::Chunked;
use super::element::{self, Element};
use super::links::{Target, is_undefined, links};
use super::{ByteRanges, Metered};
use crate::engine::{Budget, Reservation};
use crate::error::{At, Problem};
use crate::format::{DecodeError, Problems};
use hdf5_reader::group::Group;
use hdf5_reader::messages::HdfMessage;
use hdf5_reader::messages::dataspace::{DataspaceMessage, DataspaceType};
use hdf5_reader::messages::layout::DataLayout;
use hdf5_reader::object_header::ObjectHeader;
use hdf5_reader::{Attribute, Hdf5File, OpenOptions};
use std::collections::HashSet;
use std::sync::Arc;

/// Bytes of memory for a dataset, in addition to its names and its header.
const PER_DATASET: u64 = 1024;

/// Bytes of memory for a link that was not visited yet.
const PER_LINK: u64 = 128;

/// Maximum depth of groups.
const MAX_DEPTH: usize = 256;

/// Maximum length of an attribute of the file that is shown.
const MAX_ATTRIBUTE: usize = 200;

/// Maximum number of elements that were never written and still are counted. A dataset in a small file may declare any number
/// of them.
const MAX_UNWRITTEN: u64 = 1 << 30;

/// Datasets of a file.
#[derive(Debug, Default)]
pub struct Tree {
    /// In the order of the file, each group followed by what is in it.
    pub datasets: Vec<Dataset>,
    /// Attributes of the file.
    pub details: Vec<(String, String)>,
    /// Objects that are left out, each with the reason.
    pub problems: Vec<Problem>,
}

/// Numbers of a dataset, or of one field of its compound type.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// Names of the groups and of the dataset.
    pub path: Vec<String>,
    pub element: Element,
    /// One length per dimension; empty for a single number.
    pub shape: Vec<u64>,
    /// Number of elements.
    pub len: u64,
    pub place: Place,
    /// Bytes of an element that was never written.
    pub fill: Vec<u8>,
}

/// Place of the elements.
#[derive(Debug, Clone)]
pub enum Place {
    /// Consecutive elements, from this byte of the file on.
    At(u64),
    /// Elements in the header.
    Inline(Vec<u8>),
    /// No element was written.
    Nowhere,
    Chunks(Arc<Chunked>),
}

impl Tree {
    /// Walks through all groups. Each object is shown once, at the first of its links.
    ///
    /// # Errors
    /// The superblock or the root group is damaged, or the metadata exceeds the memory budget.
    pub fn read(bytes: &Arc<dyn ByteRanges>, memory: &Budget) -> Result<Self, DecodeError> {
        let storage = Arc::new(Metered::new(bytes, 0, memory));
        let file = Hdf5File::from_storage_with_options(storage, OpenOptions::default())?;
        let root = file.root_group()?;
        let held = memory.reservation();
        let mut walk = Walk { bytes, memory, file, held, tree: Self::default(), problems: Problems::default() };
        walk.attributes(&root);
        let mut visited = HashSet::from([root.address()]);
        let mut pending = Vec::new();
        walk.push_links(&Arc::new(root), &[], &mut pending)?;
        while let Some(link) = pending.pop() {
            let path = link.path.clone();
            if let Some(group) = walk.visit(link, &mut visited)
                && let Err(why) = walk.push_links(&Arc::new(group), &path, &mut pending)
            {
                walk.leave_out(&path, &why);
            }
            memory.check()?;
        }
        let Walk { mut tree, problems, held, .. } = walk;
        tree.problems = problems.to_vec();
        held.keep();
        Ok(tree)
    }
}

/// Link that was not visited yet.
struct PendingLink {
    group: Arc<Group>,
    target: Target,
    /// Names up to that of the link.
    path: Vec<String>,
}

/// State of a walk through a file.
struct Walk<'a> {
    bytes: &'a Arc<dyn ByteRanges>,
    memory: &'a Budget,
    file: Hdf5File,
    held: Reservation,
    tree: Tree,
    problems: Problems,
}

impl Walk<'_> {
    fn leave_out(&mut self, path: &[String], why: &DecodeError) {
        self.problems.push(Problem::new(At::Path(path.join(".")), format!("skipped: {why}")));
    }

    /// Adds the links of a group to those that are visited next, the first one last.
    fn push_links(
        &mut self,
        group: &Arc<Group>,
        path: &[String],
        pending: &mut Vec<PendingLink>,
    ) -> Result<(), DecodeError> {
        let header = self.file.get_or_parse_header(group.address())?;
        let links = links(&self.file, &header)?;
        for (name, target) in links.into_iter().rev() {
            let path = [path, &[name]].concat();
            self.held.grow(PER_LINK + path.iter().map(|label| 2 * label.len() as u64 + 48).sum::<u64>())?;
            pending.push(PendingLink { group: Arc::clone(group), target, path });
        }
        Ok(())
    }

    /// Adds the target of a link. Returns it if it is a group.
    fn visit(&mut self, link: PendingLink, visited: &mut HashSet<u64>) -> Option<Group> {
        let PendingLink { group, target, path } = link;
        let name = path.last().map_or("", |name| name);
        let address = match target {
            Target::Object(address) => address,
            // Its target has a link of its own.
            Target::Soft => return None,
            Target::File(file) => {
                self.leave_out(
                    &path,
                    &DecodeError::new(format!("a link to the file {file:?}; open that file instead")),
                );
                return None;
            }
        };
        if !visited.insert(address) {
            return None;
        }
        let header = match self.file.get_or_parse_header(address) {
            Ok(header) => header,
            Err(why) => {
                self.leave_out(&path, &why.into());
                return None;
            }
        };
        let has = |test: fn(&HdfMessage) -> bool| header.messages.iter().any(test);
        let is_group = |message: &HdfMessage| {
            matches!(message, HdfMessage::SymbolTable(_) | HdfMessage::LinkInfo(_) | HdfMessage::Link(_))
        };
        if has(|message| matches!(message, HdfMessage::Dataspace(_))) {
            if let Err(why) = self.dataset(&group, name, &path, &header) {
                self.leave_out(&path, &why);
            }
        } else if has(is_group) {
            if path.len() >= MAX_DEPTH {
                self.leave_out(&path, &DecodeError::new(format!("a group inside {MAX_DEPTH} others")));
            } else {
                match group.group(name) {
                    Ok(group) => return Some(group),
                    Err(why) => self.leave_out(&path, &why.into()),
                }
            }
        }
        None
    }

    fn dataset(
        &mut self,
        group: &Group,
        name: &str,
        path: &[String],
        header: &ObjectHeader,
    ) -> Result<(), DecodeError> {
        let opened = group.dataset(name)?;
        let keras_type = opened.attribute("dtype").ok().and_then(|attribute| attribute.read_string().ok());
        let raw = opened.raw_datatype()?;
        let find = |test: fn(&HdfMessage) -> bool| header.messages.iter().find(|message| test(message));
        let space = match find(|message| matches!(message, HdfMessage::Dataspace(_))) {
            Some(HdfMessage::Dataspace(space)) if space.dataspace_type != DataspaceType::Null => space,
            _ => return Err(DecodeError::new("it is empty: its dataspace is null")),
        };
        let numbers = element::numbers(&raw, keras_type.as_deref())?;
        for (field, why) in &numbers.left_out {
            self.leave_out(&[path, std::slice::from_ref(field)].concat(), why);
        }
        if numbers.fields.is_empty() {
            return Err(DecodeError::new("it has no numbers"));
        }
        if find(|message| matches!(message, HdfMessage::ExternalFiles(_))).is_some() {
            return Err(DecodeError::new("its data is in another file"));
        }
        let stored = opened.raw_element_size()?;
        let fill = match opened.fill_value().and_then(|fill| fill.value.clone()) {
            Some(value) if value.len() == stored => value,
            _ => vec![0; stored],
        };
        let layout = match find(|message| matches!(message, HdfMessage::DataLayout(_))) {
            Some(HdfMessage::DataLayout(message)) => &message.layout,
            _ => return Err(DecodeError::new("it has no data")),
        };
        let shape = [&space.dims[..], &numbers.dims].concat();
        let product = shape.iter().try_fold(1_u64, |n, length| n.checked_mul(*length));
        let len = if shape.contains(&0) { Some(0) } else { product };
        let stride = numbers.fields.first().map_or(1, |(_, element)| element.stride);
        let bytes = len.and_then(|len| len.checked_mul(stride as u64));
        let (Some(len), Some(bytes)) = (len, bytes) else {
            return Err(DecodeError::new(format!("its shape {shape:?} is too large")));
        };
        let place = self.place(layout, space, header, stored, bytes)?;
        let place = if len == 0 { Place::Inline(Vec::new()) } else { place };
        let unwritten = match &place {
            Place::Nowhere => len,
            Place::Chunks(chunked) if len > MAX_UNWRITTEN => {
                let entries = chunked.entries(self.bytes, self.memory)?;
                len.saturating_sub(entries.len() as u64 * chunked.elements() * (stored / stride) as u64)
            }
            _ => 0,
        };
        if unwritten > MAX_UNWRITTEN {
            return Err(DecodeError::new(format!(
                "it is too large: {unwritten} of its {len} elements were never written"
            )));
        }
        let inline = if let Place::Inline(bytes) = &place { bytes.len() } else { 0 };
        for (field, element) in numbers.fields {
            let path: Vec<String> = path.iter().cloned().chain(field).collect();
            let names: usize = path.iter().map(|label| 2 * label.len() + 48).sum();
            self.held.grow(PER_DATASET + (names + inline + fill.len() + 32 * shape.len()) as u64)?;
            let (shape, place, fill) = (shape.clone(), place.clone(), fill.clone());
            self.tree.datasets.push(Dataset { path, element, shape, len, place, fill });
        }
        Ok(())
    }

    /// Finds the elements of a dataset. `bytes` is their size.
    fn place(
        &self,
        layout: &DataLayout,
        space: &DataspaceMessage,
        header: &ObjectHeader,
        stored: usize,
        bytes: u64,
    ) -> Result<Place, DecodeError> {
        let base = self.file.superblock().base_address;
        let wrong = |has: u64| Err(DecodeError::new(format!("it has {has} bytes of data, but needs {bytes}")));
        match layout {
            DataLayout::Compact { data } if data.len() as u64 == bytes => Ok(Place::Inline(data.clone())),
            DataLayout::Compact { data } => wrong(data.len() as u64),
            DataLayout::Contiguous { address, .. } if is_undefined(&self.file, *address) => Ok(Place::Nowhere),
            DataLayout::Contiguous { size: 0, .. } => Ok(Place::Nowhere),
            DataLayout::Contiguous { address, size } => {
                let at = base.saturating_add(*address);
                let has = self.bytes.len().saturating_sub(at);
                if *size < bytes || has < bytes { wrong(has.min(*size)) } else { Ok(Place::At(at)) }
            }
            DataLayout::Chunked { address, dims, chunk_indexing, .. } => {
                let filters = header.messages.iter().find_map(|message| match message {
                    HdfMessage::FilterPipeline(pipeline) => Some(pipeline.filters.clone()),
                    _ => None,
                });
                let sizes = (self.file.superblock().offset_size, self.file.superblock().length_size);
                let chunked = Chunked::new(
                    *address,
                    dims,
                    chunk_indexing.clone(),
                    filters.unwrap_or_default(),
                    space,
                    stored,
                    sizes,
                    base,
                )?;
                if is_undefined(&self.file, *address) {
                    Ok(Place::Nowhere)
                } else {
                    Ok(Place::Chunks(Arc::new(chunked)))
                }
            }
        }
    }

    /// Adds the short texts among the attributes of the file.
    fn attributes(&mut self, root: &Group) {
        // Attributes are descriptions only. If they are damaged, the datasets may still be readable.
        for attribute in root.attributes().unwrap_or_default() {
            let text = Attribute::read_string(&attribute).ok().filter(|text| text.len() <= MAX_ATTRIBUTE);
            self.tree.details.extend(text.map(|text| (attribute.name, text)));
        }
    }
}
