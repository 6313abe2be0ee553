//! A client for Supabase Storage.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod bucket;
mod call;
mod client;
mod error;
mod file;
mod media_type;
mod model;
mod path;
mod progress;
mod transform;

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
pub use transform::{ImageFormat, Resize, Transform};

#[doc(no_inline)]
pub use supabase_http::{AccessToken, ApiError, Body, Error, ErrorKind, Result, RetryConfig};
