//! How a user is reached: by e-mail or by phone.

use supabase_http::{Error, Result};

/// An e-mail address.
///
/// ```
/// use gotrue_rs::Email;
///
/// let address = Email("ada@example.com");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Email<S = String>(pub S);

/// A phone's number, in digits with or without a `+` before them.
///
/// ```
/// use gotrue_rs::Phone;
///
/// let phone = Phone("+4512345678");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Phone<S = String>(pub S);

/// How a user is reached: [`Email`] or [`Phone`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how the user is reached",
    note = "write `Email(\"ada@example.com\")` or `Phone(\"+4512345678\")`"
)]
pub trait Contact: sealed::Sealed {
    /// The name of the field that holds it, and its value.
    #[doc(hidden)]
    fn into_field(self) -> Field;
}

impl<S: Into<String>> Contact for Email<S> {
    fn into_field(self) -> Field {
        Field::Email(self.0.into())
    }
}

impl<S: Into<String>> Contact for Phone<S> {
    fn into_field(self) -> Field {
        Field::Phone(self.0.into())
    }
}

/// A contact's field in a request.
#[doc(hidden)]
#[derive(Debug)]
pub enum Field {
    Email(String),
    Phone(String),
}

impl Field {
    pub(crate) fn is_email(&self) -> bool {
        matches!(self, Self::Email(_))
    }

    /// Name and value for the body, or what is wrong with it.
    pub(crate) fn into_pair(self) -> Result<(&'static str, String)> {
        let (name, what, value) = match self {
            Self::Email(value) => ("email", "the e-mail address", value),
            Self::Phone(value) => ("phone", "the phone number", value),
        };
        if value.trim().is_empty() {
            return Err(Error::request(format!("{what} is empty")));
        }
        if value.trim() != value {
            return Err(Error::request(format!("{what} has blanks around it")));
        }
        Ok((name, value))
    }
}

mod sealed {
    pub trait Sealed {}
    impl<S> Sealed for super::Email<S> {}
    impl<S> Sealed for super::Phone<S> {}
}
