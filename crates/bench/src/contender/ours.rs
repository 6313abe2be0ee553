//! `postgrest-rs` of this repository, with its defaults.

use postgrest_rs::PostgrestClient;
use supabase_http::CallOptions;

use crate::Failure;
use crate::data::{KEY, Planet, Small, checksum, checksum_bytes, checksum_small};

pub(crate) struct Contender(PostgrestClient);

impl Contender {
    pub(crate) fn new(url: &str) -> Result<Self, Failure> {
        Ok(Self(PostgrestClient::new(url, KEY)?))
    }

    pub(crate) async fn small(&self, id: u64) -> Result<u64, Failure> {
        let id = i64::try_from(id)?;
        let rows: Vec<Small> = self.0.from("small").select("id,name").eq("id", id).await?;
        Ok(checksum_small(&rows))
    }

    pub(crate) async fn rows(&self) -> Result<u64, Failure> {
        let rows: Vec<Planet> = self.0.from("planets").select("*").limit(1000).await?;
        Ok(checksum(&rows))
    }

    pub(crate) async fn insert(&self, rows: &[Planet]) -> Result<u64, Failure> {
        self.0.from("planets").insert(rows).await?;
        Ok(1)
    }

    pub(crate) async fn stream(&self) -> Result<u64, Failure> {
        let everything = self.0.from("everything").select::<Planet>("*");
        let request = everything.into_request()?;
        let answer = self
            .0
            .service()
            .open(request, CallOptions::new("select"))
            .await?;
        let mut body = answer.into_body().into_stream();
        let mut sum = 0;
        while let Some(part) = body.next().await {
            sum += checksum_bytes(&part?);
        }
        Ok(sum)
    }
}
