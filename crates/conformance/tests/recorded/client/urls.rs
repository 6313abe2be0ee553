//! Where a client sends.

use conformance::Call::{Pending, Replay};
use conformance::probe::KEY;
use conformance::{Entry, Seen, d, js, py};
use supabase_http::{BoxFuture, Result};

use crate::support::{only_made, planets, read_invoke_and_ask};

/// Calls every service; what the recorded client returns then are its URLs.
fn everywhere(client: Result<supabase::Client>) -> BoxFuture<'static, Result<Option<Seen>>> {
    Box::pin(async move { read_invoke_and_ask(client).await.map(|_| Some(Seen::default())) })
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
    js("url/localhost", Pending("realtime-rs")),
    js("url/ip", Pending("realtime-rs")),
    js("url/ipv6", Pending("realtime-rs")),
    js("url/supabase-co", Pending("realtime-rs")),
    js("url/custom-domain", Pending("realtime-rs")),
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
