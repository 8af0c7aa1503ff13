//! Writers of W&B logs and TensorBoard event files.

use super::protobuf::Message;
use rebin::format::wandb_log::BLOCK;

const HEADER: [u8; 7] = [b':', b'W', b'&', b'B', 0xE1, 0xBE, 0];

/// Frames records as the SDK does. The first block begins at byte `origin`.
pub(crate) fn wandb_log(records: &[impl AsRef<[u8]>], origin: usize) -> Vec<u8> {
    let mut file = HEADER.to_vec();
    for record in records {
        let mut rest = record.as_ref();
        let mut first = true;
        loop {
            let left = BLOCK as usize - (file.len() - origin) % BLOCK as usize;
            if left < 7 {
                file.resize(file.len() + left, 0);
                continue;
            }
            let (chunk, after) = rest.split_at(rest.len().min(left - 7));
            let kind = match (first, after.is_empty()) {
                (true, true) => 1,
                (true, false) => 2,
                (false, false) => 3,
                (false, true) => 4,
            };
            let mut crc = crc32fast::Hasher::new();
            crc.update(&[kind]);
            crc.update(chunk);
            file.extend(crc.finalize().to_le_bytes());
            file.extend((chunk.len() as u16).to_le_bytes());
            file.push(kind);
            file.extend(chunk);
            (rest, first) = (after, false);
            if matches!(kind, 1 | 4) {
                break;
            }
        }
    }
    file
}

/// A history record with one histogram under `w`; its first count is the step.
pub(crate) fn wandb_row(step: u64) -> Message {
    let item = |label: &str, json: &str| Message::default().bytes(2, "w").bytes(2, label).bytes(16, json);
    let history = Message::default()
        .bytes(1, item("values", &format!("[{step},2]")))
        .bytes(1, item("_type", "\"histogram\""))
        .bytes(1, item("bins", "[0,1,NaN]"))
        .bytes(2, Message::default().varint(1, step));
    Message::default().bytes(2, history)
}

/// Frames one record of an event file.
pub(crate) fn event_record(data: impl AsRef<[u8]>) -> Vec<u8> {
    let masked = |data: &[u8]| crc32c::crc32c(data).rotate_right(15).wrapping_add(0xA282_EAD8).to_le_bytes();
    let data = data.as_ref();
    let len = (data.len() as u64).to_le_bytes();
    [&len[..], &masked(&len), data, &masked(data)].concat()
}

/// An event without values.
pub(crate) fn event(step: u64) -> Message {
    Message::default().double(1, 1.7e9).varint(2, step)
}

/// A summary with one value: a histogram of TensorBoard 1 under this tag.
pub(crate) fn tagged_histogram(tag: &str, histogram: Message) -> Message {
    Message::default().bytes(1, Message::default().bytes(1, tag).bytes(5, histogram))
}

/// A histogram whose two buckets count 4 and 6 values.
pub(crate) fn two_buckets() -> Message {
    Message::default().doubles(6, &[0.0, 1.0, 3.0]).doubles(7, &[0.0, 4.0, 6.0])
}
