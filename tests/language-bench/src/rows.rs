//! The contenders at work, each in a process of its own.

use std::{
    collections::BTreeSet,
    env, io,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde::de::DeserializeOwned;

use crate::contenders::{self, Answer};
use crate::rollup::Rollup;
use crate::serve::{Loaded, Request};
use crate::sets::Text;

/// Those that `contender.py` speaks for.
const IN_PYTHON: [&str; 3] = ["fasttext", "cld2", "cld3"];

/// Small enough to leave no trace in the memory of who answers.
const TEXTS_A_REQUEST: usize = 500;

/// Every name that a row can have.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    contenders::NAMES.into_iter().chain(IN_PYTHON)
}

/// A contender, ready to answer.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) loaded: Loaded,
    /// The languages it knows, rolled up.
    pub(crate) languages: BTreeSet<String>,
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Drop for Row {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Row {
    /// Starts the process and waits until it has loaded.
    pub(crate) fn start(name: &str, python_path: Option<&Path>, rollup: &Rollup) -> io::Result<Row> {
        let mut command = if IN_PYTHON.contains(&name) {
            let mut python = Command::new("python3");
            python.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/contender.py"));
            python.envs(python_path.map(|path| ("PYTHONPATH", path)));
            python
        } else {
            let mut own = Command::new(env::current_exe()?);
            own.arg("serve");
            own
        };
        let mut child = command.arg(name).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let broken = || io::Error::other("a pipe was asked for");
        let requests = child.stdin.take().ok_or_else(broken)?;
        let mut answers = BufReader::new(child.stdout.take().ok_or_else(broken)?);
        let loaded: Loaded = answer(&mut answers)?;
        let languages = loaded.languages.iter().map(|tag| rollup.of_tag(tag)).collect();
        Ok(Row { name: name.to_owned(), loaded, languages, child, requests, answers })
    }

    fn ask<T: DeserializeOwned>(&mut self, request: &Request) -> io::Result<T> {
        serde_json::to_writer(&mut self.requests, request)?;
        self.requests.write_all(b"\n")?;
        answer(&mut self.answers)
    }

    pub(crate) fn nanoseconds(&mut self, texts: &[String]) -> io::Result<f64> {
        self.ask(&Request::Time { texts: texts.to_vec() })
    }

    pub(crate) fn memory_mib(&mut self) -> io::Result<f64> {
        self.ask(&Request::Memory)
    }

    /// Its answers to `texts`, rolled up, where it chooses among the languages of `list`, or all of its own.
    pub(crate) fn answers(
        &mut self,
        texts: &[&Text],
        list: Option<&BTreeSet<String>>,
        rollup: &Rollup,
    ) -> io::Result<Vec<Answer>> {
        let own = self.loaded.languages.iter();
        let among: Vec<String> =
            own.filter(|tag| list.is_some_and(|list| list.contains(&rollup.of_tag(tag)))).cloned().collect();
        let mut all = Vec::new();
        for part in texts.chunks(TEXTS_A_REQUEST) {
            let texts = part.iter().map(|text| text.text.clone()).collect();
            let answers: Vec<Answer> = self.ask(&Request::Answer { texts, among: among.clone() })?;
            all.extend(answers.into_iter().map(|(tag, score)| (rollup.of_tag(&tag), score)));
        }
        Ok(all)
    }
}

fn answer<T: DeserializeOwned>(answers: &mut BufReader<ChildStdout>) -> io::Result<T> {
    let mut line = String::new();
    answers.read_line(&mut line)?;
    Ok(serde_json::from_str(&line)?)
}
