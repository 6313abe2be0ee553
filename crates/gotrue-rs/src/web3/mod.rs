//! Signing in by a wallet: the text that it signs, the wallet itself behind a trait, and the call.

mod message;
mod signer;

pub use message::Web3Message;
pub use signer::{Web3Account, Web3Proof, Web3Signer};

use http::Method;

use crate::builders::{builder, captcha};
use crate::call::{Answer, signed_in};
use crate::{AuthCall, AuthClient, Session};

builder! {
    /// Signs in by a wallet; see [`AuthClient::sign_in_with_web3`].
    SignInWithWeb3 => Session
}
captcha!(SignInWithWeb3);

impl AuthClient {
    /// Signs in by a text that the user's wallet has signed (`POST /token?grant_type=web3`). The wallet's account is the user:
    /// who is not known yet is made.
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient, wallet: impl gotrue_rs::Web3Signer) -> Result<(), gotrue_rs::Error> {
    /// use gotrue_rs::Web3Message;
    ///
    /// let message = Web3Message::new("https://app.example.com/").statement("I accept the terms");
    /// let session = auth.sign_in_with_web3(message.signed_by(&wallet).await?).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Web3ProviderDisabled`](crate::ErrorCode::Web3ProviderDisabled);
    /// [`ValidationFailed`](crate::ErrorCode::ValidationFailed) for a text that the server cannot read; a code of
    /// `invalid_grant` for a signature that is not the account's, and for a text that is too old or of another app.
    pub fn sign_in_with_web3(&self, proof: Web3Proof) -> SignInWithWeb3 {
        let call = AuthCall::new(
            self,
            "sign in with web3",
            Method::POST,
            "/auth/v1/token",
            &["token"],
            Answer::session,
        );
        SignInWithWeb3(
            call.query("grant_type", "web3")
                .field("chain", proof.chain)
                .required("message", "the signed text", proof.message)
                .required("signature", "the signature", proof.signature)
                .then(signed_in),
        )
    }
}
