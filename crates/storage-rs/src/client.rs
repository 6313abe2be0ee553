//! The client: where the storage lives, and who uses it.

use std::fmt;

use http::{HeaderName, HeaderValue};
use supabase_http::{
    AccessToken, Credentials, Endpoint, HttpClient, Result, ServiceClient, ServiceInfo, header_pair,
};

use crate::FileClient;
use crate::error::token_rejected;

/// From which size on uploads are resumable, in bytes.
#[cfg(feature = "resumable")]
const RESUMABLE_ABOVE: u64 = 6 * 1024 * 1024;

/// Where the storage lives below a project's endpoint.
const PATH: &str = "storage/v1";

static INFO: ServiceInfo = ServiceInfo {
    name: "storage",
    token_rejected,
    retry_count_header: false,
};

/// A client for the storage of one project: its buckets and the files in them. Cheap to clone, shared freely between
/// tasks.
///
/// ```no_run
/// # async fn demo() -> Result<(), storage_rs::Error> {
/// use storage_rs::StorageClient;
///
/// let storage = StorageClient::new("https://xyz.supabase.co", "sb_publishable_…")?;
/// let cat = storage.from("avatars").download("cats/tom.png").await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct StorageClient {
    pub(crate) service: ServiceClient,
    /// From which size on uploads are resumable by themselves, in bytes.
    #[cfg(feature = "resumable")]
    pub(crate) resumable_above: u64,
}

impl StorageClient {
    /// A client for the project at `url` (`https://xyz.supabase.co`), acting by `key` alone. Any kind of key is taken.
    ///
    /// ```
    /// # fn main() -> Result<(), storage_rs::Error> {
    /// use storage_rs::StorageClient;
    /// let storage = StorageClient::new("http://127.0.0.1:54321", "sb_publishable_test")?;
    /// assert!(StorageClient::new("xyz.supabase.co", "key").is_err());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) or [`Credential`](crate::ErrorKind::Credential) for a
    /// malformed URL or key, or when no transport is compiled in.
    pub fn new(url: &str, key: &str) -> Result<Self> {
        Self::with_http(HttpClient::builder().build()?, url, key)
    }

    /// As [`StorageClient::new`], over an HTTP client with own time limits, layers or transport.
    ///
    /// ```
    /// # fn main() -> Result<(), storage_rs::Error> {
    /// use storage_rs::StorageClient;
    /// use supabase_http::{HttpClient, testing::MockTransport};
    ///
    /// let http = HttpClient::builder().transport(MockTransport::new()).build()?;
    /// let storage = StorageClient::with_http(http, "https://project.test", "key")?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`StorageClient::new`].
    pub fn with_http(http: HttpClient, url: &str, key: &str) -> Result<Self> {
        ServiceClient::in_project(&INFO, http, url, PATH, key).map(Self::from_service)
    }

    /// A client from its parts; `project` is the project's endpoint, to which `storage/v1` is added.
    ///
    /// ```
    /// # use supabase_http::{ApiKey, Credentials, Endpoint, HttpClient, ServiceClient, testing::MockTransport};
    /// # use storage_rs::StorageClient;
    /// # let http = HttpClient::builder().transport(MockTransport::new()).build()?;
    /// let project = Endpoint::parse("https://project.test")?;
    /// let storage = StorageClient::from_parts(http, &project, Credentials::new(ApiKey::parse("key")?))?;
    /// # Ok::<(), storage_rs::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) if the HTTP client cannot reach such an endpoint.
    pub fn from_parts(
        http: HttpClient,
        project: &Endpoint,
        credentials: Credentials,
    ) -> Result<Self> {
        ServiceClient::new(&INFO, http, project.child(PATH)?, credentials).map(Self::from_service)
    }

    /// A client over a service client whose endpoint is the storage's own, such as `http://127.0.0.1:5000`.
    ///
    /// ```
    /// # use supabase_http::{ApiKey, Credentials, Endpoint, HttpClient, ServiceClient, testing::MockTransport};
    /// # use storage_rs::StorageClient;
    /// # let http = HttpClient::builder().transport(MockTransport::new()).build()?;
    /// let endpoint = Endpoint::parse("http://127.0.0.1:5000")?;
    /// let credentials = Credentials::new(ApiKey::parse("key")?);
    /// let service = ServiceClient::new(StorageClient::service_info(), http, endpoint, credentials)?;
    /// let storage = StorageClient::from_service(service);
    /// # Ok::<(), storage_rs::Error>(())
    /// ```
    #[must_use]
    pub fn from_service(service: ServiceClient) -> Self {
        Self {
            service,
            #[cfg(feature = "resumable")]
            resumable_above: RESUMABLE_ABOVE,
        }
    }

    /// The same client over another service client.
    fn with_service(&self, service: ServiceClient) -> Self {
        let mut other = self.clone();
        other.service = service;
        other
    }

    /// The same client, whose uploads go in chunks that survive a break if they have more than so many bytes; `u64::MAX`
    /// for never. It is 6 MiB by default, as the service advises.
    ///
    /// ```
    /// # let storage = storage_rs::StorageClient::new("http://127.0.0.1:54321", "key")?;
    /// let storage = storage.with_resumable_above(100_000_000);
    /// # Ok::<(), storage_rs::Error>(())
    /// ```
    #[cfg(feature = "resumable")]
    #[must_use]
    pub fn with_resumable_above(&self, bytes: u64) -> Self {
        Self {
            resumable_above: bytes,
            ..self.clone()
        }
    }

    /// What this service is called; for building a [`ServiceClient`].
    ///
    /// ```
    /// assert_eq!(storage_rs::StorageClient::service_info().name, "storage");
    /// ```
    #[must_use]
    pub fn service_info() -> &'static ServiceInfo {
        &INFO
    }

    /// The service client below.
    ///
    /// ```
    /// # let storage = storage_rs::StorageClient::new("http://127.0.0.1:54321", "key")?;
    /// assert_eq!(storage.service().endpoint().to_string(), "http://127.0.0.1:54321/storage/v1");
    /// # Ok::<(), storage_rs::Error>(())
    /// ```
    #[must_use]
    pub fn service(&self) -> &ServiceClient {
        &self.service
    }

    /// The same client acting as someone else.
    ///
    /// ```
    /// # use supabase_http::{ApiKey, Credentials};
    /// # let storage = storage_rs::StorageClient::new("http://127.0.0.1:54321", "key")?;
    /// let other = storage.with_credentials(Credentials::new(ApiKey::parse("another-key")?));
    /// # Ok::<(), storage_rs::Error>(())
    /// ```
    #[must_use]
    pub fn with_credentials(&self, credentials: Credentials) -> Self {
        self.with_service(self.service.with_credentials(credentials))
    }

    /// The same client acting as the user of this token. The client itself stays as it is.
    ///
    /// ```
    /// # fn demo(storage: &storage_rs::StorageClient) -> Result<(), storage_rs::Error> {
    /// use storage_rs::AccessToken;
    ///
    /// let as_user = storage.with_token(AccessToken::parse("eyJh.eyJz.c2ln")?);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn with_token(&self, token: AccessToken) -> Self {
        self.with_service(self.service.with_token(token))
    }

    /// The same client, sending this header with every request that has none of that name.
    ///
    /// ```
    /// # let storage = storage_rs::StorageClient::new("http://127.0.0.1:54321", "key")?;
    /// let traced = storage.with_header("x-app", "demo")?;
    /// # Ok::<(), storage_rs::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) if name or value cannot be in a header.
    pub fn with_header(
        &self,
        name: impl TryInto<HeaderName, Error: Into<http::Error>>,
        value: impl TryInto<HeaderValue, Error: Into<http::Error>>,
    ) -> Result<Self> {
        let (name, value) = header_pair(name, value)?;
        Ok(self.with_service(self.service.with_header(name, value)))
    }

    /// The same client, over the host that the platform has for storage alone: `xyz.storage.supabase.co` in place of
    /// `xyz.supabase.co`. Large uploads are faster there. Other hosts stay as they are.
    ///
    /// ```
    /// # fn main() -> Result<(), storage_rs::Error> {
    /// # use supabase_http::{HttpClient, testing::MockTransport};
    /// # let http = HttpClient::builder().transport(MockTransport::new()).build()?;
    /// let storage = storage_rs::StorageClient::with_http(http, "https://xyz.supabase.co", "key")?.direct_host()?;
    /// assert_eq!(storage.service().endpoint().to_string(), "https://xyz.storage.supabase.co/storage/v1");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) if the HTTP client cannot reach the other host.
    pub fn direct_host(&self) -> Result<Self> {
        let endpoint = self.service.endpoint();
        let Some(host) = direct_host(endpoint.authority().host()) else {
            return Ok(self.clone());
        };
        let old = endpoint.authority().host();
        let endpoint = Endpoint::parse(&endpoint.to_string().replacen(old, &host, 1))?;
        let mut service = ServiceClient::new(
            self.service.info(),
            self.service.http().clone(),
            endpoint,
            self.service.credentials().clone(),
        )?;
        for (name, value) in self.service.headers() {
            service = service.with_header(name.clone(), value.clone());
        }
        Ok(self.with_service(service))
    }

    /// The files of a bucket. An id that cannot be one is an error of the calls on it, before anything is sent.
    ///
    /// ```no_run
    /// # async fn demo(storage: storage_rs::StorageClient) -> Result<(), storage_rs::Error> {
    /// let avatars = storage.from("avatars");
    /// avatars.upload("cats/tom.png", vec![1, 2, 3]).content_type("image/png").await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn from(&self, bucket: impl Into<String>) -> FileClient {
        FileClient::new(self, bucket.into())
    }
}

/// The platform's host for storage alone, if `host` is the platform's.
fn direct_host(host: &str) -> Option<String> {
    let (project, domain) = host.split_once('.')?;
    ["supabase.co", "supabase.in", "supabase.red"]
        .contains(&domain)
        .then(|| format!("{project}.storage.{domain}"))
}

impl fmt::Debug for StorageClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StorageClient")
            .field("service", &self.service)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::direct_host;

    #[test]
    fn only_the_platform_has_a_direct_host() {
        assert_eq!(
            direct_host("abc.supabase.co").as_deref(),
            Some("abc.storage.supabase.co")
        );
        assert_eq!(
            direct_host("abc.supabase.in").as_deref(),
            Some("abc.storage.supabase.in")
        );
        for host in [
            "abc.storage.supabase.co",
            "supabase.co",
            "127.0.0.1",
            "localhost",
            "storage.example.com",
            "abc.supabase.co.evil.test",
        ] {
            assert_eq!(direct_host(host), None, "{host}");
        }
    }
}
