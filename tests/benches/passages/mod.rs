//! The news passages of ENRICH_DATA_DIR, as benches send them.

use serde_json::Value;
use std::{fs, path::PathBuf, sync::Arc};

/// One passage in so many is sent.
const STRIDE: usize = 8;

/// Texts, none of a length for long, since those would be easy to batch.
pub(crate) fn texts() -> Arc<[String]> {
    #[expect(clippy::disallowed_methods, reason = "a bench has no command line of its own under cargo bench")]
    let folder = PathBuf::from(std::env::var("ENRICH_DATA_DIR").unwrap());
    let file = ["topics_news.jsonl", "data/topics_news.jsonl"].map(|name| folder.join(name));
    let lines = fs::read_to_string(file.iter().find(|path| path.is_file()).unwrap()).unwrap();
    let passage = |line: &str| serde_json::from_str::<Value>(line).unwrap()["text"].as_str().unwrap().to_owned();
    let all: Vec<String> = lines.lines().step_by(STRIDE).map(passage).collect();
    (0..all.len()).map(|place| all[place * 97 % all.len()].clone()).collect()
}
