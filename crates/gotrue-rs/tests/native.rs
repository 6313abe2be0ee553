//! Signing in by a browser: a scripted one comes back as real ones do, and as others might.
#![cfg(feature = "native-oauth")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::mpsc;
use std::time::Duration;

use gotrue_rs::{AuthClient, ErrorKind, FlowType, Provider, RedirectError, RedirectUrl, Session};
use serde_json::{Value, json};
use supabase_http::HttpClient;
use supabase_http::testing::MockTransport;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

fn session() -> Value {
    json!({
        "access_token": "a.b.c", "refresh_token": "r", "token_type": "bearer", "expires_in": 3600,
        "expires_at": 4_102_444_800_u64, "user": { "id": "ada" },
    })
}

fn client(mock: &MockTransport) -> AuthClient {
    let http = HttpClient::builder()
        .transport(mock.clone())
        .build()
        .unwrap();
    AuthClient::with_http(http, "https://project.test", "key").unwrap()
}

/// Where a sign-in by this URL comes back to.
fn back(login: &str) -> String {
    let url = RedirectUrl::parse(login);
    url.param("redirect_to").unwrap().to_owned()
}

/// Sends a request as a browser does, and gives the status of the answer.
async fn get(url: &str, method: &str, host: Option<&str>) -> Option<u16> {
    let rest = url.strip_prefix("http://")?;
    let (at, path) = rest.split_once('/')?;
    let mut stream = TcpStream::connect(at).await.ok()?;
    let host = host.unwrap_or(at);
    let request = format!("{method} /{path} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\n\r\n");
    // In two pieces.
    let (front, end) = request.split_at(9);
    stream.write_all(front.as_bytes()).await.ok()?;
    stream.flush().await.ok()?;
    stream.write_all(end.as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    answer.split(' ').nth(1)?.parse().ok()
}

#[tokio::test]
async fn the_code_that_comes_back_is_exchanged() {
    let mock = MockTransport::new().reply(200, session());
    let (tell, told) = mpsc::channel();
    let opened = client(&mock)
        .sign_in_with_browser(Provider::Github)
        .scopes(["repo"])
        .query_param("prompt", "consent")
        .open_with(move |url| {
            let back = back(url);
            tell.send(url.to_owned())?;
            tokio::spawn(async move {
                // A connection that browsers open ahead and never use.
                let spare = back
                    .strip_prefix("http://")
                    .unwrap()
                    .split('/')
                    .next()
                    .unwrap();
                let spare = TcpStream::connect(spare.to_owned()).await;
                let root = back.split("/callback").next().unwrap().to_owned();
                let mut statuses = Vec::new();
                for (url, method, host) in [
                    (format!("{root}/favicon.ico"), "GET", None),
                    // Another tab, of an older sign-in.
                    (
                        format!("{root}/callback?state=other&code=evil"),
                        "GET",
                        None,
                    ),
                    (format!("{root}/callback?code=evil"), "GET", None),
                    (format!("{back}&code=evil"), "POST", None),
                    (format!("{back}&code=evil"), "GET", Some("evil.test")),
                    (back.clone(), "GET", None),
                    (format!("{back}&code=good"), "GET", None),
                ] {
                    statuses.push(get(&url, method, host).await);
                }
                drop(spare);
                assert_eq!(
                    statuses.iter().flatten().copied().collect::<Vec<_>>(),
                    [404, 400, 400, 405, 421, 400, 200]
                );
            });
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(opened, Session::from_json(&session()).unwrap());
    let login = told.recv().unwrap();
    assert!(login.starts_with("https://project.test/auth/v1/authorize?provider=github&"));
    assert!(login.contains("scopes=repo") && login.contains("prompt=consent"));
    assert!(login.contains("code_challenge="));
    let sent = mock.requests();
    let body: Value = serde_json::from_slice(sent[0].body()).unwrap();
    assert_eq!((sent.len(), &body["auth_code"]), (1, &json!("good")));
    mock.assert_done();
}

#[tokio::test]
async fn a_refusal_is_told_and_a_second_tab_changes_nothing() {
    let mock = MockTransport::new();
    let error = client(&mock)
        .sign_in_with_browser(Provider::Github)
        .open_with(|url| {
            let back = back(url);
            tokio::spawn(async move {
                get(
                    &format!("{back}&error=access_denied&error_description=No"),
                    "GET",
                    None,
                )
                .await;
                get(&format!("{back}&code=late"), "GET", None).await;
            });
            Ok(())
        })
        .await
        .unwrap_err();
    assert_eq!(RedirectError::of(&error).unwrap().to_string(), "No");
    mock.assert_done();
}

#[tokio::test]
async fn it_ends_in_time_and_frees_its_port() {
    let mock = MockTransport::new();
    let (tell, told) = mpsc::channel();
    let error = client(&mock)
        .sign_in_with_browser(Provider::Github)
        .timeout(Duration::from_millis(50))
        .open_with(move |url| Ok(tell.send(back(url))?))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Credential, "{error}");
    let back = told.recv().unwrap();
    assert_eq!(get(&format!("{back}&code=late"), "GET", None).await, None);

    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let begin = || client(&mock).sign_in_with_browser(Provider::Github);
    let error = begin().port(port).open_with(|_| Ok(())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Runtime, "{error}");
    let error = begin()
        .open_with(|_| Err("no display".into()))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Runtime, "{error}");
    let implicit = client(&mock).flow_type(FlowType::Implicit);
    let error = implicit
        .sign_in_with_browser(Provider::Github)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Request, "{error}");
    mock.assert_done();
}
