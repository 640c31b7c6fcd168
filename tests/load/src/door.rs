use enrich_proto::v1::{
    ClassifyTopicsRequest, DetectLanguageRequest, EnrichRequest, RecognizeEntitiesRequest,
    enrichment_service_client::EnrichmentServiceClient, entity_service_client::EntityServiceClient,
    language_service_client::LanguageServiceClient, topic_service_client::TopicServiceClient,
};
use std::time::Duration;
use tonic::{
    Request, Status,
    transport::{Channel, Endpoint, Error},
};

/// Which unary method is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Method {
    /// `EnrichmentService.Enrich`.
    Enrich,
    /// `LanguageService.DetectLanguage`.
    Language,
    /// `EntityService.RecognizeEntities`.
    Entities,
    /// `TopicService.ClassifyTopics`.
    Topics,
}

/// Connections to one server.
#[derive(Clone, Debug)]
pub struct Door {
    channels: Vec<Channel>,
    method: Method,
    deadline: Duration,
}

impl Door {
    /// Opens `connections` connections to `uri`, at least one.
    ///
    /// # Errors
    /// If the server cannot be reached.
    pub async fn open(uri: &str, connections: usize, method: Method, deadline: Duration) -> Result<Door, Error> {
        let mut channels = Vec::new();
        for _ in 0..connections.max(1) {
            channels.push(Endpoint::from_shared(uri.to_owned())?.tcp_nodelay(true).connect().await?);
        }
        Ok(Door { channels, method, deadline })
    }

    /// How long a call may take.
    pub fn deadline(&self) -> Duration {
        self.deadline
    }

    /// Makes the `number`th call, with `text`.
    ///
    /// # Errors
    /// As the server says.
    pub async fn call(&self, number: usize, text: String) -> Result<(), Status> {
        let channel = self.channels[number % self.channels.len()].clone();
        match self.method {
            Method::Enrich => {
                let request = self.request(EnrichRequest { text, ..Default::default() });
                EnrichmentServiceClient::new(channel).enrich(request).await.map(drop)
            }
            Method::Language => {
                let request = self.request(DetectLanguageRequest { text, ..Default::default() });
                LanguageServiceClient::new(channel).detect_language(request).await.map(drop)
            }
            Method::Entities => {
                let request = self.request(RecognizeEntitiesRequest { text, ..Default::default() });
                EntityServiceClient::new(channel).recognize_entities(request).await.map(drop)
            }
            Method::Topics => {
                let request = self.request(ClassifyTopicsRequest { text, ..Default::default() });
                TopicServiceClient::new(channel).classify_topics(request).await.map(drop)
            }
        }
    }

    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.set_timeout(self.deadline);
        request
    }
}
