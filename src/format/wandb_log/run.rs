//! The metadata of a run, from the records other than its history.

use prost::Message;
use std::collections::BTreeMap;
use std::fmt;

/// The identity, configuration and state of a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RunInfo {
    pub id: String,
    /// Display name; may be empty.
    pub name: String,
    pub entity: String,
    pub project: String,
    pub state: RunState,
    /// JSON text of each setting by its name. The labels of nested settings are joined with dots.
    pub config: BTreeMap<String, String>,
    /// Seconds since 1970.
    pub started: Option<i64>,
    /// Version of the SDK that wrote the log.
    pub producer: String,
    /// Directories of TensorBoard event files. Offline, their histograms are there and not in this log.
    pub tensorboard: Vec<String>,
}

/// The state of a run, according to its log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RunState {
    /// The log has no exit record: the run is in progress or was killed.
    #[default]
    Unfinished,
    /// The run exited with code 0.
    Finished,
    /// The run exited with another code.
    Failed(i32),
}

impl fmt::Display for RunState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unfinished => f.write_str("running or crashed"),
            Self::Finished => f.write_str("finished"),
            Self::Failed(code) => write!(f, "failed with code {code}"),
        }
    }
}

impl RunInfo {
    /// Applies the record with this field number in `wandb_internal.Record`. Ignores all but five kinds of record.
    pub(super) fn update(&mut self, number: u32, message: &[u8]) -> Result<(), prost::DecodeError> {
        match number {
            5 => self.configure(Config::decode(message)?),
            9 => self.tensorboard.push(Tb::decode(message)?.log_dir),
            17 => self.identify(Run::decode(message)?),
            18 => {
                let code = Exit::decode(message)?.exit_code;
                self.state = if code == 0 { RunState::Finished } else { RunState::Failed(code) };
            }
            21 => self.producer = Header::decode(message)?.version.unwrap_or_default().producer,
            _ => {}
        }
        Ok(())
    }

    fn identify(&mut self, run: Run) {
        let replace = |old: &mut String, new: String| {
            if !new.is_empty() {
                *old = new;
            }
        };
        replace(&mut self.id, run.id);
        replace(&mut self.name, run.display_name);
        replace(&mut self.entity, run.entity);
        replace(&mut self.project, run.project);
        self.started = run.start_time.map(|time| time.seconds).or(self.started);
        self.configure(run.config.unwrap_or_default());
    }

    fn configure(&mut self, config: Config) {
        for item in config.update {
            self.config.insert(item.name(), item.value_json);
        }
        for item in config.remove {
            self.config.remove(&item.name());
        }
    }
}

#[derive(Clone, PartialEq, Message)]
struct Run {
    #[prost(string, tag = "1")]
    id: String,
    #[prost(string, tag = "2")]
    entity: String,
    #[prost(string, tag = "3")]
    project: String,
    #[prost(message, optional, tag = "4")]
    config: Option<Config>,
    #[prost(string, tag = "8")]
    display_name: String,
    #[prost(message, optional, tag = "17")]
    start_time: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Message)]
struct Timestamp {
    #[prost(int64, tag = "1")]
    seconds: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Config {
    #[prost(message, repeated, tag = "1")]
    update: Vec<ConfigItem>,
    #[prost(message, repeated, tag = "2")]
    remove: Vec<ConfigItem>,
}

#[derive(Clone, PartialEq, Message)]
struct ConfigItem {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(string, repeated, tag = "2")]
    nested_key: Vec<String>,
    #[prost(string, tag = "16")]
    value_json: String,
}

impl ConfigItem {
    fn name(&self) -> String {
        if self.nested_key.is_empty() { self.key.clone() } else { self.nested_key.join(".") }
    }
}

#[derive(Clone, PartialEq, Message)]
struct Exit {
    #[prost(int32, tag = "1")]
    exit_code: i32,
}

#[derive(Clone, PartialEq, Message)]
struct Tb {
    #[prost(string, tag = "1")]
    log_dir: String,
}

#[derive(Clone, PartialEq, Message)]
struct Header {
    #[prost(message, optional, tag = "1")]
    version: Option<Version>,
}

#[derive(Clone, PartialEq, Message)]
struct Version {
    #[prost(string, tag = "1")]
    producer: String,
}
