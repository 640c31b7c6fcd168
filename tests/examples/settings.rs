//! Prints the table of settings for docs/operations.md.

#![expect(clippy::print_stdout, reason = "printing is what it is for")]

fn main() {
    print!("{}", enrich_tests::settings::table());
}
