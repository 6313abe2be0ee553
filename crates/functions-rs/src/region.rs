//! Where a function runs.

use std::fmt;
use std::str::FromStr;

use http::HeaderValue;
use supabase_http::{Error, Result};

macro_rules! regions {
    ($($variant:ident $code:literal $place:literal),* $(,)?) => {
        /// The region that a function is to run in.
        ///
        /// ```
        /// use functions_rs::Region;
        ///
        /// let region: Region = "eu-central-1".parse()?;
        /// assert_eq!(region, Region::EuCentral1);
        /// assert!("eu-cental-1".parse::<Region>().is_err());
        /// # Ok::<(), functions_rs::Error>(())
        /// ```
        #[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
        #[non_exhaustive]
        pub enum Region {
            /// Wherever the platform runs it: near the caller, as a rule.
            #[default]
            Any,
            $(#[doc = $place] $variant,)*
            /// A region that this version of the crate does not know, by its code.
            Other(String),
        }

        const KNOWN: &[(&str, Region)] = &[("any", Region::Any), $(($code, Region::$variant)),*];

        impl Region {
            /// The region's code, such as `eu-central-1`; `any` for [`Region::Any`].
            #[must_use]
            pub fn code(&self) -> &str {
                match self {
                    Self::Any => "any",
                    $(Self::$variant => $code,)*
                    Self::Other(code) => code,
                }
            }
        }
    };
}

regions! {
    ApNortheast1 "ap-northeast-1" "Tokyo.",
    ApNortheast2 "ap-northeast-2" "Seoul.",
    ApSouth1 "ap-south-1" "Mumbai.",
    ApSoutheast1 "ap-southeast-1" "Singapore.",
    ApSoutheast2 "ap-southeast-2" "Sydney.",
    CaCentral1 "ca-central-1" "Canada.",
    EuCentral1 "eu-central-1" "Frankfurt.",
    EuWest1 "eu-west-1" "Ireland.",
    EuWest2 "eu-west-2" "London.",
    EuWest3 "eu-west-3" "Paris.",
    SaEast1 "sa-east-1" "São Paulo.",
    UsEast1 "us-east-1" "North Virginia.",
    UsWest1 "us-west-1" "North California.",
    UsWest2 "us-west-2" "Oregon.",
}

impl Region {
    /// The code to send and its header value; `None` for any region.
    pub(crate) fn to_send(&self) -> Result<Option<(&str, HeaderValue)>> {
        let code = self.code();
        if code == "any" {
            return Ok(None);
        }
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        match HeaderValue::from_str(code) {
            Ok(value) if !code.is_empty() && code.bytes().all(plain) => Ok(Some((code, value))),
            _ => Err(Error::request(format!(
                "{code:?} is not the code of a region"
            ))),
        }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Region {
    type Err = Error;

    /// Reads the code of a region that is known here; one that is newer is [`Region::Other`].
    fn from_str(code: &str) -> Result<Self> {
        KNOWN
            .iter()
            .find(|(known, _)| *known == code)
            .map(|(_, region)| region.clone())
            .ok_or_else(|| {
                let known: Vec<_> = KNOWN.iter().map(|(code, _)| *code).collect();
                Error::request(format!(
                    "{code:?} is not a known region; known are {}, and `Region::Other` takes a newer one",
                    known.join(", ")
                ))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_back() {
        for (code, region) in KNOWN {
            assert_eq!(&code.parse::<Region>().unwrap(), region);
            assert_eq!(region.to_string(), *code);
        }
        assert_eq!(KNOWN.len(), 15);
        assert_eq!(Region::default(), Region::Any);
    }

    #[test]
    fn an_unknown_region_is_an_error_that_names_the_known_ones() {
        let error = "mars-north-1".parse::<Region>().unwrap_err();
        assert_eq!(error.kind(), supabase_http::ErrorKind::Request);
        let text = error.to_string();
        assert!(
            text.contains("\"mars-north-1\"") && text.contains("eu-west-3"),
            "{text}"
        );
    }

    #[test]
    fn what_cannot_be_a_code_is_not_sent() {
        assert!(Region::Any.to_send().unwrap().is_none());
        assert!(Region::Other("any".to_owned()).to_send().unwrap().is_none());
        assert_eq!(
            Region::Other("xx-new-9".to_owned())
                .to_send()
                .unwrap()
                .unwrap()
                .0,
            "xx-new-9"
        );
        for bad in ["", "a b", "a\nb", "a&b=c", "ü"] {
            assert!(Region::Other(bad.to_owned()).to_send().is_err(), "{bad:?}");
        }
    }
}
