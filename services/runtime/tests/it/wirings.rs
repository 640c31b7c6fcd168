//! What holds for an embedded service holds for one that is dialled.

use crate::support::{Client, assert_refused, client, config, item, say, say_within, serve};
use bytes::{BufMut, Bytes, BytesMut};
use enrich_proto::v1::{
    BatchDetectLanguageRequest, detect_language_item::Result as Item, stream_detect_language_response::Result as Part,
};
use enrich_runtime::{Chassis, Limits, Upstream, dial, embed, from_rpc_status};
use std::time::Duration;
use tokio::net::TcpListener;
use tonic::{Code, Status, body::Body};
use tonic_types::StatusExt;
use tower::ServiceExt;

const MESSAGE_BYTES_MAX: usize = 100_000;

fn limits() -> Limits {
    Limits { text_bytes_max: 1000, message_bytes_max: MESSAGE_BYTES_MAX, batch_items_max: 4, ..Limits::default() }
}

/// Runs `check` over both wirings.
async fn on_both<F: Future<Output = ()>>(check: impl Fn(Client) -> F) {
    check(client(&Chassis::new(limits()))).await;
    let served = serve(limits(), config()).await;
    check(served.client()).await;
}

#[tokio::test]
async fn a_call_is_answered() {
    on_both(|mut client| async move {
        assert_eq!(client.detect_language(say("ماء")).await.unwrap().into_inner().id, "a");
    })
    .await;
}

#[tokio::test]
async fn a_refusal_keeps_its_code_reason_and_metadata() {
    on_both(|mut client| async move {
        let status = client.detect_language(say("")).await.unwrap_err();
        assert_refused(&status, Code::InvalidArgument, "EMPTY_TEXT");
        let status = client.detect_language(say(&"x".repeat(1001))).await.unwrap_err();
        assert_refused(&status, Code::InvalidArgument, "TEXT_TOO_LONG");
        let info = status.get_details_error_info().unwrap();
        assert_eq!(info.domain, "enrich.v1");
        assert_eq!((info.metadata["bytes"].as_str(), info.metadata["bytesMax"].as_str()), ("1001", "1000"));
    })
    .await;
}

#[tokio::test]
async fn a_deadline_is_exceeded_not_cancelled() {
    on_both(|mut client| async move {
        for ms in [1, 7, 20, 50] {
            let slow = say_within("sleep 5000", Duration::from_millis(ms));
            let status = client.detect_language(slow).await.unwrap_err();
            assert_refused(&status, Code::DeadlineExceeded, "DEADLINE_EXCEEDED");
        }
    })
    .await;
}

#[tokio::test]
async fn a_panic_is_internal_and_the_next_call_succeeds() {
    on_both(|mut client| async move {
        let status = client.detect_language(say("panic the secret")).await.unwrap_err();
        assert_refused(&status, Code::Internal, "PANIC");
        client.detect_language(say("water")).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_batch_has_a_result_or_a_status_for_each_item_in_order() {
    on_both(|mut client| async move {
        let requests = ["sleep 20", "", "panic", "water"].map(|text| say(text).into_inner()).to_vec();
        let batch = BatchDetectLanguageRequest { requests };
        let results = client.batch_detect_language(batch).await.unwrap().into_inner().results;
        let codes = results.into_iter().map(|item| match item.result.unwrap() {
            Item::Response(_) => Code::Ok,
            Item::Error(status) => from_rpc_status(status).code(),
        });
        assert_eq!(codes.collect::<Vec<_>>(), [Code::Ok, Code::InvalidArgument, Code::Internal, Code::Ok]);
    })
    .await;
}

#[tokio::test]
async fn a_stream_answers_every_item_and_says_so() {
    on_both(|mut client| async move {
        let texts = ["sleep 20", "", "panic", "water"];
        let items = tokio_stream::iter((0..40).map(move |n| item(&n.to_string(), texts[n % 4])));
        let mut answers = client.stream_detect_language(items).await.unwrap().into_inner();
        let (mut ids, mut end) = (vec![], None);
        while let Some(answer) = answers.message().await.unwrap() {
            assert!(end.is_none());
            match answer.result.unwrap() {
                Part::End(said) => end = Some((said.received, said.answered)),
                _ => ids.push(answer.id.parse::<usize>().unwrap()),
            }
        }
        ids.sort_unstable();
        assert_eq!(ids, (0..40).collect::<Vec<_>>());
        assert_eq!(end, Some((40, 40)));
    })
    .await;
}

#[tokio::test]
async fn a_message_over_the_limit_is_out_of_range_and_names_the_limit() {
    on_both(|mut client| async move {
        let status = client.detect_language(say(&"x".repeat(MESSAGE_BYTES_MAX))).await.unwrap_err();
        assert_refused(&status, Code::OutOfRange, "MESSAGE_TOO_LARGE");
        assert_eq!(status.get_details_error_info().unwrap().metadata["bytesMax"], MESSAGE_BYTES_MAX.to_string());
        client.detect_language(say("water")).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_message_over_the_limit_ends_a_stream_after_the_answers_before_it() {
    on_both(|mut client| async move {
        let items = tokio_stream::iter([item("a", "sleep 20"), item("b", &"x".repeat(MESSAGE_BYTES_MAX))]);
        let mut answers = client.stream_detect_language(items).await.unwrap().into_inner();
        assert_eq!(answers.message().await.unwrap().unwrap().id, "a");
        assert_refused(&answers.message().await.unwrap_err(), Code::OutOfRange, "MESSAGE_TOO_LARGE");
    })
    .await;
}

/// Sends bytes that no generated client would.
async fn send_raw(upstream: Upstream, compressed: u8, message: &[u8]) -> Status {
    let mut frame = BytesMut::new();
    frame.put_u8(compressed);
    frame.put_u32(u32::try_from(message.len()).unwrap());
    frame.put_slice(message);
    let request = http::Request::post("http://localhost/enrich.v1.LanguageService/DetectLanguage")
        .header("content-type", "application/grpc")
        .body(Body::new(http_body_util::Full::<Bytes>::new(frame.freeze())))
        .unwrap();
    let response = upstream.oneshot(request).await.unwrap();
    Status::from_header_map(response.headers()).unwrap()
}

#[tokio::test]
async fn invalid_utf8_on_the_wire_is_the_callers_mistake() {
    let served = serve(limits(), config()).await;
    let embedded = embed(crate::support::service(&served.chassis).0);
    for upstream in [embedded, served.upstream()] {
        // Field 2, the text: one byte that is no UTF-8; then three that are a lone surrogate.
        for message in [&[0x12, 1, 0xff][..], &[0x12, 3, 0xed, 0xa0, 0x80]] {
            let status = send_raw(upstream.clone(), 0, message).await;
            assert_refused(&status, Code::InvalidArgument, "MALFORMED_MESSAGE");
        }
    }
    served.client().detect_language(say("water")).await.unwrap();
}

#[tokio::test]
async fn nobody_at_the_address_is_unavailable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let mut client = Client::new(dial(format!("http://{address}").parse().unwrap()).unwrap());
    let status = client.detect_language(say("water")).await.unwrap_err();
    assert_refused(&status, Code::Unavailable, "UPSTREAM_UNAVAILABLE");
}

#[tokio::test]
async fn an_upstream_that_hangs_up_is_unavailable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            drop(socket);
        }
    });
    let mut client = Client::new(dial(format!("http://{address}").parse().unwrap()).unwrap());
    let status = client.detect_language(say("water")).await.unwrap_err();
    assert_refused(&status, Code::Unavailable, "UPSTREAM_UNAVAILABLE");
}

#[tokio::test]
async fn an_upstream_that_says_nothing_is_cut_by_the_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut client = Client::new(dial(format!("http://{address}").parse().unwrap()).unwrap());
    let status = client.detect_language(say_within("water", Duration::from_millis(50))).await.unwrap_err();
    assert_refused(&status, Code::DeadlineExceeded, "DEADLINE_EXCEEDED");
}

#[tokio::test]
async fn an_address_without_a_scheme_is_refused_at_the_start() {
    for bad in ["localhost:50051", "ftp://localhost:50051", "/path"] {
        let error = dial(bad.parse().unwrap()).unwrap_err();
        assert!(error.to_string().contains("http://host:50051"), "{error}");
    }
}
