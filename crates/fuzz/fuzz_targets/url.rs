//! URLs: a segment stays one segment, a pair one pair, and the host the host.
#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;
use supabase_http::Endpoint;

/// Percent decoding by hand.
fn decoded(text: &str) -> String {
    let (bytes, mut out, mut at) = (text.as_bytes(), Vec::new(), 0);
    while at < bytes.len() {
        if bytes[at] == b'%' {
            let hex = text.get(at + 1..at + 3).expect("two digits");
            out.push(u8::from_str_radix(hex, 16).expect("hex"));
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8(out).expect("UTF-8")
}

fuzz_target!(|data: &[u8]| {
    let all = common::parts(data);
    let [base, segments @ ..] = all.as_slice() else {
        return;
    };
    if let Ok(endpoint) = Endpoint::parse(base) {
        let uri = endpoint.uri().finish().expect("what was parsed is a URI");
        assert!(endpoint.is_same_origin(&uri));
        assert!(
            !endpoint.authority().as_str().contains('@'),
            "no user and no password"
        );
    }
    let endpoint = Endpoint::parse("https://project.test/base").expect("a URL");
    let mut uri = endpoint.uri();
    for segment in segments {
        uri = uri.segment(segment);
    }
    for segment in segments {
        uri = uri.pair(segment, base);
    }
    if let Ok(uri) = uri.finish() {
        assert!(endpoint.is_same_origin(&uri));
        let read: Vec<String> = uri.path().split('/').skip(2).map(decoded).collect();
        assert_eq!(read, segments);
        assert!(
            !read
                .iter()
                .any(|segment| matches!(segment.as_str(), "" | "." | ".."))
        );
        let query = uri.query().unwrap_or_default();
        let pairs = if query.is_empty() {
            0
        } else {
            query.split('&').count()
        };
        assert_eq!(pairs, segments.len());
    }
    if let Ok(uri) = endpoint.uri().path(base).finish() {
        assert!(endpoint.is_same_origin(&uri) && uri.query().is_none());
        assert_eq!(decoded(uri.path()), format!("/base/{base}"));
    }
});
