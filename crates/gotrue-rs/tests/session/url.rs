//! Users who come back by a URL: what is taken, what is refused before anything is sent, and what is kept.

use gotrue_rs::{
    AuthClient, ErrorKind, FlowType, MemoryStorage, PkceFlow, Provider, RedirectError, Session,
};
use serde_json::json;
use supabase_http::testing::MockTransport;
use supabase_http::{Clock as _, HttpClient, SystemClock};

const TOKENS: &str = "https://app.test/in#access_token=a.b.c&refresh_token=r&expires_in=3600&token_type=bearer&type=magiclink";

fn client(mock: &MockTransport, flow_type: FlowType) -> AuthClient {
    let http = HttpClient::builder()
        .transport(mock.clone())
        .build()
        .unwrap();
    AuthClient::with_http(http, "https://project.test", "key")
        .unwrap()
        .flow_type(flow_type)
}

fn session() -> Session {
    Session::from_json(&json!({
        "access_token": "x.y.z", "refresh_token": "kept", "expires_in": 3600,
        "expires_at": 4_102_444_800_u64, "user": { "id": "ada" },
    }))
    .unwrap()
}

async fn kept(mock: &MockTransport, flow_type: FlowType) -> AuthClient {
    let storage = MemoryStorage::with_text(session().to_json().to_string());
    client(mock, flow_type).with_session(storage).await.unwrap()
}

#[tokio::test]
async fn what_is_not_ours_is_refused_before_anything_is_sent() {
    for (flow_type, url, says) in [
        // Somebody made a link of tokens of their own.
        (FlowType::Pkce, TOKENS, "brings tokens"),
        (
            FlowType::Implicit,
            "https://app.test/in?code=abc",
            "brings a code",
        ),
        (
            FlowType::Implicit,
            "/in#access_token=ya29&expires_in=3599&token_type=Bearer",
            "no `refresh_token`",
        ),
        (
            FlowType::Implicit,
            "/in#access_token=&refresh_token=r",
            "no `access_token`",
        ),
        (
            FlowType::Implicit,
            "/in#access_token=a&refresh_token=r&expires_in=3599&token_type=mac",
            "another type",
        ),
        (
            FlowType::Implicit,
            "/in#access_token=a&refresh_token=r&expires_in=soon&token_type=bearer",
            "`expires_in` is no number",
        ),
        (FlowType::Pkce, "/in?code=abc", "needs the flow"),
        (
            FlowType::Pkce,
            "/in?code=abc&sb_flow_id=0123456789abcdef",
            "needs the flow",
        ),
    ] {
        let mock = MockTransport::new();
        let auth = kept(&mock, flow_type).await;
        let error = auth.session_from_url(url).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Request, "{url}: {error}");
        assert!(error.message().contains(says), "{url}: {error}");
        assert_eq!(auth.get_session().await.unwrap(), Some(session()));
        mock.assert_done();
    }
}

#[tokio::test]
async fn a_code_takes_the_flow_that_its_url_names_and_no_other() {
    let mock = MockTransport::new();
    let auth = kept(&mock, FlowType::Pkce).await.flow_ids_in_redirects();
    let begin = || {
        auth.sign_in_with_oauth(Provider::Github)
            .redirect_to("https://app.test/in")
    };
    let (first, second) = (begin().await.unwrap(), begin().await.unwrap());
    let first = first.flow.unwrap();
    assert!(second.url.contains(second.flow.unwrap().id()));

    let error = auth
        .session_from_url("/in?code=abc&sb_flow_id=0123456789abcdef")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Request);

    let mock = mock.reply(200, session().to_json());
    let url = format!("/in?code=abc&sb_flow_id={}", first.id());
    assert!(auth.session_from_url(url).await.unwrap().is_some());
    let sent = mock.requests().pop().unwrap();
    let body: serde_json::Value = serde_json::from_slice(sent.body()).unwrap();
    assert_eq!(body["code_verifier"], first.expose_verifier());
    mock.assert_done();
}

#[tokio::test]
async fn a_client_without_a_session_is_given_the_flow_and_adopts_nobody() {
    let mock = MockTransport::new().reply(200, session().to_json());
    let auth = client(&mock, FlowType::Pkce);
    let flow = PkceFlow::new().unwrap();
    let found = auth.session_from_url("/in?code=abc").flow(&flow).await;
    assert_eq!(found.unwrap(), Some(session()));
    assert!(auth.get_user().await.is_err());
    mock.assert_done();
}

#[tokio::test]
async fn errors_are_told_and_nothing_else_is_looked_at() {
    let mock = MockTransport::new();
    let auth = kept(&mock, FlowType::Pkce).await;
    let url =
        "/in?code=abc&error=access_denied&error_code=otp_expired&error_description=Link+is+invalid";
    let error = auth.session_from_url(url).await.unwrap_err();
    let told = RedirectError::of(&error).unwrap();
    assert_eq!(
        (told.error.as_str(), told.to_string().as_str()),
        ("access_denied", "Link is invalid")
    );
    assert_eq!(
        told.code.as_ref().map(|code| code.as_str()),
        Some("otp_expired")
    );
    for url in [
        "/in",
        "https://app.test/?q=1#top",
        "/in#message=Confirm&sb=",
    ] {
        assert_eq!(auth.session_from_url(url).await.unwrap(), None);
    }
    let skipped = auth
        .session_from_url(url)
        .only_if(|url| url.path() != "/in")
        .await;
    assert_eq!(skipped.unwrap(), None);
    mock.assert_done();
}

#[tokio::test]
async fn tokens_are_checked_with_the_server_and_old_links_are_not_young() {
    let mock = MockTransport::new().reply(200, json!({ "id": "ada" }));
    let storage = MemoryStorage::new();
    let auth = client(&mock, FlowType::Implicit)
        .with_session(storage)
        .await
        .unwrap();
    let in_ten_minutes = SystemClock
        .now()
        .duration_since(std::time::SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_secs()
        + 600;
    let url = format!("{TOKENS}&expires_at={in_ten_minutes}");
    let found = auth.session_from_url(url).await.unwrap().unwrap();
    assert!(
        (590..=600).contains(&found.expires_in),
        "{}",
        found.expires_in
    );
    let sent = mock.requests().pop().unwrap();
    assert_eq!(sent.headers()["authorization"], "Bearer a.b.c");
    assert_eq!(auth.get_session().await.unwrap(), Some(found));

    let mock = MockTransport::new().reply(403, json!({ "code": "bad_jwt", "message": "invalid" }));
    let auth = kept(&mock, FlowType::Implicit).await;
    assert_eq!(
        auth.session_from_url(TOKENS).await.unwrap_err().code(),
        Some("bad_jwt")
    );
    assert_eq!(auth.get_session().await.unwrap(), Some(session()));
}
