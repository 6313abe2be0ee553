//! The published crate `postgrest`.

use postgrest::Postgrest;

use crate::Failure;
use crate::data::{KEY, Planet, Small, checksum, checksum_bytes, checksum_small};

pub(crate) struct Contender(Postgrest);

impl Contender {
    pub(crate) fn new(url: &str) -> Result<Self, Failure> {
        let client = Postgrest::new(format!("{url}/rest/v1"))
            .schema("public")
            .insert_header("apikey", KEY)
            .insert_header("x-client-info", "postgrest/1.6.0");
        Ok(Self(client))
    }

    pub(crate) async fn small(&self, id: u64) -> Result<u64, Failure> {
        let query = self
            .0
            .from("small")
            .select("id,name")
            .eq("id", id.to_string());
        let answer = query.execute().await?.error_for_status()?;
        let rows: Vec<Small> = serde_json::from_slice(&answer.bytes().await?)?;
        Ok(checksum_small(&rows))
    }

    pub(crate) async fn rows(&self) -> Result<u64, Failure> {
        let query = self.0.from("planets").select("*").limit(1000);
        let answer = query.execute().await?.error_for_status()?;
        let rows: Vec<Planet> = serde_json::from_slice(&answer.bytes().await?)?;
        Ok(checksum(&rows))
    }

    pub(crate) async fn insert(&self, rows: &[Planet]) -> Result<u64, Failure> {
        let query = self.0.from("planets").insert(serde_json::to_string(rows)?);
        let answer = query.execute().await?.error_for_status()?;
        answer.bytes().await?;
        Ok(1)
    }

    pub(crate) async fn stream(&self) -> Result<u64, Failure> {
        let query = self.0.from("everything").select("*");
        // Its answer is reqwest's, which can be read in parts.
        let mut answer = query.execute().await?.error_for_status()?;
        let mut sum = 0;
        while let Some(part) = answer.chunk().await? {
            sum += checksum_bytes(&part);
        }
        Ok(sum)
    }
}
