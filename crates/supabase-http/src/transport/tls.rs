//! TLS by rustls: which provider, which roots, and our own certificate.

use std::fmt;
use std::sync::{Arc, OnceLock};

use rustls::ClientConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::{Error, Result};

/// Certificates to trust beside the usual roots: of a company's own authority, or of a local stack.
#[derive(Clone)]
pub struct Certificate(Vec<CertificateDer<'static>>);

impl Certificate {
    /// All certificates of a PEM file; other sections in it are passed over.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let authority = supabase_http::Certificate::from_pem(&std::fs::read("authority.pem")?)?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// The text is no PEM, or holds no certificate.
    pub fn from_pem(pem: &[u8]) -> Result<Self> {
        let found = CertificateDer::pem_slice_iter(pem)
            .collect::<std::result::Result<Vec<_>, _>>()
            .map_err(|error| {
                Error::request_caused_by("the certificate's PEM cannot be read", error)
            })?;
        if found.is_empty() {
            return Err(Error::request("the PEM holds no `CERTIFICATE` section"));
        }
        Ok(Self(found))
    }

    /// One certificate in DER form.
    ///
    /// It is read when the client first needs TLS, so a malformed one is an error there.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let authority = supabase_http::Certificate::from_der(std::fs::read("authority.der")?);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn from_der(der: impl Into<Vec<u8>>) -> Self {
        Self(vec![CertificateDer::from(der.into())])
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.0.len())
    }
}

/// The certificate and private key that a client shows to a server which asks for them (mutual TLS).
#[derive(Clone)]
pub struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: Arc<PrivateKeyDer<'static>>,
}

impl Identity {
    /// The certificate chain (its own certificate first) and the private key (PKCS#8, PKCS#1 or SEC1), both as PEM.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let identity =
    ///     supabase_http::Identity::from_pem(&std::fs::read("me.pem")?, &std::fs::read("me.key")?)?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Either text cannot be read as PEM or lacks its section. Whether they fit each other is seen when a client
    /// of an `https://` URL is made.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self> {
        let chain = Certificate::from_pem(chain)?.0;
        // The cause could quote the text, so it is left out.
        let key = PrivateKeyDer::from_pem_slice(key)
            .map_err(|_| Error::request("the PEM holds no private key that can be read"))?;
        Ok(Self {
            chain,
            key: Arc::new(key),
        })
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(..)")
    }
}

/// The TLS settings; made at most once, when first needed, since reading the system's roots takes milliseconds.
#[derive(Clone)]
pub(super) struct Tls(Arc<Lazy>);

struct Lazy {
    roots: Vec<Certificate>,
    identity: Option<Identity>,
    http2: bool,
    made: OnceLock<Result<Arc<ClientConfig>, String>>,
}

impl Tls {
    pub(super) fn new(roots: Vec<Certificate>, identity: Option<Identity>, http2: bool) -> Self {
        Self(Arc::new(Lazy {
            roots,
            identity,
            http2,
            made: OnceLock::new(),
        }))
    }

    pub(super) fn config(&self) -> Result<Arc<ClientConfig>, String> {
        self.0
            .made
            .get_or_init(|| self.0.make().map(Arc::new))
            .clone()
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("roots", &self.0.roots)
            .field("identity", &self.0.identity)
            .finish_non_exhaustive()
    }
}

impl Lazy {
    fn make(&self) -> Result<ClientConfig, String> {
        let provider = provider();
        let extra = self
            .roots
            .iter()
            .flat_map(|certificate| certificate.0.iter().cloned());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("the TLS provider fits no TLS version: {error}"))?;
        let builder = trust(builder, extra, provider)?;
        let mut config = match &self.identity {
            None => builder.with_no_client_auth(),
            Some(identity) => builder
                .with_client_auth_cert(identity.chain.clone(), identity.key.clone_key())
                .map_err(|error| format!("the client identity cannot be used: {error}"))?,
        };
        config.alpn_protocols = if self.http2 {
            vec![b"h2".to_vec(), b"http/1.1".to_vec()]
        } else {
            vec![b"http/1.1".to_vec()]
        };
        Ok(config)
    }
}

/// The process's own provider, if the application has installed one, else that of the feature.
fn provider() -> Arc<CryptoProvider> {
    if let Some(installed) = CryptoProvider::get_default() {
        return Arc::clone(installed);
    }
    #[cfg(feature = "rustls-ring")]
    let provider = rustls::crypto::ring::default_provider();
    #[cfg(not(feature = "rustls-ring"))]
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    Arc::new(provider)
}

type WantsRoots = rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>;
type WantsIdentity = rustls::ConfigBuilder<ClientConfig, rustls::client::WantsClientCert>;

/// Mozilla's roots, compiled in.
#[cfg(feature = "webpki-roots")]
fn trust(
    builder: WantsRoots,
    extra: impl Iterator<Item = CertificateDer<'static>>,
    _: Arc<CryptoProvider>,
) -> Result<WantsIdentity, String> {
    let mut roots = rustls::RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    for certificate in extra {
        roots.add(certificate).map_err(bad_root)?;
    }
    Ok(builder.with_root_certificates(roots))
}

/// The operating system's own judgement.
#[cfg(not(feature = "webpki-roots"))]
fn trust(
    builder: WantsRoots,
    extra: impl Iterator<Item = CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
) -> Result<WantsIdentity, String> {
    let extra: Vec<_> = extra.collect();
    // Checked first, so that the errors after it are about the system.
    let mut check = rustls::RootCertStore::empty();
    for certificate in &extra {
        check.add(certificate.clone()).map_err(bad_root)?;
    }
    #[cfg(target_os = "android")]
    let verifier = if extra.is_empty() {
        rustls_platform_verifier::Verifier::new(provider)
    } else {
        return Err("extra root certificates are not supported on Android".to_owned());
    };
    #[cfg(not(target_os = "android"))]
    let verifier = rustls_platform_verifier::Verifier::new_with_extra_roots(extra, provider);
    let verifier = verifier.map_err(|error| {
        format!(
            "the system's trusted certificates cannot be used ({error}): install the system's package of them \
             (often named `ca-certificates`) or turn on the feature `webpki-roots`"
        )
    })?;
    Ok(builder
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier)))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that map_err wants"
)]
fn bad_root(error: rustls::Error) -> String {
    format!("an extra root certificate cannot be read: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_is_an_error() {
        assert!(Certificate::from_pem(b"hello").is_err());
        assert!(Identity::from_pem(b"hello", b"hello").is_err());
        let tls = Tls::new(vec![Certificate::from_der(*b"junk")], None, true);
        let error = tls.config().unwrap_err();
        assert!(
            error.starts_with("an extra root certificate cannot be read"),
            "{error}"
        );
        // Made once: the second answer is the first.
        assert_eq!(tls.config().unwrap_err(), error);
    }

    #[test]
    fn http2_is_offered_only_when_wanted() {
        // A root of our own, for machines that have none.
        let root = rcgen::generate_simple_self_signed(vec!["host".to_owned()]).unwrap();
        let offered = |http2| {
            let root = Certificate::from_der(root.cert.der().to_vec());
            let config = Tls::new(vec![root], None, http2).config().unwrap();
            config.alpn_protocols.clone()
        };
        assert_eq!(offered(false), [b"http/1.1"]);
        assert_eq!(offered(true), [b"h2".to_vec(), b"http/1.1".to_vec()]);
    }
}
