//! The whole life of users, on a real auth server.
//!
//! It runs where `SUPABASE_TEST_URL`, `SUPABASE_TEST_PUBLISHABLE_KEY` and `SUPABASE_TEST_SECRET_KEY` say, and says plainly when
//! they do not. The server sends its mails and texts to hooks at `SUPABASE_TEST_HOOKS` (such as `127.0.0.1:9911`), where this
//! test listens: the project's hooks are `http://127.0.0.1:9911/mail` and `/sms`. A new address must be confirmed there, manual
//! linking, anonymous users, TOTP, passkeys, own providers and the OAuth server must be on, passwords have 8 characters at
//! least, and a phone gets one text a minute.
#![cfg(feature = "jwks")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

use std::io::Write as _;

use gotrue_rs::{AuthClient, Error, ErrorCode};

mod accounts;
mod administration;
mod hooks;
mod ways_in;

use hooks::Hooks;

/// What the parts of the test work with.
pub(crate) struct World {
    pub(crate) url: String,
    /// By the publishable key.
    pub(crate) auth: AuthClient,
    /// By the secret key.
    pub(crate) admin: AuthClient,
    pub(crate) hooks: Hooks,
    /// Sets the users of this run apart from those of earlier ones.
    run: String,
}

impl World {
    /// An address that nobody has.
    pub(crate) fn address(&self, name: &str) -> String {
        format!("{name}-{}@example.com", self.run)
    }
}

/// The code of the error that must have come.
pub(crate) fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> ErrorCode {
    let error = result.unwrap_err();
    ErrorCode::of(&error).unwrap_or_else(|| panic!("no code: {error}"))
}

async fn world() -> Option<World> {
    let [url, key, secret, hooks] = [
        "SUPABASE_TEST_URL",
        "SUPABASE_TEST_PUBLISHABLE_KEY",
        "SUPABASE_TEST_SECRET_KEY",
        "SUPABASE_TEST_HOOKS",
    ]
    .map(std::env::var);
    let (Ok(url), Ok(key), Ok(secret), Ok(hooks)) = (url, key, secret, hooks) else {
        // Not captured, so that it is always to be seen.
        let _ = writeln!(
            std::io::stderr(),
            "skipped: SUPABASE_TEST_URL, SUPABASE_TEST_PUBLISHABLE_KEY, SUPABASE_TEST_SECRET_KEY and SUPABASE_TEST_HOOKS say where the auth server is"
        );
        return None;
    };
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    Some(World {
        auth: AuthClient::new(&url, &key).unwrap(),
        admin: AuthClient::new(&url, &secret).unwrap(),
        url,
        hooks: Hooks::listen(&hooks).await,
        run: now.as_millis().to_string(),
    })
}

#[tokio::test]
async fn the_life_of_users() {
    let Some(world) = world().await else { return };
    let mut parts = 0;
    macro_rules! live {
        ($($part:path),* $(,)?) => {$(
            $part(&world).await.unwrap_or_else(|error| panic!("{}: {error}", stringify!($part)));
            parts += 1;
        )*};
    }
    live!(
        accounts::a_password,
        accounts::a_new_password,
        accounts::a_new_address,
        accounts::sessions_end,
        accounts::a_kept_session,
        accounts::claims,
        ways_in::codes_and_links,
        ways_in::a_phone,
        ways_in::nobody_at_first,
        ways_in::second_factors,
        ways_in::passkeys_and_providers,
        administration::users,
        administration::links_and_invitations,
        administration::other_apps,
        administration::own_providers,
        administration::by_the_wrong_key,
    );
    let _ = writeln!(
        std::io::stderr(),
        "{parts} parts of a user's life, {} messages",
        world.hooks.count()
    );
}
