//! Laws of the record framing of `.wandb` files, on generated logs.

use super::log_writer::wandb_log;
use proptest::prelude::*;
use rebin::format::wandb_log::Framer;

/// Reads a log at once. Returns the records and the number of problems, including an unfinished end.
fn read(file: &[u8]) -> (Vec<Vec<u8>>, usize) {
    let Ok(mut framer) = Framer::start(file) else { return (Vec::new(), 1) };
    let mut records = Vec::new();
    let used = framer.feed(file, &mut |record| records.push(record.bytes.to_vec()));
    let tail = framer.tail(&file[used..]);
    (records, framer.problems().to_vec().len() + usize::from(tail.is_some()))
}

/// Records whose lengths cluster around the size of a block.
fn records() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let len = prop_oneof![0_usize..40, 32_730_usize..32_790, 0_usize..70_000];
    prop::collection::vec((len, any::<u8>()).prop_map(|(len, seed)| pattern(len, seed)), 1..8)
}

fn pattern(len: usize, seed: u8) -> Vec<u8> {
    (0..len).map(|i| (i as u8).wrapping_mul(31).wrapping_add(seed)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn written_records_are_read_back_in_both_layouts(records in records(), shifted in any::<bool>()) {
        let file = wandb_log(&records, if shifted { 7 } else { 0 });
        prop_assert_eq!(read(&file), (records, 0));
    }

    #[test]
    fn reading_in_windows_of_any_size_equals_reading_at_once(
        records in records(),
        flips in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
        sizes in prop::collection::vec(1_usize..70_000, 1..20),
    ) {
        let mut file = wandb_log(&records, 0);
        for flip in flips {
            let bit = 56 + flip.index((file.len() - 7) * 8);
            file[bit / 8] ^= 1 << (bit % 8);
        }
        let mut framer = Framer::start(&file).unwrap();
        let (mut from, mut to, mut found) = (0, 0, Vec::new());
        for size in sizes.iter().cycle() {
            to = (to + size).min(file.len());
            from += framer.feed(&file[from..to], &mut |record| found.push(record.bytes.to_vec()));
            prop_assert_eq!(from as u64, framer.offset());
            if to == file.len() {
                break;
            }
        }
        let tail = framer.tail(&file[from..]);
        prop_assert_eq!((found, framer.problems().to_vec().len() + usize::from(tail.is_some())), read(&file));
    }

    #[test]
    fn resuming_neither_skips_nor_repeats_records(records in records(), cut in any::<prop::sample::Index>()) {
        let file = wandb_log(&records, 0);
        let cut = 7 + cut.index(file.len() - 6);
        let mut found = Vec::new();
        let mut framer = Framer::start(&file).unwrap();
        framer.feed(&file[..cut], &mut |record| found.push(record.bytes.to_vec()));
        let at = framer.resume_at();
        Framer::resume(at).feed(&file[at.offset as usize..], &mut |record| found.push(record.bytes.to_vec()));
        prop_assert_eq!(found, records);
    }

    #[test]
    fn a_flipped_bit_is_reported_and_adds_no_records(records in records(), bit in any::<prop::sample::Index>()) {
        let mut file = wandb_log(&records, 0);
        let bit = 56 + bit.index((file.len() - 7) * 8);
        let (clean, _) = read(&file);
        file[bit / 8] ^= 1 << (bit % 8);
        let (found, problems) = read(&file);
        prop_assert!(problems > 0, "bit {} of byte {}", bit % 8, bit / 8);
        // The surviving records are a subsequence of the written ones.
        let mut rest = clean.iter();
        prop_assert!(found.iter().all(|record| rest.any(|written| written == record)));
    }
}

#[test]
fn a_cut_at_any_byte_loses_only_the_tail() {
    let records: Vec<_> = [5, 32_700, 60, 300, 0, 9].map(|len| pattern(len, len as u8)).to_vec();
    let file = wandb_log(&records, 0);
    let mut complete = 0;
    for end in 0..=file.len() {
        let (found, problems) = read(&file[..end]);
        assert_eq!(found, records[..found.len()], "cut at {end}");
        assert!(found.len() >= complete, "cut at {end}");
        complete = found.len();
        if end >= 7 && complete < records.len() && problems == 0 {
            let again = wandb_log(&records[..complete], 0);
            assert!(end <= again.len() + 6, "the cut at {end} is not reported");
        }
    }
    assert_eq!(complete, records.len());
}

#[test]
fn a_flipped_payload_bit_loses_only_its_record() {
    let records: Vec<_> = (0..200).map(|i| pattern(1000, i)).collect();
    let mut file = wandb_log(&records, 0);
    file[50_000] ^= 4;
    let (found, problems) = read(&file);
    assert_eq!((found.len(), problems), (199, 1));
}

#[test]
fn a_zeroed_block_loses_only_its_records() {
    let records: Vec<_> = (0..200).map(|i| pattern(1000, i)).collect();
    let mut file = wandb_log(&records, 0);
    file[65_536..98_304].fill(0);
    let (found, problems) = read(&file);
    assert_eq!((found.len(), problems), (200 - 33, 1));
}
