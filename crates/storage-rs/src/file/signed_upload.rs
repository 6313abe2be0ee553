//! Signed upload URLs: whoever has one can upload the one file.

use std::fmt;

use bytes::Bytes;
use http::{HeaderValue, Method};
use serde::{Deserialize, Serialize};
use supabase_http::{Error, Idempotency};

use super::FileClient;
use super::manage::Nothing;
use super::signed::is_token_byte;
use super::transfer::{metadata_header, metadata_json};
use crate::ObjectPath;
use crate::call::{self, Prepared, Setup, operation, with_json};

/// What whoever is to upload one file needs. It holds a token: `Debug` does not show it.
///
/// ```no_run
/// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
/// let signed = files.create_signed_upload_url("tom.png").await?;
/// println!("PUT {}", signed.as_str());
/// files.upload_to_signed_url(signed.path(), signed.token(), vec![1, 2, 3]).await?;
/// # Ok(()) }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SignedUploadUrl {
    url: String,
    path: ObjectPath,
    token: String,
}

impl SignedUploadUrl {
    /// The URL, to which the file's content is sent by PUT.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.url
    }

    /// The path of the file in its bucket.
    #[must_use]
    pub fn path(&self) -> ObjectPath {
        self.path.clone()
    }

    /// The token alone, for [`upload_to_signed_url`](FileClient::upload_to_signed_url).
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }
}

impl fmt::Debug for SignedUploadUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedUploadUrl")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// Signs an upload URL; see [`FileClient::create_signed_upload_url`]. Nothing changes by it, so it is tried again like a
/// read.
///
/// ```no_run
/// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
/// let meta = serde_json::json!({ "by": "a guest" });
/// let signed = files.create_signed_upload_url("tom.png").upsert().metadata(&meta).await?;
/// # Ok(()) }
/// ```
#[must_use = "nothing is sent until the call is awaited"]
pub struct CreateSignedUploadUrl {
    setup: Setup,
    files: FileClient,
    path: ObjectPath,
}
operation!(CreateSignedUploadUrl => SignedUploadUrl);

#[derive(Deserialize)]
struct Signed {
    url: Option<String>,
}

impl CreateSignedUploadUrl {
    pub(super) fn new(files: &FileClient, path: ObjectPath) -> Self {
        let template = "/storage/v1/object/upload/sign/{bucket}/{path}";
        Self {
            setup: Setup::new(&files.service, "create signed upload url", template)
                .options(|options| options.idempotency(Idempotency::Safe)),
            files: files.clone(),
            path,
        }
    }

    /// Allows to replace a file of that name.
    pub fn upsert(mut self) -> Self {
        self.setup
            .header("x-upsert", HeaderValue::from_static("true"));
        self
    }

    /// What will be attached to the file, a JSON object.
    pub fn metadata(mut self, metadata: &(impl Serialize + ?Sized)) -> Self {
        if let Some(json) = self.setup.keep(metadata_json(metadata)) {
            self.setup.header("x-metadata", metadata_header(&json));
        }
        self
    }

    fn prepare(self) -> Prepared<SignedUploadUrl> {
        let Self { setup, files, path } = self;
        let asked = files.clone();
        let signed = path.clone();
        setup.finish(
            |_| {
                let uri = files.object_uri("object/upload/sign", &path)?.finish();
                with_json(Method::POST, uri, &Nothing {})
            },
            move |parts, body| {
                let answer: Signed = call::read_json(parts, body)?;
                let no_token = || Error::unexpected(parts, Bytes::new(), "it holds no token");
                let url = answer.url.ok_or_else(no_token)?;
                let (_, token) = url.rsplit_once("?token=").ok_or_else(no_token)?;
                if token.is_empty() || !token.bytes().all(is_token_byte) {
                    return Err(no_token());
                }
                let uri = asked.object_uri("object/upload/sign", &signed)?.finish()?;
                Ok(SignedUploadUrl {
                    url: format!("{uri}?token={token}"),
                    path: signed,
                    token: token.to_owned(),
                })
            },
        )
    }
}
