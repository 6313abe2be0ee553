//! hyper-util and serde_json without anything in between: what one would write by hand. With the feature `bare-tls`, over
//! connections that may be TLS and HTTP/2, as a hosted project needs them.

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
#[cfg(not(feature = "bare-tls"))]
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::Failure;
use crate::data::{KEY, Planet, Small, checksum, checksum_bytes, checksum_small};

#[cfg(not(feature = "bare-tls"))]
type Connector = HttpConnector;
#[cfg(feature = "bare-tls")]
type Connector = hyper_rustls::HttpsConnector<hyper_util::client::legacy::connect::HttpConnector>;

pub(crate) struct Contender {
    client: Client<Connector, Full<Bytes>>,
    url: String,
}

impl Contender {
    pub(crate) fn new(url: &str) -> Result<Self, Failure> {
        #[cfg(not(feature = "bare-tls"))]
        let connector = HttpConnector::new();
        #[cfg(feature = "bare-tls")]
        let connector = hyper_rustls::HttpsConnectorBuilder::new()
            .with_webpki_roots()
            .https_or_http()
            .enable_all_versions()
            .build();
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
            url: url.to_owned(),
        })
    }

    async fn get(&self, path: &str) -> Result<Response<Incoming>, Failure> {
        let request = Request::get(format!("{}/rest/v1/{path}", self.url))
            .header("apikey", KEY)
            .header("accept-profile", "public")
            .header("x-client-info", "bare/0.1.0")
            .body(Full::new(Bytes::new()))?;
        let answer = self.client.request(request).await?;
        if answer.status() != StatusCode::OK {
            return Err(format!("status {}", answer.status()).into());
        }
        Ok(answer)
    }

    pub(crate) async fn small(&self, id: u64) -> Result<u64, Failure> {
        let answer = self
            .get(&format!("small?select=id%2Cname&id=eq.{id}"))
            .await?;
        let body = answer.into_body().collect().await?.to_bytes();
        let rows: Vec<Small> = serde_json::from_slice(&body)?;
        Ok(checksum_small(&rows))
    }

    pub(crate) async fn rows(&self) -> Result<u64, Failure> {
        let answer = self.get("planets?select=*&limit=1000").await?;
        let body = answer.into_body().collect().await?.to_bytes();
        let rows: Vec<Planet> = serde_json::from_slice(&body)?;
        Ok(checksum(&rows))
    }

    pub(crate) async fn insert(&self, rows: &[Planet]) -> Result<u64, Failure> {
        let body = serde_json::to_vec(rows)?;
        let request = Request::post(format!("{}/rest/v1/planets", self.url))
            .header("apikey", KEY)
            .header("content-profile", "public")
            .header("x-client-info", "bare/0.1.0")
            .header("content-type", "application/json")
            .header("prefer", "return=minimal")
            .body(Full::new(Bytes::from(body)))?;
        let answer = self.client.request(request).await?;
        if answer.status() != StatusCode::CREATED {
            return Err(format!("status {}", answer.status()).into());
        }
        answer.into_body().collect().await?;
        Ok(1)
    }

    pub(crate) async fn stream(&self) -> Result<u64, Failure> {
        let mut body = self.get("everything?select=*").await?.into_body();
        let mut sum = 0;
        while let Some(frame) = body.frame().await {
            if let Ok(data) = frame?.into_data() {
                sum += checksum_bytes(&data);
            }
        }
        Ok(sum)
    }
}
