//! The administration of users.

use std::time::Duration;

use conformance::Call::{Replay, Unwritable};
use conformance::probe::Observe as _;
use conformance::{Call, Entry, Seen, d, js, py};
use gotrue_rs::{
    AccessToken, AuthCall, BanDuration, Email, Factor, GenerateLink, Link, ListUsers, Phone,
};
use serde_json::json;
use supabase_http::Result;

use super::{ADA, PY, plain};

pub(super) const USER: &str = "11111111-2222-4333-8444-555555555555";
const FACTOR: &str = "f0000000-0000-4000-8000-000000000001";
const ABC: Email<&str> = Email("a@b.c");
const NEW: Email<&str> = Email("new@example.com");
const PY_USER: &str = "11111111-1111-1111-1111-111111111111";
const PY_MAIL: Email<&str> = Email("user@email.com");
const DAY: Duration = Duration::from_secs(24 * 3600);
const LONG: Duration = Duration::from_secs(100 * 3600 + 30 * 60);

/// A page as the JavaScript client returns it, with 0 for what it does not know.
async fn page(call: ListUsers) -> Result<Seen> {
    let page = call.await?;
    let data = json!({
        "users": page.users, "aud": page.aud, "nextPage": page.next_page,
        "lastPage": page.last_page.unwrap_or(0), "total": page.total.unwrap_or(0),
    });
    Ok(Seen { data, count: None })
}

/// The users alone, as the Python client returns them.
async fn users(call: ListUsers) -> Result<Seen> {
    Ok(Seen { data: json!(call.await?.users), count: None })
}

/// A link as both clients return it.
async fn link(call: GenerateLink) -> Result<Seen> {
    let link = call.await?;
    let properties = json!({
        "action_link": link.action_link.expose(),
        "email_otp": link.email_otp.expose(),
        "hashed_token": link.hashed_token.expose(),
        "verification_type": link.verification_type,
        "redirect_to": link.redirect_to,
    });
    Ok(Seen { data: json!({ "properties": properties, "user": link.user }), count: None })
}

/// Factors as the JavaScript client returns them.
async fn factors(call: AuthCall<Vec<Factor>>) -> Result<Seen> {
    Ok(Seen { data: json!({ "factors": call.await? }), count: None })
}

/// Both links of a change of address; the last one is what the case returns.
const CHANGES: Call = Replay(|stage| {
    Box::pin(async move {
        let (current, new) = ("current.email@example.com", "new.email@example.com");
        let admin = stage.auth()?.admin();
        admin.generate_link(Link::email_change_current(current, new)).await?;
        link(admin.generate_link(Link::email_change_new(current, new))).await.map(Some)
    })
});

/// Ends the sessions of the user of this token.
const SIGN_OUT: Call = Replay(|stage| {
    Box::pin(async move {
        let token = AccessToken::parse("user-jwt")?;
        Ok(Some(stage.auth()?.admin().sign_out(token).await?.observe()))
    })
});

pub(crate) const CASES: &[Entry] = &[
    js("create-user/email", call!(|a| a.admin().create_user(ADA).password("pa55word").confirmed())),
    js(
        "create-user/metadata",
        call!(|a| a
            .admin()
            .create_user(ADA)
            .user_metadata(&json!({ "name": "Ada" }))
            .app_metadata(&json!({ "roles": ["a", "b"] }))),
    ),
    js(
        "create-user/all",
        call!(|a| a
            .admin()
            .create_user(ADA)
            .id(USER)
            .phone("+1")
            .password("p")
            .password_hash("$2y$10$abc")
            .email_confirm(true)
            .phone_confirm(false)
            .user_metadata(&json!({}))
            .app_metadata(&json!({}))
            .role("authenticated")
            .ban_duration(BanDuration::For(DAY))),
    ).server_wins("the server asks an administrator for no nonce", &[d("body", "{\"app_metadata\":{},\"ban_duration\":\"24h\",\"email\":\"ada@example.com\",\"email_confirm\":true,\"id\":\"11111111-2222-4333-8444-555555555555\",\"nonce\":\"n\",\"password\":\"p\",\"password_hash\":\"$2y$10$abc\",\"phone\":\"+1\",\"phone_confirm\":false,\"role\":\"authenticated\",\"user_metadata\":{}}", "{\"app_metadata\":{},\"ban_duration\":\"24h\",\"email\":\"ada@example.com\",\"email_confirm\":true,\"id\":\"11111111-2222-4333-8444-555555555555\",\"password\":\"p\",\"password_hash\":\"$2y$10$abc\",\"phone\":\"+1\",\"phone_confirm\":false,\"role\":\"authenticated\",\"user_metadata\":{}}")]),
    js("create-user/empty", Unwritable).ours_by_design("shapes-are-types", "a user is made with an address or a phone", &[d("call", "POST /auth/v1/admin/users {}", "cannot be written")]),
    js("create-user/exists", call!(|a| a.admin().create_user(ADA))),
    js("create-user/not-admin", call!(|a| a.admin().create_user(ABC))),
    js("create-user/uses-key-not-session", call!(|a| a.admin().create_user(ABC))),
    js("create-user/wrapped", call!(|a| a.admin().create_user(ABC))),
    js("get-user/uppercase-uuid", call!(|a| a.admin().get_user_by_id(USER))),
    js("get-user/bad-uuid", call!(|a| a.admin().get_user_by_id("not-a-uuid"))),
    js("list-users/page", call!(|a| page(a.admin().list_users().page(2).per_page(10)))),
    js("list-users/page-only", call!(|a| page(a.admin().list_users().page(1)))),
    js("list-users/per-page-only", call!(|a| page(a.admin().list_users().per_page(1000)))),
    js("list-users/zero", call!(|a| page(a.admin().list_users().page(0).per_page(0)))),
    js("list-users/last-page", call!(|a| page(a.admin().list_users().page(5).per_page(10)))),
    js("list-users/absolute-link", call!(|a| page(a.admin().list_users().page(1).per_page(10)))).client_bug("only the first digit of a number is read, and of the wrong one", &[d("data/lastPage", "1", "2"), d("data/nextPage", "1", "2")]),
    js("list-users/forbidden", call!(|a| page(a.admin().list_users()))),
    js("list-users/500-text", call!(|a| page(a.admin().list_users()))).ours_by_design("plain-text-errors", "the JavaScript client reads no bodies of gateways", &[d("error message", "Internal Server Error", "oops")]),
    js("update-user/email", call!(|a| a.admin().update_user_by_id(USER).email("new@example.com"))),
    js(
        "update-user/ban",
        call!(|a| a.admin().update_user_by_id(USER).ban_duration(BanDuration::For(LONG))),
    ),
    js(
        "update-user/unban",
        call!(|a| a.admin().update_user_by_id(USER).ban_duration(BanDuration::None)),
    ),
    js(
        "update-user/all",
        call!(|a| a
            .admin()
            .update_user_by_id(USER)
            .email("n@e.c")
            .phone("+1")
            .password("p")
            .email_confirm(true)
            .phone_confirm(true)
            .user_metadata(&json!({ "a": null }))
            .app_metadata(&json!({ "b": 1 }))
            .role("r")
            .ban_duration(BanDuration::None)),
    ),
    js("update-user/empty", call!(|a| a.admin().update_user_by_id(USER))).ours_by_design("empty-is-refused", "a change of nothing is a mistake", &[d("request", "PUT /auth/v1/admin/users/11111111-2222-4333-8444-555555555555 {}", "refused")]),
    js("update-user/not-found", call!(|a| a.admin().update_user_by_id(USER).email("a@b.c"))),
    js("delete-user/soft", call!(|a| a.admin().delete_user(USER).soft())).client_bug("the user is read before they are deleted", &[d("requests", "2", "1"), d("method", "GET", "DELETE"), d("body", "none", "{\"should_soft_delete\":true}"), d("data", "{\"user\":{\"app_metadata\":{\"provider\":\"email\",\"providers\":[\"email\"]},\"aud\":\"authenticated\",\"created_at\":\"2025-12-01T00:00:00Z\",\"email\":\"ada@example.com\",\"id\":\"11111111-2222-4333-8444-555555555555\",\"phone\":\"\",\"role\":\"authenticated\",\"updated_at\":\"2026-01-01T00:00:00Z\",\"user_metadata\":{\"name\":\"Ada\"}}}", "null")]),
    js("delete-user/not-found", call!(|a| a.admin().delete_user(USER))).client_bug("the user is read before they are deleted", &[d("method", "GET", "DELETE"), d("body", "none", "{\"should_soft_delete\":false}")]),
    js("delete-user/delete-fails", call!(|a| a.admin().delete_user(USER))).client_bug("the user is read before they are deleted", &[d("requests", "2", "1"), d("method", "GET", "DELETE"), d("body", "none", "{\"should_soft_delete\":false}"), d("outcome", "error 500", "500 null")]),
    js("invite/basic", call!(|a| a.admin().invite_user_by_email(NEW))),
    js(
        "invite/options",
        call!(|a| a
            .admin()
            .invite_user_by_email(NEW)
            .data(&json!({ "team": "a" }))
            .redirect_to("https://app.test/join?x=1&y=é")),
    ),
    js("invite/exists", call!(|a| a.admin().invite_user_by_email(ADA))),
    js("invite/not-admin", call!(|a| a.admin().invite_user_by_email(ABC))),
    js("link/signup", call!(|a| link(a.admin().generate_link(Link::signup("a@b.c", "p"))))),
    js("link/invite", call!(|a| link(a.admin().generate_link(Link::invite("a@b.c"))))),
    js("link/recovery", call!(|a| link(a.admin().generate_link(Link::recovery("a@b.c"))))),
    js(
        "link/email-change-new",
        call!(|a| link(a.admin().generate_link(Link::email_change_new("a@b.c", "n@b.c")))),
    ),
    js(
        "link/options",
        call!(|a| link(
            a.admin()
                .generate_link(Link::signup("a@b.c", "p"))
                .data(&json!({ "a": 1 }))
                .redirect_to("https://app.test/x?y=1")
        )),
    ).client_bug("`redirectTo` is sent in the body too, where nobody reads it", &[d("body", "{\"data\":{\"a\":1},\"email\":\"a@b.c\",\"password\":\"p\",\"redirectTo\":\"https://app.test/x?y=1\",\"type\":\"signup\"}", "{\"data\":{\"a\":1},\"email\":\"a@b.c\",\"password\":\"p\",\"type\":\"signup\"}")]),
    js("link/error", call!(|a| link(a.admin().generate_link(Link::recovery("nobody@b.c"))))),
    js("sign-out/global", SIGN_OUT),
    js("sign-out/bad-scope", Unwritable).ours_by_design("shapes-are-types", "a scope is one of three", &[d("call", "none", "cannot be written")]),
    js("sign-out/bad-jwt", SIGN_OUT),
    js("mfa/list", call!(|a| factors(a.admin().list_factors(USER)))),
    js("mfa/list-empty", call!(|a| factors(a.admin().list_factors(USER)))),
    js("mfa/list-bad-uuid", call!(|a| factors(a.admin().list_factors("x")))),
    js("mfa/list-error", call!(|a| factors(a.admin().list_factors(USER)))),
    js("mfa/delete", call!(|a| a.admin().delete_factor(USER, FACTOR))).ours_by_design("deletions-return-nothing", "the id is the one that was given", &[d("data", "{\"data\":{\"id\":\"f0000000-0000-4000-8000-000000000001\"},\"error\":null}", "null")]),
    js("mfa/delete-bad-uuid", call!(|a| a.admin().delete_factor(USER, "x"))),
    js("mfa/delete-not-found", call!(|a| a.admin().delete_factor(USER, FACTOR))),
    py("admin-api/create-auth-admin-client", Unwritable)
        .language_only("an attribute that is not there", &[d("call", "none", "cannot be written")]),
    py("admin-api/create-auth-admin-client-fixed", call!(|a| users(a.admin().list_users()))),
    py(
        "get-user-by-id/fetch-the-user-object-using-the-access-token-jwt",
        call!(|a| a.admin().get_user_by_id("1")),
    ),
    py("get-user-by-id/uuid", call!(|a| a.admin().get_user_by_id(PY_USER))),
    py("get-user-by-id/error-not-uuid", call!(|a| a.admin().get_user_by_id("1"))),
    py("get-user-by-id/error-not-found", call!(|a| a.admin().get_user_by_id(PY_USER))),
    py("get-user-by-id/error-anon-key", call!(|a| a.admin().get_user_by_id(PY_USER))),
    py("get-user-by-id/key-kept-after-sign-in", call!(|a| a.admin().get_user_by_id(PY_USER))),
    py("list-users/get-a-full-list-of-users", call!(|a| users(a.admin().list_users()))),
    py(
        "list-users/get-paginated-list-of-users",
        call!(|a| users(a.admin().list_users().page(1).per_page(1000))),
    ),
    py("list-users/empty", call!(|a| users(a.admin().list_users().page(9)))),
    py(
        "create-user/create-a-new-user-with-custom-user-metadata",
        call!(|a| a
            .admin()
            .create_user(PY_MAIL)
            .password("password")
            .user_metadata(&json!({ "name": "Yoda" }))),
    ),
    py(
        "create-user/auto-confirm-the-users-email",
        call!(|a| a.admin().create_user(PY_MAIL).confirmed()),
    ),
    py(
        "create-user/auto-confirm-the-users-phone-number",
        call!(|a| a.admin().create_user(Phone("1234567890")).confirmed()),
    ),
    py(
        "create-user/all-attributes",
        call!(|a| a
            .admin()
            .create_user(PY_MAIL)
            .phone("1234567890")
            .password("password")
            .email_confirm(true)
            .phone_confirm(true)
            .app_metadata(&json!({ "plan": "trial" }))
            .user_metadata(&json!({ "name": "Yoda" }))
            .role("authenticated")
            .ban_duration(BanDuration::For(DAY))),
    ).server_wins("the server asks an administrator for no nonce", &[d("body", "{\"app_metadata\":{\"plan\":\"trial\"},\"ban_duration\":\"24h\",\"email\":\"user@email.com\",\"email_confirm\":true,\"nonce\":\"123456\",\"password\":\"password\",\"phone\":\"1234567890\",\"phone_confirm\":true,\"role\":\"authenticated\",\"user_metadata\":{\"name\":\"Yoda\"}}", "{\"app_metadata\":{\"plan\":\"trial\"},\"ban_duration\":\"24h\",\"email\":\"user@email.com\",\"email_confirm\":true,\"password\":\"password\",\"phone\":\"1234567890\",\"phone_confirm\":true,\"role\":\"authenticated\",\"user_metadata\":{\"name\":\"Yoda\"}}")]),
    py("create-user/error-exists", call!(|a| a.admin().create_user(PY_MAIL))),
    py(
        "delete-user/removes-a-user",
        call!(|a| a.admin().delete_user("715ed5db-f090-4b8c-a067-640ecee36aa0")),
    ),
    py(
        "delete-user/soft",
        call!(|a| a.admin().delete_user("715ed5db-f090-4b8c-a067-640ecee36aa0").soft()),
    ),
    py("delete-user/error-not-uuid", call!(|a| a.admin().delete_user("1"))),
    py(
        "delete-user/error-not-found",
        call!(|a| a.admin().delete_user("715ed5db-f090-4b8c-a067-640ecee36aa0")),
    ),
    py("invite-user-by-email/invite-a-user", call!(|a| a.admin().invite_user_by_email(PY))),
    py(
        "invite-user-by-email/options",
        call!(|a| a
            .admin()
            .invite_user_by_email(PY)
            .data(&json!({ "team": "red" }))
            .redirect_to("https://example.com/welcome")),
    ),
    py(
        "generate-link/generate-a-signup-link",
        call!(|a| link(a.admin().generate_link(Link::signup("email@example.com", "secret")))),
    ).client_bug("the secret link stands in the user too", &[d("data/user/action_link", "\"https://project.test/auth/v1/verify?token=hashed-token&type=signup&redirect_to=https://example.com\"", "null")]),
    py(
        "generate-link/generate-an-invite-link",
        call!(|a| link(a.admin().generate_link(Link::invite("email@example.com")))),
    ).client_bug("the secret link stands in the user too", &[d("data/user/action_link", "\"https://project.test/auth/v1/verify?token=hashed-token&type=invite&redirect_to=https://example.com\"", "null")]),
    py(
        "generate-link/generate-a-magic-link",
        call!(|a| link(a.admin().generate_link(Link::magiclink("email@example.com")))),
    ).client_bug("the secret link stands in the user too", &[d("data/user/action_link", "\"https://project.test/auth/v1/verify?token=hashed-token&type=magiclink&redirect_to=https://example.com\"", "null")]),
    py(
        "generate-link/generate-a-recovery-link",
        call!(|a| link(a.admin().generate_link(Link::recovery("email@example.com")))),
    ).client_bug("the secret link stands in the user too", &[d("data/user/action_link", "\"https://project.test/auth/v1/verify?token=hashed-token&type=recovery&redirect_to=https://example.com\"", "null")]),
    py("generate-link/generate-links-to-change-current-email-address", CHANGES).client_bug("the secret link stands in the user too", &[d("data/user/action_link", "\"https://project.test/auth/v1/verify?token=hashed-token&type=email_change_new&redirect_to=https://example.com\"", "null")]),
    py(
        "generate-link/options",
        call!(|a| link(
            a.admin()
                .generate_link(Link::invite("email@example.com"))
                .data(&json!({ "team": "red" }))
                .redirect_to("https://example.com/welcome")
        )),
    ).client_bug("the secret link stands in the user too", &[d("data/user/action_link", "\"https://project.test/auth/v1/verify?token=hashed-token&type=invite&redirect_to=https://example.com\"", "null")]),
    py(
        "update-user-by-id/updates-a-users-email",
        call!(|a| a.admin().update_user_by_id(PY_USER).email("new@email.com")),
    ),
    py(
        "update-user-by-id/updates-a-users-password",
        call!(|a| a
            .admin()
            .update_user_by_id("6aa5d0d4-2a9f-4483-b6c8-0cf4c6c98ac4")
            .password("new_password")),
    ),
    py(
        "update-user-by-id/updates-a-users-metadata",
        call!(|a| a
            .admin()
            .update_user_by_id("6aa5d0d4-2a9f-4483-b6c8-0cf4c6c98ac4")
            .user_metadata(&json!({ "hello": "world" }))),
    ),
    py(
        "update-user-by-id/updates-a-users-app-metadata",
        call!(|a| a
            .admin()
            .update_user_by_id("6aa5d0d4-2a9f-4483-b6c8-0cf4c6c98ac4")
            .app_metadata(&json!({ "plan": "trial" }))),
    ),
    py(
        "update-user-by-id/confirms-a-users-email-address",
        call!(|a| a
            .admin()
            .update_user_by_id("6aa5d0d4-2a9f-4483-b6c8-0cf4c6c98ac4")
            .email_confirm(true)),
    ),
    py(
        "update-user-by-id/confirms-a-users-phone-number",
        call!(|a| a
            .admin()
            .update_user_by_id("6aa5d0d4-2a9f-4483-b6c8-0cf4c6c98ac4")
            .phone_confirm(true)),
    ),
    py(
        "update-user-by-id/ban",
        call!(|a| a.admin().update_user_by_id(PY_USER).ban_duration(BanDuration::None)),
    ),
    py("update-user-by-id/error-not-uuid", call!(|a| a.admin().update_user_by_id("1"))),
    py(
        "mfa-delete-factor/delete-factor",
        call!(|a| a.admin().delete_factor(
            "a89baba7-b1b7-440f-b4bb-91026967f66b",
            "34e770dd-9ff9-416c-87fa-43b31d7ef225"
        )),
    ).ours_by_design("deletions-return-nothing", "the id is the one that was given", &[d("data", "{\"id\":\"34e770dd-9ff9-416c-87fa-43b31d7ef225\"}", "null")]),
    py(
        "mfa-delete-factor/list-factors",
        call!(|a| plain(a.admin().list_factors("a89baba7-b1b7-440f-b4bb-91026967f66b"))),
    ),
    py("mfa-delete-factor/error-not-uuid", call!(|a| a.admin().delete_factor("2", "1"))),
    py(
        "mfa-delete-factor/error-not-found",
        call!(|a| a.admin().delete_factor(
            "a89baba7-b1b7-440f-b4bb-91026967f66b",
            "34e770dd-9ff9-416c-87fa-43b31d7ef225"
        )),
    ),
];
