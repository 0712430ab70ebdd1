//! A folder outside the checkout for what is built or fetched once: `$GATEWAYED_CACHE`, else
//! `$XDG_CACHE_HOME/gatewayed`, else `~/.cache/gatewayed`. Each entry is a folder named by its
//! content; it appears whole or not at all, and two processes never make it twice.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::LabError;

/// The cache's folder, made if need be.
///
/// # Errors
/// If neither the variables nor a home directory are set, or the folder cannot be made.
pub fn folder() -> Result<PathBuf, LabError> {
    let variable = |name| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let folder = variable("GATEWAYED_CACHE")
        .or_else(|| Some(variable("XDG_CACHE_HOME")?.join("gatewayed")))
        .or_else(|| Some(variable("HOME")?.join(".cache/gatewayed")))
        .ok_or(LabError::Config {
            field: "GATEWAYED_CACHE",
            why: "neither GATEWAYED_CACHE, XDG_CACHE_HOME nor HOME is set: set one to a folder to build in"
                .to_owned(),
        })?;
    std::fs::create_dir_all(&folder).map_err(LabError::file("create", &folder))?;
    std::path::absolute(&folder).map_err(LabError::file("resolve", &folder))
}

/// The entry `name`; if it is not there, `make` fills a folder that becomes it. Whoever comes
/// second waits for the first.
///
/// # Errors
/// Those of `make`, or of the file system. A failed attempt leaves nothing.
pub fn entry(name: &str, make: impl FnOnce(&Path) -> Result<(), LabError>) -> Result<PathBuf, LabError> {
    let folder = folder()?;
    let entry = folder.join(name);
    if entry.is_dir() {
        return Ok(entry);
    }
    let lock_path = folder.join(format!("{name}.lock"));
    let lock = File::create(&lock_path).map_err(LabError::file("create", &lock_path))?;
    if lock.try_lock().is_err() {
        eprintln!("waiting for another process that makes {}", entry.display());
        lock.lock().map_err(LabError::file("lock", &lock_path))?;
    }
    if entry.is_dir() {
        return Ok(entry);
    }
    // Under the lock, what lies here under this name is the remains of an attempt that was killed.
    let prefix = format!(".{name}.");
    remove_leftovers(&folder, &prefix)?;
    let making = tempfile::Builder::new()
        .prefix(&prefix)
        .tempdir_in(&folder)
        .map_err(LabError::file("create a folder in", &folder))?;
    make(making.path())?;
    std::fs::rename(making.path(), &entry).map_err(LabError::file("create", &entry))?;
    Ok(entry)
}

fn remove_leftovers(folder: &Path, prefix: &str) -> Result<(), LabError> {
    let list = std::fs::read_dir(folder).map_err(LabError::file("list", folder))?;
    for left in list.flatten() {
        if left.file_name().to_string_lossy().starts_with(prefix) {
            let path = left.path();
            std::fs::remove_dir_all(&path).map_err(LabError::file("remove", &path))?;
        }
    }
    Ok(())
}

/// Refuses when the file system under `path` has less than `need_mib` MiB free.
///
/// # Errors
/// [`LabError::DiskFull`], which names `variable` as the way to another disk.
pub fn require_space(
    path: &Path,
    need_mib: u64,
    what: &'static str,
    variable: &'static str,
) -> Result<(), LabError> {
    // The folder may not be there yet; its nearest ancestor is on the same file system.
    let existing = path.ancestors().find(|p| p.exists()).unwrap_or(Path::new("/"));
    let stat = rustix::fs::statvfs(existing)
        .map_err(|e| LabError::file("read the free space of", existing)(e.into()))?;
    let free_mib = stat.f_bavail.saturating_mul(stat.f_frsize) >> 20;
    if free_mib < need_mib {
        return Err(LabError::DiskFull { path: existing.to_owned(), free_mib, need_mib, what, variable });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_is_too_small_is_named_with_the_variable_that_moves_the_folder() {
        let e = require_space(Path::new("/nonexistent/x"), u64::MAX, "the build", "GOCACHE").unwrap_err();
        assert!(matches!(e, LabError::DiskFull { .. }), "{e}");
        assert!(e.to_string().contains("GOCACHE"), "{e}");
    }
}
