//! Checking signatures, by ring or by aws-lc-rs, whose interfaces are the same here.

#[cfg(feature = "jwks-aws-lc-rs")]
use aws_lc_rs::signature as crypto;
#[cfg(not(feature = "jwks-aws-lc-rs"))]
use ring::signature as crypto;

use super::jwk::PublicKey;

/// Whether `signature` over `signed` was made with the private half of this key.
pub(crate) fn is_valid(key: &PublicKey, signed: &[u8], signature: &[u8]) -> bool {
    match key {
        PublicKey::Rsa { n, e } => crypto::RsaPublicKeyComponents { n, e }.verify(
            &crypto::RSA_PKCS1_2048_8192_SHA256,
            signed,
            signature,
        ),
        // Raw r and s, 32 bytes each, as RFC 7518, 3.4 has it; never DER.
        PublicKey::P256(point) => {
            crypto::UnparsedPublicKey::new(&crypto::ECDSA_P256_SHA256_FIXED, point)
                .verify(signed, signature)
        }
        PublicKey::Ed25519(key) => {
            crypto::UnparsedPublicKey::new(&crypto::ED25519, key).verify(signed, signature)
        }
    }
    .is_ok()
}
