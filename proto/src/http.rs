//! What is called over HTTP with JSON: a table of paths. What goes in and out of each is what the contracts say.

/// A path, and the method of the contracts that it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// `GET` for a method that is asked nothing, else `POST` with the request as the body.
    pub verb: &'static str,
    /// Path of the HTTP request.
    pub path: &'static str,
    /// Path of the gRPC call.
    pub rpc: &'static str,
}

/// Every path.
pub const ROUTES: [Route; 6] = [
    Route { verb: "POST", path: "/v1/enrich", rpc: "/enrich.v1.EnrichmentService/Enrich" },
    Route { verb: "POST", path: "/v1/enrich:batch", rpc: "/enrich.v1.EnrichmentService/BatchEnrich" },
    Route { verb: "POST", path: "/v1/language", rpc: "/enrich.v1.LanguageService/DetectLanguage" },
    Route { verb: "POST", path: "/v1/entities", rpc: "/enrich.v1.EntityService/RecognizeEntities" },
    Route { verb: "POST", path: "/v1/topics", rpc: "/enrich.v1.TopicService/ClassifyTopics" },
    Route { verb: "GET", path: "/v1/info", rpc: "/enrich.v1.EnrichmentService/GetInfo" },
];

/// The OpenAPI 3.1 document of [`ROUTES`], JSON; `cargo run -p enrich-proto --example openapi` makes it anew.
pub const OPENAPI: &str = include_str!("../../docs/openapi.json");
