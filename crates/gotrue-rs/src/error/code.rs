//! The codes of the auth server's errors.

use supabase_http::Error;

use crate::model::open_enum;

open_enum! {
    /// What the auth server says went wrong, as a code.
    ///
    /// ```
    /// # async fn demo(auth: gotrue_rs::AuthClient) {
    /// use gotrue_rs::{Email, ErrorCode};
    ///
    /// if let Err(error) = auth.sign_in_with_password(Email("ada@example.com"), "wrong").await {
    ///     match ErrorCode::of(&error) {
    ///         Some(ErrorCode::InvalidCredentials) => println!("no such user, or a wrong password"),
    ///         Some(ErrorCode::EmailNotConfirmed) => println!("confirm your address first"),
    ///         _ => println!("{error}"),
    ///     }
    /// }
    /// # }
    /// ```
    ErrorCode {
        /// The server failed, or a trigger of the database did.
        UnexpectedFailure = "unexpected_failure",
        /// A hook of the project refused.
        Unknown = "unknown",
        /// A field of the request is missing or malformed.
        ValidationFailed = "validation_failed",
        /// The body is no JSON of the right shape.
        BadJson = "bad_json",
        /// Another request is changing the same thing at the same time.
        Conflict = "conflict",
        /// The server took too long.
        RequestTimeout = "request_timeout",
        /// The body is over 1 MiB.
        RequestEntityTooLarge = "request_entity_too_large",
        /// The project has this feature switched off.
        FeatureDisabled = "feature_disabled",
        /// A hook of the project took too long.
        HookTimeout = "hook_timeout",
        /// A hook of the project took too long, more than once.
        HookTimeoutAfterRetry = "hook_timeout_after_retry",
        /// What a hook would be sent, or answered, is too large.
        HookPayloadOverSizeLimit = "hook_payload_over_size_limit",
        /// A hook of the project answered with another type than JSON.
        HookPayloadInvalidContentType = "hook_payload_invalid_content_type",
        /// The call needs a token, or does not allow anonymous users.
        NoAuthorization = "no_authorization",
        /// The token is malformed, expired, or signed by another key.
        BadJwt = "bad_jwt",
        /// The key or token has no administrator's role.
        NotAdmin = "not_admin",
        /// The session of the token is gone: signed out elsewhere, or deleted.
        SessionNotFound = "session_not_found",
        /// The session has reached its time limit.
        SessionExpired = "session_expired",
        /// The refresh token is unknown.
        RefreshTokenNotFound = "refresh_token_not_found",
        /// The refresh token was used before, too long ago to be used again.
        RefreshTokenAlreadyUsed = "refresh_token_already_used",
        /// There is no such user (any more).
        UserNotFound = "user_not_found",
        /// The user may not sign in for now.
        UserBanned = "user_banned",
        /// The token is for another audience.
        UnexpectedAudience = "unexpected_audience",
        /// The call needs a second factor.
        InsufficientAal = "insufficient_aal",
        /// The call needs a fresh proof of who the user is: `reauthenticate`, then the nonce.
        ReauthenticationNeeded = "reauthentication_needed",
        /// The nonce of the reauthentication is wrong.
        ReauthenticationNotValid = "reauthentication_not_valid",
        /// The user is unknown or the password is wrong.
        InvalidCredentials = "invalid_credentials",
        /// The e-mail address is not confirmed yet.
        EmailNotConfirmed = "email_not_confirmed",
        /// The phone is not confirmed yet.
        PhoneNotConfirmed = "phone_not_confirmed",
        /// The project takes no new users.
        SignupDisabled = "signup_disabled",
        /// There is a user with this address or phone.
        UserAlreadyExists = "user_already_exists",
        /// There is a user with this e-mail address.
        EmailExists = "email_exists",
        /// There is a user with this phone.
        PhoneExists = "phone_exists",
        /// Sign-in by e-mail is switched off.
        EmailProviderDisabled = "email_provider_disabled",
        /// Sign-in by phone is switched off.
        PhoneProviderDisabled = "phone_provider_disabled",
        /// This provider is switched off.
        ProviderDisabled = "provider_disabled",
        /// Anonymous sign-in is switched off.
        AnonymousProviderDisabled = "anonymous_provider_disabled",
        /// The e-mail address cannot be one.
        EmailAddressInvalid = "email_address_invalid",
        /// The project's mail service may not send to this address.
        EmailAddressNotAuthorized = "email_address_not_authorized",
        /// The provider told no e-mail address.
        EmailAddressNotProvided = "email_address_not_provided",
        /// The password breaks the project's rules: see [`WeakPassword`](crate::WeakPassword).
        WeakPassword = "weak_password",
        /// The new password is the old one.
        SamePassword = "same_password",
        /// The project wants the current password too.
        CurrentPasswordRequired = "current_password_required",
        /// The current password is wrong.
        CurrentPasswordInvalid = "current_password_invalid",
        /// The code or link is wrong, used or too old.
        OtpExpired = "otp_expired",
        /// There is no such user, and none is to be made.
        OtpDisabled = "otp_disabled",
        /// The captcha token is missing or wrong.
        CaptchaFailed = "captcha_failed",
        /// The invitation is used or too old.
        InviteNotFound = "invite_not_found",
        /// The user signs in by SSO: this cannot be changed here.
        UserSsoManaged = "user_sso_managed",
        /// The message could not be sent.
        SmsSendFailed = "sms_send_failed",
        /// The state of the redirect is missing or malformed.
        BadOauthState = "bad_oauth_state",
        /// The provider's redirect lacks something.
        BadOauthCallback = "bad_oauth_callback",
        /// The server does not know this provider.
        OauthProviderNotSupported = "oauth_provider_not_supported",
        /// The address was not verified by the provider; a mail was sent.
        ProviderEmailNeedsVerification = "provider_email_needs_verification",
        /// The state of the flow is unknown.
        OauthClientStateNotFound = "oauth_client_state_not_found",
        /// The state of the flow is too old.
        OauthClientStateExpired = "oauth_client_state_expired",
        /// The state of the flow is not valid.
        OauthInvalidState = "oauth_invalid_state",
        /// The code is unknown or was used.
        FlowStateNotFound = "flow_state_not_found",
        /// The code is too old (five minutes).
        FlowStateExpired = "flow_state_expired",
        /// The code was used.
        FlowStateAlreadyUsed = "flow_state_already_used",
        /// The verifier does not fit the code, which stays valid.
        BadCodeVerifier = "bad_code_verifier",
        /// The account at the provider belongs to a user already.
        IdentityAlreadyExists = "identity_already_exists",
        /// The user has no such identity.
        IdentityNotFound = "identity_not_found",
        /// The last identity of a user cannot be unlinked.
        SingleIdentityNotDeletable = "single_identity_not_deletable",
        /// Unlinking would leave the user with another's e-mail address.
        EmailConflictIdentityNotDeletable = "email_conflict_identity_not_deletable",
        /// Linking by hand is switched off.
        ManualLinkingDisabled = "manual_linking_disabled",
        /// Too many requests from this address.
        OverRequestRateLimit = "over_request_rate_limit",
        /// Too many mails were sent.
        OverEmailSendRateLimit = "over_email_send_rate_limit",
        /// Too many text messages were sent.
        OverSmsSendRateLimit = "over_sms_send_rate_limit",
        /// The user has as many factors as are allowed.
        TooManyEnrolledMfaFactors = "too_many_enrolled_mfa_factors",
        /// The user has a factor of this name.
        MfaFactorNameConflict = "mfa_factor_name_conflict",
        /// The user has no such factor.
        MfaFactorNotFound = "mfa_factor_not_found",
        /// The challenge was asked for from another address, or is used.
        MfaIpAddressMismatch = "mfa_ip_address_mismatch",
        /// The challenge is too old.
        MfaChallengeExpired = "mfa_challenge_expired",
        /// The code is wrong.
        MfaVerificationFailed = "mfa_verification_failed",
        /// A hook of the project refused the code.
        MfaVerificationRejected = "mfa_verification_rejected",
        /// The user has a verified factor for this phone.
        MfaVerifiedFactorExists = "mfa_verified_factor_exists",
        /// Enrolling phones is switched off.
        MfaPhoneEnrollNotEnabled = "mfa_phone_enroll_not_enabled",
        /// Phones as second factors are switched off.
        MfaPhoneVerifyNotEnabled = "mfa_phone_verify_not_enabled",
        /// Enrolling authenticator apps is switched off.
        MfaTotpEnrollNotEnabled = "mfa_totp_enroll_not_enabled",
        /// Authenticator apps are switched off.
        MfaTotpVerifyNotEnabled = "mfa_totp_verify_not_enabled",
        /// Enrolling security keys is switched off.
        MfaWebauthnEnrollNotEnabled = "mfa_webauthn_enroll_not_enabled",
        /// Security keys are switched off.
        MfaWebauthnVerifyNotEnabled = "mfa_webauthn_verify_not_enabled",
        /// No SSO provider has this domain or id.
        SsoProviderNotFound = "sso_provider_not_found",
        /// The SSO provider is switched off.
        SsoProviderDisabled = "sso_provider_disabled",
        /// SAML is switched off.
        SamlProviderDisabled = "saml_provider_disabled",
        /// The SAML provider is unknown.
        SamlIdpNotFound = "saml_idp_not_found",
        /// The SAML provider exists already.
        SamlIdpAlreadyExists = "saml_idp_already_exists",
        /// The SAML flow is unknown.
        SamlRelayStateNotFound = "saml_relay_state_not_found",
        /// The SAML flow is too old.
        SamlRelayStateExpired = "saml_relay_state_expired",
        /// The SAML answer names no user.
        SamlAssertionNoUserId = "saml_assertion_no_user_id",
        /// The SAML answer names no e-mail address.
        SamlAssertionNoEmail = "saml_assertion_no_email",
        /// The SAML metadata could not be fetched.
        SamlMetadataFetchFailed = "saml_metadata_fetch_failed",
        /// The SAML metadata is of another provider.
        SamlEntityIdMismatch = "saml_entity_id_mismatch",
        /// The domain belongs to an SSO provider already.
        SsoDomainAlreadyExists = "sso_domain_already_exists",
        /// Sign-in by wallet is switched off.
        Web3ProviderDisabled = "web3_provider_disabled",
        /// The server does not know this chain.
        Web3UnsupportedChain = "web3_unsupported_chain",
        /// There is no such OAuth client.
        OauthClientNotFound = "oauth_client_not_found",
        /// The authorization is unknown, too old, or another user's.
        OauthAuthorizationNotFound = "oauth_authorization_not_found",
        /// The user has not granted this client anything.
        OauthConsentNotFound = "oauth_consent_not_found",
        /// OAuth clients cannot register themselves here.
        OauthDynamicClientRegistrationDisabled = "oauth_dynamic_client_registration_disabled",
        /// There is no such custom provider.
        CustomProviderNotFound = "custom_provider_not_found",
        /// The project has as many custom providers as are allowed.
        OverCustomProviderQuota = "over_custom_provider_quota",
        /// Passkeys are switched off.
        PasskeyDisabled = "passkey_disabled",
        /// The user has as many passkeys as are allowed.
        TooManyPasskeys = "too_many_passkeys",
        /// The passkey is unknown.
        WebauthnCredentialNotFound = "webauthn_credential_not_found",
        /// The challenge is unknown or was used.
        WebauthnChallengeNotFound = "webauthn_challenge_not_found",
        /// The challenge is too old.
        WebauthnChallengeExpired = "webauthn_challenge_expired",
        /// The passkey's answer is not valid.
        WebauthnVerificationFailed = "webauthn_verification_failed",
        /// The passkey is registered already.
        WebauthnCredentialExists = "webauthn_credential_exists",
    }
}

/// ```no_run
/// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
/// use gotrue_rs::ErrorCode;
///
/// if let Err(error) = auth.refresh_session().await {
///     let is_over = ErrorCode::of(&error).is_some_and(|code| code.ends_session());
///     println!("{}", if is_over { "sign in again" } else { "try again later" });
/// }
/// # Ok(()) }
/// ```
impl ErrorCode {
    /// The code of an error, if the auth server sent one; an OAuth error's (`invalid_grant`) is one too.
    #[must_use]
    pub fn of(error: &Error) -> Option<Self> {
        error
            .code()
            .filter(|code| is_code(Some(code)))
            .map(Self::from)
    }

    /// Whether a refresh that failed so ends the session for good: the refresh token will never work again.
    ///
    /// Anything else (no network, 409, 429, 5xx) leaves the session as it was.
    #[must_use]
    pub fn ends_session(&self) -> bool {
        matches!(
            self,
            Self::RefreshTokenNotFound
                | Self::RefreshTokenAlreadyUsed
                | Self::SessionNotFound
                | Self::SessionExpired
                | Self::UserNotFound
                | Self::UserBanned
                | Self::ValidationFailed
        )
    }
}

/// Whether it is a code and not the HTTP status, which old servers put in its place.
pub(super) fn is_code(code: Option<&str>) -> bool {
    code.is_some_and(|code| !code.is_empty() && !code.bytes().all(|byte| byte.is_ascii_digit()))
}
