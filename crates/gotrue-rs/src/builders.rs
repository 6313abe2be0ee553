//! What the builders around an [`AuthCall`](crate::AuthCall) have in common.

/// Defines a builder around an [`AuthCall`].
macro_rules! builder {
    ($(#[$outer:meta])* $name:ident => $output:ty) => {
        $(#[$outer])*
        ///
        /// **Awaiting it runs it**; nothing is sent before. What is wrong in it comes out then, before anything is sent.
        #[must_use = "nothing is sent until the call is awaited"]
        pub struct $name(pub(crate) $crate::AuthCall<$output>);

        impl $name {
            #[allow(dead_code, reason = "for the builders that have options")]
            fn map(
                self,
                change: impl FnOnce($crate::AuthCall<$output>) -> $crate::AuthCall<$output>,
            ) -> Self {
                Self(change(self.0))
            }

            /// The time limit of the whole call: all tries, the waits between them and the answer.
            pub fn timeout(self, limit: std::time::Duration) -> Self {
                Self(self.0.timeout(limit))
            }

            /// When this call is sent again, instead of what the client says.
            pub fn retry(self, retry: $crate::RetryConfig) -> Self {
                Self(self.0.retry(retry))
            }

            /// Renders the request without sending it, and without credentials: those are added when it is sent.
            ///
            /// # Errors
            /// As for [`AuthCall::into_request`](crate::AuthCall::into_request).
            pub fn into_request(self) -> $crate::Result<http::Request<supabase_http::Body>> {
                self.0.into_request()
            }

            /// Reads an answer as awaiting the call would: the other pure half of it.
            ///
            /// # Errors
            /// As for [`AuthCall::decode`](crate::AuthCall::decode).
            pub fn decode(
                &self,
                parts: &http::response::Parts,
                body: bytes::Bytes,
            ) -> $crate::Result<$output> {
                self.0.decode(parts, body)
            }
        }

        impl std::future::IntoFuture for $name {
            type Output = $crate::Result<$output>;
            type IntoFuture = $crate::AuthFuture<$output>;

            fn into_future(self) -> Self::IntoFuture {
                self.0.into_future()
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_tuple(stringify!($name)).finish_non_exhaustive()
            }
        }
    };
}

/// Adds the option that is the same in many builders: the token of a solved captcha.
macro_rules! captcha {
    ($($name:ident)+) => {$(
        impl $name {
            /// The token of a solved captcha, where the project asks for one.
            pub fn captcha_token(self, token: impl Into<String>) -> Self {
                self.map(|call| call.captcha(token))
            }
        }
    )+};
}

/// Adds the option that is the same in many builders: where the link in a mail leads to.
macro_rules! redirect_to {
    ($($name:ident)+) => {$(
        impl $name {
            /// Where the user comes back to: a URL that the project allows. The server falls back **silently** to the
            /// project's own site for any other.
            pub fn redirect_to(self, url: impl Into<String>) -> Self {
                self.map(|call| call.query("redirect_to", url))
            }
        }
    )+};
}

/// Adds the option that is the same in many builders: metadata for a new user.
macro_rules! user_data {
    ($($name:ident)+) => {$(
        impl $name {
            /// What the new user's `user_metadata` begins with: anything that serialises to an object.
            pub fn data(self, data: &(impl serde::Serialize + ?Sized)) -> Self {
                self.map(|call| call.object("data", data))
            }
        }
    )+};
}

pub(crate) use {builder, captcha, redirect_to, user_data};
