//! The search for a secret.

use std::any::type_name;
use std::error::Error;
use std::fmt::Debug;

/// In every secret of a canary test, and nowhere else.
pub const CANARY: &str = "canary";

/// The same in the forms in which it might be shown: as base64, at the three places where a group can begin, in
/// hexadecimal, and as a list of bytes.
const FORMS: &[&str] = &[
    CANARY,
    "Y2FuYXJ5",
    "NhbmFye",
    "jYW5hcn",
    "63616e617279",
    "99,97,110,97,114,121",
];

/// Fails if `text`, which `what` shows, holds the canary.
#[track_caller]
pub fn clean(what: &str, text: &str) {
    let dense: String = text.split_whitespace().collect();
    for form in FORMS {
        assert!(!dense.contains(form), "{what} shows a secret: {text}");
    }
}

/// Fails if the `Debug` of a value shows the canary.
#[track_caller]
pub fn quiet<T: Debug + ?Sized>(value: &T) {
    clean(type_name::<T>(), &format!("{value:?}"));
    clean(type_name::<T>(), &format!("{value:#?}"));
}

/// Fails if an error, or one of its causes, shows the canary.
#[track_caller]
pub fn quiet_error<T: Error>(error: &T) {
    quiet(error);
    clean(type_name::<T>(), &error.to_string());
    let mut next = error.source();
    while let Some(source) = next {
        quiet(source);
        clean("a cause", &source.to_string());
        next = source.source();
    }
}

/// Fails if a type has room for anything: a marker that does not can keep no secret.
#[track_caller]
pub fn holds_nothing<T>() {
    assert_eq!(size_of::<T>(), 0, "{} holds something", type_name::<T>());
}

#[cfg(test)]
mod tests {
    //! Each kind of leak is found.

    use std::fmt;
    use std::panic::catch_unwind;

    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    use super::*;

    fn found(text: &str) -> bool {
        catch_unwind(|| clean("a test", text)).is_err()
    }

    #[test]
    fn a_secret_is_found_in_every_form() {
        assert!(!found("nothing of it, 99, 97"));
        assert!(found("a canary b"));
        assert!(found(&format!("{:?}", CANARY.as_bytes())));
        assert!(found(&format!("{:#?}", CANARY.as_bytes())));
        for before in ["", "m", "me", "me:", "?"] {
            for after in ["", "y", "~~", "???"] {
                let secret = format!("{before}{CANARY}{after}");
                assert!(found(&STANDARD.encode(&secret)), "{secret}");
                assert!(found(&URL_SAFE_NO_PAD.encode(&secret)), "{secret}");
            }
        }
    }

    #[derive(Debug)]
    struct Outer(Inner);

    #[derive(Debug)]
    struct Inner;

    impl fmt::Display for Outer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("quiet itself")
        }
    }

    impl fmt::Display for Inner {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(CANARY)
        }
    }

    impl Error for Inner {}

    impl Error for Outer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn causes_are_looked_at() {
        quiet(&Outer(Inner));
        assert!(catch_unwind(|| quiet_error(&Outer(Inner))).is_err());
    }

    #[test]
    fn room_is_noticed() {
        holds_nothing::<Inner>();
        assert!(catch_unwind(holds_nothing::<u8>).is_err());
    }
}
