//! Where a client sends.

use conformance::Call::{Pending, Replay};
use conformance::probe::KEY;
use conformance::{Entry, d, js, py};

use crate::support::{only_made, planets, read_and_invoke};

pub(crate) const CASES: &[Entry] = &[
    js("url/trailing-slash", Replay(|s| read_and_invoke(s.project().build()))),
    js("url/path", Replay(|s| read_and_invoke(s.project().build()))),
    js("url/path-slash", Replay(|s| read_and_invoke(s.project().build()))),
    js("url/port", Replay(|s| read_and_invoke(s.project().build()))),
    js("url/surrounding-space", Replay(|s| read_and_invoke(s.project().build()))),
    js("url/uppercase-scheme", Replay(|s| read_and_invoke(s.project().build()))),
    js("url/query", Replay(|s| read_and_invoke(s.project().build()))).ours_by_design(
        "url-of-a-project",
        "the query would be dropped in silence",
        &[d("request", "GET /rest/v1/t?select=*", "refused")],
    ),
    js("url/localhost", Pending("gotrue-rs")),
    js("url/ip", Pending("gotrue-rs")),
    js("url/ipv6", Pending("gotrue-rs")),
    js("url/supabase-co", Pending("gotrue-rs")),
    js("url/custom-domain", Pending("gotrue-rs")),
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
