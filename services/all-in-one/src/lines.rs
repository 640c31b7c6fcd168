//! `enrich annotate --jsonl`: a text a line in, an EnrichResponse a line out, in the same order.

use crate::annotate::{Gateway, Trouble, limits, longest, open};
use enrich_proto::{
    json,
    v1::{EnrichRequest, EnrichResponse, Failure, Feature, OffsetUnit},
};
use enrich_runtime::{Error, rpc_status, status};
use futures_util::StreamExt;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    io::{self, BufRead, BufReader, Read, Write},
    path::Path,
    time::{Duration, Instant},
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Status};

/// A character can take six bytes in JSON (`\u0627`) and two in UTF-8; the rest is for the id and other members.
const LINE_BYTES_PER_TEXT_BYTE: usize = 6;
const LINE_BYTES_EXTRA: usize = 4096;

/// Texts at work for each core: one computes while the next waits in the model's queue.
const TEXTS_PER_CORE: usize = 4;

/// How long a text that found the model's queue full waits before it asks again.
const FULL_RETRY: Duration = Duration::from_millis(50);

#[derive(serde::Deserialize)]
struct Line {
    id: String,
    text: String,
}

/// Reads `file` to its end. A line that cannot be enriched is answered with a failure, and the command fails at the end.
pub(crate) async fn annotate(file: &Path, gateway: Gateway, unit: OffsetUnit) -> Result<(), Trouble> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let limits = limits(&gateway).await?;
    let bytes_max = usize::try_from(limits.text_bytes_max)?;
    let texts = Texts {
        reader: BufReader::new(open(file)?),
        bytes_max: bytes_max.saturating_mul(LINE_BYTES_PER_TEXT_BYTE).saturating_add(LINE_BYTES_EXTRA),
        number: 0,
    };
    let deadline = longest(&limits);
    let (send, lines) = mpsc::channel(cores * TEXTS_PER_CORE);
    // On a thread of its own: a slow writer of the input holds up nothing that was read before.
    tokio::task::spawn_blocking(move || texts.map(|line| send.blocking_send(line)).take_while(Result::is_ok).count());
    let bar = bar(file);
    let mut out = io::stdout();
    let mut failed = 0_u64;
    let mut answers = ReceiverStream::new(lines)
        .map(|line| {
            let gateway = gateway.clone();
            async move {
                let (line, bytes) = line?;
                Ok::<_, io::Error>((answer(line, gateway, unit, deadline).await, bytes))
            }
        })
        .buffered(cores * TEXTS_PER_CORE);
    while let Some(answered) = answers.next().await {
        let (response, bytes) = answered?;
        failed += u64::from(!response.failures.is_empty());
        // Whole lines, at once: whoever waits for an answer before the next question gets it.
        out.write_all((json::to_string(&response)? + "\n").as_bytes())?;
        bar.inc(bytes);
    }
    bar.finish_and_clear();
    match failed {
        0 => Ok(()),
        _ => Err(format!("{failed} lines have failures; each says why in its place").into()),
    }
}

async fn answer(
    line: Result<Line, Error>,
    mut gateway: Gateway,
    unit: OffsetUnit,
    deadline: Duration,
) -> EnrichResponse {
    let line = match line {
        Ok(line) => line,
        Err(error) => return failure(String::new(), &status(error)),
    };
    let id = line.id.clone();
    let request = EnrichRequest { id: line.id, text: line.text, offset_unit: unit.into(), ..Default::default() };
    let begun = Instant::now();
    loop {
        let mut call = Request::new(request.clone());
        call.set_timeout(deadline.saturating_sub(begun.elapsed()));
        let answered = gateway.enrich(call).await.map(tonic::Response::into_inner);
        // Long texts fill the model's queue before the number of texts at work is reached: the next one waits its turn.
        if is_full(&answered) && begun.elapsed() + FULL_RETRY < deadline {
            tokio::time::sleep(FULL_RETRY).await;
            continue;
        }
        return answered.unwrap_or_else(|status| failure(id, &status));
    }
}

fn is_full(answered: &Result<EnrichResponse, Status>) -> bool {
    let full = i32::from(Code::ResourceExhausted);
    match answered {
        Ok(response) => response.failures.iter().any(|part| part.status.as_ref().is_some_and(|s| s.code == full)),
        Err(status) => status.code() == Code::ResourceExhausted,
    }
}

fn failure(id: String, status: &Status) -> EnrichResponse {
    let failure = Failure { feature: Feature::Unspecified.into(), status: Some(rpc_status(status)) };
    EnrichResponse { id, failures: vec![failure], ..Default::default() }
}

/// The lines of a file, each parsed and with its length; a line that is none says why, with its number.
struct Texts<R> {
    reader: BufReader<R>,
    bytes_max: usize,
    number: u64,
}

impl<R> Texts<R> {
    fn invalid(&self, cause: String) -> Error {
        Error::LineInvalid { line: self.number, cause }
    }
}

impl<R: Read> Iterator for Texts<R> {
    type Item = io::Result<(Result<Line, Error>, u64)>;

    fn next(&mut self) -> Option<Self::Item> {
        self.number += 1;
        let mut bytes = Vec::new();
        let limit = self.bytes_max as u64 + 1;
        match self.reader.by_ref().take(limit).read_until(b'\n', &mut bytes) {
            Ok(0) => None,
            Ok(_) if bytes.trim_ascii().is_empty() => self.next(),
            Ok(_) if bytes.len() > self.bytes_max && bytes.last() != Some(&b'\n') => {
                let error = self.invalid(format!("is over the limit of {} bytes", self.bytes_max));
                Some(skip_line(&mut self.reader).map(|skipped| (Err(error), bytes.len() as u64 + skipped)))
            }
            Ok(_) => {
                let line = serde_json::from_slice(&bytes).map_err(|error| self.invalid(format!("is refused: {error}")));
                Some(Ok((line, bytes.len() as u64)))
            }
            Err(error) => Some(Err(error)),
        }
    }
}

/// Reads on to the end of a line without keeping it. Returns its length in bytes.
fn skip_line(reader: &mut impl BufRead) -> io::Result<u64> {
    let mut skipped = 0;
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(skipped);
        }
        let (used, ended) = match buffer.iter().position(|&byte| byte == b'\n') {
            Some(place) => (place + 1, true),
            None => (buffer.len(), false),
        };
        reader.consume(used);
        skipped += used as u64;
        if ended {
            return Ok(skipped);
        }
    }
}

/// A bar over the bytes of a file, a spinner over those of standard input; on standard error, where that is a terminal.
fn bar(file: &Path) -> ProgressBar {
    let length = std::fs::metadata(file).ok().filter(|data| data.is_file()).map(|data| data.len());
    let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr());
    if length.is_some() {
        // The template is a constant that indicatif accepts; its own style is the fallback.
        let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {eta}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(file: &str, bytes_max: usize) -> Vec<Result<String, String>> {
        let texts = Texts { reader: BufReader::with_capacity(4, file.as_bytes()), bytes_max, number: 0 };
        let shown = |line: Line| line.id + ":" + &line.text;
        texts.map(|line| line.unwrap().0.map(shown).map_err(|error| error.to_string())).collect()
    }

    #[test]
    fn a_line_is_an_id_and_a_text() {
        let file = "{\"id\":\"1\",\"text\":\"ماء\"}\r\n{\"id\":\"2\",\"text\":\"b\",\"more\":0}";
        assert_eq!(lines(file, 100), [Ok("1:ماء".to_owned()), Ok("2:b".to_owned())]);
    }

    #[test]
    fn a_broken_line_is_named_and_the_next_is_read() {
        let found = lines("{\"id\":\"1\"}\n{\"id\":\"2\",\"text\":\"b\"}\n", 100);
        assert!(found[0].as_ref().unwrap_err().starts_with("line 1 is refused: missing field `text`"), "{found:?}");
        assert_eq!(found[1], Ok("2:b".to_owned()));
    }

    #[test]
    fn a_line_over_the_limit_is_passed_over_whole() {
        let file = format!("{}\n{{\"id\":\"2\",\"text\":\"b\"}}\n", "x".repeat(90));
        let found = lines(&file, 30);
        assert_eq!(found[0], Err("line 1 is over the limit of 30 bytes".to_owned()));
        assert_eq!(found[1], Ok("2:b".to_owned()));
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn a_line_of_just_the_limit_is_read() {
        let line = "{\"id\":\"2\",\"text\":\"b\"}";
        assert_eq!(lines(&format!("{line}\n"), line.len()), [Ok("2:b".to_owned())]);
    }
}
