//! A bound on how many uploads run at once.

use std::fmt;
use std::sync::Arc;

use supabase_http::{Error, Result};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many uploads run at once. Clones share the slots; an upload that has none yet waits, and has read nothing.
///
/// ```no_run
/// # async fn demo(files: storage_rs::FileClient) -> Result<(), Box<dyn std::error::Error>> {
/// use storage_rs::{UploadBody, UploadSlots};
///
/// let slots = UploadSlots::new(3);
/// let mut uploads = tokio::task::JoinSet::new();
/// for name in ["a.iso", "b.iso", "c.iso", "d.iso"] {
///     let body = UploadBody::path(format!("/data/{name}"));
///     uploads.spawn(files.upload(name, body).resumable().slots(&slots).into_future());
/// }
/// while let Some(uploaded) = uploads.join_next().await {
///     println!("{}", uploaded??.path);
/// }
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct UploadSlots(Arc<Semaphore>);

impl UploadSlots {
    /// So many slots, at least one.
    #[must_use]
    pub fn new(count: usize) -> Self {
        Self(Arc::new(Semaphore::new(
            count.clamp(1, Semaphore::MAX_PERMITS),
        )))
    }

    pub(crate) async fn enter(&self) -> Result<OwnedSemaphorePermit> {
        let slot = Arc::clone(&self.0).acquire_owned().await;
        slot.map_err(|cause| Error::runtime_caused_by("no slot for an upload", cause))
    }
}

impl fmt::Debug for UploadSlots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UploadSlots({} free)", self.0.available_permits())
    }
}
