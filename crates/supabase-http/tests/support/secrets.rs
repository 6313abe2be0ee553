//! Secrets wherever one can be.

use canary::{CANARY, quiet_error};
use http::{Method, Request};
use supabase_http::{
    AccessToken, ApiKey, Body, CallOptions, Credentials, Endpoint, HttpClient, ServiceClient,
    token_fn,
};

use super::INFO;

pub fn key() -> ApiKey {
    ApiKey::parse("sb_secret_canary").unwrap()
}

pub fn token() -> AccessToken {
    AccessToken::parse("eyJcanary.canary.canary").unwrap()
}

pub fn all_credentials() -> Vec<Credentials> {
    let legacy = ApiKey::parse("eyJcanary.e30.canary").unwrap();
    vec![
        Credentials::new(key()),
        Credentials::new(legacy),
        Credentials::new(key()).with_token(token()),
        Credentials::new(key()).with_source(token_fn(|| async { Ok(Some(token())) })),
    ]
}

/// A request with secrets wherever one can be.
pub fn secret_request(base: &Endpoint) -> Request<Body> {
    Request::post(
        base.uri()
            .segment("t")
            .pair("token", CANARY)
            .finish()
            .unwrap(),
    )
    .header("x-api-key", CANARY)
    .header("cookie", CANARY)
    .header("content-type", "application/json")
    .body(Body::from(r#"{"password":"canary"}"#))
    .unwrap()
}

/// Calls with every kind of credentials; what fails must be quiet about them.
pub async fn calls(http: &HttpClient, url: &str) {
    let endpoint = Endpoint::parse(url).unwrap();
    for credentials in all_credentials() {
        let client =
            ServiceClient::new(&INFO, http.clone(), endpoint.clone(), credentials).unwrap();
        for method in [Method::GET, Method::POST] {
            let mut request = secret_request(&endpoint);
            *request.method_mut() = method;
            let call = client.execute(Ok(request), CallOptions::new("op"), super::json);
            if let Err(error) = call.await {
                quiet_error(&error);
            }
        }
    }
}
