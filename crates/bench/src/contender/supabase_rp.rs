//! The published crate `supabase-rp`, with its defaults.

use supabase_rp::Client;

use crate::Failure;
use crate::data::{KEY, Planet, Small, checksum, checksum_bytes, checksum_small};

pub(crate) struct Contender(Client);

impl Contender {
    pub(crate) fn new(url: &str) -> Result<Self, Failure> {
        Ok(Self(Client::new(url, KEY)?))
    }

    pub(crate) async fn small(&self, id: u64) -> Result<u64, Failure> {
        let query = self
            .0
            .from("small")
            .select("id,name")
            .eq("id", id.to_string());
        let rows: Vec<Small> = query.fetch().await?;
        Ok(checksum_small(&rows))
    }

    pub(crate) async fn rows(&self) -> Result<u64, Failure> {
        let query = self.0.from("planets").select("*").limit(1000);
        let rows: Vec<Planet> = query.fetch().await?;
        Ok(checksum(&rows))
    }

    pub(crate) async fn insert(&self, rows: &[Planet]) -> Result<u64, Failure> {
        let query = self.0.from("planets").insert_json(rows);
        let answer = query.execute_checked().await?;
        answer.bytes().await?;
        Ok(1)
    }

    pub(crate) async fn stream(&self) -> Result<u64, Failure> {
        let query = self.0.from("everything").select("*");
        // Its answer is reqwest's, which can be read in parts.
        let mut answer = query.execute_checked().await?;
        let mut sum = 0;
        while let Some(part) = answer.chunk().await? {
            sum += checksum_bytes(&part);
        }
        Ok(sum)
    }
}
