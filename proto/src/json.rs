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
    let mut writer = serde_json::Serializer::pretty(Vec::new());
    let options = SerializeOptions::new().skip_default_fields(false);
    dynamic(message)?.serialize_with_options(&mut writer, &options).map_err(JsonError::Write)?;
    Ok(String::from_utf8_lossy(&writer.into_inner()).into_owned())
}

/// Reads a message from JSON.
///
/// # Errors
/// [`JsonError::Parse`] if `json` is not the JSON of an `M`; unknown fields are refused.
pub fn from_str<M: Message + prost::Name + Default>(json: &str) -> Result<M, JsonError> {
    let parse = |source| JsonError::Parse { message: M::full_name(), source };
    let mut reader = serde_json::Deserializer::from_str(json);
    let dynamic = DynamicMessage::deserialize(descriptor(&M::full_name())?, &mut reader).map_err(parse)?;
    reader.end().map_err(parse)?;
    M::decode(dynamic.encode_to_vec().as_slice()).map_err(JsonError::Transcode)
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
    fn unknown_fields_are_refused() {
        assert!(matches!(from_str::<Span>(r#"{"start":1}"#), Err(JsonError::Parse { .. })));
    }
}
