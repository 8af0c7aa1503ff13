//! Title and details of a W&B run.

use crate::catalog::RunName;
use crate::format::wandb_log::RunInfo;
use std::path::Path;

/// Maximum number of settings in a title. The screen clips longer titles.
const IN_TITLE: usize = 12;

/// `W&B run brave-fog-3 · project mnist · finished · lr=0.1 batch=32`.
pub(super) fn title(run: &RunInfo) -> String {
    let mut parts = vec![format!("W&B run {}", if run.name.is_empty() { &run.id } else { &run.name })];
    if !run.project.is_empty() {
        parts.push(format!("project {}", run.project));
    }
    parts.push(run.state.to_string());
    let single = settings(run).filter(|(_, value)| !value.starts_with(['{', '[']));
    let settings: Vec<_> = single.take(IN_TITLE).map(|(name, value)| format!("{name}={value}")).collect();
    if !settings.is_empty() {
        parts.push(settings.join(" "));
    }
    parts.join(" · ")
}

/// Returns the name and the id of a run. A log without a record of its run is named after its file, `run-ID.wandb`.
pub(super) fn name(run: &RunInfo, log: &Path) -> Option<RunName> {
    let stem = log.file_stem().unwrap_or_default().to_string_lossy();
    let id = if run.id.is_empty() { stem.strip_prefix("run-").unwrap_or_default() } else { &run.id };
    RunName::with_id(&run.name, id)
}

/// Details of a run as names and values: first its properties, with the keys of histograms that only its summary
/// contains, then its configuration.
pub(super) fn details(run: &RunInfo, only_in_summary: &[String]) -> Vec<(String, String)> {
    let project = [&*run.entity, &*run.project].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
    let known = [
        ("name", run.name.clone()),
        ("id", run.id.clone()),
        ("project", project.join("/")),
        ("state", run.state.to_string()),
        ("started", run.started.map(date).unwrap_or_default()),
        ("written by", run.producer.clone()),
        ("event files", run.tensorboard.join(", ")),
        ("only in the summary", only_in_summary.join(", ")),
    ];
    let known = known.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name.to_owned(), value));
    known.chain(settings(run).map(|(name, value)| (format!("config {name}"), value.to_owned()))).collect()
}

/// Settings of the configuration, except those of the SDK. Strings have no quotes.
fn settings(run: &RunInfo) -> impl Iterator<Item = (&str, &str)> {
    let own = run.config.iter().filter(|(name, _)| *name != "_wandb" && !name.starts_with("_wandb."));
    own.map(|(name, value)| {
        let bare = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        (name.as_str(), bare.unwrap_or(value))
    })
}

/// Formats seconds since 1970 as `2026-11-23 02:21:47 UTC`.
fn date(seconds: i64) -> String {
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Counted in years from March to February, so that the leap day is the last one. 719468 days from 0000-03-01 to
    // 1970-01-01.
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = 400 * era + year + next;
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::wandb_log::RunState;

    fn run(config: &[(&str, &str)]) -> RunInfo {
        let config = config.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        RunInfo { id: "x1".into(), config, ..RunInfo::default() }
    }

    #[test]
    fn titles_omit_missing_parts() {
        assert_eq!(title(&run(&[])), "W&B run x1 · running or crashed");
        let config = [("_wandb", "{}"), ("lr", "0.1"), ("opt", "\"adam\""), ("layers", "[1,2]")];
        let run = RunInfo { name: "fog".into(), project: "mnist".into(), state: RunState::Failed(2), ..run(&config) };
        assert_eq!(title(&run), "W&B run fog · project mnist · failed with code 2 · lr=0.1 opt=adam");
    }

    #[test]
    fn details_include_the_configuration() {
        let run = RunInfo { started: Some(0), ..run(&[("_wandb.x", "1"), ("layers", "[1,2]"), ("opt", "\"adam\"")]) };
        let lines: Vec<_> =
            details(&run, &["a.b".into()]).into_iter().map(|(name, value)| format!("{name}: {value}")).collect();
        assert_eq!(
            lines,
            [
                "id: x1",
                "state: running or crashed",
                "started: 1970-01-01 00:00:00 UTC",
                "only in the summary: a.b",
                "config layers: [1,2]",
                "config opt: adam"
            ]
        );
    }

    #[test]
    fn dates_respect_leap_years() {
        assert_eq!(date(1_795_400_507), "2026-11-23 02:21:47 UTC");
        assert_eq!(date(951_782_399), "2000-02-28 23:59:59 UTC");
        assert_eq!(date(951_782_400), "2000-02-29 00:00:00 UTC");
        assert_eq!(date(4_107_542_400), "2100-03-01 00:00:00 UTC");
        assert_eq!(date(-1), "1969-12-31 23:59:59 UTC");
        assert_eq!(date(i64::MAX / 1_000_000).len(), "294247-01-10 00:00:00 UTC".len());
    }
}
