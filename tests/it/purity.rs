//! The pure modules stay pure: what goes in and out of them is data.

use std::path::{Path, PathBuf};

/// Folders and files under `src` that do no IO and read no clock.
const PURE: [&str; 16] = [
    "api",
    "model",
    "validate",
    "desire",
    "plan",
    "status",
    "aws/action.rs",
    "aws/quotas.rs",
    "executor/buckets.rs",
    "executor/call.rs",
    "executor/conclude.rs",
    "executor/lanes.rs",
    "executor/lists.rs",
    "executor/queue.rs",
    "targets/slices.rs",
    "targets/state.rs",
];

/// What none of them may name, and why.
const FORBIDDEN: [(&str, &str); 14] = [
    ("kube::Client", "a Kubernetes client"),
    ("kube::Api", "a Kubernetes client"),
    ("kube::runtime", "controllers and watches"),
    ("aws_sdk_", "an AWS SDK"),
    ("aws_config", "an AWS SDK"),
    ("aws_smithy", "an AWS SDK"),
    ("tokio", "an async runtime"),
    ("async fn", "an async runtime"),
    ("Instant::now", "a clock"),
    ("SystemTime", "a clock"),
    ("Timestamp::now", "a clock"),
    ("std::fs", "files"),
    ("std::net::Tcp", "the network"),
    ("rand::random", "chance"),
];

#[test]
fn pure_modules_name_no_client_no_sdk_no_runtime_and_no_clock() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for part in PURE {
        let path = src.join(part);
        assert!(path.exists(), "src/{part} is gone: mend the list of pure modules");
        for file in sources(&path) {
            let text = std::fs::read_to_string(&file).unwrap();
            for (line, code) in product_code(&text) {
                for (name, what) in FORBIDDEN {
                    if code.contains(name) {
                        wrong.push(format!("{}:{line} names {name} ({what})", file.display()));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The lines of code with their numbers: no comments, and nothing of a tests module in the file.
fn product_code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let product = text.find("#[cfg(test)]\nmod tests {").map_or(text, |tests| &text[..tests]);
    let lines = product.lines().enumerate().map(|(n, line)| (n + 1, line.trim()));
    lines.filter(|(_, line)| !line.starts_with("//"))
}

fn sources(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let entries = std::fs::read_dir(path).unwrap().map(|e| e.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|p| p.is_dir());
    let below = folders.iter().filter(|f| !f.ends_with("tests")).flat_map(|f| sources(f));
    files.into_iter().filter(|f| is_product(f)).chain(below).collect()
}

/// Rust, and not a test's.
fn is_product(file: &Path) -> bool {
    let name = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    name.ends_with(".rs") && !name.ends_with("tests.rs")
}
