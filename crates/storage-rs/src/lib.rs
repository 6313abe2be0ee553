//! A client for Supabase Storage.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), storage_rs::Error> {
//! use std::time::Duration;
//! use storage_rs::StorageClient;
//! # use serde_json::json;
//! # use supabase_http::{HttpClient, testing::{Exchange, MockTransport}};
//! # let mock = MockTransport::new()
//! #     .reply(200, json!({ "Key": "avatars/tom.png", "Id": "1" }))
//! #     .reply(200, "meow")
//! #     .reply(200, json!({ "signedURL": "/object/sign/avatars/tom.png?token=t" }))
//! #     .reply(400, json!({ "statusCode": "404", "code": "NoSuchKey", "message": "Object not found" }));
//!
//! // StorageClient::new("https://xyz.supabase.co", "sb_publishable_…")?
//! # let http = HttpClient::builder().transport(mock.clone()).build()?;
//! let storage = StorageClient::with_http(http, "https://project.test", "sb_publishable_key")?;
//! let avatars = storage.from("avatars");
//!
//! avatars.upload("tom.png", "meow").content_type("image/png").await?;
//! assert_eq!(avatars.download("tom.png").await?, "meow");
//! let url = avatars.create_signed_url("tom.png", Duration::from_secs(60)).await?;
//! assert_eq!(url.as_str(), "https://project.test/storage/v1/object/sign/avatars/tom.png?token=t");
//!
//! let error = avatars.info("nobody.png").await.unwrap_err();
//! assert!(error.is_not_found());
//! # mock.assert_done();
//! # Ok(()) }
//! ```
//!
//! # What to know
//!
//! * **Nothing is held in memory whole** but what is asked for as bytes: files, readers and streams are sent as they are
//!   read, and [`stream`](Download::stream), [`reader`](Download::reader) and [`to_file`](Download::to_file) get a file in
//!   pieces.
//! * **A file is whole or an error.** A download that breaks off is an error, and so is an upload that is shorter or longer
//!   than it was said to be, before the service has a whole request.
//! * **A path is never interpreted**; see [`ObjectPath`]. Signed URLs are put together from the name that was asked for.
//! * **The status of an error is the real one.** The service answers nearly every error with 400 and tells the status in the
//!   body; [`Error::status`] and the predicates use that, [`ErrorCode`] is the service's own code.
//! * **Reads are tried again**, lists and signing by POST included. An upload or a change is sent again only if no connection
//!   could be made.
//! * **Content types are said, not guessed**: `application/octet-stream`, unless
//!   [`content_type`](Upload::content_type) or [`guess_content_type`](Upload::guess_content_type) says otherwise.
//! * **Vectors and tables** have modules of their own: [`vectors`] and [`analytics`].
//! * **Dropping is cancelling**: a future, stream or reader that is dropped closes its connection. The service keeps nothing
//!   of an upload that did not come whole.
//!
//! # Features
//!
//! `client`, `http2` and `rustls-ring` are on by default. `resumable` adds uploads that go on after a break, and lets
//! [`FileClient::upload`] take them for large files. `rustls-aws-lc-rs` and `webpki-roots` change TLS; `test-util`
//! gives `supabase_http::testing`.
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod analytics;
mod bucket;
mod call;
mod client;
mod error;
mod file;
mod media_type;
mod model;
mod path;
mod progress;
#[cfg(feature = "resumable")]
mod resumable;
mod route;
mod transform;
pub mod vectors;

pub use bucket::{
    BucketCall, BucketKind, BucketLifecycle, BucketSort, CreateBucket, FileSizeLimit, GetBucket,
    GetBucketLifecycle, LifecycleRule, ListBuckets, NoncurrentVersionExpiration, PurgeBucketCache,
    RuleStatus, UpdateBucket, UpdateBucketLifecycle, Versioning,
};
pub use call::Sending;
pub use client::StorageClient;
pub use error::ErrorCode;
pub use file::body::{IntoUploadBody, UploadBody};
pub use file::download::Download;
pub use file::stream::{DownloadReader, DownloadStream};
pub use file::to_file::Downloaded;
pub use file::upload::Upload;
pub use file::{
    Copied, CopyFile, CreateSignedUploadUrl, CreateSignedUrl, CreateSignedUrls, FileClient,
    FileExists, FileInfoCall, FilePage, FileStream, FileVersion, ListFiles, ListFilesV2, MoveFile,
    PageStream, PublicUrl, PurgeCache, RemoveFiles, SignedUploadUrl, SignedUrl, SignedUrlResult,
};
pub use model::{
    Bucket, FileInfo, FileObject, ObjectMetadata, SortBy, SortOrder, Uploaded, Versions,
};
pub use path::ObjectPath;
pub use progress::{Progress, Transferred};
#[cfg(feature = "resumable")]
pub use resumable::{
    BegunUpload, CancelUpload, ResumableUpload, UploadOffset, UploadSlots, UploadState,
};
pub use transform::{ImageFormat, Resize, Transform};

#[doc(no_inline)]
pub use supabase_http::{AccessToken, ApiError, Body, Error, ErrorKind, Result, RetryConfig};

/// The README's examples, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
