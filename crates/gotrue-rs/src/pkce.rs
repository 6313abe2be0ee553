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

/// ```
/// # fn main() -> Result<(), gotrue_rs::Error> {
/// use gotrue_rs::PkceFlow;
///
/// let flow = PkceFlow::new()?;
/// assert_eq!(flow.id().len(), 32);
/// assert_eq!(flow.challenge().len(), 43);
/// assert_eq!(flow.expose_verifier().len(), 43);
/// assert!(!flow.is_recovery());
/// # Ok(()) }
/// ```
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

    /// A flow as it was kept: its [id](PkceFlow::id), its [verifier](PkceFlow::expose_verifier), and whether it was
    /// [begun by a lost password](PkceFlow::is_recovery).
    ///
    /// ```
    /// use gotrue_rs::PkceFlow;
    ///
    /// let flow = PkceFlow::new()?;
    /// let kept = (flow.id().to_owned(), flow.expose_verifier().to_owned(), flow.is_recovery());
    /// assert_eq!(PkceFlow::from_parts(kept.0, kept.1, kept.2)?, flow);
    /// # Ok::<(), gotrue_rs::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) for an id that is not 8 to 64 letters, digits, `-` or `_`, or a
    /// verifier that is not 43 to 128 letters, digits or `-._~` ([RFC 7636, 4.1](https://www.rfc-editor.org/rfc/rfc7636#section-4.1)).
    pub fn from_parts(
        id: impl Into<String>,
        verifier: impl Into<String>,
        is_recovery: bool,
    ) -> Result<Self> {
        let (id, verifier) = (id.into(), verifier.into());
        let fits = |text: &str, signs: &str| {
            text.chars()
                .all(|c| c.is_ascii_alphanumeric() || signs.contains(c))
        };
        if !(8..=64).contains(&id.len()) || !fits(&id, "-_") {
            return Err(Error::request(
                "the flow's id must be 8 to 64 letters, digits, `-` or `_`",
            ));
        }
        if !(43..=128).contains(&verifier.len()) || !fits(&verifier, "-._~") {
            return Err(Error::request(
                "the flow's verifier must be 43 to 128 letters, digits or `-._~`",
            ));
        }
        Ok(Self {
            id,
            verifier,
            is_recovery,
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

#[cfg(test)]
mod tests {
    //! The example of the specification, and the shape of what is made.

    use super::*;

    #[test]
    fn the_challenge_is_that_of_the_specification() {
        // RFC 7636, appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let flow = PkceFlow::from_parts("an-id-of-mine", verifier, false).unwrap();
        assert_eq!(
            flow.challenge(),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
        assert!(!format!("{flow:?} {flow:#?}").contains(verifier));
    }

    #[test]
    fn flows_differ_and_can_be_kept() {
        let (one, other) = (PkceFlow::new().unwrap(), PkceFlow::new().unwrap());
        assert_ne!(one.id(), other.id());
        assert_ne!(one.expose_verifier(), other.expose_verifier());
        let kept = PkceFlow::from_parts(one.id(), one.expose_verifier(), one.is_recovery());
        assert_eq!(kept.unwrap(), one);
        for (id, verifier) in [
            ("short", "v".repeat(43)),
            ("long enough", "v".repeat(43)),
            ("long-enough", "v".repeat(42)),
            ("long-enough", "ü".repeat(43)),
        ] {
            assert!(PkceFlow::from_parts(id, verifier, false).is_err());
        }
    }
}
