//! One upload: what is asked for, until it is sent.

use std::fmt;
use std::future::IntoFuture;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::response::Parts;
use http::{HeaderName, HeaderValue, Method, Request};
use http_body::Body as _;
use serde::{Deserialize, Serialize};
use supabase_http::{
    Body, CredentialMode, Error, Idempotency, Multipart, Part, Result, RetryConfig,
};

use super::FileClient;
use super::body::UploadBody;
use super::transfer::{metadata_header, metadata_json};
use crate::call::{Prepared, Setup, bare};
use crate::model::Uploaded;
use crate::progress::{Counted, Progress, Teller};
use crate::{ObjectPath, Sending, call, media_type};

const X_UPSERT: HeaderName = HeaderName::from_static("x-upsert");
const X_METADATA: HeaderName = HeaderName::from_static("x-metadata");
const OCTET_STREAM: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// How much metadata fits into a header everywhere, in bytes; more is sent in a form.
const MAX_HEADER_METADATA: usize = 4 * 1024;

/// An upload under construction. **Awaiting it sends it.** Made by [`FileClient::upload`], [`FileClient::update`] and
/// [`FileClient::upload_to_signed_url`].
///
/// It is sent as it is read, a piece at a time, and tried again only if no connection could be made and it is in memory.
/// Dropping the future closes the connection; the service keeps nothing of a file that did not come whole.
///
/// ```no_run
/// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
/// use std::time::Duration;
///
/// files
///     .upload("cats/tom.png", vec![1, 2, 3])
///     .content_type("image/png")
///     .cache_control(Duration::from_secs(86400))
///     .metadata(&serde_json::json!({ "taken": "2026-11-24" }))
///     .upsert()
///     .await?;
/// # Ok(()) }
/// ```
///
/// ```no_run
/// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
/// use std::time::Duration;
/// use storage_rs::RetryConfig;
///
/// let patient = files.upload("a", "x").timeout(Duration::from_secs(9)).retry(RetryConfig::off()).header("x-a", "1");
/// let progress = patient.progress();
/// patient.await?;
/// files.upload("a.gz", vec![1, 2]).content_encoding("gzip").await?;
/// let request = files.upload("a", "x").as_form().into_request()?;
/// let (parts, ()) = http::Response::new(()).into_parts();
/// let stored = files.upload("a", "x").decode(&parts, r#"{"Key":"files/a"}"#.into())?;
/// # Ok(()) }
/// ```
#[must_use = "nothing is sent until the upload is awaited"]
pub struct Upload {
    setup: Setup,
    files: FileClient,
    path: ObjectPath,
    target: Target,
    body: UploadBody,
    content_type: Option<HeaderValue>,
    cache_control: String,
    upsert: bool,
    metadata: Option<String>,
    content_encoding: Option<String>,
    form: bool,
    teller: Teller,
    #[cfg(feature = "resumable")]
    resumable_above: u64,
}

enum Target {
    Create,
    Replace,
    Signed(String),
}

impl Upload {
    pub(super) fn create(files: &FileClient, path: ObjectPath, body: UploadBody) -> Self {
        let setup = Setup::new(
            &files.service,
            "upload",
            "/storage/v1/object/{bucket}/{path}",
        );
        Self::new(files, setup, Target::Create, path, body)
    }

    pub(super) fn replace(files: &FileClient, path: ObjectPath, body: UploadBody) -> Self {
        let setup = Setup::new(
            &files.service,
            "update",
            "/storage/v1/object/{bucket}/{path}",
        );
        Self::new(files, setup, Target::Replace, path, body)
    }

    pub(super) fn signed(
        files: &FileClient,
        path: ObjectPath,
        token: String,
        body: UploadBody,
    ) -> Self {
        let template = "/storage/v1/object/upload/sign/{bucket}/{path}";
        let setup = Setup::new(&files.service, "upload to signed url", template)
            .options(|options| options.credentials(CredentialMode::None));
        Self::new(files, setup, Target::Signed(token), path, body)
    }

    fn new(
        files: &FileClient,
        setup: Setup,
        target: Target,
        path: ObjectPath,
        body: UploadBody,
    ) -> Self {
        Self {
            setup: setup.options(|options| options.idempotency(Idempotency::Unsafe)),
            files: files.clone(),
            path,
            target,
            body,
            content_type: None,
            cache_control: "3600".to_owned(),
            upsert: false,
            metadata: None,
            content_encoding: None,
            form: false,
            teller: Teller::new(),
            #[cfg(feature = "resumable")]
            resumable_above: files.resumable_above,
        }
    }

    /// The media type, such as `image/png`. It is `application/octet-stream` if nothing else is said.
    pub fn content_type(mut self, value: &str) -> Self {
        let checked = if value.starts_with("multipart/form-data") {
            Err(Error::request(
                "the service reads `multipart/form-data` as a form and does not store it; name another content type",
            ))
        } else {
            HeaderValue::from_str(value)
                .ok()
                .filter(|value| !value.is_empty())
                .ok_or_else(|| Error::request(format!("{value:?} cannot be a content type")))
        };
        if let Some(value) = self.setup.keep(checked) {
            self.content_type = Some(value);
        }
        self
    }

    /// Takes the media type that goes with the ending of the path, if it is a usual one.
    ///
    /// ```
    /// # fn main() -> Result<(), storage_rs::Error> {
    /// # let storage = storage_rs::StorageClient::new("http://127.0.0.1:54321", "key")?;
    /// let request = storage.from("avatars").upload("tom.PNG", "…").guess_content_type().into_request()?;
    /// assert_eq!(request.headers()["content-type"], "image/png");
    /// # Ok(()) }
    /// ```
    pub fn guess_content_type(self) -> Self {
        match media_type::of_name(self.path.file_name()) {
            Some(kind) => self.content_type(kind),
            None => self,
        }
    }

    /// How long browsers and the CDN may keep the file, in whole seconds: an hour by default.
    pub fn cache_control(mut self, max_age: Duration) -> Self {
        self.cache_control = max_age.as_secs().to_string();
        self
    }

    /// Replaces a file of that name, instead of failing. It has no meaning for [`FileClient::update`], which always
    /// replaces, and none for a signed URL, which says it itself.
    pub fn upsert(mut self) -> Self {
        self.upsert = true;
        self
    }

    /// What is attached to the file, a JSON object; [`info`](FileClient::info) gives it back.
    ///
    /// ```no_run
    /// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
    /// #[derive(serde::Serialize)]
    /// struct Taken { year: u16 }
    ///
    /// files.upload("tom.png", vec![1, 2, 3]).metadata(&Taken { year: 2026 }).await?;
    /// # Ok(()) }
    /// ```
    pub fn metadata(mut self, metadata: &(impl Serialize + ?Sized)) -> Self {
        if let Some(json) = self.setup.keep(metadata_json(metadata)) {
            self.metadata = Some(json);
        }
        self
    }

    /// How the content is compressed, such as `gzip`; browsers unpack it. It is said in a form, see
    /// [`as_form`](Upload::as_form).
    pub fn content_encoding(mut self, encoding: impl Into<String>) -> Self {
        self.content_encoding = Some(encoding.into());
        self.form = true;
        self
    }

    /// Sends a form, as the official clients do for files, instead of the content alone. Large metadata is sent so by
    /// itself. The service then keeps no parameters of the content type, such as a charset.
    pub fn as_form(mut self) -> Self {
        self.form = true;
        self
    }

    /// Uploads in chunks, and goes on after a break, whatever the size. What is said of the file before this is kept; see
    /// [`ResumableUpload`](crate::ResumableUpload) for more.
    ///
    /// `POST`, `HEAD` and `PATCH /upload/resumable`.
    ///
    /// ```no_run
    /// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
    /// use storage_rs::UploadBody;
    ///
    /// let film = UploadBody::path("/data/film.mp4");
    /// files.upload("film.mp4", film).content_type("video/mp4").upsert().resumable().await?;
    /// # Ok(()) }
    /// ```
    #[cfg(feature = "resumable")]
    pub fn resumable(mut self) -> crate::ResumableUpload {
        use crate::resumable::protocol::{Creation, Session};

        let checked = match self.content_encoding {
            Some(_) => Err(Error::request(
                "a resumable upload cannot say how its content is encoded; leave out `content_encoding`",
            )),
            None => Ok(()),
        };
        self.setup.keep(checked);
        let body = self.take_body();
        let content_type = self.content_type.unwrap_or(OCTET_STREAM);
        let creation = Creation {
            path: self.path,
            content_type: String::from_utf8_lossy(content_type.as_bytes()).into_owned(),
            cache_control: self.cache_control,
            metadata: self.metadata,
        };
        let (upsert, token) = match self.target {
            Target::Create => (self.upsert, None),
            Target::Replace => (true, None),
            Target::Signed(token) => (self.upsert, Some(token)),
        };
        let session = Session {
            setup: self.setup,
            files: self.files,
            signed: token.is_some(),
            token,
            upsert,
        };
        crate::ResumableUpload::new(session, creation, body, self.teller)
    }

    /// From which size on this upload is [resumable](Upload::resumable) by itself, in bytes, instead of what the client
    /// says; `u64::MAX` for never. One that is sent [as a form](Upload::as_form) never is.
    ///
    /// ```no_run
    /// # async fn demo(files: storage_rs::FileClient, file: tokio::fs::File) -> Result<(), storage_rs::Error> {
    /// files.upload("film.mp4", file).resumable_above(100_000_000).await?;
    /// # Ok(()) }
    /// ```
    #[cfg(feature = "resumable")]
    pub fn resumable_above(mut self, bytes: u64) -> Self {
        self.resumable_above = bytes;
        self
    }

    /// Whether this can be sent in chunks, if it is large.
    #[cfg(feature = "resumable")]
    fn is_chunkable(&self) -> bool {
        let too_long = |json: &String| json.len() > MAX_HEADER_METADATA;
        !self.form && !self.metadata.as_ref().is_some_and(too_long)
    }

    /// Watches how much has been handed to the network. An upload that is watched is never sent again by a retry.
    pub fn progress(&self) -> Progress {
        self.teller.watch()
    }

    /// The time limit of the whole call, and of each try.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.setup.timeout(limit);
        self
    }

    /// When this call is sent again, instead of what the client says.
    pub fn retry(mut self, retry: RetryConfig) -> Self {
        self.setup.retry(retry);
        self
    }

    /// Sets a header of this request alone; it wins over any other of its name.
    pub fn header(
        mut self,
        name: impl TryInto<HeaderName, Error: Into<http::Error>>,
        value: impl TryInto<HeaderValue, Error: Into<http::Error>>,
    ) -> Self {
        self.setup.header(name, value);
        self
    }

    /// Renders the request without sending it. Credentials and the client's own headers are added when it is sent.
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) for the first bad input of the chain, and for a file, which is
    /// opened when the upload is awaited.
    pub fn into_request(mut self) -> Result<Request<Body>> {
        let body = self.take_body().try_ready().map_err(|_| {
            Error::request(
                "a file is opened when the upload is awaited; there is no request before",
            )
        });
        self.prepare(body).request
    }

    /// Reads an answer as awaiting this upload would: the other pure half of a call.
    ///
    /// # Errors
    /// What awaiting the upload would give for that answer.
    pub fn decode(mut self, parts: &Parts, body: Bytes) -> Result<Uploaded> {
        drop(self.take_body());
        (self.prepare(Ok(Body::empty())).decode)(parts, body)
    }

    fn take_body(&mut self) -> UploadBody {
        std::mem::replace(&mut self.body, UploadBody::bytes(Bytes::new()))
    }

    fn prepare(self, body: Result<Body>) -> Prepared<Uploaded> {
        let Self {
            mut setup,
            files,
            path,
            target,
            content_type,
            cache_control,
            upsert,
            metadata,
            content_encoding,
            form,
            teller,
            ..
        } = self;
        let content_type = content_type.unwrap_or(OCTET_STREAM);
        let too_long = |json: &String| json.len() > MAX_HEADER_METADATA;
        let form = form || metadata.as_ref().is_some_and(too_long);
        let body = setup.keep(body).unwrap_or_default();
        let asked = path.clone();
        setup.finish(
            |_| {
                let mut request = match &target {
                    Target::Create => {
                        bare(Method::POST, files.object_uri("object", &path)?.finish())
                    }
                    Target::Replace => {
                        bare(Method::PUT, files.object_uri("object", &path)?.finish())
                    }
                    Target::Signed(token) => {
                        let uri = files.object_uri("object/upload/sign", &path)?;
                        bare(Method::PUT, uri.pair("token", token).finish())
                    }
                }?;
                let headers = request.headers_mut();
                if !matches!(target, Target::Replace) {
                    let upsert = if upsert { "true" } else { "false" };
                    headers.insert(X_UPSERT, HeaderValue::from_static(upsert));
                }
                let body = if form {
                    let mut fields = Multipart::new().text("cacheControl", cache_control);
                    if let Some(encoding) = content_encoding {
                        fields = fields.text("contentEncoding", encoding);
                    }
                    if let Some(json) = metadata {
                        fields = fields.text("metadata", json);
                    }
                    // The service ignores what comes after the file.
                    let part = Part::new(body)
                        .file_name(path.file_name())
                        .header(CONTENT_TYPE, content_type);
                    let fields = fields.part("", part);
                    headers.insert(CONTENT_TYPE, fields.content_type());
                    fields.into_body()?
                } else {
                    headers.insert(CONTENT_TYPE, content_type);
                    let max_age = format!("max-age={cache_control}");
                    headers.insert(CACHE_CONTROL, text_header(&max_age)?);
                    if let Some(json) = metadata {
                        headers.insert(X_METADATA, text_header(&metadata_header(&json))?);
                    }
                    body
                };
                *request.body_mut() = watched(body, teller);
                Ok(request)
            },
            move |parts, body| {
                let stored: Stored = call::read_json(parts, body)?;
                Ok(Uploaded {
                    id: stored.id,
                    path: asked.as_str().to_owned(),
                    full_path: stored.key,
                })
            },
        )
    }
}

/// What the service says of a stored object.
#[derive(Deserialize)]
struct Stored {
    #[serde(rename = "Key")]
    key: String,
    #[serde(rename = "Id")]
    id: Option<String>,
}

fn text_header(text: &str) -> Result<HeaderValue> {
    HeaderValue::from_str(text)
        .map_err(|cause| Error::request_caused_by("a header cannot be sent", cause))
}

/// Counts what is sent, if anybody looks.
fn watched(body: Body, teller: Teller) -> Body {
    if !teller.is_watched() {
        return body;
    }
    teller.begin(0, body.size_hint().exact());
    Body::wrap(Counted::new(body, teller))
}

impl IntoFuture for Upload {
    type Output = Result<Uploaded>;
    type IntoFuture = Sending<Uploaded>;

    #[cfg(feature = "resumable")]
    fn into_future(mut self) -> Sending<Uploaded> {
        let operation = self.setup.options.operation();
        if self.resumable_above == u64::MAX || !self.is_chunkable() {
            return self.send_whole();
        }
        Sending::new(operation, async move {
            let body = self.take_body();
            let (body, is_long) = body.measured(self.resumable_above).await;
            self.body = body;
            if is_long {
                return self.resumable().await;
            }
            self.send_whole().await
        })
    }

    #[cfg(not(feature = "resumable"))]
    fn into_future(self) -> Sending<Uploaded> {
        self.send_whole()
    }
}

impl Upload {
    /// Sends it in one request.
    fn send_whole(mut self) -> Sending<Uploaded> {
        let service = self.setup.service.info().name;
        let operation = self.setup.options.operation();
        match self.take_body().try_ready() {
            Ok(body) => self.prepare(Ok(body)).send(),
            Err(file) => Sending::new(operation, async move {
                let body = file.open().await;
                let body = body.map_err(|error| error.with_context(service, operation));
                self.prepare(body).send().await
            }),
        }
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without names and metadata, which may be personal.
        write!(f, "Upload({:?}, {:?})", self.setup.service, self.body)
    }
}
