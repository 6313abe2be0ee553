//! The identity providers that the server knows by name.

use crate::model::open_enum;

open_enum! {
    /// An identity provider: one that the server knows, or one of the project's own ([`Provider::custom`]).
    Provider {
        /// Apple.
        Apple = "apple",
        /// Microsoft Azure.
        Azure = "azure",
        /// Bitbucket.
        Bitbucket = "bitbucket",
        /// Discord.
        Discord = "discord",
        /// Facebook.
        Facebook = "facebook",
        /// Figma.
        Figma = "figma",
        /// Fly.io.
        Fly = "fly",
        /// GitHub.
        Github = "github",
        /// GitLab.
        Gitlab = "gitlab",
        /// Google.
        Google = "google",
        /// Kakao.
        Kakao = "kakao",
        /// Keycloak.
        Keycloak = "keycloak",
        /// LinkedIn.
        Linkedin = "linkedin",
        /// LinkedIn by OpenID Connect.
        LinkedinOidc = "linkedin_oidc",
        /// Notion.
        Notion = "notion",
        /// Slack.
        Slack = "slack",
        /// Slack by OpenID Connect.
        SlackOidc = "slack_oidc",
        /// Snapchat.
        Snapchat = "snapchat",
        /// Spotify.
        Spotify = "spotify",
        /// Twitch.
        Twitch = "twitch",
        /// Twitter by OAuth 1.
        Twitter = "twitter",
        /// X (Twitter) by OAuth 2.
        X = "x",
        /// WorkOS.
        Workos = "workos",
        /// Zoom.
        Zoom = "zoom",
    }
}

impl Provider {
    /// A provider that the project has set up itself, by its name without `custom:`.
    ///
    /// ```
    /// use gotrue_rs::Provider;
    ///
    /// assert_eq!(Provider::custom("my-idp").as_str(), "custom:my-idp");
    /// ```
    #[must_use]
    pub fn custom(name: impl AsRef<str>) -> Self {
        let name = name.as_ref();
        Self::Other(format!(
            "custom:{}",
            name.strip_prefix("custom:").unwrap_or(name)
        ))
    }
}
