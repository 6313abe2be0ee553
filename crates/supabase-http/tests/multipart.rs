//! What the form writer writes, read back by a parser of others.
#![cfg(feature = "multipart")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use bytes::Bytes;
use futures_util::StreamExt as _;
use http::{HeaderName, HeaderValue};
use http_body::Body as _;
use http_body_util::BodyExt as _;
use proptest::prelude::*;
use supabase_http::{Body, ErrorKind, Multipart, Part};

/// A field as the parser saw it: name, file name, content type, content.
type Field = (Option<String>, Option<String>, Option<String>, Vec<u8>);

async fn parse(form: Multipart) -> Vec<Field> {
    let content_type = form.content_type().to_str().unwrap().to_owned();
    let boundary = multer::parse_boundary(&content_type).unwrap();
    let announced = form.content_length();
    let body = form.into_body().unwrap();
    assert_eq!(body.size_hint().exact(), announced);
    let whole = body.collect().await.unwrap().to_bytes();
    if let Some(announced) = announced {
        assert_eq!(whole.len() as u64, announced);
    }
    let stream = futures_util::stream::iter([Ok::<_, std::io::Error>(whole)]);
    let mut parsed = multer::Multipart::new(stream, boundary);
    let mut fields = Vec::new();
    while let Some(field) = parsed.next_field().await.unwrap() {
        fields.push((
            field.name().map(str::to_owned),
            field.file_name().map(str::to_owned),
            field
                .headers()
                .get("content-type")
                .map(|v| v.to_str().unwrap().to_owned()),
            field.bytes().await.unwrap().to_vec(),
        ));
    }
    fields
}

fn stream(chunks: &[&'static str]) -> Body {
    let chunks: Vec<_> = chunks
        .iter()
        .map(|chunk| Ok::<_, std::io::Error>(Bytes::from(*chunk)))
        .collect();
    Body::from_stream(futures_util::stream::iter(chunks))
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

#[tokio::test]
async fn fields_and_files_come_out_as_they_went_in() {
    let form = Multipart::new()
        .text("note", "hëllo\r\nthere")
        .part("", Part::new(vec![0_u8, 255, 13, 10]).file_name("ä b.bin"))
        .part(
            "s",
            Part::new(stream(&["ab", "", "cd"]))
                .length(4)
                .content_type("text/css"),
        )
        .part("empty", Part::new(Body::empty()));
    let octets = Some("application/octet-stream".to_owned());
    assert_eq!(
        parse(form).await,
        [
            (
                Some("note".into()),
                None,
                None,
                "hëllo\r\nthere".as_bytes().to_vec()
            ),
            (
                Some(String::new()),
                Some("ä b.bin".into()),
                octets,
                vec![0, 255, 13, 10]
            ),
            (
                Some("s".into()),
                None,
                Some("text/css".into()),
                b"abcd".to_vec()
            ),
            (Some("empty".into()), None, None, vec![]),
        ]
    );
    assert!(parse(Multipart::new()).await.is_empty());
}

#[tokio::test]
async fn only_a_small_form_in_memory_can_be_sent_again() {
    let small = Multipart::new().text("a", "b");
    assert!(small.into_body().unwrap().try_clone().is_some());
    let streamed = Multipart::new().part("a", Part::new(stream(&["x"])));
    assert_eq!(streamed.content_length(), None);
    assert!(streamed.into_body().unwrap().try_clone().is_none());
    let large = Multipart::new().part("a", Part::new(vec![7_u8; 9 * 1024 * 1024]));
    let announced = large.content_length().unwrap();
    let body = large.into_body().unwrap();
    assert!(body.try_clone().is_none());
    assert_eq!(
        body.collect().await.unwrap().to_bytes().len() as u64,
        announced
    );
}

#[tokio::test]
async fn a_stream_of_another_length_fails() {
    for (length, how) in [(3, "longer"), (5, "shorter")] {
        let form = Multipart::new().part("a", Part::new(stream(&["ab", "cd"])).length(length));
        let error = form
            .into_body()
            .unwrap()
            .collect()
            .await
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            format!("a part of the form is {how} than its `length`")
        );
    }
}

#[tokio::test]
async fn an_error_of_a_part_s_stream_is_that_of_the_form() {
    let chunks = [
        Ok(Bytes::from("a")),
        Err(std::io::Error::other("disk gone")),
    ];
    let body = Body::from_stream(futures_util::stream::iter(chunks));
    let form = Multipart::new().part("a", Part::new(body));
    let mut chunks = form.into_body().unwrap().into_stream();
    let error = loop {
        match chunks.next().await.unwrap() {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert_eq!(error.to_string(), "disk gone");
}

#[test]
fn what_cannot_be_sent_is_an_error_at_the_end() {
    let bad = [
        Part::new("a").content_type("text/plain\r\nx-evil: 1"),
        Part::new("a").length(2),
        Part::new("a").header(
            HeaderName::from_static("content-disposition"),
            HeaderValue::from_static("x"),
        ),
    ];
    for part in bad {
        let error = Multipart::new().part("a", part).into_body().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Request);
    }
}

#[test]
fn names_cannot_add_headers() {
    let form = Multipart::new().part(
        "a\"\r\nx-evil: 1",
        Part::new("v").file_name("f\"; name=\"other\r\n\r\nevil"),
    );
    let body = form.into_body().unwrap();
    let text = String::from_utf8(body.as_bytes().unwrap().to_vec()).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(
        lines[1],
        "Content-Disposition: form-data; name=\"a%22%0D%0Ax-evil: 1\"; \
         filename=\"f%22; name=%22other%0D%0A%0D%0Aevil\""
    );
    assert_eq!(
        lines[2..5],
        ["content-type: application/octet-stream", "", "v"]
    );
}

/// A content that holds the form's own boundary gets another one.
#[test]
fn a_boundary_within_a_content_is_replaced() {
    let form = Multipart::new().text("first", "1");
    let first = form.content_type().to_str().unwrap().to_owned();
    let boundary = multer::parse_boundary(&first).unwrap();
    let form = form.text("nested", format!("\r\n--{boundary}--\r\n"));
    let second = form.content_type().to_str().unwrap().to_owned();
    assert_ne!(first, second);
    let fields = run(parse(form));
    assert_eq!(fields.len(), 2);
    assert_eq!(fields[1].3, format!("\r\n--{boundary}--\r\n").into_bytes());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_content_survives(
        fields in prop::collection::vec(
            ("[a-zA-Z0-9 _.åß-]{1,12}", prop::collection::vec(any::<u8>(), 0..64), any::<bool>()),
            0..5,
        )
    ) {
        let mut form = Multipart::new();
        for (name, content, streamed) in &fields {
            let part = if *streamed {
                let chunks: Vec<_> = content
                    .chunks(7)
                    .map(|chunk| Ok::<_, std::io::Error>(Bytes::copy_from_slice(chunk)))
                    .collect();
                let body = Body::from_stream(futures_util::stream::iter(chunks).boxed());
                Part::new(body).length(content.len() as u64)
            } else {
                Part::new(content.clone())
            };
            form = form.part(name.as_str(), part);
        }
        let parsed = run(parse(form));
        let parsed: Vec<_> = parsed.into_iter().map(|field| (field.0, field.3)).collect();
        let expected: Vec<_> =
            fields.into_iter().map(|(name, content, _)| (Some(name), content)).collect();
        prop_assert_eq!(parsed, expected);
    }

    /// Whatever the names are, there is one head of known lines.
    #[test]
    fn any_name_stays_in_its_line(name in any::<String>(), file in any::<String>()) {
        let form = Multipart::new().part(name, Part::new("v").file_name(file).content_type("a/b"));
        let body = form.into_body().unwrap();
        let bytes = body.as_bytes().unwrap();
        let breaks = bytes.iter().filter(|byte| matches!(**byte, b'\r' | b'\n')).count();
        // Boundary, disposition, type, blank, content, end: six lines.
        prop_assert_eq!(breaks, 12);
        let disposition = bytes.split(|byte| *byte == b'\n').nth(1).unwrap();
        prop_assert_eq!(disposition.iter().filter(|byte| **byte == b'"').count(), 4);
    }
}
