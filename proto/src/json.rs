//! The protobuf JSON mapping (<https://protobuf.dev/programming-guides/json/>), by reflection over [`crate::DESCRIPTORS`]:
//! one schema, the proto files', for the wire and for JSON.

use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, SerializeOptions};
use std::sync::LazyLock;

/// Why a message could not be turned into JSON or back.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// The name is not that of a message in the contracts.
    #[error("no message is named {0}")]
    UnknownMessage(String),
    /// The path is not that of a method in the contracts.
    #[error("no method has the path {0}")]
    UnknownMethod(String),
    /// Not JSON, or not of the message's shape; the source names line and column.
    #[error("not the JSON of {message}: {source}")]
    Parse {
        /// Full name of the message.
        message: String,
        /// What is wrong, and where.
        source: serde_json::Error,
    },
    /// The message could not be written.
    #[error("cannot write JSON: {0}")]
    Write(#[source] serde_json::Error),
    /// The message and its descriptor disagree.
    #[error("message does not fit its descriptor: {0}")]
    Transcode(#[source] prost::DecodeError),
}

static POOL: LazyLock<Option<DescriptorPool>> = LazyLock::new(|| DescriptorPool::decode(crate::DESCRIPTORS).ok());

fn descriptor(name: &str) -> Result<MessageDescriptor, JsonError> {
    POOL.as_ref()
        .and_then(|pool| pool.get_message_by_name(name))
        .ok_or_else(|| JsonError::UnknownMessage(name.to_owned()))
}

/// Writes `message` as JSON on one line. Fields with their default value are left out, as the mapping says.
///
/// # Errors
/// [`JsonError`] if the message has no descriptor here, or holds a `google.protobuf.Any` of a type unknown here.
pub fn to_string<M: Message + prost::Name>(message: &M) -> Result<String, JsonError> {
    let dynamic = dynamic(message)?;
    serde_json::to_string(&dynamic).map_err(JsonError::Write)
}

/// Like [`to_string`], over several lines, with the fields that have their default value.
///
/// # Errors
/// As [`to_string`].
pub fn to_string_pretty<M: Message + prost::Name>(message: &M) -> Result<String, JsonError> {
    let json = complete(&dynamic(message)?, serde_json::Serializer::pretty(Vec::new()))?;
    Ok(String::from_utf8_lossy(&json).into_owned())
}

/// Reads a message from JSON.
///
/// # Errors
/// [`JsonError::Parse`] if `json` is not the JSON of an `M`; unknown fields are refused.
pub fn from_str<M: Message + prost::Name + Default>(json: &str) -> Result<M, JsonError> {
    let wire = wire(descriptor(&M::full_name())?, json.as_bytes())?;
    M::decode(wire.as_slice()).map_err(JsonError::Transcode)
}

/// Writes one method's messages in the other form, knowing no more of them than their descriptors.
#[derive(Clone, Debug)]
pub struct Transcoder {
    request: MessageDescriptor,
    response: MessageDescriptor,
}

impl Transcoder {
    /// For the method at `path`, "/package.Service/Method".
    ///
    /// # Errors
    /// [`JsonError::UnknownMethod`] if the contracts have none there.
    pub fn new(path: &str) -> Result<Self, JsonError> {
        let method = || {
            let (service, name) = path.strip_prefix('/')?.split_once('/')?;
            let service = POOL.as_ref()?.get_service_by_name(service)?;
            let method = service.methods().find(|method| method.name() == name)?;
            Some(Transcoder { request: method.input(), response: method.output() })
        };
        method().ok_or_else(|| JsonError::UnknownMethod(path.to_owned()))
    }

    /// Name of the request message, without its package.
    pub fn request_name(&self) -> &str {
        self.request.name()
    }

    /// Reads a request from JSON and writes it for the wire.
    ///
    /// # Errors
    /// [`JsonError::Parse`] if `json` is not the JSON of the request; unknown fields are refused.
    pub fn request_to_wire(&self, json: &[u8]) -> Result<Vec<u8>, JsonError> {
        wire(self.request.clone(), json)
    }

    /// Reads a response from the wire and writes it as JSON on one line, with the fields that have their default value: who
    /// reads JSON without the contracts at hand should find `begin` in a span that begins at 0.
    ///
    /// # Errors
    /// [`JsonError::Transcode`] if `wire` is no response, [`JsonError::Write`] as [`to_string`].
    pub fn response_to_json(&self, wire: &[u8]) -> Result<Vec<u8>, JsonError> {
        let dynamic = DynamicMessage::decode(self.response.clone(), wire).map_err(JsonError::Transcode)?;
        complete(&dynamic, serde_json::Serializer::new(Vec::new()))
    }
}

/// Writes a status as JSON on one line, with its details.
///
/// # Errors
/// [`JsonError::Write`] if it holds a `google.protobuf.Any` of a type unknown here.
pub fn status_to_json(status: &tonic_types::Status) -> Result<Vec<u8>, JsonError> {
    let descriptor = descriptor("google.rpc.Status")?;
    let bytes = status.encode_to_vec();
    let dynamic = DynamicMessage::decode(descriptor, bytes.as_slice()).map_err(JsonError::Transcode)?;
    complete(&dynamic, serde_json::Serializer::new(Vec::new()))
}

/// Reads a message of the kind that `descriptor` describes from JSON, and nothing behind it, and writes it for the wire.
fn wire(descriptor: MessageDescriptor, json: &[u8]) -> Result<Vec<u8>, JsonError> {
    let message = descriptor.full_name().to_owned();
    let mut reader = serde_json::Deserializer::from_slice(json);
    let read = DynamicMessage::deserialize(descriptor, &mut reader).and_then(|read| reader.end().map(|()| read));
    read.map(|read| read.encode_to_vec()).map_err(|source| JsonError::Parse { message, source })
}

/// Writes a message by `writer`, with the fields that have their default value.
fn complete<F: serde_json::ser::Formatter>(
    dynamic: &DynamicMessage,
    mut writer: serde_json::Serializer<Vec<u8>, F>,
) -> Result<Vec<u8>, JsonError> {
    let options = SerializeOptions::new().skip_default_fields(false);
    dynamic.serialize_with_options(&mut writer, &options).map_err(JsonError::Write)?;
    Ok(writer.into_inner())
}

fn dynamic<M: Message + prost::Name>(message: &M) -> Result<DynamicMessage, JsonError> {
    let bytes = message.encode_to_vec();
    DynamicMessage::decode(descriptor(&M::full_name())?, bytes.as_slice()).map_err(JsonError::Transcode)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v1::{EnrichResponse, EntityResult, Failure, Mention, Span};
    use tonic_types::{ErrorDetails, StatusExt};

    #[test]
    fn json_has_the_names_of_the_contract() {
        let mention =
            Mention {
                span: Some(Span { begin: 0, end: 5 }), r#type: 3, surface: "بغداد".into(), ..Default::default()
            };
        let response = EnrichResponse {
            id: "a".into(),
            entities: Some(EntityResult { mentions: vec![mention], sentences: vec![] }),
            ..Default::default()
        };
        let json = to_string(&response).unwrap();
        assert_eq!(
            json,
            r#"{"id":"a","entities":{"mentions":[{"span":{"end":5},"type":"ENTITY_TYPE_LOCATION","surface":"بغداد"}]}}"#
        );
        assert_eq!(from_str::<EnrichResponse>(&json).unwrap(), response);
    }

    #[test]
    fn the_details_of_a_failure_are_readable() {
        let details =
            ErrorDetails::with_error_info("OVERLOADED", "enrich.v1", [("inFlightMax".to_owned(), "2".to_owned())]);
        let status = tonic::Status::with_error_details(tonic::Code::ResourceExhausted, "busy", details);
        let status = tonic_types::Status::decode(status.details()).unwrap();
        let response =
            EnrichResponse { failures: vec![Failure { feature: 2, status: Some(status) }], ..Default::default() };
        assert!(to_string(&response).unwrap().contains(r#""reason":"OVERLOADED""#));
    }

    #[test]
    fn a_methods_messages_go_through_json_without_their_types() {
        let languages = Transcoder::new("/enrich.v1.LanguageService/DetectLanguage").unwrap();
        assert_eq!(languages.request_name(), "DetectLanguageRequest");
        let wire =
            languages.request_to_wire(r#"{"text":"ماء","offsetUnit":"OFFSET_UNIT_UTF8_BYTE"}"#.as_bytes()).unwrap();
        let request = crate::v1::DetectLanguageRequest::decode(wire.as_slice()).unwrap();
        assert_eq!((request.text.as_str(), request.offset_unit), ("ماء", 2));
        assert!(matches!(languages.request_to_wire(b"{} {}"), Err(JsonError::Parse { .. })));

        let response = crate::v1::DetectLanguageResponse { id: "a".into(), ..Default::default() };
        let json = languages.response_to_json(&response.encode_to_vec()).unwrap();
        assert_eq!(json, br#"{"id":"a","stageTimes":[]}"#);
        for path in ["", "/", "enrich.v1.LanguageService/GetInfo", "/enrich.v1.LanguageService/Get", "/a/b"] {
            assert!(matches!(Transcoder::new(path), Err(JsonError::UnknownMethod(_))), "{path}");
        }
    }

    #[test]
    fn every_route_is_a_method_and_has_a_path_of_its_own() {
        let mut paths = std::collections::HashSet::new();
        for route in crate::http::ROUTES {
            Transcoder::new(route.rpc).unwrap();
            assert!(paths.insert(route.path), "{}", route.path);
        }
    }

    #[test]
    fn unknown_fields_are_refused() {
        assert!(matches!(from_str::<Span>(r#"{"start":1}"#), Err(JsonError::Parse { .. })));
    }
}
