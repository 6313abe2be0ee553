//! `storage-rs` of this repository, with its defaults.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use storage_rs::{FileClient, StorageClient, UploadBody};

use super::PIECE;
use crate::Failure;
use crate::data::KEY;

pub(crate) struct Contender(FileClient);

impl Contender {
    pub(crate) fn new(url: &str) -> Result<Self, Failure> {
        Ok(Self(StorageClient::new(url, KEY)?.from("files")))
    }

    pub(crate) async fn upload(&self, bytes: u64) -> Result<u64, Failure> {
        let pieces = Pieces {
            piece: Bytes::from(vec![7; PIECE]),
            left: bytes,
        };
        let body = UploadBody::stream(pieces).length(bytes);
        self.0.upload("a.bin", body).await?;
        Ok(bytes)
    }

    pub(crate) async fn download(&self, mebibytes: u64) -> Result<u64, Failure> {
        let mut stream = self.0.download(name(mebibytes)).stream().await?;
        let mut bytes = 0;
        while let Some(piece) = stream.try_next().await? {
            bytes += u64::try_from(piece.len())?;
        }
        Ok(bytes)
    }

    pub(crate) async fn upload_file(&self, path: &str, bytes: u64) -> Result<u64, Failure> {
        self.0.upload("a.bin", UploadBody::path(path)).await?;
        Ok(bytes)
    }

    pub(crate) async fn download_file(&self, mebibytes: u64, path: &str) -> Result<(), Failure> {
        self.0.download(name(mebibytes)).to_file(path).await?;
        Ok(())
    }
}

fn name(mebibytes: u64) -> String {
    format!("{mebibytes}.bin")
}

/// The same piece again and again.
struct Pieces {
    piece: Bytes,
    left: u64,
}

impl Stream for Pieces {
    type Item = Result<Bytes, std::io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let size = u64::try_from(self.piece.len()).unwrap_or(u64::MAX);
        if self.left < size {
            return Poll::Ready(None);
        }
        self.left -= size;
        Poll::Ready(Some(Ok(self.piece.clone())))
    }
}
