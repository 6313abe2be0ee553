//! Access tokens checked locally: claims, key sets, and the verifier that keeps them.

mod claims;
mod error;
mod get_claims;
mod jwk;
mod keys;
mod signature;
mod token;
mod verifier;

pub use claims::{Audience, AuthMethod, Claims, NumericDate};
pub use error::JwtError;
pub use get_claims::GetClaims;
pub use jwk::JwkSet;
pub use verifier::JwtVerifier;
