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

#[cfg(test)]
mod tests {
    //! The examples of RFC 7515 (A.2, A.3) and RFC 8037 (A.4), with their keys as RFC 7517 writes them.

    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::json;

    use super::*;
    use crate::JwkSet;

    const JOE: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

    #[test]
    fn the_specified_signatures_are_valid_and_nothing_beside_them() {
        let keys = JwkSet::from_json(&json!({ "keys": [
            { "kty": "RSA", "kid": "k", "e": "AQAB", "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ" },
            { "kty": "EC", "kid": "k", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" },
            { "kty": "OKP", "kid": "k", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" }
        ] }))
        .unwrap();
        let cases = [
            (
                "RS256",
                format!("eyJhbGciOiJSUzI1NiJ9.{JOE}"),
                "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
            ),
            (
                "ES256",
                format!("eyJhbGciOiJFUzI1NiJ9.{JOE}"),
                "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
            ),
            (
                "EdDSA",
                "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc".to_owned(),
                "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
            ),
        ];
        for (algorithm, signed, signature) in cases {
            let key = &keys.find("k", algorithm).unwrap().key;
            let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
            assert!(is_valid(key, signed.as_bytes(), &signature), "{algorithm}");
            for bit in 0..signed.len() * 8 {
                let mut changed = signed.clone().into_bytes();
                changed[bit / 8] ^= 1 << (bit % 8);
                assert!(!is_valid(key, &changed, &signature), "{algorithm} {bit}");
            }
            for at in 0..signature.len() {
                let mut changed = signature.clone();
                changed[at] ^= 1;
                assert!(
                    !is_valid(key, signed.as_bytes(), &changed),
                    "{algorithm} {at}"
                );
                assert!(
                    !is_valid(key, signed.as_bytes(), &signature[..at]),
                    "{algorithm}"
                );
            }
        }
    }
}
