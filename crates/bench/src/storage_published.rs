//! The published crate `supabase-storage-rs`: its files are vectors of bytes.

use supabase_storage_rs::models::StorageClient;

use crate::Failure;
use crate::data::KEY;

pub(crate) struct Contender(StorageClient);

impl Contender {
    pub(crate) fn new(url: &str) -> Result<Self, Failure> {
        Ok(Self(StorageClient::new(url.to_owned(), KEY.to_owned())))
    }

    pub(crate) async fn upload(&self, bytes: u64) -> Result<u64, Failure> {
        let data = vec![7; usize::try_from(bytes)?];
        self.0.upload_file("files", data, "a.bin", None).await?;
        Ok(bytes)
    }

    pub(crate) async fn download(&self, mebibytes: u64) -> Result<u64, Failure> {
        let name = format!("{mebibytes}.bin");
        let data = self.0.download_file("files", &name, None).await?;
        Ok(u64::try_from(data.len())?)
    }

    pub(crate) async fn upload_file(&self, path: &str, bytes: u64) -> Result<u64, Failure> {
        let data = tokio::fs::read(path).await?;
        self.0.upload_file("files", data, "a.bin", None).await?;
        Ok(bytes)
    }

    pub(crate) async fn download_file(&self, mebibytes: u64, path: &str) -> Result<(), Failure> {
        let name = format!("{mebibytes}.bin");
        let data = self.0.download_file("files", &name, None).await?;
        tokio::fs::write(path, data).await?;
        Ok(())
    }
}
