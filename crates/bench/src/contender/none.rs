//! No feature, no contender: such a build can only serve.

use crate::Failure;
use crate::data::Planet;

const WHY: &str = "this build has no contender: turn on one of its features";

pub(crate) struct Contender;

#[allow(clippy::unused_async, reason = "the same shape as all contenders")]
impl Contender {
    pub(crate) fn new(_: &str) -> Result<Self, Failure> {
        Err(WHY.into())
    }

    pub(crate) async fn small(&self, _: u64) -> Result<u64, Failure> {
        Err(WHY.into())
    }

    pub(crate) async fn rows(&self) -> Result<u64, Failure> {
        Err(WHY.into())
    }

    pub(crate) async fn insert(&self, _: &[Planet]) -> Result<u64, Failure> {
        Err(WHY.into())
    }

    pub(crate) async fn stream(&self) -> Result<u64, Failure> {
        Err(WHY.into())
    }
}
