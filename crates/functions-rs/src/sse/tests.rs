//! The parser by the standard's examples, by chance, and by malice.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use supabase_http::{Body, ErrorKind};

use super::parser::Exceeded;
use super::*;
use crate::FunctionResponse;
use crate::reader::Limits;

type Plain = (String, String, String);

fn plain(event: Event) -> Plain {
    (event.event, event.data, event.id)
}

fn message(data: &str, id: &str) -> Plain {
    ("message".to_owned(), data.to_owned(), id.to_owned())
}

/// Everything that the pieces hold, and the id and the time to wait that hold at their end.
fn parse<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Plain>, String, Option<Duration>) {
    let mut parser = Parser::new(String::new());
    let mut events = Vec::new();
    for piece in pieces {
        let mut input = Bytes::copy_from_slice(piece);
        while let Some(event) = parser.next(&mut input).unwrap() {
            events.push(plain(event));
        }
        assert!(input.is_empty());
    }
    (events, parser.last_id().to_owned(), parser.retry())
}

fn all(text: &str) -> Vec<Plain> {
    parse([text.as_bytes()]).0
}

/// The examples of the standard, each with what it says of them.
fn examples() -> Vec<(&'static str, Vec<Plain>)> {
    let of = |event: &str, data: &str| (event.to_owned(), data.to_owned(), String::new());
    vec![
        (
            "data: This is the first message.\n\ndata: This is the second message, it\ndata: has two lines.\n\ndata: This is the third message.\n\n",
            vec![
                message("This is the first message.", ""),
                message("This is the second message, it\nhas two lines.", ""),
                message("This is the third message.", ""),
            ],
        ),
        (
            "event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\nevent: add\ndata: 113411\n\n",
            vec![
                of("add", "73857293"),
                of("remove", "2153"),
                of("add", "113411"),
            ],
        ),
        (
            "data: YHOO\ndata: +2\ndata: 10\n\n",
            vec![message("YHOO\n+2\n10", "")],
        ),
        (
            ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
            vec![
                message("first event", "1"),
                message("second event", ""),
                message(" third event", ""),
            ],
        ),
        (
            "data\n\ndata\ndata\n\ndata:\n",
            vec![message("", ""), message("\n", "")],
        ),
        (
            "data:test\n\ndata: test\n\n",
            vec![message("test", ""), message("test", "")],
        ),
    ]
}

#[test]
fn the_examples_of_the_standard_split_at_every_byte() {
    for (text, expected) in examples() {
        for ending in ["\n", "\r", "\r\n"] {
            for mark in ["", "\u{feff}"] {
                let text = format!("{mark}{}", text.replace('\n', ending));
                let bytes = text.as_bytes();
                for at in 0..=bytes.len() {
                    let (events, ..) = parse([&bytes[..at], &bytes[at..]]);
                    assert_eq!(events, expected, "{text:?} split at {at}");
                }
                assert_eq!(parse(bytes.chunks(1)).0, expected, "{text:?} byte by byte");
            }
        }
    }
}

#[test]
fn what_is_not_ended_by_a_blank_line_is_no_event() {
    assert_eq!(all("data: a\n\ndata: b\n"), [message("a", "")]);
    assert_eq!(all("data: a"), []);
    assert_eq!(all("data: a\r\r"), [message("a", "")]);
}

#[test]
fn fields_by_the_letter() {
    // One blank after the colon goes, further ones and others stay.
    assert_eq!(all("data:  a\ndata:\tb\n\n"), [message(" a\n\tb", "")]);
    // Names are exact; anything else is passed over.
    assert_eq!(all("Data: a\n data: b\ndata : c\nfoo: d\nfoo\n\n"), []);
    assert_eq!(all("data: x: y\n\n"), [message("x: y", "")]);
    // A type without data is no event, and is forgotten.
    assert_eq!(all("event: a\n\ndata: b\n\n"), [message("b", "")]);
    assert_eq!(all("event\ndata: b\n\n"), [message("b", "")]);
    assert_eq!(all("event: a\nevent: b\ndata: c\n\n")[0].0, "b");
    // The mark is dropped at the start alone.
    assert_eq!(
        all("\u{feff}data: a\n\n\u{feff}data: b\n\n"),
        [message("a", "")]
    );
    assert_eq!(all("\u{feff}\u{feff}data: a\n\n"), []);
}

#[test]
fn ids_stay_until_another_comes() {
    let (events, last, _) = parse(["id: 1\ndata: a\n\ndata: b\n\nid: 2\ndata: c\n\n".as_bytes()]);
    assert_eq!(
        events,
        [message("a", "1"), message("b", "1"), message("c", "2")]
    );
    assert_eq!(last, "2");
    // A NUL makes it no id; an event without data still moves the id on.
    assert_eq!(all("id: 1\0\ndata: a\n\n"), [message("a", "")]);
    assert_eq!(parse([&b"id: 7\n\n"[..]]), (vec![], "7".to_owned(), None));
    // One whose event is not complete does not count.
    assert_eq!(parse([&b"id: 7\ndata: a\n\nid: 8\ndata: b\n"[..]]).1, "7");
}

#[test]
fn retry_is_digits_alone() {
    let retry = |text: &str| parse([text.as_bytes()]).2;
    assert_eq!(retry("retry: 1500\n"), Some(Duration::from_millis(1500)));
    for text in [
        "retry: 1.5\n",
        "retry: -1\n",
        "retry: 1s\n",
        "retry\n",
        "retry: 99999999999999999999\n",
    ] {
        assert_eq!(retry(text), None, "{text:?}");
    }
    assert_eq!(
        retry("retry: 1\nretry: x\n"),
        Some(Duration::from_millis(1))
    );
}

#[test]
fn what_is_no_utf8_is_replaced() {
    let (events, ..) = parse([&b"data: a\xff\xe2\x82\n\n"[..]]);
    assert_eq!(events, [message("a\u{fffd}\u{fffd}", "")]);
    let (events, ..) = parse([&b"data: \xe2"[..], b"\x82", b"\xac\n\n"]);
    assert_eq!(events, [message("€", "")]);
}

#[test]
fn limits_hold_whatever_the_pieces_are() {
    let parser = || {
        let mut parser = Parser::new(String::new());
        (parser.max_line, parser.max_event) = (16, 20);
        parser
    };
    let run = |text: &str, size: usize| {
        let mut parser = parser();
        let mut events = 0;
        for piece in text.as_bytes().chunks(size) {
            let mut input = Bytes::copy_from_slice(piece);
            while parser.next(&mut input)?.is_some() {
                events += 1;
            }
            assert!(parser.line.len() <= 16 && parser.data.len() <= 21);
        }
        Ok(events)
    };
    for size in [1, 2, 3, 7, 1000] {
        assert_eq!(run("data: 0123456789\n\n", size), Ok(1));
        assert_eq!(run("data: 0123456789a\n\n", size), Err(Exceeded::Line(16)));
        assert_eq!(run(": 01234567890123456789", size), Err(Exceeded::Line(16)));
        assert_eq!(run("data: 123456789\ndata: 1234567890\n\n", size), Ok(1));
        assert_eq!(
            run("data: 123456789\ndata: 1234567890\ndata: 1\n\n", size),
            Err(Exceeded::Event(20))
        );
        assert_eq!(run("data: 1\n\n".repeat(100).as_str(), size), Ok(100));
    }
}

/// Reads a whole stream in the plainest way, line by line.
fn reference(bytes: &[u8]) -> Vec<Plain> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut lines: Vec<_> = text.split('\n').collect();
    lines.pop();
    let (mut events, mut data, mut kind, mut id) = (vec![], None::<String>, "", "");
    for line in lines {
        if line.is_empty() {
            if let Some(data) = data.take() {
                let kind = if kind.is_empty() { "message" } else { kind };
                events.push((kind.to_owned(), data, id.to_owned()));
            }
            kind = "";
            continue;
        }
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "data" => {
                data = Some(data.map_or_else(|| value.to_owned(), |old| format!("{old}\n{value}")));
            }
            "event" => kind = value,
            "id" if !value.contains('\0') => id = value,
            _ => {}
        }
    }
    events
}

fn piece() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        "data",
        "event",
        "id",
        "retry",
        ":",
        ": ",
        "\n",
        "\r",
        "\r\n",
        "\n\n",
        "\u{feff}",
        "a",
        "ü€",
        "\0",
        "12",
        "data: x\n",
        "id: 1\n",
    ]);
    prop_oneof![
        8 => known.prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..4),
    ]
}

proptest! {
    #[test]
    fn any_stream_in_any_pieces_is_read_as_the_plain_way_reads_it(
        pieces in prop::collection::vec(piece(), 0..60),
        size in 1_usize..9,
    ) {
        let whole = pieces.concat();
        let expected = reference(&whole);
        prop_assert_eq!(parse([&whole[..]]).0, expected.clone());
        prop_assert_eq!(parse(pieces.iter().map(Vec::as_slice)).0, expected.clone());
        prop_assert_eq!(parse(whole.chunks(size)).0, expected);
    }
}

fn events(head: http::response::Builder, body: Body) -> Events {
    let head = head.body(()).unwrap().into_parts().0;
    FunctionResponse::new(head, body, Limits::NONE, None).events()
}

fn event_stream() -> http::response::Builder {
    http::Response::builder()
        .header("content-type", "Text/Event-Stream; charset=utf-8")
        .header("x-request-id", "r1")
}

#[tokio::test]
async fn a_stream_without_a_line_end_ends_early_with_a_clear_error() {
    const CHUNK: usize = 64 * 1024;
    let taken = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&taken);
    let chunk = Bytes::from(vec![b'x'; CHUNK]);
    // 100 MB of one line.
    let chunks = futures_util::stream::iter((0..100_000_000 / CHUNK).map(move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
        Ok::<_, std::io::Error>(chunk.clone())
    }));
    let mut events = events(event_stream(), Body::from_stream(chunks));
    let error = events.try_next().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "functions invoke: the server's answer cannot be read: a line of its events is longer than 1048576 bytes, which is \
         what `max_line_bytes` allows (status 200)"
    );
    assert_eq!(
        (error.kind(), error.request_id()),
        (ErrorKind::Decode, Some("r1"))
    );
    assert!(taken.load(Ordering::Relaxed) <= DEFAULT_MAX_LINE_BYTES / CHUNK + 1);
    assert!(events.parser.line.capacity() <= 2 * DEFAULT_MAX_LINE_BYTES);
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn an_event_without_an_end_ends_early_too() {
    let chunk = Bytes::from("data: 0123456789\n".repeat(4096));
    let chunks = futures_util::stream::iter(std::iter::repeat_n((), 2000));
    let chunks =
        futures_util::StreamExt::map(chunks, move |()| Ok::<_, std::io::Error>(chunk.clone()));
    let events = events(event_stream(), Body::from_stream(chunks));
    let mut events = events.max_event_bytes(100_000);
    let error = events.try_next().await.unwrap_err();
    assert!(
        error.message().contains("larger than 100000 bytes"),
        "{error}"
    );
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn what_is_no_stream_of_events_is_an_error() {
    let json = http::Response::builder().header("content-type", "application/json");
    let mut none = events(json, Body::from("data: a\n\n"));
    let error = none.try_next().await.unwrap_err();
    assert!(error.message().contains("\"application/json\""), "{error}");
    assert!(none.next().await.is_none());
    let mut none = events(http::Response::builder(), Body::from("data: a\n\n"));
    assert!(none.try_next().await.is_err());
    let mut empty = events(http::Response::builder().status(204), Body::empty());
    assert!(empty.try_next().await.unwrap().is_none());
}

#[tokio::test]
async fn events_then_a_break() {
    let chunks = futures_util::stream::iter([
        Ok(Bytes::from("id: 1\ndata: {\"n\":1}\n\nretry: 5\nid: 2\nda")),
        Err(std::io::Error::other("gone")),
    ]);
    let mut events = events(event_stream(), Body::from_stream(chunks));
    let first = events.try_next().await.unwrap().unwrap();
    assert_eq!(first.json::<serde_json::Value>().unwrap()["n"], 1);
    let wrong = first.json::<Vec<u8>>().unwrap_err();
    assert_eq!(
        (wrong.kind(), wrong.request_id()),
        (ErrorKind::Decode, Some("r1"))
    );
    let error = events.try_next().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.request_id()),
        (ErrorKind::Transport, Some("r1"))
    );
    assert_eq!(events.last_event_id(), Some("1"));
    assert_eq!(events.retry(), Some(Duration::from_millis(5)));
    assert!(events.next().await.is_none());
}
