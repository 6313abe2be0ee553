//! Streamed answers: what comes through, and how each way of failing is told.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use supabase_http::testing::{Exchange, MockTransport};
use supabase_http::{ErrorKind, HttpClient, TransportErrorKind};

use super::RowStream;
use crate::{Completeness, Count, Error, PostgrestClient, RetryConfig};

#[derive(Debug, Deserialize, PartialEq)]
struct Planet {
    id: i64,
    name: String,
}

fn over(mock: &MockTransport) -> PostgrestClient {
    let http = HttpClient::builder()
        .transport(mock.clone())
        .build()
        .unwrap();
    PostgrestClient::with_http(http, "https://project.test/", "key").unwrap()
}

fn answering(exchange: Exchange) -> RowStream<Planet> {
    over(&MockTransport::new().reply_with(exchange))
        .from("planets")
        .select("id, name")
        .stream()
}

async fn collect(mut rows: RowStream<Planet>) -> (Vec<Planet>, Option<Error>) {
    let mut seen = Vec::new();
    while let Some(row) = rows.next().await {
        match row {
            Ok(row) => seen.push(row),
            Err(error) => {
                assert!(rows.next().await.is_none(), "it ends after an error");
                return (seen, Some(error));
            }
        }
    }
    assert!(rows.next().await.is_none());
    (seen, None)
}

fn planets(n: i64) -> Vec<Planet> {
    let name = |id| format!("p\"}}],\\{id}");
    (0..n).map(|id| Planet { id, name: name(id) }).collect()
}

fn text(n: i64) -> String {
    let rows = planets(n);
    let rows: Vec<Value> = rows
        .iter()
        .map(|p| json!({ "id": p.id, "name": p.name }))
        .collect();
    // As the server separates them.
    let rows: Vec<String> = rows.iter().map(Value::to_string).collect();
    format!("[{}]", rows.join(", \n "))
}

#[tokio::test(start_paused = true)]
async fn rows_come_one_by_one_however_the_answer_is_cut() {
    let whole = text(20);
    for size in [1, 2, 3, 7, 64, 10_000] {
        let exchange = Exchange::new(200)
            .body(whole.clone())
            .drip(size, Duration::from_millis(1));
        assert_eq!(collect(answering(exchange)).await.0, planets(20), "{size}");
    }
    let (none, error) = collect(answering(Exchange::new(200).body("[]"))).await;
    assert!(none.is_empty() && error.is_none());
}

#[tokio::test(start_paused = true)]
async fn the_first_row_does_not_wait_for_the_last() {
    let exchange = Exchange::new(200)
        .body(text(100))
        .drip(50, Duration::from_secs(1));
    let mut rows = answering(exchange);
    let begun = tokio::time::Instant::now();
    assert_eq!(rows.try_next().await.unwrap().unwrap().id, 0);
    assert!(begun.elapsed() < Duration::from_secs(3));
    assert_eq!(format!("{rows:?}"), "RowStream(1 rows so far)");
}

#[tokio::test]
async fn nothing_is_sent_before_it_is_polled_and_bad_input_comes_out() {
    let mock = MockTransport::new();
    let db = over(&mock);
    drop(db.from("planets").select::<Planet>("*").stream());
    let error = db
        .from("a/b")
        .select::<Planet>("*")
        .stream()
        .next()
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Request);
    assert_eq!(error.operation(), Some("select"));
    assert!(mock.requests().is_empty());
}

#[tokio::test]
async fn a_bad_status_is_the_servers_error() {
    let exchange = Exchange::new(404)
        .header("sb-request-id", "r1")
        .json(json!({ "code": "42P01", "message": "no such table" }));
    let (seen, error) = collect(answering(exchange)).await;
    let error = error.unwrap();
    assert!(seen.is_empty());
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::Api, Some("42P01"))
    );
    assert_eq!(
        (error.service(), error.operation()),
        (Some("postgrest"), Some("select"))
    );
    assert_eq!(error.request_id(), Some("r1"));
    // An error that never ends is cut.
    let long = Exchange::new(500)
        .body("x".repeat(1 << 20))
        .drip(1000, Duration::ZERO);
    let error = collect(answering(long)).await.1.unwrap();
    assert_eq!(
        (error.status().unwrap().as_u16(), error.body().len()),
        (500, 65_536)
    );
}

#[tokio::test]
async fn answers_that_are_no_lists_of_rows_name_the_row_and_keep_the_status() {
    for (body, rows, message) in [
        ("", 0, "it is empty where a list of rows is expected"),
        ("{\"id\":1}", 0, "it is no list of rows"),
        ("null", 0, "it is no list of rows"),
        ("[{\"id\":1,\"name\":\"a\"}", 1, "it breaks off after row 0"),
        (
            "[{\"id\":1,\"name\":\"a\"},{\"id\"",
            1,
            "it breaks off inside row 1",
        ),
        (
            "[{\"id\":1,\"name\":\"a\"}]{}",
            1,
            "something follows the end of the list after row 0",
        ),
        (
            "[{\"id\":1,\"name\":\"a\"} {}]",
            1,
            "the list of rows is malformed after row 0",
        ),
        (
            "[{\"id\":1,\"name\":\"a\"},{\"id\":\"secret\",\"name\":\"b\"}]",
            1,
            "no Planet in row 1 at `id`: invalid type: string, expected i64 at line 1 column 14",
        ),
        (
            "[{\"id\":1,\"name\":\"a\"},7]",
            1,
            "no Planet in row 1: invalid type: integer `7`, expected struct Planet at line 1 column 1",
        ),
    ] {
        let exchange = Exchange::new(206).header("sb-request-id", "r2").body(body);
        let (seen, error) = collect(answering(exchange)).await;
        let error = error.unwrap_or_else(|| panic!("{body} was taken"));
        assert_eq!(seen.len(), rows, "{body}");
        assert_eq!(
            error.message(),
            format!("the server's answer cannot be read: {message}")
        );
        assert_eq!(
            (error.kind(), error.status().unwrap().as_u16()),
            (ErrorKind::Decode, 206)
        );
        assert_eq!(error.request_id(), Some("r2"));
    }
}

#[tokio::test]
async fn a_connection_that_breaks_is_told_with_what_is_known() {
    let exchange = Exchange::new(200).body(text(3)).fail_body_after(40);
    let (seen, error) = collect(answering(exchange)).await;
    let error = error.unwrap();
    assert_eq!(seen.len(), 1);
    assert_eq!(
        error.transport_error().unwrap().kind(),
        TransportErrorKind::Interrupted
    );
    assert_eq!(error.status().unwrap().as_u16(), 200);
    let mock = MockTransport::new().fail(TransportErrorKind::Connect);
    let query = over(&mock)
        .from("planets")
        .select::<Planet>("*")
        .retry(RetryConfig::off());
    assert!(collect(query.stream()).await.1.unwrap().is_connect());
}

#[tokio::test]
async fn a_row_may_be_so_long() {
    let exchange = || Exchange::new(200).body(text(2));
    let (_, error) = collect(answering(exchange()).max_row_bytes(20)).await;
    assert!(
        error
            .unwrap()
            .message()
            .contains("row 0 has more than 20 bytes")
    );
    assert_eq!(
        collect(answering(exchange()).max_row_bytes(40)).await.0,
        planets(2)
    );
}

#[tokio::test]
async fn what_surrounds_the_answer_is_known_with_the_first_row() {
    let mock = MockTransport::new().reply_with(
        Exchange::new(206)
            .header("content-range", "0-1/5")
            .body(text(2)),
    );
    let query = over(&mock)
        .from("planets")
        .select::<Planet>("*")
        .count(Count::Exact);
    let mut rows = query.stream();
    assert!(rows.response().is_none());
    rows.try_next().await.unwrap().unwrap();
    let answer = rows.response().unwrap();
    assert_eq!(
        (answer.count, answer.completeness()),
        (Some(5), Completeness::Truncated)
    );
    assert_eq!(mock.requests()[0].header("prefer"), Some("count=exact"));
}

#[tokio::test]
async fn sets_of_functions_stream_too() {
    let mock = MockTransport::new().reply(200, json!([1, 2, 3]));
    let mut rows = over(&mock)
        .rpc::<i64>("counted", &json!({ "n": 3 }))
        .stream();
    let mut sum = 0;
    while let Some(n) = rows.try_next().await.unwrap() {
        sum += n;
    }
    assert_eq!(sum, 6);
    assert_eq!(mock.requests()[0].method(), "POST");
}

#[tokio::test(start_paused = true)]
async fn a_time_limit_ends_with_the_head() {
    let slow_body = Exchange::new(200)
        .body(text(3))
        .drip(10, Duration::from_secs(1));
    let slow_head = Exchange::new(200)
        .body(text(3))
        .delay(Duration::from_secs(5));
    let mock = MockTransport::new()
        .reply_with(slow_body)
        .reply_with(slow_head);
    let query = over(&mock)
        .from("planets")
        .select::<Planet>("*")
        .timeout(Duration::from_secs(2));
    assert_eq!(collect(query.clone().stream()).await.0.len(), 3);
    assert!(collect(query.stream()).await.1.unwrap().is_timeout());
}

#[test]
fn a_stream_goes_to_another_task() {
    fn is<T: Send + Unpin + 'static>(_: &T) {}
    struct NotSend(#[allow(dead_code)] *const u8);
    let rows: RowStream<NotSend> = over(&MockTransport::new())
        .from("t")
        .select::<NotSend>("*")
        .stream();
    is(&rows);
}
