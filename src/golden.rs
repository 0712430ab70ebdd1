//! Golden files, for tests only: `UPDATE_GOLDEN=1 cargo test` writes them anew, and the difference is
//! for a person to read.

use std::path::{Path, PathBuf};

/// `tests/golden`.
pub fn dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// The inputs, `tests/golden/in/*.yaml`, by name and text.
pub fn inputs() -> Vec<(String, String)> {
    let mut inputs: Vec<(String, String)> = std::fs::read_dir(dir().join("in"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(&path).unwrap())
        })
        .collect();
    inputs.sort();
    inputs
}

/// Compares `text` with the golden file `path` below `tests/golden`.
pub fn check(path: &str, text: &str) {
    let file = dir().join(path);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, text).unwrap();
        return;
    }
    let golden = std::fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("{}: {error}; UPDATE_GOLDEN=1 writes it", file.display()));
    assert_eq!(text, golden, "{path} differs; UPDATE_GOLDEN=1 writes it anew");
}
