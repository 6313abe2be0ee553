//! Signing in by a wallet.

use conformance::Call::Pending;
use conformance::{Entry, js};

const LATER: conformance::Call = Pending("gotrue-rs/src/web3");

pub(crate) const CASES: &[Entry] = &[
    js("web3/ethereum-message", LATER),
    js("web3/ethereum-message-captcha", LATER),
    js("web3/ethereum-wallet-all", LATER),
    js("web3/ethereum-wallet-statement-newline", LATER),
    js("web3/ethereum-wallet-no-url", LATER),
    js("web3/ethereum-no-accounts", LATER),
    js("web3/ethereum-bad-address", LATER),
    js("web3/solana-message", LATER),
    js("web3/solana-wallet-sign-message", LATER),
    js("web3/solana-wallet-sign-message-all", LATER),
    js("web3/solana-wallet-sign-in", LATER),
    js("web3/solana-wallet-unusable", LATER),
    js("web3/unknown-chain", LATER),
    js("web3/no-session", LATER),
];
