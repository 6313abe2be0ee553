//! Broadcasts over HTTP.

use conformance::Call::Replay;
use conformance::{Diff, Entry, Seen, d, js, py};
use realtime_rs::Outgoing;
use serde_json::{Value, json};
use supabase::Client;
use supabase_http::{Call, Result};

use crate::support::Watched;

pub(crate) const WHY: &str =
    "a URL is logged in many places; the key is in a header, and the version is the websocket's";

const WITHOUT_KEY: &[Diff] =
    &[d("query apikey", "anon-key", "absent"), d("query vsn", "2.0.0", "absent")];

const fn keyless(name: &'static str, call: conformance::Call) -> Entry {
    js(name, call).ours_by_design("keys-stay-out-of-urls", WHY, WITHOUT_KEY)
}

pub(crate) const CASES: &[Entry] = &[
    keyless(
        "http/private",
        Replay(|s| {
            sent(s.project().build(), |c| {
                Ok(c.channel("room").private().build()?.send_http("cursor", &json!({ "x": 1 })))
            })
        }),
    ),
    keyless(
        "http/special-topic-event",
        Replay(|s| {
            sent(s.project().build(), |c| {
                Ok(c.channel("räum:1/ä b?").build()?.send_http("e/v ent?#", &json!({ "x": 1 })))
            })
        }),
    ),
    keyless(
        "http/array-buffer",
        Replay(|s| {
            sent(s.project().build(), |c| {
                Ok(c.channel("room").build()?.send_binary_http("bin", vec![1, 2, 255]))
            })
        }),
    ),
    keyless(
        "http/scalar",
        Replay(|s| {
            sent(s.project().build(), |c| Ok(c.channel("room").build()?.send_http("n", &json!(5))))
        }),
    ),
    keyless(
        "http/false",
        Replay(|s| {
            sent(s.project().build(), |c| {
                Ok(c.channel("room").build()?.send_http("n", &json!(false)))
            })
        }),
    ),
    keyless(
        "http/signed-in",
        Replay(|s| {
            sent(s.project().build().map(|c| c.as_user("user-access-token")), |c| {
                Ok(c.channel("room").build()?.send_http("n", &json!({})))
            })
        }),
    ),
    keyless(
        "http/before-token-known",
        Replay(|s| {
            sent(s.project().build().map(|c| c.as_user("user-access-token")), |c| {
                Ok(c.channel("room").build()?.send_http("n", &json!({})))
            })
        }),
    ),
    js(
        "http/persist-ttl",
        Replay(|s| {
            sent(s.project().build(), |c| {
                Ok(c.channel("room").private().build()?.send_http("n", &json!({})))
            })
        }),
    )
    .ours_by_design(
        "keys-stay-out-of-urls",
        WHY,
        &[
            d("query apikey", "anon-key", "absent"),
            d("query vsn", "2.0.0", "absent"),
            d("query persist[ttl]", "60", "absent"),
        ],
    ),
    js(
        "http/extra-params",
        Replay(|s| {
            sent(s.project().build(), |c| Ok(c.channel("room").build()?.send_http("n", &json!({}))))
        }),
    )
    .ours_by_design(
        "keys-stay-out-of-urls",
        WHY,
        &[
            d("query apikey", "anon-key", "absent"),
            d("query vsn", "2.0.0", "absent"),
            d("query eventsPerSecond", "5", "absent"),
        ],
    ),
    js("http/error-400", Replay(|s| {
            sent(s.project().build(), |c| Ok(c.channel("room").build()?.send_http("n", &json!({}))))
        })).ours_by_design("keys-stay-out-of-urls", WHY, &[d("query apikey", "anon-key", "absent"), d("query vsn", "2.0.0", "absent"), d("error code", "", "bad topic")]),
    keyless(
        "http/error-401",
        Replay(|s| {
            sent(s.project().build(), |c| Ok(c.channel("room").build()?.send_http("n", &json!({}))))
        }),
    ),
    js("http/error-404", Replay(|s| {
            sent(s.project().build(), |c| Ok(c.channel("room").build()?.send_http("n", &json!({}))))
        })).ours_by_design("keys-stay-out-of-urls", WHY, &[d("query apikey", "anon-key", "absent"), d("query vsn", "2.0.0", "absent"), d("error message", "httpSend() requires Realtime server v2.97.0 or newer; the endpoint returned 404. Update your Supabase CLI to a recent version, or upgrade the Realtime server in your self-hosted setup. See https://github.com/supabase/supabase-js/blob/master/packages/core/realtime-js/migrations/httpsend-server-version.md", "Not Found")]),
    keyless(
        "http/error-429",
        Replay(|s| {
            sent(s.project().build(), |c| Ok(c.channel("room").build()?.send_http("n", &json!({}))))
        }),
    ),
    keyless(
        "http/error-network",
        Replay(|s| {
            sent(s.project().build(), |c| Ok(c.channel("room").build()?.send_http("n", &json!({}))))
        }),
    ),
    keyless(
        "http/error-timeout",
        Replay(|s| {
            sent(s.project().build(), |c| Ok(c.channel("room").build()?.send_http("n", &json!({}))))
        }),
    ),
    keyless(
        "http/send-fallback",
        Replay(|s| {
            sent(s.project().build(), |c| {
                Ok(c.realtime().broadcast([Outgoing::new("room", "cursor", &json!({ "x": 1 }))]))
            })
        }),
    ),
    keyless(
        "http/send-fallback-private",
        Replay(|s| {
            sent(s.project().build(), |c| {
                Ok(c.realtime()
                    .broadcast([Outgoing::new("room", "cursor", &json!({ "x": 1 })).private()]))
            })
        }),
    ),
    js("http/send-fallback-no-payload", Replay(|s| {
            sent(s.project().build(), |c| {
                Ok(c.realtime().broadcast([Outgoing::new("room", "cursor", &json!({}))]))
            })
        })).ours_by_design("keys-stay-out-of-urls", WHY, &[d("query apikey", "anon-key", "absent"), d("query vsn", "2.0.0", "absent"), d("body", r#"{"messages":[{"event":"cursor","private":false,"topic":"room"}]}"#, r#"{"messages":[{"topic":"room","event":"cursor","payload":{},"private":false}]}"#)]),
    keyless(
        "http/send-fallback-error",
        Replay(|s| {
            sent(s.project().build(), |c| {
                Ok(c.realtime().broadcast([Outgoing::new("room", "cursor", &json!({}))]))
            })
        }),
    ),
    keyless(
        "http/send-fallback-network",
        Replay(|s| {
            sent(s.project().build(), |c| {
                Ok(c.realtime().broadcast([Outgoing::new("room", "cursor", &json!({}))]))
            })
        }),
    ),
    keyless(
        "http/send-fallback-timeout",
        Replay(|s| {
            sent(s.project().build(), |c| {
                Ok(c.realtime().broadcast([Outgoing::new("room", "cursor", &json!({}))]))
            })
        }),
    ),
    keyless(
        "logger/fallback-warning",
        Replay(|s| {
            sent(s.project().build(), |c| {
                Ok(c.realtime().broadcast([Outgoing::new("room", "e", &json!({}))]))
            })
        }),
    ),
    py(
        "broadcast-message/http",
        Replay(|s| {
            Box::pin(async move {
                let channel = s.project().build()?.channel("room 1/a").build()?;
                channel.send_http("my event", &json!({ "n": 1 })).await?;
                channel.send_binary_http("raw", vec![0, 255]).await?;
                Ok(Some(Seen::default()))
            })
        }),
    ),
    py(
        "broadcast-message/http-private",
        Replay(|s| {
            sent(s.project().build(), |c| {
                Ok(c.channel("room1").private().build()?.send_http("e", &json!({ "n": 1 })))
            })
        }),
    ),
    py(
        "broadcast-message/http-error",
        Replay(|s| {
            sent(s.project().build(), |c| {
                Ok(c.channel("room1").build()?.send_http("e", &json!({ "n": 1 })))
            })
        }),
    ),
];

fn sent(client: Result<Client>, call: fn(&Client) -> Result<Call<()>>) -> Watched {
    Box::pin(async move {
        call(&client?)?.await?;
        Ok(Some(Seen::default()))
    })
}

/// A broadcast on the room.
pub(crate) async fn broadcast(
    client: &Client,
    event: &str,
    payload: Value,
) -> Result<Option<Seen>> {
    client.channel("room").build()?.send_http(event, &payload).await?;
    Ok(Some(Seen::default()))
}
