//! Figures that a test measured, one a line in one form, so that `make torture` can put those of many
//! tests into one table.

/// Prints `torture | section | what | figure`: `figure` with its unit, `section` one of the headings of
/// docs/reliability.md.
pub fn figure(section: &str, what: &str, figure: impl std::fmt::Display) {
    println!("torture | {section} | {what} | {figure}");
}
