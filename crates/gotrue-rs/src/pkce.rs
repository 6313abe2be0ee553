//! Proof key for code exchange ([RFC 7636](https://www.rfc-editor.org/rfc/rfc7636)): who began a sign-in ends it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use supabase_http::{Error, Result};

/// A sign-in under way whose code only its beginner can exchange.
///
/// It holds the secret verifier, which `Debug` does not show. A client without a store hands it out with the call that
/// begins the sign-in; keep it until the user comes back with a code.
#[derive(Clone, PartialEq, Eq)]
pub struct PkceFlow {
    id: String,
    verifier: String,
    is_recovery: bool,
}

impl PkceFlow {
    /// Makes a flow with a fresh verifier.
    ///
    /// # Errors
    /// [`ErrorKind::Runtime`](crate::ErrorKind::Runtime) if the system has no randomness to give.
    pub fn new() -> Result<Self> {
        let mut random = [0_u8; 48];
        getrandom::fill(&mut random)
            .map_err(|why| Error::runtime(format!("the system gives no random numbers: {why}")))?;
        let (id, verifier) = random.split_at(16);
        Ok(Self {
            id: id.iter().map(|byte| format!("{byte:02x}")).collect(),
            verifier: URL_SAFE_NO_PAD.encode(verifier),
            is_recovery: false,
        })
    }

    /// The same flow, begun by a lost password.
    pub(crate) fn for_recovery(self) -> Self {
        Self {
            is_recovery: true,
            ..self
        }
    }

    /// Whether a lost password began it, so that the user should now set a new one.
    #[must_use]
    pub fn is_recovery(&self) -> bool {
        self.is_recovery
    }

    /// The flow's id: 32 hexadecimal digits, no secret.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What the server gets at the beginning: the hash of the verifier.
    #[must_use]
    pub fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier.as_bytes()))
    }

    /// What the server gets in the end. Mind where it goes.
    #[must_use]
    pub fn expose_verifier(&self) -> &str {
        &self.verifier
    }
}

impl fmt::Debug for PkceFlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PkceFlow")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
