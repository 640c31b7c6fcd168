//! Writes the OpenAPI 3.1 document of the HTTP door to the file named, `docs/openapi.json` by default: paths from
//! [`enrich_proto::http::ROUTES`], everything else from the proto files, their comments included.

mod comments;
mod schema;

use comments::Comments;
use enrich_proto::http::{ROUTES, Route};
use prost_reflect::{DescriptorPool, MethodDescriptor};
use schema::{Schemas, reference};
use serde_json::{Map, Value, json};
use std::{error::Error, fs, path::PathBuf};

/// An own-written sentence, to try a call with.
const EXAMPLE: &str = "بحث وزير الخارجية العراقي فؤاد حسين في أنقرة حصص المياه وسد إليسو.";

/// The statuses that end a call, and when they do.
const ERRORS: [(&str, &str); 11] = [
    ("400", "The request breaks a rule of the contract; ErrorInfo names the rule."),
    ("401", "A key or token is needed, and there is none, or it does not hold."),
    ("403", "The tenant may not call this method."),
    ("405", "The path does not take this method."),
    ("413", "The body is over the limit."),
    ("415", "The body is not `application/json`."),
    ("429", "The service, or the tenant's quota, has no room for the call now; RetryInfo says when to try again."),
    ("500", "The service failed."),
    ("501", "This process does not serve the method."),
    ("503", "The service is loading its models, is being stopped, or lacks one behind it."),
    ("504", "The deadline has passed."),
];

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let out = std::env::args_os().nth(1).map_or_else(|| root.join("../docs/openapi.json"), PathBuf::from);
    let files = ["enrichment", "entity", "language", "topic"].map(|name| format!("enrich/v1/{name}_service.proto"));
    let set = protox::compile(files, [root.clone(), root.join("third_party")])?;
    let comments = Comments::read(&set);
    let pool = DescriptorPool::from_file_descriptor_set(set)?;
    let mut schemas = Schemas::new(&comments);
    let mut paths = Map::new();
    for route in ROUTES {
        let method = method(&pool, route).ok_or_else(|| format!("the contracts have no {}", route.rpc))?;
        schemas.request(&method.input());
        schemas.response(&method.output());
        let operation = operation(route, &method, &comments);
        paths.insert(route.path.to_owned(), json!({ route.verb.to_ascii_lowercase(): operation }));
    }
    let status = pool.get_message_by_name("google.rpc.Status").ok_or("google.rpc.Status is missing")?;
    schemas.response(&status);
    let document = document(paths, schemas.finish());
    fs::write(out, serde_json::to_string_pretty(&document)? + "\n")?;
    Ok(())
}

fn method(pool: &DescriptorPool, route: Route) -> Option<MethodDescriptor> {
    let (service, name) = route.rpc.strip_prefix('/')?.split_once('/')?;
    pool.get_service_by_name(service)?.methods().find(|method| method.name() == name)
}

fn operation(route: Route, method: &MethodDescriptor, comments: &Comments) -> Value {
    let mut responses = Map::new();
    let answer = json!({ "application/json": { "schema": reference(&method.output()) } });
    responses.insert("200".to_owned(), json!({ "description": "The answer.", "content": answer }));
    for (code, _) in ERRORS.iter().filter(|(code, _)| route.verb == "POST" || !matches!(*code, "413" | "415")) {
        responses.insert((*code).to_owned(), json!({ "$ref": format!("#/components/responses/{code}") }));
    }
    let name = method.name();
    let id: String = name.char_indices().map(|(at, c)| if at == 0 { c.to_ascii_lowercase() } else { c }).collect();
    let mut operation = json!({
        "operationId": id,
        "summary": comments.of(method.full_name()),
        "description": format!("As `{}` over gRPC.", method.full_name()),
        "parameters": [{ "$ref": "#/components/parameters/timeout" }],
        "responses": responses,
    });
    if route.verb == "POST" {
        let text = json!({ "text": EXAMPLE });
        let example = if name.starts_with("Batch") { json!({ "requests": [text] }) } else { text };
        let content = json!({ "application/json": { "schema": reference(&method.input()), "example": example } });
        operation["requestBody"] = json!({ "required": true, "content": content });
    }
    operation
}

fn document(paths: Map<String, Value>, schemas: Map<String, Value>) -> Value {
    let errors = ERRORS.iter().map(|(code, when)| {
        let content = json!({ "application/json": { "schema": { "$ref": "#/components/schemas/Status" } } });
        let mut response = json!({ "description": when, "content": content });
        let seconds = json!({ "schema": { "type": "integer", "minimum": 0 }, "description": "Seconds to wait." });
        match *code {
            "429" | "503" => response["headers"] = json!({ "Retry-After": seconds }),
            "405" => response["headers"] = json!({ "Allow": { "schema": { "type": "string" } } }),
            _ => {}
        }
        ((*code).to_owned(), response)
    });
    let timeout = json!({
        "name": "x-timeout-ms",
        "in": "header",
        "description": "How long the call may take, in milliseconds; `grpc-timeout` is taken, too. The limits in force are \
            `limits.deadlineDefault` and `limits.deadlineMax` of `/v1/info`.",
        "schema": { "type": "integer", "minimum": 0, "maximum": 99_999_999 },
    });
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "enrich",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Language, people, organisations, places and topics of news texts. The protobuf JSON mapping of \
                the gRPC contract `enrich.v1`: names in lowerCamelCase, 64-bit numbers as strings, unknown fields refused.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        // Keys are asked for where the operator has named tenants.
        "security": [{}, { "key": [] }, { "token": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": errors.collect::<Map<_, _>>(),
            "parameters": { "timeout": timeout },
            "securitySchemes": {
                "key": { "type": "apiKey", "in": "header", "name": "x-api-key" },
                "token": { "type": "http", "scheme": "bearer" },
            },
        },
    })
}
