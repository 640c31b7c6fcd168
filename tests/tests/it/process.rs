//! The binaries as a user starts them: real processes, real signals.

use crate::{ARTICLE, SENTENCE};
use enrich_proto::{
    json,
    v1::{
        EnrichRequest, EnrichResponse, EntityServiceGetInfoRequest, Feature, RecognizeEntitiesRequest,
        enrichment_service_client::EnrichmentServiceClient, entity_service_client::EntityServiceClient,
    },
};
use enrich_tests::root;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};
use tonic::{Code, transport::Channel};
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};

/// Far more than anything here takes; a test that waits this long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A binary of this build.
fn binary(name: &str) -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let path = own.parent().and_then(|deps| deps.parent()).unwrap().join(name);
    assert!(path.is_file(), "{} is not built: run `cargo build --release --workspace --bins`", path.display());
    path
}

pub(crate) fn command(name: &str, args: &[&str]) -> Command {
    let mut command = Command::new(binary(name));
    command.args(args).current_dir(root()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A serving process; killed when the test ends, however it ends.
pub(crate) struct Served {
    child: Child,
    pub(crate) address: SocketAddr,
    /// Where its metrics are, if anywhere.
    pub(crate) metrics: Option<SocketAddr>,
    /// Where health alone is served, if anywhere.
    pub(crate) probed: Option<SocketAddr>,
    /// Where its HTTP door is, if one was asked for.
    pub(crate) http: Option<SocketAddr>,
    log: mpsc::Receiver<String>,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Served {
    /// Starts `name` on a free port, or on that of `listen`, and returns as soon as it listens.
    pub(crate) fn start(name: &str, listen: &str, args: &[&str]) -> Served {
        let (verb, rest) = if name == "enrich" { (Some("serve"), args) } else { (None, args) };
        let all: Vec<&str> =
            verb.into_iter().chain(["--listen", listen, "--log-format", "json"]).chain(rest.iter().copied()).collect();
        let mut child = command(name, &all).spawn().unwrap();
        let (send, log) = mpsc::channel();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| send.send(line)));
        let mut served =
            Served { child, address: ([0, 0, 0, 0], 0).into(), metrics: None, probed: None, http: None, log };
        let address = |line: String| -> SocketAddr {
            let (_, rest) = line.split_once("\"address\":\"").unwrap();
            rest.split('"').next().unwrap().parse().unwrap()
        };
        if args.contains(&"--metrics-listen") {
            served.metrics = Some(address(served.wait_for("\"message\":\"serving metrics\"")));
        }
        if args.contains(&"--health-listen") {
            served.probed = Some(address(served.wait_for("\"message\":\"serving health\"")));
        }
        if args.contains(&"--http-listen") {
            served.http = Some(address(served.wait_for("\"message\":\"serving HTTP\"")));
        }
        served.address = address(served.wait_for("\"message\":\"listening\""));
        served
    }

    pub(crate) fn wait_for(&self, part: &str) -> String {
        let mut seen = String::new();
        let begun = Instant::now();
        while let Ok(line) = self.log.recv_timeout(PATIENCE.saturating_sub(begun.elapsed())) {
            if line.contains(part) {
                return line;
            }
            seen.push_str(&line);
            seen.push('\n');
        }
        panic!("no {part} in\n{seen}");
    }

    pub(crate) fn uri(&self) -> String {
        format!("http://{}", self.address)
    }

    async fn health(&self, service: &str) -> ServingStatus {
        health(&self.uri(), service).await
    }

    fn terminate(self) -> Option<i32> {
        self.terminate_and_read().0
    }

    /// The exit status, and what was logged that nobody has waited for.
    pub(crate) fn terminate_and_read(mut self) -> (Option<i32>, String) {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status.code(), self.log.iter().collect::<Vec<_>>().join("\n"));
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("SIGTERM did not end the process");
    }
}

/// What the server at `uri` says of `service`.
pub(crate) async fn health(uri: &str, service: &str) -> ServingStatus {
    let channel = Channel::from_shared(uri.to_owned()).unwrap().connect().await.unwrap();
    let request = HealthCheckRequest { service: service.into() };
    HealthClient::new(channel).check(request).await.unwrap().into_inner().status()
}

pub(crate) async fn client(served: &Served) -> EnrichmentServiceClient<Channel> {
    EnrichmentServiceClient::connect(served.uri()).await.unwrap()
}

pub(crate) fn request(text: &str) -> EnrichRequest {
    EnrichRequest { text: text.into(), ..Default::default() }
}

#[tokio::test]
async fn the_all_in_one_server_is_healthy_answers_and_ends_on_sigterm() {
    let served = Served::start("enrich", "127.0.0.1:0", &[]);
    served.wait_for("\"message\":\"ready\"");
    for service in ["", "enrich.v1.EnrichmentService", "enrich.v1.EntityService"] {
        assert_eq!(served.health(service).await, ServingStatus::Serving);
    }
    let answer = client(&served).await.enrich(request(ARTICLE)).await.unwrap().into_inner();
    assert_eq!((answer.failures.len(), answer.language.unwrap().tag.as_str()), (0, "ar"));
    assert_eq!(served.terminate(), Some(0));
}

#[tokio::test]
async fn until_the_model_is_loaded_the_service_is_not_serving() {
    // The shipped model, but for a table that is a pipe which nobody writes to: reading it does not come to an end.
    let folder = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(root().join("models/entities")).unwrap() {
        let path = file.unwrap().path();
        std::os::unix::fs::symlink(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    let table = folder.path().join("proclitics.tsv");
    let _ = std::fs::remove_file(&table);
    assert!(Command::new("mkfifo").arg(table).status().unwrap().success());
    let served =
        Served::start("enrich-entities", "127.0.0.1:0", &["--entities-model", folder.path().to_str().unwrap()]);
    assert_eq!(served.health("enrich.v1.EntityService").await, ServingStatus::NotServing);
    let channel = Channel::from_shared(served.uri()).unwrap().connect().await.unwrap();
    let mut client = enrich_proto::v1::entity_service_client::EntityServiceClient::new(channel);
    let status = client.recognize_entities(enrich_proto::v1::RecognizeEntitiesRequest::default()).await.unwrap_err();
    assert_eq!((status.code(), crate::reason(&status).0.as_str()), (Code::Unavailable, "LOADING"));
    assert_eq!(served.terminate(), Some(0));
}

#[tokio::test]
async fn four_processes_are_the_system_and_one_of_them_may_come_back() {
    let language = Served::start("enrich-language", "127.0.0.1:0", &[]);
    let entities = Served::start("enrich-entities", "127.0.0.1:0", &[]);
    let topics = Served::start("enrich-topics", "127.0.0.1:0", &[]);
    entities.wait_for("\"message\":\"ready\"");
    topics.wait_for("\"message\":\"ready\"");
    let uris = [language.uri(), entities.uri(), topics.uri()];
    let args = ["--language-uri", &uris[0], "--entities-uri", &uris[1], "--topics-uri", &uris[2]];
    let gateway = Served::start("enrich-gateway", "127.0.0.1:0", &args);
    let mut client = client(&gateway).await;
    assert_eq!(client.enrich(request(ARTICLE)).await.unwrap().into_inner().failures, []);

    let address = topics.address.to_string();
    assert_eq!(topics.terminate(), Some(0));
    let answer = client.enrich(request(ARTICLE)).await.unwrap().into_inner();
    assert!(answer.language.is_some() && answer.entities.is_some() && answer.topics.is_none());
    assert_eq!(answer.failures[0].feature(), Feature::Topics);
    assert_eq!(answer.failures[0].status.as_ref().unwrap().code, Code::Unavailable as i32);

    let _topics = Served::start("enrich-topics", &address, &[]);
    let begun = Instant::now();
    while !client.enrich(request(ARTICLE)).await.unwrap().into_inner().failures.is_empty() {
        assert!(begun.elapsed() < PATIENCE, "the gateway did not find the service again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[test]
fn a_sample_is_shown_through_the_port_and_the_server_goes_on() {
    let sample = "services/all-in-one/samples/article.ar.txt";
    let mut served = Served::start("enrich", "127.0.0.1:0", &["--sample", sample]);
    let mut shown = String::new();
    let mut lines = BufReader::new(served.child.stdout.take().unwrap());
    while !shown.contains("\nEntities\n") {
        assert!(lines.read_line(&mut shown).unwrap() > 0, "the output ended after\n{shown}");
    }
    assert!(shown.contains("[LOC بغداد]") && shown.contains("+ water"), "{shown}");
    assert_eq!(served.terminate(), Some(0));
}

/// Runs `enrich annotate` with `args` on `stdin`.
pub(crate) fn annotate(args: &[&str], stdin: &[u8]) -> Output {
    let mut command = command("enrich", &[&["annotate"], args].concat());
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let bytes = stdin.to_vec();
    // A refused command does not read; the broken pipe is then no failure of the test.
    let writer = thread::spawn(move || drop(pipe.write_all(&bytes)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn annotate_marks_mentions_without_colours_in_a_pipe() {
    let output = annotate(&["-"], ARTICLE.as_bytes());
    assert!(output.status.success(), "{output:?}");
    let shown = text(&output.stdout);
    assert!(shown.contains("[LOC بغداد]") && !shown.contains('\u{1b}'), "{shown}");
}

#[test]
fn annotate_ends_quietly_where_its_reader_has_gone() {
    let mut child = command("enrich", &["annotate", "services/all-in-one/samples/article.ar.txt"]).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}

#[test]
fn annotate_json_is_the_json_of_an_enrich_response() {
    let output = annotate(&["--json", "--offset-unit", "utf8-byte", "-"], ARTICLE.as_bytes());
    let answer: EnrichResponse = json::from_str(text(&output.stdout)).unwrap();
    for mention in &answer.entities.unwrap().mentions {
        let span = mention.span.unwrap();
        assert_eq!(&ARTICLE[span.begin as usize..span.end as usize], mention.surface);
    }
}

#[test]
fn annotate_jsonl_answers_line_by_line_in_order() {
    let mut lines = String::new();
    for n in 0..60 {
        let text: String = ARTICLE.chars().take(10 + (n * 53) % 700).filter(|c| *c != '"' && *c != '\n').collect();
        lines.push_str(&format!("{{\"id\":\"{n}\",\"text\":\"{text}\"}}\n"));
    }
    let output = annotate(&["--jsonl", "-"], lines.as_bytes());
    assert!(output.status.success(), "{output:?}");
    let answers: Vec<EnrichResponse> = text(&output.stdout).lines().map(|line| json::from_str(line).unwrap()).collect();
    let ids: Vec<String> = answers.iter().map(|answer| answer.id.clone()).collect();
    assert_eq!(ids, (0..60).map(|n| n.to_string()).collect::<Vec<_>>());
    assert!(answers.iter().all(|answer| answer.failures.is_empty() && answer.language.is_some()));
}

#[test]
fn annotate_jsonl_answers_bad_lines_in_their_place_and_fails_at_the_end() {
    let output =
        annotate(&["--jsonl", "-"], b"{\"id\":\"a\",\"text\":\"Oulu\"}\nnothing\n{\"id\":\"c\",\"text\":\"\"}\n");
    assert_eq!(output.status.code(), Some(1));
    let answers: Vec<EnrichResponse> = text(&output.stdout).lines().map(|line| json::from_str(line).unwrap()).collect();
    let failed: Vec<(&str, usize)> = answers.iter().map(|a| (a.id.as_str(), a.failures.len())).collect();
    assert_eq!(failed, [("a", 0), ("", 1), ("c", 1)]);
    let status = answers[1].failures[0].status.as_ref().unwrap();
    assert!(status.message.starts_with("line 2 "), "{status:?}");
    assert!(text(&output.stderr).contains("2 lines have failures"), "{}", text(&output.stderr));
}

#[test]
fn what_cannot_be_read_is_refused_with_a_reason() {
    let missing = annotate(&["no-such-file.txt"], b"");
    assert!(text(&missing.stderr).contains("cannot open no-such-file.txt"), "{missing:?}");
    let garbage = annotate(&["-"], b"ab\xff");
    assert!(text(&garbage.stderr).contains("byte 2 begins no character"), "{garbage:?}");
    let long = annotate(&["-"], &vec![b'a'; (1 << 20) + 1]);
    assert!(text(&long.stderr).contains("over the limit of 1048576 bytes"), "{long:?}");
    for output in [missing, garbage, long] {
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
    }
}

#[test]
fn a_folder_without_a_model_is_refused_at_start() {
    let folder = tempfile::tempdir().unwrap();
    for flag in ["--language-model", "--entities-model", "--topics-model"] {
        let mut child = command("enrich", &["serve", "--listen", "127.0.0.1:0", flag, folder.path().to_str().unwrap()])
            .spawn()
            .unwrap();
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(1));
        assert!(said.contains(folder.path().to_str().unwrap()), "{said}");
    }
}

#[test]
fn a_missing_onnx_runtime_is_refused_at_start_with_remedies() {
    let library = "/nowhere/libonnxruntime.so.1";
    let output = command("enrich-entities", &["--listen", "127.0.0.1:0", "--onnxruntime", library]).output().unwrap();
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains(library) && said.contains("make setup") && said.contains("rust-bert"), "{said}");
}

#[tokio::test]
async fn the_chosen_engine_serves_and_get_info_names_it() {
    for (flags, expected) in [(&[][..], ("onnx", "int8")), (&["--entities-engine", "rust-bert"][..], ("rust-bert", ""))]
    {
        let served = Served::start("enrich-entities", "127.0.0.1:0", flags);
        served.wait_for("\"message\":\"ready\"");
        let mut client = EntityServiceClient::connect(served.uri()).await.unwrap();
        let model = client.get_info(EntityServiceGetInfoRequest {}).await.unwrap().into_inner().models.remove(0);
        assert_eq!(model.engine, expected.0);
        assert!(model.precision == expected.1 || expected.1.is_empty(), "{}", model.precision);
        let question = RecognizeEntitiesRequest { text: SENTENCE.to_owned(), ..Default::default() };
        let answer = client.recognize_entities(question).await.unwrap().into_inner();
        let surfaces: Vec<String> =
            answer.entities.unwrap().mentions.into_iter().map(|mention| mention.surface).collect();
        assert_eq!(surfaces, ["فؤاد حسين", "بغداد"]);
    }
}

#[test]
fn annotate_judges_the_own_topics_of_a_file() {
    let file = "services/topics/samples/own_topics.toml";
    let output = annotate(&["--json", "--own-topics", file, "-"], "عودة اللاجئين من المخيمات".as_bytes());
    let answer: EnrichResponse = json::from_str(text(&output.stdout)).unwrap();
    assert!(answer.topics.unwrap().topics.iter().any(|topic| topic.id == "migration" && topic.present), "{output:?}");
}

#[test]
fn a_file_of_own_topics_with_a_mistake_is_refused_at_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.toml");
    std::fs::write(
        &file,
        "[[topics]]\nid = \"own\"\nterms.ar = [\n  \"ماء\",\n  { text = \"نهر\", weight = 11 },\n]\n",
    )
    .unwrap();
    let missing = folder.path().join("missing.toml");
    for (file, said) in [
        (&file, "mine.toml cannot be used: own topic on line 5 is refused: the weight is 11"),
        (&missing, "cannot read"),
    ] {
        let args = ["--listen", "127.0.0.1:0", "--own-topics", file.to_str().unwrap()];
        let output = command("enrich-topics", &args).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stderr).contains(said), "{output:?}");
    }
}

#[test]
fn a_taken_port_is_refused_at_start() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = command("enrich-language", &["--listen", &address]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains(&format!("cannot listen on {address}")), "{output:?}");
}

#[test]
fn help_shows_every_setting_with_its_variable() {
    for (name, args) in [
        ("enrich", &["serve", "--help"][..]),
        ("enrich-entities", &["--help"]),
        ("enrich-gateway", &["--help"]),
        ("enrich-language", &["--help"]),
        ("enrich-topics", &["--help"]),
    ] {
        let output = command(name, args).output().unwrap();
        let help = text(&output.stdout);
        assert!(output.status.success() && help.contains("ENRICH_LISTEN") && help.contains("ENRICH_LOG"), "{help}");
    }
}
