//! Keys and queries, without a socket.

use super::*;

fn keys() -> Keys {
    Keys::new("s".repeat(40)).unwrap()
}

fn with(pairs: &[(&'static str, &str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(k, v)| (HeaderName::from_static(k), v.parse().unwrap()))
        .collect()
}

#[test]
fn each_kind_of_key_becomes_its_jwt() {
    let keys = keys();
    for (key, jwt) in [
        (&keys.anon, &keys.anon),
        (&keys.publishable, &keys.anon),
        (&keys.service_role, &keys.service_role),
        (&keys.secret, &keys.service_role),
    ] {
        let target = checked(&keys, &with(&[("apikey", key)]), "/t", Some("select=*")).unwrap();
        assert_eq!(
            target.bearer.unwrap().to_str().unwrap(),
            format!("Bearer {jwt}")
        );
        assert_eq!(target.uri, "/t?select=*");
    }
}

#[test]
fn a_token_of_the_request_stays() {
    let keys = keys();
    let headers = with(&[
        ("apikey", &keys.secret),
        ("authorization", "Bearer user.jwt.here"),
    ]);
    assert!(
        checked(&keys, &headers, "/t", None)
            .unwrap()
            .bearer
            .is_none()
    );
}

#[test]
fn no_key_and_unknown_keys_are_refused() {
    let keys = keys();
    for headers in [
        with(&[]),
        with(&[("apikey", "")]),
        with(&[("apikey", "nonsense")]),
    ] {
        let answer = checked(&keys, &headers, "/t", None).unwrap_err();
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
}

#[test]
fn the_key_may_stand_in_the_query_and_is_taken_out() {
    let keys = keys();
    let query = format!("select=*&apikey={}&limit=1", keys.publishable);
    let target = checked(&keys, &with(&[]), "", Some(&query)).unwrap();
    assert_eq!(target.uri, "/?select=*&limit=1");
    assert!(target.bearer.is_some());
}

#[test]
fn a_quoted_column_of_that_name_stays() {
    let query = "%22apikey%22=eq.x&select=%22apikey%22";
    let (rest, key) = split_key(Some(query));
    assert_eq!((rest.as_deref(), key), (Some(query), None));
    let (rest, key) = split_key(Some("api%6bey=a%2Bb"));
    assert_eq!((rest, key.as_deref()), (None, Some("a+b")));
}

#[test]
fn decoding_never_fails() {
    assert_eq!(decoded("a%2"), "a%2");
    assert_eq!(decoded("%zz+%41"), "%zz A");
}
