//! The wallet, and what it gives.

use std::fmt;
use std::fmt::Write as _;
use std::future::Future;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use supabase_http::BoxError;

/// An account of a wallet.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Web3Account {
    /// A public key of Solana, in base58.
    Solana(String),
    /// An address of Ethereum: `0x` and 40 hexadecimal digits.
    Ethereum(String),
}

/// A wallet of the user. Write the methods as `async fn`.
///
/// ```
/// use gotrue_rs::{Web3Account, Web3Signer};
/// use supabase_http::BoxError;
///
/// struct Ledger;
///
/// impl Web3Signer for Ledger {
///     async fn account(&self) -> Result<Web3Account, BoxError> {
///         Ok(Web3Account::Solana("9mHcGTTRUBRvMwZZmH6EGCn1v3AyMXpT1gcsrVXtMHX5".to_owned()))
///     }
///     async fn sign(&self, message: &str) -> Result<Vec<u8>, BoxError> {
///         Ok(ask_the_device(message.as_bytes())?)
///     }
/// }
/// # fn ask_the_device(_: &[u8]) -> Result<Vec<u8>, BoxError> { Ok(vec![0; 64]) }
/// # let rt = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # rt.block_on(async {
/// # assert!(Ledger.account().await.is_ok());
/// # assert_eq!(Ledger.sign("text").await.unwrap().len(), 64);
/// # });
/// ```
pub trait Web3Signer: Sync {
    /// The account that the user has chosen.
    fn account(&self) -> impl Future<Output = Result<Web3Account, BoxError>> + Send;

    /// The signature of a text by that account: of Solana the 64 bytes of Ed25519 over its bytes, of Ethereum the 65 bytes of
    /// `personal_sign` (EIP-191).
    fn sign(&self, message: &str) -> impl Future<Output = Result<Vec<u8>, BoxError>> + Send;
}

/// A text with its signature: what signs a user in, for ten minutes. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Web3Proof {
    pub(super) chain: &'static str,
    pub(super) message: String,
    pub(super) signature: String,
}

/// ```no_run
/// # async fn demo(auth: gotrue_rs::AuthClient, text: &str, signed: &[u8]) -> Result<(), gotrue_rs::Error> {
/// use gotrue_rs::Web3Proof;
///
/// let proof = Web3Proof::solana(text, signed);
/// println!("signed: {}", proof.message());
/// let by_solana = auth.sign_in_with_web3(proof).await?;
/// let by_ethereum = auth.sign_in_with_web3(Web3Proof::ethereum(text, signed)).await?;
/// let as_told = auth.sign_in_with_web3(Web3Proof::ethereum_hex(text, "0x5d99…")).await?;
/// # Ok(()) }
/// ```
impl Web3Proof {
    /// A text and its signature by an account of Solana, for wallets that make the text themselves.
    #[must_use]
    pub fn solana(message: impl Into<String>, signature: &[u8]) -> Self {
        Self {
            chain: "solana",
            message: message.into(),
            signature: URL_SAFE_NO_PAD.encode(signature),
        }
    }

    /// A text and its signature by an account of Ethereum.
    #[must_use]
    pub fn ethereum(message: impl Into<String>, signature: &[u8]) -> Self {
        let mut text = "0x".to_owned();
        for byte in signature {
            // Writing to a `String` does not fail.
            let _ = write!(text, "{byte:02x}");
        }
        Self::ethereum_hex(message, text)
    }

    /// The same with the signature as wallets tell it: `0x` and 130 hexadecimal digits. Without the `0x` it is added, which
    /// the server insists on.
    #[must_use]
    pub fn ethereum_hex(message: impl Into<String>, signature: impl Into<String>) -> Self {
        let signature = signature.into();
        let is_bare = !signature.is_empty() && !signature.starts_with("0x");
        Self {
            chain: "ethereum",
            message: message.into(),
            signature: if is_bare {
                format!("0x{signature}")
            } else {
                signature
            },
        }
    }

    /// The text that was signed.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Debug for Web3Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Web3Proof")
            .field("chain", &self.chain)
            .finish_non_exhaustive()
    }
}
