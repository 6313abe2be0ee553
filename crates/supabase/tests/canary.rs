//! No secret is shown: not by any public type, not in an error, not in a trace.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use canary::{CANARY, Log, quiet, quiet_error};
use serde_json::{Value, json};
use supabase::http::testing::{Exchange, MockTransport};
use supabase::http::{AccessToken, BoxError, Proxy, token_fn};
use supabase::{Client, ClientBuilder, Error};

const TOKEN: &str = "eyJcanary.canary.canary";

fn builders() -> Vec<ClientBuilder> {
    let url = "http://project.test";
    let broken_source = token_fn(|| async { Err::<Option<AccessToken>, BoxError>("no".into()) });
    vec![
        Client::builder(url, "sb_publishable_canary"),
        Client::builder(url, "eyJcanary.e30.canary"),
        Client::builder(url, "sb_publishable_canary")
            .token_source(token_fn(|| async { Ok(Some(AccessToken::parse(TOKEN)?)) })),
        Client::builder(url, "sb_publishable_canary").token_source(broken_source),
        Client::service_builder(url, "sb_secret_canary"),
        // Each is wrong in one way.
        Client::builder(url, "sb_secret_canary"),
        Client::builder(url, "canary canary"),
        Client::service_builder(url, "sb_publishable_canary"),
        Client::builder("http://me:canary@project.test", "key"),
        Client::builder("http://project.test?apikey=canary", "key"),
        Client::builder(url, "key").header("x-app", "canary\n"),
        Client::builder(url, "key").header("apikey", CANARY),
    ]
}

#[test]
fn clients_and_builders_keep_them() {
    let mut built = 0;
    for builder in builders() {
        let builder = builder
            .header("x-secret", CANARY)
            .http(|http| http.proxy(Proxy::all("http://proxy.test").basic_auth("me", CANARY)));
        quiet::<ClientBuilder>(&builder);
        match builder.build() {
            Ok(client) => {
                quiet::<Client>(&client);
                quiet::<Client>(&client.as_user(TOKEN));
                quiet::<Client>(&client.as_user("sb_secret_canary"));
                built += 1;
            }
            Err(error) => quiet_error::<Error>(&error),
        }
    }
    assert_eq!(built, 5);
}

#[tokio::test]
async fn errors_and_traces_keep_them() {
    let log = Log::start();
    let exchange = Exchange::new(401)
        .header("set-cookie", CANARY)
        .json(json!({ "message": "no", "details": CANARY, "token": CANARY }));
    let mock = MockTransport::new().respond(move |_| exchange.clone());
    for builder in builders() {
        let Ok(client) = builder
            .header("x-secret", CANARY)
            .transport(mock.clone())
            .build()
        else {
            continue;
        };
        for client in [
            client.as_user(TOKEN),
            client.as_user("sb_secret_canary"),
            client.as_user("canary canary"),
            client,
        ] {
            let rows = client.from("t").select::<Value>("*").eq("a", CANARY).await;
            quiet_error::<Error>(&rows.unwrap_err());
            let call = client
                .functions()
                .invoke("f")
                .query("a", CANARY)
                .text(CANARY);
            quiet_error::<Error>(&call.await.unwrap_err());
        }
    }
    assert!(
        log.judged().contains("supabase.request"),
        "nothing was traced"
    );
}
