//! Where the server's mails and texts arrive, and what a browser does.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What the server has sent so far.
#[derive(Clone, Default)]
pub(crate) struct Hooks(Arc<Mutex<Vec<Value>>>);

/// What a mail holds.
pub(crate) struct Mail {
    pub(crate) token: String,
    pub(crate) hash: String,
    pub(crate) kind: String,
    pub(crate) new: (String, String),
}

impl Hooks {
    pub(crate) async fn listen(address: &str) -> Self {
        let hooks = Self::default();
        let listener = TcpListener::bind(address).await.unwrap();
        let arrived = hooks.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(arrived.clone().answer(stream));
            }
        });
        hooks
    }

    async fn answer(self, mut stream: TcpStream) {
        let mut bytes = Vec::new();
        loop {
            let mut part = [0; 4096];
            let Ok(read) = stream.read(&mut part).await else {
                return;
            };
            bytes.extend(part.get(..read).unwrap());
            let text = String::from_utf8_lossy(&bytes);
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let length = head.to_lowercase().lines().find_map(|line| {
                    line.strip_prefix("content-length:")
                        .and_then(|n| n.trim().parse::<usize>().ok())
                });
                if body.len() >= length.unwrap_or(0) {
                    self.0
                        .lock()
                        .unwrap()
                        .push(serde_json::from_str(body).unwrap());
                    break;
                }
            }
            if read == 0 {
                return;
            }
        }
        let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
        let _ = stream.write_all(answer.as_bytes()).await;
    }

    pub(crate) fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// The newest message for whom `is_theirs` says, waiting for it a little.
    async fn newest(&self, is_theirs: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..100 {
            let found = self
                .0
                .lock()
                .unwrap()
                .iter()
                .rev()
                .find(|one| is_theirs(one))
                .cloned();
            if let Some(found) = found {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("no such message came");
    }

    /// The newest mail to the user of this address.
    pub(crate) async fn mail(&self, address: &str) -> Mail {
        let mail = self
            .newest(|one| one["user"]["email"] == address && one.get("email_data").is_some())
            .await;
        let text = |name: &str| {
            mail["email_data"][name]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        Mail {
            token: text("token"),
            hash: text("token_hash"),
            kind: text("email_action_type"),
            new: (text("token_new"), text("token_hash_new")),
        }
    }

    /// The code in the newest text to this phone.
    pub(crate) async fn text(&self, phone: &str) -> String {
        let text = self
            .newest(|one| one["user"]["phone"] == phone && one.get("sms").is_some())
            .await;
        text["sms"]["otp"].as_str().unwrap_or_default().to_owned()
    }
}

/// Where a browser is sent that opens this URL.
pub(crate) async fn open(url: &str) -> String {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    let request = format!("GET /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let location = answer.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("location")
            .then(|| value.trim().to_owned())
    });
    location.unwrap_or_else(|| panic!("no redirect: {answer}"))
}

/// The value of a parameter of a URL's query.
pub(crate) fn parameter(url: &str, name: &str) -> String {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let query = query.split('#').next().unwrap_or_default();
    let found = query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        (key == name).then(|| value.to_owned())
    });
    found.unwrap_or_else(|| panic!("no {name} in the redirect"))
}
