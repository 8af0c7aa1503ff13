//! Names of the models in a cache of Hugging Face's hub.

/// Characters of the hash of a snapshot to show.
const HASH: usize = 7;

/// Replaces the directories of a snapshot, `models--org--name/snapshots/HASH`, by one part, `org/name@HASH`.
pub(super) fn named(parts: Vec<String>) -> Vec<String> {
    let mut named: Vec<String> = Vec::with_capacity(parts.len());
    for part in parts {
        if let [.., model, snapshots] = named.as_slice()
            && snapshots == "snapshots"
            && let Some(name) = model_name(model)
        {
            named.truncate(named.len() - 2);
            let hash: String = part.chars().take(HASH).collect();
            named.push(format!("{name}@{hash}"));
        } else {
            named.push(part);
        }
    }
    named
}

fn model_name(directory: &str) -> Option<String> {
    let (kind, name) = directory.split_once("--")?;
    match kind {
        "models" => Some(name.replace("--", "/")),
        "datasets" | "spaces" => Some(format!("{kind}/{}", name.replace("--", "/"))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snapshots_have_the_name_of_their_model() {
        let shown = |path: &str| named(path.split('/').map(str::to_owned).collect()).join(" > ");
        assert_eq!(shown("hub/models--org--a--b/snapshots/0123456789/onnx"), "hub > org/a/b@0123456 > onnx");
        assert_eq!(shown("datasets--x/snapshots/ab"), "datasets/x@ab");
        assert_eq!(shown("models--x/snapshots"), "models--x > snapshots");
        assert_eq!(shown("my--x/snapshots/ab"), "my--x > snapshots > ab");
        assert_eq!(shown("snapshots/ab"), "snapshots > ab");
    }
}
