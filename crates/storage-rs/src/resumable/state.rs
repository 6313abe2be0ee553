//! What is to be kept of an upload, so that it can be gone on with by another process.

use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use supabase_http::{Error, Result};
use tokio::fs;

use crate::ObjectPath;

/// An upload that was begun: all that is needed to go on with it, in this process or in another one. It is plain data
/// for [`serde`], and holds no key and no token.
///
/// Made by [`ResumableUpload::begin`](crate::ResumableUpload::begin), used by
/// [`FileClient::resume_upload`](crate::FileClient::resume_upload),
/// [`upload_offset`](crate::FileClient::upload_offset) and [`cancel_upload`](crate::FileClient::cancel_upload).
///
/// ```no_run
/// # async fn demo(files: storage_rs::FileClient) -> Result<(), Box<dyn std::error::Error>> {
/// use storage_rs::{UploadBody, UploadState};
///
/// let begun = files.upload("big.iso", UploadBody::path("/data/big.iso")).resumable().begin().await?;
/// let kept = serde_json::to_string(begun.state())?;
/// drop(begun);
///
/// let state: UploadState = serde_json::from_str(&kept)?;
/// println!("{} of {:?} bytes, until {:?}", state.path(), state.length(), state.expires());
/// assert_eq!((state.bucket(), state.is_signed()), ("files", false));
/// files.resume_upload(state, UploadBody::path("/data/big.iso")).await?;
/// # Ok(()) }
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadState {
    pub(crate) bucket: String,
    pub(crate) path: String,
    /// The last segment of the upload's URL.
    pub(crate) id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) length: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) fingerprint: Option<String>,
    #[serde(default)]
    pub(crate) upsert: bool,
    #[serde(default)]
    pub(crate) signed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expires: Option<String>,
}

impl UploadState {
    /// The bucket.
    #[must_use]
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// The path in the bucket.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The size in bytes, if it was known when the upload began.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// Until when the service keeps what has come, in its own words, if it said so. The hosted one keeps it for a day.
    #[must_use]
    pub fn expires(&self) -> Option<&str> {
        self.expires.as_deref()
    }

    /// Whether it goes by a signed upload URL, whose token
    /// [`ResumableUpload::token`](crate::ResumableUpload::token) is given to go on.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        self.signed
    }

    pub(crate) fn object(&self) -> ObjectPath {
        ObjectPath::exact(&self.path)
    }

    /// Checks that it can be the state of an upload of the files of `bucket`.
    pub(crate) fn check(&self, bucket: &str) -> Result<()> {
        if self.bucket != bucket {
            return Err(Error::request(format!(
                "this upload is of the bucket {:?}, not of {bucket:?}",
                self.bucket
            )));
        }
        if !is_id(&self.id) {
            return Err(Error::request("this state holds no upload's id"));
        }
        self.object().check()
    }
}

/// Whether a text can be the last segment of an upload's URL.
pub(crate) fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'='))
}

impl fmt::Debug for UploadState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without names, which may be personal.
        f.debug_struct("UploadState")
            .field("length", &self.length)
            .field("signed", &self.signed)
            .finish_non_exhaustive()
    }
}

/// A file that holds the state of an upload under way.
pub(crate) struct StateFile(pub(crate) PathBuf);

impl StateFile {
    pub(crate) async fn load(&self) -> Result<Option<UploadState>> {
        let text = match fs::read(&self.0).await {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(failed(&self.0, cause)),
        };
        // Anything else may be dear to somebody.
        serde_json::from_slice(&text).map(Some).map_err(|_| {
            Error::request(format!(
                "{:?} does not hold the state of an upload; name another file for it, or remove this one",
                self.0
            ))
        })
    }

    /// Written beside it, then renamed, so that it is never half there.
    pub(crate) async fn save(&self, state: &UploadState) -> Result<()> {
        let json = serde_json::to_vec(state)
            .map_err(|cause| Error::runtime_caused_by("the state cannot be written", cause))?;
        let mut beside = self.0.clone().into_os_string();
        beside.push(".new");
        let beside = PathBuf::from(beside);
        fs::write(&beside, json)
            .await
            .map_err(|cause| failed(&beside, cause))?;
        let moved = fs::rename(&beside, &self.0).await;
        moved.map_err(|cause| failed(&self.0, cause))
    }

    pub(crate) async fn remove(&self) -> Result<()> {
        match fs::remove_file(&self.0).await {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(failed(&self.0, error)),
            _ => Ok(()),
        }
    }
}

fn failed(path: &Path, cause: std::io::Error) -> Error {
    Error::runtime_caused_by(
        format!("the state of the upload in {path:?} cannot be kept"),
        cause,
    )
}
