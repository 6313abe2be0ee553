//! The device of the user.

use std::future::Future;
use std::sync::Arc;

use supabase_http::{BoxError, BoxFuture, Error};

use super::{Assertion, CredentialCreationOptions, CredentialRequestOptions, NewCredential};

/// What holds the user's credentials: the platform's passkeys, or a security key. Write the methods as `async fn`.
///
/// A device, and the part of the system that speaks to it, checks where it is asked from. So the app gives its own: the
/// system's API for passkeys, or a library for security keys.
///
/// ```
/// use gotrue_rs::{Assertion, Authenticator, CredentialCreationOptions, CredentialRequestOptions, NewCredential};
/// use supabase_http::BoxError;
///
/// struct Platform;
///
/// impl Authenticator for Platform {
///     async fn create(&self, options: CredentialCreationOptions) -> Result<NewCredential, BoxError> {
///         let json = ask_the_system("create", serde_json::to_string(&options)?)?;
///         Ok(serde_json::from_str(&json)?)
///     }
///     async fn get(&self, options: CredentialRequestOptions) -> Result<Assertion, BoxError> {
///         let json = ask_the_system("get", serde_json::to_string(&options)?)?;
///         Ok(serde_json::from_str(&json)?)
///     }
/// }
/// # fn ask_the_system(_: &str, _: String) -> Result<String, BoxError> { Err("no device".into()) }
/// # async fn demo(device: Platform) {
/// # assert!(device.create(CredentialCreationOptions::default()).await.is_err());
/// # assert!(device.get(CredentialRequestOptions::default()).await.is_err());
/// # }
/// ```
pub trait Authenticator: Send + Sync {
    /// Makes a credential (`navigator.credentials.create`).
    fn create(
        &self,
        options: CredentialCreationOptions,
    ) -> impl Future<Output = Result<NewCredential, BoxError>> + Send;

    /// Signs by a credential (`navigator.credentials.get`).
    fn get(
        &self,
        options: CredentialRequestOptions,
    ) -> impl Future<Output = Result<Assertion, BoxError>> + Send;
}

impl<A: Authenticator> Authenticator for Arc<A> {
    async fn create(&self, options: CredentialCreationOptions) -> Result<NewCredential, BoxError> {
        (**self).create(options).await
    }

    async fn get(&self, options: CredentialRequestOptions) -> Result<Assertion, BoxError> {
        (**self).get(options).await
    }
}

/// A device whose type is not told.
pub(crate) type Device = Box<dyn Erased>;

pub(crate) trait Erased: Send + Sync {
    fn create(
        &self,
        options: CredentialCreationOptions,
    ) -> BoxFuture<'_, Result<NewCredential, BoxError>>;
    fn get(&self, options: CredentialRequestOptions) -> BoxFuture<'_, Result<Assertion, BoxError>>;
}

impl<A: Authenticator> Erased for A {
    fn create(
        &self,
        options: CredentialCreationOptions,
    ) -> BoxFuture<'_, Result<NewCredential, BoxError>> {
        Box::pin(Authenticator::create(self, options))
    }

    fn get(&self, options: CredentialRequestOptions) -> BoxFuture<'_, Result<Assertion, BoxError>> {
        Box::pin(Authenticator::get(self, options))
    }
}

pub(crate) fn device_error(why: BoxError) -> Error {
    Error::credential_caused_by("the user's device gave no answer", why)
}
