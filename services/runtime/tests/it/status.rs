use enrich_core::Error;
use enrich_runtime::{from_rpc_status, rpc_status, status};
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// `metadata` as "name=value" pairs, sorted.
fn check(error: Error, code: Code, metadata: &[&str]) {
    let (reason, words) = (error.reason(), error.to_string());
    let status = status(error);
    let info = status.get_details_error_info().unwrap();
    let mut pairs: Vec<_> = info.metadata.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.sort_unstable();
    assert_eq!((status.code(), info.reason.as_str(), info.domain.as_str()), (code, reason, "enrich.v1"));
    assert_eq!(pairs, metadata, "{reason}");
    assert_eq!(status.message(), if code == Code::Internal { "internal error" } else { &words });
    let waiting_helps = [Code::Unavailable, Code::ResourceExhausted].contains(&code);
    assert_eq!(status.get_details_retry_info().is_some(), waiting_helps, "{reason}");
}

#[test]
fn every_error_has_its_code_reason_and_metadata() {
    let field = "requests";
    check(Error::EmptyText, Code::InvalidArgument, &[]);
    check(Error::TextTooLong { bytes: 9, bytes_max: 8 }, Code::InvalidArgument, &["bytes=9", "bytesMax=8"]);
    check(Error::IdTooLong { bytes: 9, bytes_max: 8 }, Code::InvalidArgument, &["bytes=9", "bytesMax=8"]);
    check(Error::MissingId, Code::InvalidArgument, &[]);
    check(Error::DuplicateId, Code::InvalidArgument, &[]);
    check(Error::EmptyBatch, Code::InvalidArgument, &[]);
    let many = Error::TooManyItems { field, items: 3, items_max: 2 };
    check(many, Code::InvalidArgument, &["field=requests", "items=3", "itemsMax=2"]);
    check(Error::UnknownEnumValue { field, value: 9 }, Code::InvalidArgument, &["field=requests", "value=9"]);
    let range = Error::ValueOutOfRange { field, value: 1.5, min: 0.0, max: 1.0 };
    check(range, Code::InvalidArgument, &["field=requests", "max=1", "min=0", "value=1.5"]);
    let language = Error::UnknownLanguage { field, tag: "xx".into() };
    check(language, Code::InvalidArgument, &["field=requests", "tag=xx"]);
    check(Error::UnknownTopic { field, id: "x".into() }, Code::InvalidArgument, &["field=requests", "id=x"]);
    let own = Error::OwnTopicInvalid { entry: "x".into(), cause: "no terms".into() };
    check(own, Code::InvalidArgument, &["cause=no terms", "entry=x"]);
    check(Error::RequiredPartNotAsked { part: "topics" }, Code::InvalidArgument, &["part=topics"]);
    let full = Error::Overloaded { resource: "queued tokens", limit: 7 };
    check(full, Code::ResourceExhausted, &["limit=7", "resource=queued tokens"]);
    check(Error::DeadlineExceeded, Code::DeadlineExceeded, &[]);
    check(Error::ShuttingDown, Code::Unavailable, &[]);
    check(Error::ModelInvalid { file: "/secret".into(), cause: "torn".into() }, Code::Internal, &[]);
    check(Error::Inference("the secret".into()), Code::Internal, &[]);
}

#[test]
fn a_status_survives_the_way_through_a_message() {
    let before = status(Error::TextTooLong { bytes: 9, bytes_max: 8 });
    let message = rpc_status(&before);
    assert_eq!((message.code, message.details.len()), (3, 1));
    let after = from_rpc_status(message);
    assert_eq!((after.code(), after.message()), (before.code(), before.message()));
    assert_eq!(after.details(), before.details());
}

#[test]
fn a_status_with_details_that_cannot_be_read_keeps_code_and_words() {
    let strange = Status::with_details(Code::Aborted, "no", vec![0xff, 0xff].into());
    let message = rpc_status(&strange);
    assert_eq!((message.code, message.message.as_str(), message.details.len()), (10, "no", 0));
    let after = from_rpc_status(message);
    assert_eq!((after.code(), after.message(), after.details().len()), (Code::Aborted, "no", 0));
}
