//! WebAuthn: what a device is asked and what it answers, in the JSON form of the specification, and the device behind a trait.

mod authenticator;
mod options;
mod response;

pub(crate) use authenticator::{Device, device_error};

pub use authenticator::Authenticator;
pub use options::{
    CredentialCreationOptions, CredentialDescriptor, CredentialParameters,
    CredentialRequestOptions, CredentialRp, CredentialUser,
};
pub use response::{Assertion, AssertionResponse, AttestationResponse, NewCredential};
