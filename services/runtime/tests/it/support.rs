//! A small service behind every test. What it does with a text is what the text says.

use enrich_proto::v1::{
    BatchDetectLanguageRequest, BatchDetectLanguageResponse, DetectLanguageItem, DetectLanguageRequest,
    DetectLanguageResponse, LanguageServiceGetInfoRequest, LanguageServiceGetInfoResponse, StreamDetectLanguageRequest,
    StreamDetectLanguageResponse, StreamEnd, detect_language_item,
    language_service_client::LanguageServiceClient,
    language_service_server::{LanguageService, LanguageServiceServer, SERVICE_NAME},
    stream_detect_language_response,
};
use enrich_runtime::{
    Analyser, Answer, CallContext, Chassis, Guard, Http, Limits, Server, ServerConfig, StartError, Upstream, analyser,
    embed, many, many::Until, rpc_status, status,
};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use std::time::Duration;
use tokio::{sync::oneshot, task::JoinHandle, time::Instant};
use tokio_stream::{Stream, StreamExt};
use tonic::{Code, Request, Response, Status, Streaming, service::Routes};
use tonic_types::StatusExt;

pub(crate) type Client = LanguageServiceClient<Upstream>;
pub(crate) type Service = Guard<LanguageServiceServer<Obedient>>;

/// "sleep N": answers after N ms. "panic": panics. "left": answers with the ms left. Else: answers with the text.
#[derive(Clone, Debug)]
pub(crate) struct Obedient {
    limits: Limits,
    chassis: Chassis,
    busy: Arc<AtomicUsize>,
}

struct Busy(Arc<AtomicUsize>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Obedient {
    async fn obey(
        self,
        request: DetectLanguageRequest,
        left: Option<Duration>,
    ) -> Result<DetectLanguageResponse, Status> {
        self.busy.fetch_add(1, Ordering::SeqCst);
        let _busy = Busy(Arc::clone(&self.busy));
        self.limits.check(&request.id, &request.text).map_err(status)?;
        let mut id = request.id;
        match request.text.split_once(' ').unwrap_or((&request.text, "")) {
            ("sleep", ms) => tokio::time::sleep(Duration::from_millis(ms.parse().unwrap())).await,
            ("panic", secret) => panic!("{secret}"),
            ("left", _) => id = left.unwrap().as_millis().to_string(),
            _ => {}
        }
        Ok(DetectLanguageResponse { id, ..Default::default() })
    }
}

impl Analyser for Obedient {
    type Question = DetectLanguageRequest;
    type Answer = DetectLanguageResponse;

    fn chassis(&self) -> &Chassis {
        &self.chassis
    }

    fn id(question: &Self::Question) -> &str {
        &question.id
    }

    fn text(question: &Self::Question) -> &str {
        &question.text
    }

    async fn answer(&self, question: Self::Question, context: CallContext) -> Result<Self::Answer, Status> {
        let left = context.deadline().map(|deadline| deadline - Instant::now());
        self.clone().obey(question, left).await
    }
}

#[tonic::async_trait]
impl LanguageService for Obedient {
    async fn detect_language(
        &self,
        request: Request<DetectLanguageRequest>,
    ) -> Result<Response<DetectLanguageResponse>, Status> {
        analyser::unary(self, request).await
    }

    async fn batch_detect_language(
        &self,
        request: Request<BatchDetectLanguageRequest>,
    ) -> Result<Response<BatchDetectLanguageResponse>, Status> {
        let results = analyser::batch(self, request.map(|batch| batch.requests)).await?;
        let results = results.into_iter().map(|result| DetectLanguageItem {
            result: Some(match result {
                Ok(response) => detect_language_item::Result::Response(response),
                Err(status) => detect_language_item::Result::Error(rpc_status(&status)),
            }),
        });
        Ok(Response::new(BatchDetectLanguageResponse { results: results.collect() }))
    }

    type StreamDetectLanguageStream = Pin<Box<dyn Stream<Item = Result<StreamDetectLanguageResponse, Status>> + Send>>;

    async fn stream_detect_language(
        &self,
        request: Request<Streaming<StreamDetectLanguageRequest>>,
    ) -> Result<Response<Self::StreamDetectLanguageStream>, Status> {
        if request.metadata().contains_key("panic") {
            return Ok(Response::new(Box::pin(tokio_stream::once(()).map(|()| panic!("secret")))));
        }
        let service = self.clone();
        let call = move |item: StreamDetectLanguageRequest| service.clone().obey(item.request.unwrap(), None);
        let until = Until::new(&self.chassis, None);
        let answers = many::stream(request.into_inner(), id_of, &self.limits, until, call);
        Ok(Response::new(Box::pin(answers.map(|answer| answer.map(to_response)))))
    }

    async fn get_info(
        &self,
        request: Request<LanguageServiceGetInfoRequest>,
    ) -> Result<Response<LanguageServiceGetInfoResponse>, Status> {
        let limits = Some(self.limits.to_proto(&request));
        Ok(Response::new(LanguageServiceGetInfoResponse { limits, ..Default::default() }))
    }
}

fn id_of(item: &StreamDetectLanguageRequest) -> &str {
    item.request.as_ref().map_or("", |request| &request.id)
}

fn to_response(answer: Answer<DetectLanguageResponse>) -> StreamDetectLanguageResponse {
    use stream_detect_language_response::Result as Part;
    let (id, part) = match answer {
        Answer::Item { id, result: Ok(response) } => (id, Part::Response(response)),
        Answer::Item { id, result: Err(status) } => (id, Part::Error(rpc_status(&status))),
        Answer::End { received, answered } => (String::new(), Part::End(StreamEnd { received, answered })),
    };
    StreamDetectLanguageResponse { id, result: Some(part) }
}

/// The guarded service, and how many of its calls are at work.
pub(crate) fn service(chassis: &Chassis) -> (Service, Arc<AtomicUsize>) {
    let busy = Arc::new(AtomicUsize::new(0));
    // How long a call takes is what its text says: as an embedded service it teaches the admission nothing.
    let (limits, chassis_within) = (chassis.limits().clone(), chassis.embedded());
    let adapter = Obedient { limits, chassis: chassis_within, busy: Arc::clone(&busy) };
    let server = LanguageServiceServer::new(adapter).max_decoding_message_size(chassis.limits().message_bytes_max);
    (Guard::new(server, chassis), busy)
}

/// A client of the service behind the outer door, without a socket: time can be paused.
pub(crate) fn client(chassis: &Chassis) -> Client {
    Client::new(embed(service(chassis).0))
}

pub(crate) fn say(text: &str) -> Request<DetectLanguageRequest> {
    Request::new(DetectLanguageRequest { id: "a".to_owned(), text: text.to_owned(), ..Default::default() })
}

pub(crate) fn say_within(text: &str, limit: Duration) -> Request<DetectLanguageRequest> {
    let mut request = say(text);
    request.set_timeout(limit);
    request
}

pub(crate) fn item(id: &str, text: &str) -> StreamDetectLanguageRequest {
    let request = DetectLanguageRequest { id: id.to_owned(), text: text.to_owned(), ..Default::default() };
    StreamDetectLanguageRequest { request: Some(request) }
}

pub(crate) fn reason(status: &Status) -> String {
    status.get_details_error_info().unwrap().reason
}

pub(crate) fn assert_refused(status: &Status, code: Code, why: &str) {
    assert_eq!((status.code(), reason(status).as_str()), (code, why), "{status:?}");
}

/// A server on a free port, until it is told to stop.
pub(crate) struct Served {
    pub(crate) chassis: Chassis,
    pub(crate) address: SocketAddr,
    pub(crate) stop: oneshot::Sender<()>,
    pub(crate) ended: JoinHandle<Result<(), StartError>>,
}

pub(crate) fn config() -> ServerConfig {
    ServerConfig { listen: SocketAddr::from(([127, 0, 0, 1], 0)), ..ServerConfig::default() }
}

pub(crate) async fn serve(limits: Limits, config: ServerConfig) -> Served {
    let chassis = Chassis::new(limits);
    let routes = Routes::new(service(&chassis).0);
    serve_when(chassis, config, async { Ok::<_, StartError>(routes) }).await
}

pub(crate) async fn serve_when<E>(
    chassis: Chassis,
    config: ServerConfig,
    load: impl Future<Output = Result<Routes, E>> + Send + 'static,
) -> Served
where
    E: Into<Box<dyn std::error::Error + Send + Sync>> + Send + 'static,
{
    serve_over(chassis, config, None, load).await.0
}

/// With the address of the HTTP door, if there is one.
pub(crate) async fn serve_over<E>(
    chassis: Chassis,
    config: ServerConfig,
    http: Option<Http>,
    load: impl Future<Output = Result<Routes, E>> + Send + 'static,
) -> (Served, Option<SocketAddr>)
where
    E: Into<Box<dyn std::error::Error + Send + Sync>> + Send + 'static,
{
    let server = Server::new(config, &chassis, &[SERVICE_NAME]);
    let server = match http {
        Some(http) => server.with_http(http),
        None => server,
    };
    let server = server.bind().await.unwrap();
    let (address, http) = (server.local_addr(), server.http_addr());
    let (stop, stopped) = oneshot::channel();
    let ended = tokio::spawn(server.serve_when(load, async {
        let _ = stopped.await;
    }));
    (Served { chassis, address, stop, ended }, http)
}

impl Served {
    pub(crate) fn upstream(&self) -> Upstream {
        enrich_runtime::dial(format!("http://{}", self.address).parse().unwrap()).unwrap()
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(self.upstream())
    }
}
