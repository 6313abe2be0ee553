//! Where a client sends.

use conformance::Call::Replay;
use conformance::probe::KEY;
use conformance::replay::Stage;
use conformance::{Entry, Seen, d, js, py};
use supabase_http::{BoxFuture, Error, Result};

use crate::support::{only_made, planets, read_invoke_and_ask};

/// Calls every service; what the recorded client returns then are its URLs.
fn everywhere(client: Result<supabase::Client>) -> BoxFuture<'static, Result<Option<Seen>>> {
    Box::pin(async move { read_invoke_and_ask(client).await.map(|_| Some(Seen::default())) })
}

/// Where the websocket is, which the recorded client tells with its key in the query. The name of its session's place in a
/// store says nothing here: ours has one text.
fn socket(stage: Stage) -> BoxFuture<'static, Result<Option<Seen>>> {
    Box::pin(async move {
        let client = stage.project().build()?;
        let ours = client.realtime().websocket_uri()?.to_string().replacen("http", "ws", 1);
        let theirs = stage.case().result["realtime"].as_str().unwrap_or_default();
        let place = |address: &str| address.split('?').next().map(str::to_owned);
        if place(&ours) == place(theirs) {
            return Ok(Some(Seen::default()));
        }
        Err(Error::request(format!("the websocket is at {ours} instead of {theirs}")))
    })
}

pub(crate) const CASES: &[Entry] = &[
    js("url/trailing-slash", Replay(|s| everywhere(s.project().build()))),
    js("url/path", Replay(|s| everywhere(s.project().build()))),
    js("url/path-slash", Replay(|s| everywhere(s.project().build()))),
    js("url/port", Replay(|s| everywhere(s.project().build()))),
    js("url/surrounding-space", Replay(|s| everywhere(s.project().build()))),
    js("url/uppercase-scheme", Replay(|s| everywhere(s.project().build()))),
    js("url/query", Replay(|s| everywhere(s.project().build()))).ours_by_design(
        "url-of-a-project",
        "the query would be dropped in silence",
        &[d("request", "GET /rest/v1/t?select=*", "refused")],
    ),
    js("url/localhost", Replay(socket)),
    js("url/ip", Replay(socket)),
    js("url/ipv6", Replay(socket)),
    js("url/supabase-co", Replay(socket)),
    js("url/custom-domain", Replay(socket)),
    js("url/invalid-blank", Replay(|s| only_made(s.project_at("   ", KEY).build()))),
    js("url/invalid-no-scheme", Replay(|s| only_made(s.project_at("project.test", KEY).build()))),
    js("url/invalid-ftp", Replay(|s| only_made(s.project_at("ftp://project.test", KEY).build()))),
    js("url/invalid-malformed", Replay(|s| only_made(s.project_at("https://", KEY).build()))),
    js(
        "url/invalid-malformed-host",
        Replay(|s| only_made(s.project_at("https://a b", KEY).build())),
    ),
    py(
        "initializing/url-trailing-slash",
        Replay(|s| planets(s.project_at("https://project.test/", KEY).build())),
    ),
    py("initializing/error-url-missing", Replay(|s| only_made(s.project_at("", KEY).build()))),
    py(
        "initializing/error-url-invalid",
        Replay(|s| only_made(s.project_at("project.test", KEY).build())),
    ),
];
