//! Prints the tables of settings and of constants for docs/operations.md.

#![expect(clippy::print_stdout, reason = "printing is what it is for")]

fn main() -> std::io::Result<()> {
    println!("{}\n{}", enrich_tests::settings::table(), enrich_tests::settings::constants()?);
    Ok(())
}
