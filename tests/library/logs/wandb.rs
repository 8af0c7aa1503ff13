//! Real `.wandb` files against `golden/wandb.json`, the output of an independent reader.

use super::{bytes, golden};
use rebin::engine::Budget;
use rebin::format::series::EntryKind;
use rebin::format::wandb_log::{Framer, Index, RunState};
use rebin::wandb::number_text;
use serde_json::{Map, Value, json};

/// The record types in these files: field numbers and names in `wandb_internal.Record`.
const KINDS: [(u64, &str); 14] = [
    (2, "history"),
    (3, "summary"),
    (5, "config"),
    (6, "files"),
    (7, "stats"),
    (8, "artifact"),
    (9, "tbrecord"),
    (11, "telemetry"),
    (17, "run"),
    (18, "exit"),
    (20, "final"),
    (21, "header"),
    (22, "footer"),
    (26, "environment"),
];

/// Reads a file at once.
fn index(name: &str) -> (Vec<u8>, Index) {
    let file = bytes(&format!("samples/wandb/{name}"));
    let mut index = Index::start(&file, &Budget::default()).unwrap();
    let used = index.extend(&file).unwrap();
    index.end(&file[used..]);
    (file, index)
}

/// Describes a file as `golden/wandb.json` does.
fn seen(name: &str) -> Value {
    let (file, index) = index(name);
    let mut kinds = Map::new();
    let mut records = 0;
    let mut framer = Framer::start(&file).unwrap();
    framer.feed(&file, &mut |record| {
        records += 1;
        let fields = fields(record.bytes);
        let known = KINDS.iter().find(|(number, _)| fields.contains(number));
        let count = kinds.entry(known.map_or("unknown", |(_, name)| name)).or_insert(json!(0));
        *count = json!(count.as_u64().unwrap() + 1);
    });
    let mut histograms = Map::new();
    for series in index.series().iter().filter(|series| series.kind == EntryKind::Histogram) {
        let all: Vec<_> = series
            .entries
            .iter()
            .map(|row| {
                let record = &file[row.at as usize..][..row.len as usize];
                index.decode(*row, record, &series.path, &Budget::default()).unwrap()
            })
            .collect();
        let (first, last) = (all.first().unwrap(), all.last().unwrap());
        let mut lengths: Vec<_> = all.iter().map(|h| h.values().len()).collect();
        lengths.sort_unstable();
        lengths.dedup();
        let ends = |h: &rebin::wandb::Histogram| {
            let edges = h.bins();
            [edges.get(0), edges.get(edges.len() - 1)].map(|edge| number_text(edge.unwrap()))
        };
        let total = |h: &rebin::wandb::Histogram| h.values().as_f64().iter().sum::<f64>();
        histograms.insert(
            series.path.join("␟"),
            json!({
                "bins_len": lengths,
                "n": all.len(),
                "first_step": series.steps.first(), "last_step": series.steps.last(),
                "first_total": total(first), "last_total": total(last),
                "first_lo_hi": ends(first), "last_lo_hi": ends(last),
            }),
        );
    }
    json!({
        "block_origin": index.resume_at().origin,
        "records": records,
        "kinds": kinds,
        "history_rows": index.rows(),
        "histograms": histograms,
    })
}

/// The field numbers of a record. Its fields are varints or messages.
fn fields(record: &[u8]) -> Vec<u64> {
    let mut rest = record.iter().copied();
    let mut found = Vec::new();
    while let Some(key) = varint(&mut rest) {
        found.push(key >> 3);
        let value = varint(&mut rest).unwrap();
        if key & 7 == 2 {
            rest.by_ref().take(value as usize).for_each(drop);
        }
    }
    found
}

fn varint(bytes: &mut impl Iterator<Item = u8>) -> Option<u64> {
    let (mut value, mut shift) = (0, 0);
    loop {
        let byte = bytes.next()?;
        value |= u64::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            return Some(value);
        }
        shift += 7;
    }
}

/// Converts the other reader's description to the form of [`seen`].
fn expected(golden: &Value) -> Value {
    let mut golden = golden.clone();
    let object = golden.as_object_mut().unwrap();
    for name in ["size", "last_step", "framing_errors"] {
        object.remove(name);
    }
    let histograms = std::mem::take(object["histograms"].as_object_mut().unwrap());
    for (path, mut facts) in histograms {
        for key in ["first_lo_hi", "last_lo_hi"] {
            for text in facts[key].as_array_mut().unwrap() {
                *text = match text.as_str().unwrap() {
                    "nan" => json!("NaN"),
                    "inf" => json!("Infinity"),
                    other => json!(other),
                };
            }
        }
        for key in ["first_total", "last_total"] {
            facts[key] = json!(facts[key].as_f64().unwrap());
        }
        // In rebin, positions in lists are ordinary labels.
        object["histograms"].as_object_mut().unwrap().insert(path.replace(['[', ']'], ""), facts);
    }
    golden
}

#[test]
fn the_index_equals_that_of_an_independent_reader() {
    for (name, golden) in golden("wandb.json").as_object().unwrap() {
        if let Some(error) = golden.get("error") {
            let file = bytes(&format!("samples/wandb/{name}"));
            assert!(Index::start(&file, &Budget::default()).is_err(), "{name}: {error}");
        } else if name != "bad_flip_payload.wandb" {
            assert_eq!(seen(name), expected(golden), "{name}");
        }
    }
}

#[test]
fn a_flipped_bit_loses_one_row_instead_of_the_rest_of_the_block() {
    let name = "bad_flip_payload.wandb";
    let (seen, golden) = (seen(name), &golden("wandb.json")[name]);
    // The other reader drops the rest of the block. rebin continues with the next chunk, which is intact.
    assert_eq!((&golden["history_rows"], &seen["history_rows"]), (&json!(27), &json!(31)));
    assert_eq!(seen["histograms"]["weights"]["n"], json!(31));
    assert_eq!(seen["histograms"]["weights"]["last_step"], golden["histograms"]["weights"]["last_step"]);
}

#[test]
fn damage_is_located() {
    let problems = |name: &str| -> Vec<String> { index(name).1.problems().iter().map(ToString::to_string).collect() };
    insta::assert_snapshot!(
        ["bad_flip_payload", "bad_len", "bad_zero_block", "bad_torn_payload", "killed01", "edgecase"]
            .map(|name| [vec![name.to_owned()], problems(&format!("{name}.wandb"))].concat().join("\n  "))
            .join("\n"),
        @"
    bad_flip_payload
      byte 69837: this chunk fails its checksum
      byte 196494: the file ends inside this record; rebin reads it when it is complete
    bad_len
      byte 33760: the length of this chunk extends past the end of its block
      byte 196494: the file ends inside this record; rebin reads it when it is complete
    bad_zero_block
      byte 65536: the 32768 bytes up to the next block were never written; lost the record that starts at byte 63839
      byte 196494: the file ends inside this record; rebin reads it when it is complete
    bad_torn_payload
      byte 130118: the file ends inside this record; rebin reads it when it is complete
    killed01
      byte 293261: the file ends inside this record; rebin reads it when it is complete
    edgecase
    "
    );
}

#[test]
fn files_that_are_not_logs_are_rejected_with_a_reason() {
    let why = |name: &str| {
        Index::start(&bytes(&format!("samples/wandb/{name}")), &Budget::default()).unwrap_err().to_string()
    };
    assert_eq!(why("bad_not_wandb.wandb"), "not a W&B log: it does not start with ':W&B'");
    assert_eq!(why("bad_magic.wandb"), "damaged W&B log header");
    assert_eq!(why("bad_version1.wandb"), "W&B log version 1 is not supported (only version 0)");
    assert_eq!(why("bad_short_header.wandb"), "not a W&B log: only 5 bytes long");
    assert_eq!(Index::start(b"", &Budget::default()).unwrap_err().to_string(), "not a W&B log: only 0 bytes long");
}

#[test]
fn a_run_has_its_identity_and_its_final_state() {
    let (_, online) = index("online01/run-online01.wandb");
    let run = online.run();
    assert_eq!((&*run.id, &*run.entity, &*run.project), ("online01", "ent", "histo"));
    assert_eq!(run.state, RunState::Finished);
    assert!(run.producer.starts_with("0.31.0"), "{}", run.producer);
    assert_eq!(run.config.get("lr").map(String::as_str), Some("0.1"));
    assert_eq!(run.started, Some(1_795_400_507));
    assert_eq!(index("killed01.wandb").1.run().state, RunState::Unfinished);
    assert_eq!(index("tbsync01.wandb").1.run().tensorboard.len(), 1);
}
