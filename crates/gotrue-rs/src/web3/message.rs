//! The text that a wallet signs: EIP-4361 for Ethereum, and the same idea for Solana, as the server's parser reads them.

use std::fmt::Write as _;
use std::time::SystemTime;

use http::Uri;
use supabase_http::{Clock as _, Error, Result, SystemClock};

use super::signer::{Web3Account, Web3Proof, Web3Signer};
use crate::model::rfc3339;

/// The least and the most bytes of a text that the server reads.
const LENGTHS: (usize, usize) = (64, 20 * 1024);

/// What the user agrees to by signing: who asks, and what for. It says the same to both chains.
///
/// What cannot be in such a text is an error of [`for_account`](Web3Message::for_account) and
/// [`signed_by`](Web3Message::signed_by), before the wallet is asked.
///
/// ```
/// # fn main() -> Result<(), gotrue_rs::Error> {
/// use std::time::{Duration, SystemTime};
/// use gotrue_rs::{Web3Account, Web3Message};
///
/// let account = Web3Account::Solana("9mHcGTTRUBRvMwZZmH6EGCn1v3AyMXpT1gcsrVXtMHX5".to_owned());
/// let message = Web3Message::new("https://app.example.com/in")
///     .statement("I accept the terms")
///     .issued_at(SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600));
/// assert_eq!(
///     message.for_account(&account)?,
///     "app.example.com wants you to sign in with your Solana account:\n\
///      9mHcGTTRUBRvMwZZmH6EGCn1v3AyMXpT1gcsrVXtMHX5\n\n\
///      I accept the terms\n\n\
///      Version: 1\n\
///      URI: https://app.example.com/in\n\
///      Issued At: 2026-01-01T00:00:00.000Z",
/// );
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Web3Message {
    url: String,
    statement: Option<String>,
    chain_id: Option<String>,
    nonce: Option<String>,
    issued_at: Option<SystemTime>,
    expiration_time: Option<SystemTime>,
    not_before: Option<SystemTime>,
    request_id: Option<String>,
    resources: Vec<String>,
}

/// ```no_run
/// # async fn demo(wallet: impl gotrue_rs::Web3Signer) -> Result<(), gotrue_rs::Error> {
/// use std::time::Duration;
/// use gotrue_rs::Web3Message;
/// use supabase_http::{Clock, SystemClock};
///
/// let now = SystemClock.now();
/// let proof = Web3Message::new("https://app.example.com/")
///     .chain_id("137")
///     .nonce("f3a9c1d2b7")
///     .not_before(now)
///     .expiration_time(now + Duration::from_secs(300))
///     .request_id("r-17")
///     .resources(["https://app.example.com/terms"])
///     .signed_by(&wallet)
///     .await?;
/// # Ok(()) }
/// ```
impl Web3Message {
    /// A text by which the user signs in at `url`: a URL that the project allows, with `https`, or on `localhost`.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            statement: None,
            chain_id: None,
            nonce: None,
            issued_at: None,
            expiration_time: None,
            not_before: None,
            request_id: None,
            resources: Vec::new(),
        }
    }

    /// What the user agrees to: one line.
    pub fn statement(self, statement: impl Into<String>) -> Self {
        let statement = Some(statement.into()).filter(|text| !text.is_empty());
        Self { statement, ..self }
    }

    /// The network: of Ethereum a number (EIP-155), 1 unless this says otherwise; of Solana `solana:mainnet`, `solana:devnet`,
    /// `solana:testnet` or `solana:localnet`, none unless this says so.
    pub fn chain_id(self, chain_id: impl Into<String>) -> Self {
        let chain_id = Some(chain_id.into());
        Self { chain_id, ..self }
    }

    /// A text of one's own that makes the message unlike others; the server does not check it. Ethereum demands one of 8
    /// letters and digits at least, and gets a random one unless this says otherwise.
    pub fn nonce(self, nonce: impl Into<String>) -> Self {
        let nonce = Some(nonce.into());
        Self { nonce, ..self }
    }

    /// When the text was made: now unless this says otherwise. The server takes it for ten minutes, by its own clock.
    pub fn issued_at(self, time: SystemTime) -> Self {
        let issued_at = Some(time);
        Self { issued_at, ..self }
    }

    /// When it ends, at the latest. For Ethereum the server looks at it only if there is a
    /// [`not_before`](Web3Message::not_before) too.
    pub fn expiration_time(self, time: SystemTime) -> Self {
        let expiration_time = Some(time);
        Self {
            expiration_time,
            ..self
        }
    }

    /// When it begins.
    pub fn not_before(self, time: SystemTime) -> Self {
        let not_before = Some(time);
        Self { not_before, ..self }
    }

    /// An id of one's own for the sign-in.
    pub fn request_id(self, id: impl Into<String>) -> Self {
        let request_id = Some(id.into());
        Self { request_id, ..self }
    }

    /// What else the user agrees to: URIs, each with its scheme.
    pub fn resources(self, resources: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let resources = resources.into_iter().map(Into::into).collect();
        Self { resources, ..self }
    }

    /// Asks a wallet for its account and for its signature.
    ///
    /// # Errors
    /// As [`for_account`](Web3Message::for_account), and [`ErrorKind::Credential`](crate::ErrorKind::Credential) if the wallet
    /// fails or the user declines.
    pub async fn signed_by(self, wallet: &impl Web3Signer) -> Result<Web3Proof> {
        let failed = |why| Error::credential_caused_by("the wallet did not sign", why);
        let account = wallet.account().await.map_err(failed)?;
        let message = self.for_account(&account)?;
        let signature = wallet.sign(&message).await.map_err(failed)?;
        Ok(match account {
            Web3Account::Solana(_) => Web3Proof::solana(message, &signature),
            Web3Account::Ethereum(_) => Web3Proof::ethereum(message, &signature),
        })
    }

    /// The text that this account is to sign.
    ///
    /// The address of Ethereum is written in lower case, as the JavaScript client does: the server takes another spelling for
    /// another user.
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) for what the server would not take: a URL without `https` or by the
    /// number of its host, an address that is none, a line break, a network that it does not know, times that contradict.
    pub fn for_account(&self, account: &Web3Account) -> Result<String> {
        let (url, host) = self.checked_url()?;
        let issued_at = self.issued_at.unwrap_or_else(|| SystemClock.now());
        self.check_times(issued_at)?;
        for (what, text) in [
            ("statement", &self.statement),
            ("nonce", &self.nonce),
            ("request id", &self.request_id),
        ] {
            if let Some(text) = text {
                check_line(what, text)?;
            }
        }
        for resource in &self.resources {
            check_line("resource", resource)?;
            if resource.contains(' ')
                || !resource
                    .parse::<Uri>()
                    .is_ok_and(|uri| uri.scheme().is_some())
            {
                return Err(Error::request(
                    "a resource of the message must be a URI with its scheme",
                ));
            }
        }
        let lines = Lines {
            url,
            issued_at: written(issued_at)?,
            expiration_time: self.expiration_time.map(written).transpose()?,
            not_before: self.not_before.map(written).transpose()?,
        };
        let text = match account {
            Web3Account::Solana(address) => self.solana(&host, address, &lines)?,
            Web3Account::Ethereum(address) => self.ethereum(&host, address, &lines)?,
        };
        if !(LENGTHS.0..=LENGTHS.1).contains(&text.len()) {
            return Err(Error::request(format!(
                "the message has {} bytes; the server takes {} to {}",
                text.len(),
                LENGTHS.0,
                LENGTHS.1
            )));
        }
        Ok(text)
    }

    fn solana(&self, host: &str, address: &str, lines: &Lines) -> Result<String> {
        if !(32..=44).contains(&address.len())
            || !address.chars().all(|c| c.is_ascii_alphanumeric())
        {
            return Err(Error::request(
                "an address of Solana has 32 to 44 letters and digits",
            ));
        }
        if let Some(id) = &self.chain_id {
            let network = id
                .strip_prefix("solana:")
                .and_then(|id| id.strip_suffix("net"));
            if !matches!(network, Some("main" | "dev" | "test" | "local")) {
                return Err(Error::request(
                    "a network of Solana is `solana:mainnet`, `solana:devnet`, `solana:testnet` or `solana:localnet`",
                ));
            }
        }
        let mut text =
            format!("{host} wants you to sign in with your Solana account:\n{address}\n");
        if let Some(statement) = &self.statement {
            put(&mut text, format_args!("\n{statement}\n"));
        }
        put(&mut text, format_args!("\nVersion: 1"));
        line(&mut text, "URI", Some(&lines.url));
        line(&mut text, "Issued At", Some(&lines.issued_at));
        line(&mut text, "Not Before", lines.not_before.as_ref());
        line(&mut text, "Expiration Time", lines.expiration_time.as_ref());
        line(&mut text, "Chain ID", self.chain_id.as_ref());
        line(&mut text, "Nonce", self.nonce.as_ref());
        line(&mut text, "Request ID", self.request_id.as_ref());
        self.put_resources(&mut text);
        Ok(text)
    }

    fn ethereum(&self, host: &str, address: &str, lines: &Lines) -> Result<String> {
        let digits = address.strip_prefix("0x").unwrap_or_default();
        if digits.len() != 40 || !digits.chars().all(|c| c.is_ascii_hexdigit()) {
            return Err(Error::request(
                "an address of Ethereum is `0x` and 40 hexadecimal digits",
            ));
        }
        let address = address.to_ascii_lowercase();
        let chain_id = self.chain_id.clone().unwrap_or_else(|| "1".to_owned());
        let is_number = chain_id.chars().all(|c| c.is_ascii_digit());
        if !is_number || !chain_id.parse::<i64>().is_ok_and(|id| id > 0) {
            return Err(Error::request(
                "a network of Ethereum is a number, such as `1`",
            ));
        }
        let nonce = match &self.nonce {
            Some(nonce) => nonce.clone(),
            None => random_nonce()?,
        };
        if nonce.len() < 8 || !nonce.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(Error::request(
                "a nonce for Ethereum has 8 letters and digits at least",
            ));
        }
        let mut text =
            format!("{host} wants you to sign in with your Ethereum account:\n{address}\n\n");
        if let Some(statement) = &self.statement {
            put(&mut text, format_args!("{statement}\n"));
        }
        line(&mut text, "URI", Some(&lines.url));
        line(&mut text, "Version", Some(&"1".to_owned()));
        line(&mut text, "Chain ID", Some(&chain_id));
        line(&mut text, "Nonce", Some(&nonce));
        line(&mut text, "Issued At", Some(&lines.issued_at));
        line(&mut text, "Expiration Time", lines.expiration_time.as_ref());
        line(&mut text, "Not Before", lines.not_before.as_ref());
        line(&mut text, "Request ID", self.request_id.as_ref());
        self.put_resources(&mut text);
        Ok(text)
    }

    fn put_resources(&self, text: &mut String) {
        if !self.resources.is_empty() {
            put(text, format_args!("\nResources:"));
        }
        for resource in &self.resources {
            put(text, format_args!("\n- {resource}"));
        }
    }

    /// The URL as it is written, and its host with the port.
    fn checked_url(&self) -> Result<(String, String)> {
        let wrong = |why: &str| Error::request(format!("the URL of a sign-in by a wallet {why}"));
        let uri: Uri = self.url.parse().map_err(|_| wrong("cannot be read"))?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(wrong("must be whole, such as `https://app.example.com/`"));
        };
        let host = uri.host().unwrap_or_default();
        if host != "localhost" && scheme != "https" {
            return Err(wrong("must have `https`, except on `localhost`"));
        }
        if authority.as_str().contains('@') {
            return Err(wrong("must not hold a name or a password"));
        }
        if self.url.contains('#') {
            return Err(wrong("must not have a fragment"));
        }
        if host != "localhost" && !is_domain(host) {
            return Err(wrong(
                "must have a domain: the server takes no other host than `localhost`",
            ));
        }
        let bare = uri.path() == "/" && uri.query().is_none() && !self.url.ends_with('/');
        let url = if bare {
            format!("{}/", self.url)
        } else {
            self.url.clone()
        };
        Ok((url, authority.as_str().to_owned()))
    }

    fn check_times(&self, issued_at: SystemTime) -> Result<()> {
        let Some(end) = self.expiration_time else {
            return Ok(());
        };
        if issued_at > end || self.not_before.is_some_and(|begin| begin > end) {
            return Err(Error::request("the message ends before it begins"));
        }
        Ok(())
    }
}

/// The values that stand in the text of either chain.
struct Lines {
    url: String,
    issued_at: String,
    expiration_time: Option<String>,
    not_before: Option<String>,
}

fn line(text: &mut String, name: &str, value: Option<&String>) {
    if let Some(value) = value {
        put(text, format_args!("\n{name}: {value}"));
    }
}

fn put(text: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing to a `String` does not fail.
    let _ = text.write_fmt(what);
}

/// What stands on a line of its own, so that it cannot begin another one.
fn check_line(what: &str, text: &str) -> Result<()> {
    if text.trim().is_empty() || text.chars().any(char::is_control) {
        return Err(Error::request(format!(
            "the {what} of a message is one line of text that is not blank"
        )));
    }
    Ok(())
}

/// Two labels at least, the last one of letters: the server's rule.
fn is_domain(host: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_last = |last: &str| last.len() >= 2 && last.chars().all(|c| c.is_ascii_alphabetic());
    host.rsplit_once('.')
        .is_some_and(|(front, last)| is_last(last) && front.split('.').all(is_label))
}

fn written(time: SystemTime) -> Result<String> {
    rfc3339(time).ok_or_else(|| Error::request("the times of a message lie between 1970 and 9999"))
}

fn random_nonce() -> Result<String> {
    let mut random = [0_u8; 8];
    getrandom::fill(&mut random)
        .map_err(|why| Error::runtime(format!("the system gives no random numbers: {why}")))?;
    Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests;
