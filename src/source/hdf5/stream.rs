//! Datasets that stay on disk, and are decoded block by block for every pass.

use super::super::decoded::{DecodedCache, threads};
use super::super::reading::guarded;
use crate::engine::{Stream, Task};
use crate::error::Error;
use crate::format::hdf5::{Blocks, ByteRanges, ChunkEntries, Dataset};
use crate::hist::{DType, Element as _, Samples, each, typed};
use std::sync::Arc;

/// Latest blocks of all files.
static CACHE: DecodedCache<Samples> = DecodedCache::new();

#[derive(Debug)]
pub(super) struct BlockStream {
    /// Unique number, for the key of the cache.
    id: u64,
    /// Name as the user typed it.
    name: String,
    dataset: Arc<Dataset>,
    blocks: Blocks,
    entries: ChunkEntries,
    bytes: Arc<dyn ByteRanges>,
}

/// Memory for one block: a quarter of the limit, divided among the blocks in the cache.
pub(super) fn share(task: &Task) -> u64 {
    task.memory.limit().0 / 4 / (threads() as u64 + 1)
}

impl BlockStream {
    pub(super) fn new(
        name: &str,
        dataset: &Arc<Dataset>,
        blocks: Blocks,
        entries: ChunkEntries,
        bytes: Arc<dyn ByteRanges>,
    ) -> Self {
        let (id, name, dataset) = (CACHE.new_id(), name.to_owned(), Arc::clone(dataset));
        Self { id, name, dataset, blocks, entries, bytes }
    }
}

impl Stream for BlockStream {
    fn dtype(&self) -> DType {
        self.dataset.element.dtype()
    }

    fn len(&self) -> u64 {
        self.dataset.len
    }

    fn read(&self, from: u64, n: usize, block: &mut Samples) -> Result<(), Error> {
        each!(&mut *block, values => values.clear());
        let (mut at, end) = (from, from + n as u64);
        while at < end {
            let place = self.blocks.locate(at);
            let decode = || guarded(|| self.dataset.read(&*self.bytes, &self.entries, &place));
            let decoded = CACHE.get((self.id, place.index), decode).map_err(|why| Error::read(&*self.name, why))?;
            let to = end.min(place.start + place.len);
            let range = (at - place.start) as usize..(to - place.start) as usize;
            typed!(self.dtype(), T => {
                let samples = T::slice(&decoded).and_then(|all| all.get(range)).unwrap_or_default();
                if let Some(block) = T::vec(block) {
                    block.extend_from_slice(samples);
                }
            });
            at = to;
        }
        Ok(())
    }
}

impl Drop for BlockStream {
    fn drop(&mut self) {
        CACHE.remove(self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::super::FileBytes;
    use super::*;
    use crate::engine::{Budget, Part, Population, count};
    use crate::format::hdf5::Tree;
    use crate::hist::Bins;
    use std::fs::File;
    use std::io::Read as _;

    #[test]
    fn streamed_blocks_are_counted_like_arrays_in_memory() {
        let file = File::open("tests/samples/hdf5/chunked_latest_jackdaw.h5.gz").unwrap();
        let mut content = Vec::new();
        flate2::read::GzDecoder::new(file).read_to_end(&mut content).unwrap();
        let (task, budget) = (Task::default(), Budget::default());
        let bytes = FileBytes::Memory(Arc::new(content)).watched(&task);
        let counted = |part: Part| {
            let population = Population::of(vec![part], &task).unwrap();
            (*population.summary(), count(&population, &Bins::Count(64), None, &task).ok())
        };
        let mut several = 0;
        for dataset in Tree::read(&bytes, &budget).unwrap().datasets {
            let dataset = Arc::new(dataset);
            let entries = || dataset.entries(&bytes, &budget).unwrap();
            let whole = dataset.read(&*bytes, &entries(), &dataset.whole()).unwrap();
            let blocks = dataset.blocks(100);
            several += usize::from(blocks.largest() < dataset.len);
            let stream = BlockStream::new("x", &dataset, blocks, entries(), Arc::clone(&bytes));
            assert_eq!(counted(Part::Stream(Arc::new(stream))), counted(whole.into()), "{:?}", dataset.path);
        }
        assert!(several > 10, "{several}");
    }
}
