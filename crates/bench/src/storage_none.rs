//! No feature, no contender: such a build can only serve.

use crate::Failure;

const WHY: &str = "this build moves no files: turn on one of the features files-bare, files-ours, files-published";

pub(crate) struct Contender;

#[allow(clippy::unused_async, reason = "the same shape as all contenders")]
impl Contender {
    pub(crate) fn new(_: &str) -> Result<Self, Failure> {
        Err(WHY.into())
    }

    pub(crate) async fn upload(&self, _: u64) -> Result<u64, Failure> {
        Err(WHY.into())
    }

    pub(crate) async fn download(&self, _: u64) -> Result<u64, Failure> {
        Err(WHY.into())
    }

    pub(crate) async fn upload_file(&self, _: &str, _: u64) -> Result<u64, Failure> {
        Err(WHY.into())
    }

    pub(crate) async fn download_file(&self, _: u64, _: &str) -> Result<(), Failure> {
        Err(WHY.into())
    }
}
