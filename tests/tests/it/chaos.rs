//! The gateway under load while the connection to one of its services misbehaves: that part fails with a status that says
//! why, the others are never lost, and all is well again afterwards.

use enrich_gateway::{Config, Upstreams};
use enrich_proto::v1::{EnrichRequest, EnrichResponse, Feature};
use enrich_runtime::{
    Chassis, ComputeConfig, DialConfig, Limits, Server, ServerConfig, dial_with, upstream::SystemResolver,
};
use enrich_tests::{System, Wiring, classifier, detector};
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::sleep,
};
use tonic::{Code, Request, Status, service::Routes};

const CALLERS: usize = 8;
/// How long each kind of trouble lasts.
const TROUBLE: Duration = Duration::from_millis(1500);
/// Far more than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the wire does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wire {
    Passes,
    /// Each piece of an answer comes 30 ms late.
    Slow,
    /// Nothing comes through.
    Hangs,
    /// Connections are cut, and new ones too.
    Cut,
    /// Answers are replaced by bytes that are no HTTP/2.
    Garbage,
}

/// A wire to `target`, which does what it is told; returns its near end.
async fn wire(target: SocketAddr, conduct: watch::Receiver<Wire>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let near = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((caller, _)) = listener.accept().await {
            let conduct = conduct.clone();
            tokio::spawn(async move {
                if *conduct.borrow() == Wire::Cut {
                    return;
                }
                let Ok(service) = TcpStream::connect(target).await else { return };
                let (mut cut, back) = (conduct.clone(), conduct.clone());
                let ((near_in, near_out), (far_in, far_out)) = (caller.into_split(), service.into_split());
                tokio::select! {
                    () = pump(near_in, far_out, conduct, false) => {}
                    () = pump(far_in, near_out, back, true) => {}
                    _ = cut.wait_for(|now| *now == Wire::Cut) => {}
                }
            });
        }
    });
    near
}

async fn pump(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    mut conduct: watch::Receiver<Wire>,
    is_answer: bool,
) {
    let mut bytes = [0; 4096];
    while let Ok(count) = from.read(&mut bytes).await {
        let now = *conduct.borrow();
        match now {
            Wire::Slow if is_answer => sleep(Duration::from_millis(30)).await,
            Wire::Garbage if is_answer => bytes[..count].fill(0x7f),
            Wire::Hangs => drop(conduct.wait_for(|now| *now != Wire::Hangs).await),
            _ => {}
        }
        if count == 0 || to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}

/// A gateway whose topic service is behind the wire.
async fn system(conduct: watch::Receiver<Wire>) -> System {
    let compute = ComputeConfig::default().build();
    let chassis = Chassis::new(Limits::default());
    let routes = Routes::new(enrich_topics::build(classifier().unwrap(), compute.clone(), &chassis));
    let config = ServerConfig { listen: ([127, 0, 0, 1], 0).into(), ..ServerConfig::default() };
    let server = Server::new(config, &chassis, &[]).bind().await.unwrap();
    let uri = format!("http://{}", wire(server.local_addr(), conduct).await).parse().unwrap();
    tokio::spawn(server.serve(routes, std::future::pending()));
    let dial = DialConfig { upstream_breaker_open_ms: 100, ..DialConfig::default() };
    let topics = dial_with(uri, &dial, Arc::new(SystemResolver)).unwrap();
    let chassis = Chassis::new(Limits::default()).embedded();
    let language = enrich_runtime::embed(enrich_language::build(detector().unwrap(), compute, &chassis));
    let upstreams = Upstreams { entities: language.clone(), language, topics };
    System::over(Wiring::Dialled, Limits::default(), &Config::default(), upstreams).await.unwrap()
}

/// Asks for two parts of a text that nobody else asks about.
async fn ask(system: &System, text: usize) -> Result<EnrichResponse, Status> {
    let features = vec![Feature::Language.into(), Feature::Topics.into()];
    let text = format!("وصل الوفد رقم {text} إلى بغداد");
    let mut request = Request::new(EnrichRequest { text, features, ..Default::default() });
    request.set_timeout(Duration::from_secs(2));
    Ok(system.gateway.clone().enrich(request).await?.into_inner())
}

/// Puts load on the gateway for a while; returns the codes of the failed part.
async fn under_load(system: &System) -> Vec<Code> {
    let begun = Instant::now();
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let system = system.clone();
        callers.spawn(async move {
            let mut codes = Vec::new();
            for call in (caller..).step_by(CALLERS) {
                if begun.elapsed() > TROUBLE {
                    break;
                }
                let answer = ask(&system, call).await.unwrap();
                assert!(answer.language.is_some(), "the other part was lost: {answer:?}");
                assert_eq!(answer.topics.is_none(), answer.failures.len() == 1);
                codes.extend(answer.failures.iter().map(|part| Code::from(part.status.as_ref().unwrap().code)));
            }
            codes
        });
    }
    callers.join_all().await.concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trouble_on_the_wire_costs_one_part_only_and_ends_with_the_trouble() {
    let (tell, conduct) = watch::channel(Wire::Passes);
    let system = system(conduct).await;
    assert_eq!(ask(&system, 0).await.unwrap().failures, []);
    for trouble in [Wire::Slow, Wire::Hangs, Wire::Cut, Wire::Garbage] {
        tell.send_replace(trouble);
        let codes = under_load(&system).await;
        let allowed = match trouble {
            Wire::Passes | Wire::Slow => &[][..],
            Wire::Hangs => &[Code::DeadlineExceeded],
            Wire::Cut | Wire::Garbage => &[Code::Unavailable, Code::DeadlineExceeded],
        };
        assert!(codes.iter().all(|code| allowed.contains(code)), "{trouble:?}: {codes:?}");
        assert_eq!(codes.is_empty(), trouble == Wire::Slow, "{trouble:?}: {codes:?}");
        tell.send_replace(Wire::Passes);
        let begun = Instant::now();
        while !ask(&system, 0).await.unwrap().failures.is_empty() {
            assert!(begun.elapsed() < PATIENCE, "{trouble:?} did not end");
            sleep(Duration::from_millis(50)).await;
        }
    }
}
