//! Every text that is made is read back by the rules of the server's parser, and says what it was made of.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;

use super::*;

const SOLANA: &str = "9mHcGTTRUBRvMwZZmH6EGCn1v3AyMXpT1gcsrVXtMHX5";
const ETHEREUM: &str = "0xAbCdEf0123456789aBcDeF0123456789ABCDEF01";

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn both() -> [Web3Account; 2] {
    [
        Web3Account::Solana(SOLANA.to_owned()),
        Web3Account::Ethereum(ETHEREUM.to_owned()),
    ]
}

/// What the server reads in a text.
#[derive(Debug, Default, PartialEq)]
struct Read {
    domain: String,
    address: String,
    statement: Option<String>,
    fields: BTreeMap<String, String>,
    resources: Vec<String>,
}

/// The server's rules: `internal/utilities/siws` and `siwe` of supabase/auth at `bc32168`.
fn read(text: &str, chain: &str) -> Option<Read> {
    let lines: Vec<_> = text.split('\n').collect();
    if lines.len() < 6 || !(64..=20 * 1024).contains(&text.len()) {
        return None;
    }
    let suffix = format!(" wants you to sign in with your {chain} account:");
    let mut read = Read {
        domain: lines[0].strip_suffix(&suffix)?.trim().to_owned(),
        address: lines[1].trim().to_owned(),
        ..Read::default()
    };
    if !lines[2].is_empty() {
        return None;
    }
    let mut begin = 3;
    if !lines[3].is_empty() && lines[4].is_empty() {
        read.statement = Some(lines[3].to_owned());
        begin = 5;
    }
    let mut in_resources = false;
    for line in lines.iter().skip(begin).map(|line| line.trim()) {
        if let (true, Some(resource)) = (in_resources, line.strip_prefix("- ")) {
            read.resources.push(resource.trim().to_owned());
            continue;
        }
        in_resources = line == "Resources:";
        if in_resources || line.is_empty() {
            continue;
        }
        let (key, value) = line.split_once(':')?;
        read.fields.insert(key.to_owned(), value.trim().to_owned());
    }
    let field = |name: &str| read.fields.get(name).map(String::as_str);
    let host = field("URI")?.strip_prefix("https://")?.split('/').next()?;
    (field("Version") == Some("1") && field("Issued At").is_some() && host == read.domain)
        .then_some(read)
}

fn whole() -> Web3Message {
    Web3Message::new("https://app.test:8443/in?x=1")
        .statement("I accept: all of it")
        .nonce("abcdefgh")
        .issued_at(at(0))
        .not_before(at(1))
        .expiration_time(at(2))
        .request_id("r1")
        .resources(["https://a.test/", "ipfs://b"])
}

#[test]
fn all_of_it_for_solana() {
    let account = Web3Account::Solana(SOLANA.to_owned());
    let text = whole()
        .chain_id("solana:devnet")
        .for_account(&account)
        .unwrap();
    let expected = "app.test:8443 wants you to sign in with your Solana account:\n\
        9mHcGTTRUBRvMwZZmH6EGCn1v3AyMXpT1gcsrVXtMHX5\n\nI accept: all of it\n\nVersion: 1\n\
        URI: https://app.test:8443/in?x=1\nIssued At: 1970-01-01T00:00:00.000Z\n\
        Not Before: 1970-01-01T00:00:01.000Z\nExpiration Time: 1970-01-01T00:00:02.000Z\n\
        Chain ID: solana:devnet\nNonce: abcdefgh\nRequest ID: r1\nResources:\n- https://a.test/\n- ipfs://b";
    assert_eq!(text, expected);
}

#[test]
fn all_of_it_for_ethereum() {
    let account = Web3Account::Ethereum(ETHEREUM.to_owned());
    let text = whole().chain_id("5").for_account(&account).unwrap();
    let expected = "app.test:8443 wants you to sign in with your Ethereum account:\n\
        0xabcdef0123456789abcdef0123456789abcdef01\n\nI accept: all of it\n\n\
        URI: https://app.test:8443/in?x=1\nVersion: 1\nChain ID: 5\nNonce: abcdefgh\n\
        Issued At: 1970-01-01T00:00:00.000Z\nExpiration Time: 1970-01-01T00:00:02.000Z\n\
        Not Before: 1970-01-01T00:00:01.000Z\nRequest ID: r1\nResources:\n- https://a.test/\n- ipfs://b";
    assert_eq!(text, expected);
    let least = Web3Message::new("https://app.test")
        .for_account(&account)
        .unwrap();
    let read = read(&least, "Ethereum").unwrap();
    assert_eq!(
        (
            read.fields["Chain ID"].as_str(),
            read.fields["URI"].as_str()
        ),
        ("1", "https://app.test/")
    );
    assert!(read.fields["Nonce"].len() >= 8 && read.statement.is_none());
    // EIP-4361 has two empty lines where there is no statement.
    assert!(least.contains("01\n\n\nURI"));
}

#[test]
fn what_the_server_would_not_take_is_refused() {
    for message in [
        Web3Message::new("app.test"),
        Web3Message::new("http://app.test/"),
        Web3Message::new("https://127.0.0.1/"),
        Web3Message::new("https://[::1]/"),
        Web3Message::new("https://user@app.test/"),
        Web3Message::new("https://app.test/#a"),
        Web3Message::new("https://app..test/"),
        Web3Message::new("https://app.test/a b"),
        whole().statement("a\nURI: https://evil.test/"),
        whole().statement("  "),
        whole().nonce("a\r"),
        whole().nonce(""),
        whole().request_id("a\nb"),
        whole().resources(["a.test"]),
        whole().resources(["https://a.test\n- https://b.test"]),
        whole().not_before(at(3)),
        whole().issued_at(at(3)),
        whole().chain_id("solana:other"),
        whole().chain_id("0x1"),
        whole().chain_id("+5"),
        whole().statement("x".repeat(20 * 1024)),
    ] {
        for account in both() {
            assert!(message.for_account(&account).is_err(), "{message:?}");
        }
    }
    for account in [
        Web3Account::Solana("short".to_owned()),
        Web3Account::Solana(format!("{SOLANA}\n")),
        Web3Account::Ethereum("0x12".to_owned()),
        Web3Account::Ethereum(ETHEREUM.replace("0x", "0X")),
        Web3Account::Ethereum(ETHEREUM.replace('A', "g")),
    ] {
        assert!(whole().for_account(&account).is_err(), "{account:?}");
    }
    let local = Web3Message::new("http://localhost:3000/").for_account(&both()[0]);
    assert!(local.unwrap().starts_with("localhost:3000 wants"));
}

proptest! {
    #[test]
    fn nothing_in_a_text_becomes_another_line(
        statement in "\\PC{0,40}|.{0,20}",
        nonce in "[a-z0-9]{8,12}|\\PC{0,12}|.{0,6}",
        id in "\\PC{0,20}|.{0,8}",
        resource in "[a-z]{3,5}:[a-z/]{1,9}|\\PC{0,20}",
    ) {
        let message = whole().statement(&*statement).nonce(&*nonce).request_id(&*id).resources([&*resource]);
        for (account, chain) in both().iter().zip(["Solana", "Ethereum"]) {
            let Ok(text) = message.for_account(account) else { continue };
            let Some(read) = read(&text, chain) else {
                return Err(TestCaseError::fail(format!("unreadable: {text:?}")));
            };
            prop_assert_eq!(read.statement.as_deref(), Some(&*statement).filter(|text| !text.is_empty()));
            prop_assert_eq!(read.fields["Nonce"].as_str(), nonce.trim());
            prop_assert_eq!(read.fields["Request ID"].as_str(), id.trim());
            prop_assert_eq!(read.resources, vec![resource.trim()]);
            prop_assert_eq!(read.fields.len(), if chain == "Solana" { 7 } else { 8 });
        }
    }
}
