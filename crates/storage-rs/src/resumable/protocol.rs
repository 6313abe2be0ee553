//! The requests of [TUS 1.0.0](https://tus.io/protocols/resumable-upload), and what their answers say.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION};
use http::response::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri};
use supabase_http::{ApiError, Body, CredentialMode, Error, Idempotency, Result};

use super::state::{UploadState, is_id};
use crate::call::{Prepared, Setup, bare};
use crate::path::check_bucket;
use crate::{FileClient, ObjectPath, error};

const TUS_RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");
const UPLOAD_DEFER_LENGTH: HeaderName = HeaderName::from_static("upload-defer-length");
const UPLOAD_METADATA: HeaderName = HeaderName::from_static("upload-metadata");
const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const UPLOAD_EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
const X_SIGNATURE: HeaderName = HeaderName::from_static("x-signature");
const X_UPSERT: HeaderName = HeaderName::from_static("x-upsert");
const VERSION: HeaderValue = HeaderValue::from_static("1.0.0");
const OFFSET_STREAM: HeaderValue = HeaderValue::from_static("application/offset+octet-stream");

/// Whom the requests of one upload go to, and by which right.
pub(crate) struct Session {
    /// What the caller said of all requests.
    pub(crate) setup: Setup,
    pub(crate) files: FileClient,
    /// The token of a signed upload URL.
    pub(crate) token: Option<String>,
    pub(crate) signed: bool,
    pub(crate) upsert: bool,
}

/// What the service is told of a new upload.
#[derive(Debug, Clone)]
pub(crate) struct Creation {
    pub(crate) path: ObjectPath,
    pub(crate) content_type: String,
    /// In seconds.
    pub(crate) cache_control: String,
    /// A JSON object.
    pub(crate) metadata: Option<String>,
}

/// A new upload.
#[derive(Debug)]
pub(crate) struct Created {
    pub(crate) id: String,
    pub(crate) expires: Option<String>,
    /// What the service took of the content that came with it.
    pub(crate) offset: u64,
}

/// How far an upload has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Offset {
    pub(crate) offset: u64,
    pub(crate) length: Option<u64>,
}

impl Session {
    fn setup(&self, template: &'static str, idempotency: Idempotency) -> Setup {
        let signed = self.signed;
        self.setup.again().options(|options| {
            let options = options.template(template).idempotency(idempotency);
            match signed {
                true => options.credentials(CredentialMode::None),
                false => options,
            }
        })
    }

    /// The URL of all uploads, or of one. It is put together here, whatever host the service names: what is sent to it
    /// may hold the user's token.
    fn uri(&self, id: Option<&str>) -> Result<Uri> {
        // The bucket is part of the id, but a bad one is an error here as everywhere.
        check_bucket(&self.files.bucket)?;
        let mut uri = self.files.service.endpoint().uri().path("upload/resumable");
        if self.signed {
            uri = uri.segment("sign");
        }
        match id {
            Some(id) => uri.segment(id).finish(),
            None => uri.finish(),
        }
    }

    fn request(&self, method: Method, id: Option<&str>) -> Result<Request<Body>> {
        let mut request = bare(method, self.uri(id))?;
        let headers = request.headers_mut();
        headers.insert(TUS_RESUMABLE, VERSION);
        if self.signed {
            let Some(token) = &self.token else {
                return Err(Error::request(
                    "this upload was begun by a signed upload URL; give its token by `token` to go on",
                ));
            };
            let mut token = HeaderValue::from_str(token)
                .map_err(|_| Error::request("the token cannot be sent in a header"))?;
            token.set_sensitive(true);
            headers.insert(X_SIGNATURE, token);
        }
        Ok(request)
    }

    /// The service forgets at every request whether it may replace a file.
    fn say_upsert(&self, headers: &mut HeaderMap) {
        let upsert = if self.upsert { "true" } else { "false" };
        headers.insert(X_UPSERT, HeaderValue::from_static(upsert));
    }

    /// Begins an upload; `first` is the content that goes with it, and whether that is all of it.
    pub(crate) fn create(
        &self,
        creation: &Creation,
        length: Option<u64>,
        first: Option<(Body, bool)>,
    ) -> Prepared<Created> {
        // An upload that nobody goes on with is no file, and expires: to begin it once more does no harm. One that is
        // whole at once makes a file.
        let is_whole = length == Some(0) || first.as_ref().is_some_and(|(_, whole)| *whole);
        let idempotency = match is_whole {
            true => Idempotency::Unsafe,
            false => Idempotency::Safe,
        };
        let template = "/storage/v1/upload/resumable";
        let bucket = &self.files.bucket;
        self.setup(template, idempotency).finish(
            |_| {
                creation.path.check()?;
                let mut request = self.request(Method::POST, None)?;
                let headers = request.headers_mut();
                match length {
                    Some(length) => headers.insert(UPLOAD_LENGTH, HeaderValue::from(length)),
                    None => headers.insert(UPLOAD_DEFER_LENGTH, HeaderValue::from_static("1")),
                };
                headers.insert(UPLOAD_METADATA, creation.header(bucket)?);
                self.say_upsert(headers);
                if let Some((body, _)) = first {
                    headers.insert(CONTENT_TYPE, OFFSET_STREAM);
                    *request.body_mut() = body;
                }
                Ok(request)
            },
            read_created,
        )
    }

    /// Asks how far an upload has come.
    pub(crate) fn offset(&self, id: &str) -> Prepared<Offset> {
        let template = "/storage/v1/upload/resumable/{upload}";
        self.setup(template, Idempotency::ByMethod)
            .finish(|_| self.request(Method::HEAD, Some(id)), read_offset)
    }

    /// Sends a chunk. `length` is said by the last one of an upload whose size was not known before.
    pub(crate) fn patch(
        &self,
        id: &str,
        offset: u64,
        length: Option<u64>,
        body: Body,
    ) -> Prepared<u64> {
        let template = "/storage/v1/upload/resumable/{upload}";
        self.setup(template, Idempotency::Unsafe).finish(
            |_| {
                let mut request = self.request(Method::PATCH, Some(id))?;
                let headers = request.headers_mut();
                headers.insert(CONTENT_TYPE, OFFSET_STREAM);
                headers.insert(UPLOAD_OFFSET, HeaderValue::from(offset));
                if let Some(length) = length {
                    headers.insert(UPLOAD_LENGTH, HeaderValue::from(length));
                }
                self.say_upsert(headers);
                *request.body_mut() = body;
                Ok(request)
            },
            |parts, body| {
                let offset = number(&success(parts, &body)?.headers, &UPLOAD_OFFSET);
                offset.ok_or_else(|| Error::unexpected(parts, body, "it says no upload-offset"))
            },
        )
    }

    /// Makes the service forget an upload.
    pub(crate) fn terminate(&self, id: &str) -> Prepared<()> {
        let template = "/storage/v1/upload/resumable/{upload}";
        self.setup(template, Idempotency::Unsafe).finish(
            |_| self.request(Method::DELETE, Some(id)),
            |parts, body| success(parts, &body).map(drop),
        )
    }
}

impl Creation {
    fn header(&self, bucket: &str) -> Result<HeaderValue> {
        let mut pairs = vec![
            ("bucketName", bucket),
            ("objectName", self.path.as_str()),
            ("contentType", &self.content_type),
            ("cacheControl", &self.cache_control),
        ];
        if let Some(metadata) = &self.metadata {
            pairs.push(("metadata", metadata));
        }
        let pairs = pairs
            .iter()
            .map(|(key, value)| format!("{key} {}", STANDARD.encode(value)));
        let text = pairs.collect::<Vec<_>>().join(",");
        HeaderValue::from_str(&text)
            .map_err(|cause| Error::request_caused_by("the metadata cannot be sent", cause))
    }
}

fn success<'a>(parts: &'a Parts, body: &Bytes) -> Result<&'a Parts> {
    if parts.status.is_success() {
        return Ok(parts);
    }
    if is_gone(parts.status) {
        let said = String::from_utf8_lossy(body).trim().to_owned();
        let told = match said.is_empty() {
            true => "the service does not have this upload any more; begin anew",
            false => said.as_str(),
        };
        return Err(ApiError::new(parts, body.clone()).with_message(told).into());
    }
    Err(error::of(parts, body.clone()))
}

/// Whether the service does not have an upload any more.
pub(crate) fn is_gone(status: StatusCode) -> bool {
    matches!(status, StatusCode::NOT_FOUND | StatusCode::GONE)
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

fn read_created(parts: &Parts, body: Bytes) -> Result<Created> {
    // An upload cannot be gone before it begins: this is a bucket that there is not.
    if !parts.status.is_success() {
        return Err(error::of(parts, body));
    }
    let text = |name: &HeaderName| {
        parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let id = text(&LOCATION).and_then(id_of);
    let id = id.ok_or_else(|| Error::unexpected(parts, body, "its location names no upload"))?;
    Ok(Created {
        id,
        expires: text(&UPLOAD_EXPIRES).map(str::to_owned),
        offset: number(&parts.headers, &UPLOAD_OFFSET).unwrap_or(0),
    })
}

fn read_offset(parts: &Parts, body: Bytes) -> Result<Offset> {
    let headers = &success(parts, &body)?.headers;
    match number(headers, &UPLOAD_OFFSET) {
        Some(offset) => Ok(Offset {
            offset,
            length: number(headers, &UPLOAD_LENGTH),
        }),
        None => Err(Error::unexpected(parts, body, "it says no upload-offset")),
    }
}

/// The last segment of an upload's URL. Its host is never looked at: behind a proxy it is often a wrong one, and what is
/// not the project's own must not get a token.
fn id_of(location: &str) -> Option<String> {
    let path = location.split(['?', '#']).next()?;
    let (before, id) = path.trim_end_matches('/').rsplit_once('/')?;
    let known = ["upload/resumable", "upload/resumable/sign"];
    (known.iter().any(|route| before.ends_with(route)) && is_id(id)).then(|| id.to_owned())
}

/// Whether an upload's id, which holds bucket, path and version, is of this version of the object.
pub(crate) fn is_of_version(state: &UploadState, version: &str) -> bool {
    let id = state.id.trim_end_matches('=');
    let bytes = URL_SAFE_NO_PAD.decode(id).or_else(|_| URL_SAFE.decode(id));
    let Some(text) = bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok()) else {
        return false;
    };
    let object = format!("{}/{}", state.bucket, state.path);
    let rest = text.split_once(&object).map(|(_, rest)| rest);
    !version.is_empty() && rest.is_some_and(|rest| rest.ends_with(version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_id_of_a_location_is_taken() {
        for location in [
            "https://project.test/storage/v1/upload/resumable/dHVzL2E",
            "http://evil.test/upload/resumable/dHVzL2E",
            "/upload/resumable/sign/dHVzL2E/",
            "https://project.test/upload/resumable/dHVzL2E?a=b",
        ] {
            assert_eq!(id_of(location).as_deref(), Some("dHVzL2E"), "{location}");
        }
        for location in [
            "",
            "dHVzL2E",
            "https://project.test/upload/resumable/",
            "https://project.test/other/dHVzL2E",
            "https://project.test/upload/resumable/..",
            "https://project.test/upload/resumable/a%2Fb",
        ] {
            assert_eq!(id_of(location), None, "{location}");
        }
    }

    #[test]
    fn the_version_is_in_the_id() {
        let state = UploadState {
            bucket: "tus".to_owned(),
            path: "dir/file one.txt".to_owned(),
            // Recorded.
            id: "dHVzL2Rpci9maWxlIG9uZS50eHQvNDhkODA2MDctNWNhNS00YjIyLWExZmUtNmQ1ZTA5OGIyOGM4"
                .to_owned(),
            length: None,
            fingerprint: None,
            upsert: false,
            signed: false,
            expires: None,
        };
        assert!(is_of_version(
            &state,
            "48d80607-5ca5-4b22-a1fe-6d5e098b28c8"
        ));
        assert!(!is_of_version(
            &state,
            "f7e45fb8-f1ec-4cd8-98b7-531b490fa78b"
        ));
        assert!(!is_of_version(&state, ""));
    }
}
