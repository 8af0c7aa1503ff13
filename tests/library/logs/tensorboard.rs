//! Event files: real ones against TensorBoard and wandb-core, and laws on generated ones.

use super::log_writer::{event, event_record, tagged_histogram, two_buckets};
use super::protobuf::Message;
use super::{bytes, golden};
use rebin::engine::Budget;
use rebin::format::series::SeriesIndex;
use rebin::format::tfevents::{Index, decode};
use rebin::wandb::Histogram;
use serde_json::Value;

/// Reads a file at once. Returns its index and its problems.
fn read(file: &[u8]) -> (Index, Vec<String>) {
    let mut index = Index::default();
    let problems = match index.start(file) {
        Err(why) => vec![why.to_string()],
        Ok(number) => {
            let used = index.extend(number, file).unwrap();
            index.end(number, &file[used..]);
            index.problems(number).iter().map(ToString::to_string).collect()
        }
    };
    (index, problems)
}

fn sample(name: &str) -> Vec<u8> {
    bytes(&format!("samples/tb/{name}"))
}

fn entry(file: &[u8], series: &SeriesIndex, at: usize) -> Result<Histogram, String> {
    let row = series.entries[at];
    decode(row, &file[row.at as usize..][..row.len as usize], &series.path, &Budget::default())
        .map_err(|why| why.to_string())
}

fn named<'i>(index: &'i Index, tag: &str) -> &'i SeriesIndex {
    index.series().iter().find(|series| series.path == [tag]).unwrap_or_else(|| panic!("{tag} is missing"))
}

fn floats(list: &Value) -> Vec<f64> {
    list.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

#[test]
fn tags_and_steps_equal_those_of_tensorboard() {
    for (name, golden) in golden("tb.json").as_object().unwrap() {
        let (index, problems) = read(&sample(name));
        assert_eq!(problems.len(), golden["errors"].as_array().unwrap().len(), "{name}: {problems:?}");
        let tags = golden["tags"].as_object().unwrap();
        assert_eq!(index.series().len(), tags.len(), "{name}");
        for (tag, facts) in tags {
            let steps = &named(&index, tag).steps;
            assert_eq!(steps.len() as u64, facts["n"].as_u64().unwrap(), "{name} {tag}");
            assert_eq!(serde_json::json!([steps.first(), steps.last()]), facts["steps"], "{name} {tag}");
        }
    }
}

#[test]
fn damage_is_located() {
    let problems = |name: &str| read(&sample(name)).1.join("\n");
    insta::assert_snapshot!(
        ["bad_length", "bad_payload_crc", "bad_truncated", "bad_text"]
            .map(|name| format!("{name}\n  {}", problems(&format!("{name}.tfevents")).replace('\n', "\n  ")))
            .join("\n"),
        @"
    bad_length
      byte 10907: the length of this record fails its checksum; the rest of the file is unreadable
    bad_payload_crc
      byte 10907: skipped a record that fails its checksum
      byte 58873: the file ends inside this record; rebin reads it when it is complete
    bad_truncated
      byte 58873: the file ends inside this record; rebin reads it when it is complete
    bad_text
      not a TensorBoard event file: it does not start with a record
    "
    );
    assert_eq!(problems("v2_tensor.tfevents"), "");
}

#[test]
fn histograms_equal_those_of_wandb_core_bit_for_bit() {
    let mut compared = 0;
    for (key, golden) in golden("tb_wandbcore.json").as_object().unwrap() {
        let (file, tag) = match key.split_once('/').unwrap() {
            // wandb-core read the complete file; the sample is truncated.
            ("torch", "torch/default") => ("bad_truncated", "w/tensorflow"),
            ("torch", "torch/auto") => ("bad_truncated", "w/auto"),
            ("torch", _) => continue,
            other => other,
        };
        let file = sample(&format!("{file}.tfevents"));
        let (index, _) = read(&file);
        let series = named(&index, tag);
        for expected in golden.as_array().unwrap() {
            let step = expected["step"].as_i64().unwrap();
            let Some(at) = series.steps.iter().position(|at| *at == step) else { continue };
            let found = entry(&file, series, at).unwrap().reduced();
            if tag == "v2/gappy" {
                // wandb-core makes [0, 1) and [5, 6) into [0, 5) and [5, 6); here the gap stays empty.
                assert_eq!(found.bins().as_f64(), [0.0, 1.0, 5.0, 6.0]);
                assert_eq!(found.values().as_f64(), [2.0, 0.0, 4.0]);
                continue;
            }
            assert_eq!(found.bins().as_f64(), floats(&expected["bins"]), "{tag} at {step}");
            assert_eq!(found.values().as_f64(), floats(&expected["values"]), "{tag} at {step}");
            compared += 1;
        }
    }
    assert_eq!(compared, 29);
}

#[test]
fn every_bucket_is_kept() {
    for (file, tag, bins) in [
        ("tensorboardx_raw", "raw/1000bins", 1000),
        ("tensorboardx_raw", "raw/513bins", 513),
        ("v2_tensor", "v2/k600", 600),
        ("bad_truncated", "w/tensorflow", 608),
    ] {
        let file = sample(&format!("{file}.tfevents"));
        let (index, _) = read(&file);
        let found = entry(&file, named(&index, tag), 0).unwrap();
        assert_eq!(found.values().len(), bins, "{tag}");
        let (all, fewer) = (found.values().total().as_f64(), found.reduced().values().total().as_f64());
        assert!((all - fewer).abs() <= all * 1e-12, "{tag}: {all} {fewer}");
    }
}

#[test]
fn histograms_that_wandb_core_drops_are_read_or_rejected_with_a_reason() {
    let file = sample("v2_tensor.tfevents");
    let (index, _) = read(&file);
    let of = |tag: &str| entry(&file, named(&index, tag), 0);
    assert_eq!(of("v2/f16_halfval").unwrap().values().as_f64(), [2.0, 4.0]);
    assert_eq!(of("v2/broadcast_zero").unwrap().bins().as_f64(), [0.0, 0.0, 0.0]);
    assert_eq!(of("v2/bad_shape").unwrap_err(), "the tensor has the shape [3, 2], not [k, 3]");
    assert_eq!(of("v2/no_values").unwrap_err(), "the tensor has no values");
    assert_eq!(of("v2/empty_k0").unwrap_err(), "the histogram has no buckets");

    let file = sample("tensorboardx_raw.tfevents");
    let (index, _) = read(&file);
    let of = |tag: &str| entry(&file, named(&index, tag), 0);
    assert_eq!(of("raw/one_bucket").unwrap().to_json(), r#"{"_type": "histogram", "values": [7], "bins": [2.0, 2.0]}"#);
    let why = of("raw/min_ge_limit0").unwrap_err();
    assert_eq!(why, "the minimum 5 is greater than the first bucket limit 1");
}

/// A summary with a tensor of shape `[1, 3]`, with or without the name of a plugin.
fn tensor(tag: &str, plugin: Option<&str>) -> Message {
    let dim = |size| Message::default().varint(1, size);
    let shape = Message::default().bytes(2, dim(1)).bytes(2, dim(3));
    let tensor = Message::default().varint(1, 2).bytes(2, shape).doubles(6, &[0.0, 1.0, 5.0]);
    let value = Message::default().bytes(1, tag).bytes(8, tensor);
    let value = match plugin {
        Some(name) => value.bytes(9, Message::default().bytes(1, Message::default().bytes(1, name))),
        None => value,
    };
    Message::default().bytes(1, value)
}

#[test]
fn the_first_value_of_a_tag_determines_its_type() {
    let file = [
        event_record(event(0).bytes(5, tensor("w", Some("histograms")))),
        event_record(event(0).bytes(5, tensor("text", Some("text")))),
        event_record(event(1).bytes(5, tensor("w", None))),
        event_record(event(1).bytes(5, tensor("text", None))),
    ]
    .concat();
    let (index, problems) = read(&file);
    assert_eq!((index.series().len(), problems.len()), (1, 0));
    assert_eq!(named(&index, "w").steps, [0, 1]);
    assert_eq!(entry(&file, named(&index, "w"), 1).unwrap().values().as_f64(), [5.0]);
}

#[test]
fn packed_and_unpacked_buckets_are_equal() {
    let unpacked = [0.0, 1.0, 3.0].iter().fold(Message::default(), |message, limit| message.double(6, *limit));
    let unpacked = [0.0, 4.0, 6.0].iter().fold(unpacked, |message, count| message.double(7, *count));
    let file = [
        event_record(event(0).bytes(5, tagged_histogram("p", two_buckets()))),
        event_record(event(0).bytes(5, tagged_histogram("u", unpacked))),
    ]
    .concat();
    let (index, _) = read(&file);
    assert_eq!(entry(&file, named(&index, "p"), 0), entry(&file, named(&index, "u"), 0));
}

#[test]
fn a_restarted_writer_replaces_the_steps_that_it_logs_again() {
    let start = |step| event_record(event(step).bytes(7, Message::default().varint(1, 1)));
    let log = |step| event_record(event(step).bytes(5, tagged_histogram("w", two_buckets())));
    let mut index = Index::default();
    let first = [log(0), log(5), log(9)].concat();
    let lost = event_record(event(7).bytes(5, tagged_histogram("never again", two_buckets())));
    let first = [first, lost].concat();
    let second = [start(5), log(5), log(6)].concat();
    for file in [&first, &second] {
        let number = index.start(file).unwrap();
        assert_eq!(index.extend(number, file).unwrap(), file.len());
    }
    let [series] = index.series() else { panic!("{:?}", index.series()) };
    assert_eq!(series.steps, [0, 5, 6]);
    assert_eq!(series.entries.iter().map(|row| row.file).collect::<Vec<_>>(), [0, 1, 1]);
    let problems: Vec<_> = index.problems(1).iter().map(ToString::to_string).collect();
    assert_eq!(problems, ["byte 0: the writer restarted here and replaced 3 earlier histograms"]);
}

#[test]
fn a_growing_file_is_read_incrementally() {
    let complete = sample("tf1_layout.tfevents");
    let mut index = Index::default();
    let file = index.start(&complete[..20]).unwrap();
    for end in (20..=complete.len()).step_by(997).chain([complete.len()]) {
        let from = index.offset(file) as usize;
        let used = index.extend(file, &complete[from..end]).unwrap();
        index.end(file, &complete[from + used..end]);
    }
    assert_eq!(index.series(), read(&complete).0.series());
    assert_eq!(index.problems(file), []);
}

#[test]
fn a_cut_at_any_byte_loses_only_the_tail() {
    let file: Vec<u8> =
        (0..4).flat_map(|step| event_record(event(step).bytes(5, tagged_histogram("w", two_buckets())))).collect();
    let one = file.len() / 4;
    for end in 0..=file.len() {
        let (index, problems) = read(&file[..end]);
        let found = index.series().first().map_or(0, |series| series.steps.len());
        assert_eq!((found, problems.is_empty()), (end / one, end % one == 0), "cut at {end}: {problems:?}");
    }
}

#[test]
fn a_flipped_bit_is_reported_and_loses_its_record_or_the_rest() {
    let file: Vec<u8> =
        (0..4).flat_map(|step| event_record(event(step).bytes(5, tagged_histogram("w", two_buckets())))).collect();
    let one = file.len() / 4;
    for bit in 0..file.len() * 8 {
        let mut file = file.clone();
        file[bit / 8] ^= 1 << (bit % 8);
        let (index, problems) = read(&file);
        assert!(!problems.is_empty(), "bit {bit}");
        let steps = index.series().first().map_or(&[][..], |series| &series.steps);
        let hit = (bit / 8 / one) as i64;
        let all = || (0..4).filter(|step| *step != hit);
        let expected: Vec<_> =
            if bit / 8 % one < 12 { all().take_while(|step| *step < hit).collect() } else { all().collect() };
        assert_eq!(steps, expected, "bit {bit}");
    }
}
