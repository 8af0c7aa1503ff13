//! What a run says about itself: the records around its history.

use prost::Message;
use std::collections::BTreeMap;
use std::fmt;

/// Who logged, what with, and how it ended.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RunInfo {
    pub id: String,
    /// The name people see; may be empty.
    pub name: String,
    pub entity: String,
    pub project: String,
    pub state: State,
    /// Settings by name, nested ones joined with dots, each with its JSON text.
    pub config: BTreeMap<String, String>,
    /// Seconds since 1970.
    pub started: Option<i64>,
    /// Version of the SDK that wrote the log.
    pub producer: String,
    /// Folders of event files that were logged along; offline, their histograms are there and not in this log.
    pub tensorboard: Vec<String>,
}

/// How a run ended, as far as its log tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum State {
    /// There is no exit record: it still runs, or it was killed.
    #[default]
    Open,
    /// It exited with code 0.
    Finished,
    /// It exited with another code.
    Failed(i32),
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str("running or crashed"),
            Self::Finished => f.write_str("finished"),
            Self::Failed(code) => write!(f, "failed with code {code}"),
        }
    }
}

impl RunInfo {
    /// Takes in one record by its number in `wandb_internal.Record`; others than the five it knows change nothing.
    pub(super) fn take(&mut self, number: u32, message: &[u8]) -> Result<(), prost::DecodeError> {
        match number {
            5 => self.configure(Config::decode(message)?),
            9 => self.tensorboard.push(Tb::decode(message)?.log_dir),
            17 => self.identify(Run::decode(message)?),
            18 => {
                let code = Exit::decode(message)?.exit_code;
                self.state = if code == 0 { State::Finished } else { State::Failed(code) };
            }
            21 => self.producer = Header::decode(message)?.version.unwrap_or_default().producer,
            _ => {}
        }
        Ok(())
    }

    fn identify(&mut self, run: Run) {
        let keep = |old: &mut String, new: String| {
            if !new.is_empty() {
                *old = new;
            }
        };
        keep(&mut self.id, run.id);
        keep(&mut self.name, run.display_name);
        keep(&mut self.entity, run.entity);
        keep(&mut self.project, run.project);
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
