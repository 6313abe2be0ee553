//! Signing in by a wallet.

use std::time::{Duration, SystemTime};

use conformance::Call::{Replay, Unwritable};
use conformance::probe::Observe as _;
use conformance::replay::Stage;
use conformance::{Call, Entry, Seen, d, js};
use gotrue_rs::{Web3Account, Web3Message, Web3Proof, Web3Signer};
use serde_json::json;
use supabase_http::{BoxError, BoxFuture, Result};

/// A wallet of the recordings.
struct Wallet(&'static str, &'static [u8]);

impl Web3Signer for Wallet {
    async fn account(&self) -> Result<Web3Account, BoxError> {
        Ok(match self.0 {
            "" => return Err("no account".into()),
            address if address.starts_with("0x") => Web3Account::Ethereum(address.to_owned()),
            address => Web3Account::Solana(address.to_owned()),
        })
    }

    async fn sign(&self, _: &str) -> Result<Vec<u8>, BoxError> {
        Ok(self.1.to_vec())
    }
}

const NOBODY: Wallet = Wallet("", &[]);
const ETHEREUM: Wallet = Wallet("0xAbCdEf0123456789aBcDeF0123456789ABCDEF01", &[1; 65]);
const SOLANA: Wallet =
    Wallet("So1anaPublicKey111111111111111111111111111", &[0xfb, 0xff, 0xfe, 1, 2, 3]);

/// When the recordings were made.
const BEGIN: u64 = 1_767_225_600;
const DAY: u64 = 24 * 3600;

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

type Watched = BoxFuture<'static, Result<Option<Seen>>>;

/// Has a message signed and signs in; also tells what was signed.
fn signed(stage: Stage, message: Web3Message, wallet: Wallet, captcha: &'static str) -> Watched {
    Box::pin(async move {
        let proof = message.issued_at(at(BEGIN)).signed_by(&wallet).await?;
        let text = proof.message().to_owned();
        let mut call = stage.auth()?.sign_in_with_web3(proof);
        if !captcha.is_empty() {
            call = call.captcha_token(captcha);
        }
        let session = call.await?.observe().data;
        // Where a case tells what its wallet was given, it nests the rest.
        let data = if stage.case().result.get("r").is_some() {
            json!({ "r": { "data": session }, "signed": [[text, "utf8"]] })
        } else {
            session
        };
        Ok(Some(Seen { data, count: None }))
    })
}

/// A wallet that makes its own text of what it is given.
fn own_text(stage: Stage) -> Watched {
    Box::pin(async move {
        let proof = Web3Proof::solana("signed text", &[1, 2, 3, 250]);
        let session = stage.auth()?.sign_in_with_web3(proof).await?.observe().data;
        // What such a wallet is given is between it and the app.
        let input = &stage.case().result["input"];
        Ok(Some(Seen { data: json!({ "r": { "data": session }, "input": input }), count: None }))
    })
}

fn app() -> Web3Message {
    Web3Message::new("https://app.test/")
}

fn everything() -> Web3Message {
    Web3Message::new("https://app.test")
        .not_before(at(BEGIN + DAY))
        .expiration_time(at(BEGIN + 2 * DAY))
        .chain_id("solana:mainnet")
        .nonce("n1")
        .request_id("r1")
        .resources(["https://a", "https://b"])
}

fn backwards() -> Web3Message {
    app().statement("s").chain_id("5").nonce("abcdefgh").not_before(at(2)).expiration_time(at(1))
}

fn ethereum(message: &str, signature: &str) -> Web3Proof {
    Web3Proof::ethereum_hex(message, signature)
}

const ONE_LINE: Call = Replay(|s| signed(s, app().statement("a\nb"), ETHEREUM, ""));

pub(crate) const CASES: &[Entry] = &[
    js(
        "web3/ethereum-message",
        call!(|a| a.sign_in_with_web3(ethereum("app.test wants you to sign in...", "0xabc"))),
    ),
    js(
        "web3/ethereum-message-captcha",
        call!(|a| a.sign_in_with_web3(ethereum("m", "0xabc")).captcha_token("c1")),
    ),
    js("web3/ethereum-wallet-all", Replay(|s| signed(s, backwards(), ETHEREUM, "c"))).server_wins("the server refuses a text that ends before it begins", &[d("request", "POST /auth/v1/token?grant_type=web3 {\"chain\":\"ethereum\",\"gotrue_meta_security\":{\"captcha_token\":\"c\"},\"message\":\"app.test wants you to sign in with your Ethereum account:\\n0xabcdef0123456789abcdef0123456789abcdef01\\n\\ns\\n\\nURI: https://app.test/\\nVersion: 1\\nChain ID: 5\\nNonce: abcdefgh\\nIssued At: 1970-01-01T00:00:00.000Z\\nExpiration Time: 1970-01-01T00:00:01.000Z\\nNot Before: 1970-01-01T00:00:02.000Z\\nRequest ID: r1\\nResources:\\n- https://a\\n- ipfs://b\",\"signature\":\"0xsigned:662\"}", "refused")]),
    js("web3/ethereum-wallet-statement-newline", ONE_LINE),
    js("web3/ethereum-wallet-no-url", Replay(|s| signed(s, Web3Message::new(""), ETHEREUM, ""))),
    js("web3/ethereum-no-accounts", Replay(|s| signed(s, app(), NOBODY, ""))),
    js("web3/ethereum-bad-address", Replay(|s| signed(s, app(), Wallet("0x12", &[]), ""))),
    js(
        "web3/solana-message",
        call!(|a| a
            .sign_in_with_web3(Web3Proof::solana("app.test wants you...", &[255, 254, 253, 0, 1]))),
    ),
    js(
        "web3/solana-wallet-sign-message",
        Replay(|s| {
            signed(s, Web3Message::new("https://app.test/x").statement("I accept"), SOLANA, "")
        }),
    ),
    js("web3/solana-wallet-sign-message-all", Replay(|s| signed(s, everything(), SOLANA, "c"))).server_wins("the server reads no resources after a line without its colon", &[d("body", "{\"chain\":\"solana\",\"gotrue_meta_security\":{\"captcha_token\":\"c\"},\"message\":\"app.test wants you to sign in with your Solana account:\\nSo1anaPublicKey111111111111111111111111111\\n\\nVersion: 1\\nURI: https://app.test/\\nIssued At: 2026-01-01T00:00:00Z\\nNot Before: 2026-01-02T00:00:00Z\\nExpiration Time: 2026-01-03T00:00:00Z\\nChain ID: solana:mainnet\\nNonce: n1\\nRequest ID: r1\\nResources\\n- https://a\\n- https://b\",\"signature\":\"-__-AQID\"}", "{\"chain\":\"solana\",\"gotrue_meta_security\":{\"captcha_token\":\"c\"},\"message\":\"app.test wants you to sign in with your Solana account:\\nSo1anaPublicKey111111111111111111111111111\\n\\nVersion: 1\\nURI: https://app.test/\\nIssued At: 2026-01-01T00:00:00.000Z\\nNot Before: 2026-01-02T00:00:00.000Z\\nExpiration Time: 2026-01-03T00:00:00.000Z\\nChain ID: solana:mainnet\\nNonce: n1\\nRequest ID: r1\\nResources:\\n- https://a\\n- https://b\",\"signature\":\"-__-AQID\"}"), d("data/signed/0/0", "\"app.test wants you to sign in with your Solana account:\\nSo1anaPublicKey111111111111111111111111111\\n\\nVersion: 1\\nURI: https://app.test/\\nIssued At: 2026-01-01T00:00:00Z\\nNot Before: 2026-01-02T00:00:00Z\\nExpiration Time: 2026-01-03T00:00:00Z\\nChain ID: solana:mainnet\\nNonce: n1\\nRequest ID: r1\\nResources\\n- https://a\\n- https://b\"", "\"app.test wants you to sign in with your Solana account:\\nSo1anaPublicKey111111111111111111111111111\\n\\nVersion: 1\\nURI: https://app.test/\\nIssued At: 2026-01-01T00:00:00.000Z\\nNot Before: 2026-01-02T00:00:00.000Z\\nExpiration Time: 2026-01-03T00:00:00.000Z\\nChain ID: solana:mainnet\\nNonce: n1\\nRequest ID: r1\\nResources:\\n- https://a\\n- https://b\"")]),
    js("web3/solana-wallet-sign-in", Replay(own_text)),
    js("web3/solana-wallet-unusable", Replay(|s| signed(s, app(), NOBODY, ""))),
    js("web3/unknown-chain", Unwritable)
        .language_only("enum", &[d("call", "none", "cannot be written")]),
    js("web3/no-session", call!(|a| a.sign_in_with_web3(ethereum("m", "0x")))),
];
