//! Rules for what a build of a crate brings in, as `cargo tree` tells it.

use std::path::Path;

use anyhow::{Context as _, Result};
use semver::Version;

use super::Finding;
use crate::process;
use crate::workspace::{Package, Workspace};

/// Counts are taken on one platform, so that they are the same everywhere.
const COUNTED_TARGET: &str = "x86_64-unknown-linux-gnu";

/// Every platform at once.
pub(crate) const ANY_TARGET: &str = "all";

/// The transport; nothing of it without feature `client`.
const TRANSPORT: &[&str] = &["hyper", "hyper-util"];

/// TLS; nothing of it without a `rustls-` feature.
const TLS: &[&str] = &[
    "aws-lc-rs",
    "aws-lc-sys",
    "hyper-rustls",
    "ring",
    "rustls",
    "rustls-platform-verifier",
    "rustls-webpki",
    "tokio-rustls",
    "webpki-roots",
];

const RING: &[&str] = &["ring"];
const AWS_LC: &[&str] = &["aws-lc-rs", "aws-lc-sys"];

/// Never, in no build of anything.
const NOWHERE: &[&str] = &["native-tls", "openssl", "openssl-sys"];

/// At most this many crates, the crate itself included. Without TLS there is no HTTP/2 either: it
/// is negotiated inside TLS.
const LIMITS: &[(&str, &[&str], usize)] = &[
    ("postgrest-rs", &[], 75),
    (
        "postgrest-rs",
        &["--no-default-features", "--features=client"],
        45,
    ),
];

/// Counted and printed, without a limit.
const COUNTED: &[(&str, &[&str])] = &[
    (
        "postgrest-rs",
        &["--no-default-features", "--features=client,http2"],
    ),
    ("supabase-http", &[]),
    ("supabase", &[]),
];

/// A package that a build compiles.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Built {
    pub(crate) name: String,
    pub(crate) version: Version,
}

/// Everything that the library of `package` is compiled with, itself included, sorted.
pub(crate) fn built(
    root: &Path,
    package: &str,
    features: &[&str],
    target: &str,
) -> Result<Vec<Built>> {
    let mut command = process::cargo(root);
    command
        .args([
            "tree",
            "--locked",
            "--edges=normal",
            "--prefix=none",
            "--format={p}",
        ])
        .args(["--target", target, "--package", package])
        .args(features);
    parse(&process::capture(&mut command)?)
}

/// Lines such as `http v1.3.1 (*)`.
fn parse(text: &str) -> Result<Vec<Built>> {
    let mut found = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let mut words = line.split_whitespace();
        let name = words
            .next()
            .context("cargo tree printed a line without a name")?;
        let version = words.next().and_then(|word| word.strip_prefix('v'));
        let version = version.with_context(|| format!("no version in `{line}` of cargo tree"))?;
        found.push(Built {
            name: name.to_owned(),
            version: Version::parse(version)?,
        });
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// A build, what it must not bring in and what it must.
#[derive(Debug, PartialEq, Eq)]
struct Closure {
    features: Vec<String>,
    forbidden: Vec<String>,
    required: Vec<String>,
}

pub(crate) fn check(root: &Path, workspace: &Workspace) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let unlinkable: Vec<&str> = workspace
        .members()
        .filter(|package| !package.is_sdk())
        .map(|package| package.name.as_str())
        .collect();
    for package in workspace.members().filter(|package| package.is_sdk()) {
        for closure in closures(package, &unlinkable) {
            let features: Vec<&str> = closure.features.iter().map(String::as_str).collect();
            let built = built(root, &package.name, &features, ANY_TARGET)?;
            let messages = compare(&closure, &built);
            println!(
                "closure: {} {}: {}",
                package.name,
                shown_features(&features),
                if messages.is_empty() { "ok" } else { "BROKEN" }
            );
            findings.extend(
                messages
                    .into_iter()
                    .map(|text| Finding::new(&package.name, text)),
            );
        }
    }
    for package in workspace.members() {
        let built = built(root, &package.name, &["--all-features"], ANY_TARGET)?;
        let closure = Closure {
            features: vec!["--all-features".to_owned()],
            forbidden: NOWHERE.iter().map(|&name| name.to_owned()).collect(),
            required: Vec::new(),
        };
        let messages = compare(&closure, &built);
        findings.extend(
            messages
                .into_iter()
                .map(|text| Finding::new(&package.name, text)),
        );
    }
    findings.extend(counts(root, workspace)?);
    Ok(findings)
}

/// The builds of one SDK crate that are looked at. `unlinkable` are our packages that are no part
/// of the SDK.
fn closures(package: &Package, unlinkable: &[&str]) -> Vec<Closure> {
    let has = |feature: &str| package.features.contains_key(feature);
    let owned = |names: &[&[&str]]| -> Vec<String> {
        names.concat().into_iter().map(str::to_owned).collect()
    };
    let with = |features: &[&str]| -> Vec<String> {
        // The umbrella's services are features as well.
        let services = [
            "postgrest",
            "auth",
            "storage",
            "functions",
            "realtime",
            "http2",
        ];
        let mut names: Vec<&str> = services.into_iter().filter(|name| has(name)).collect();
        names.extend(features);
        vec![
            "--no-default-features".to_owned(),
            format!("--features={}", names.join(",")),
        ]
    };
    let mut closures = vec![
        Closure {
            features: vec!["--no-default-features".to_owned()],
            forbidden: owned(&[TRANSPORT, TLS]),
            required: Vec::new(),
        },
        Closure {
            features: vec!["--all-features".to_owned()],
            forbidden: owned(&[unlinkable]),
            required: Vec::new(),
        },
    ];
    if has("client") {
        closures.push(Closure {
            features: with(&["client"]),
            forbidden: owned(&[TLS]),
            required: owned(&[TRANSPORT]),
        });
    }
    if has("rustls-ring") {
        closures.push(Closure {
            features: with(&["client", "rustls-ring"]),
            forbidden: owned(&[AWS_LC]),
            required: owned(&[RING, &["rustls"]]),
        });
    }
    if has("rustls-aws-lc-rs") {
        closures.push(Closure {
            features: with(&["client", "rustls-aws-lc-rs"]),
            forbidden: owned(&[RING]),
            required: owned(&[&["aws-lc-rs", "rustls"]]),
        });
    }
    closures
}

fn compare(closure: &Closure, built: &[Built]) -> Vec<String> {
    let is_built = |name: &&String| built.iter().any(|built| built.name == **name);
    let features: Vec<&str> = closure.features.iter().map(String::as_str).collect();
    let features = shown_features(&features);
    let mut messages = Vec::new();
    for name in closure.forbidden.iter().filter(is_built) {
        messages.push(format!("{features} must not bring in {name}"));
    }
    for name in closure.required.iter().filter(|name| !is_built(name)) {
        messages.push(format!("{features} ought to bring in {name}"));
    }
    messages
}

fn shown_features(features: &[&str]) -> String {
    if features.is_empty() {
        "with defaults".to_owned()
    } else {
        features.join(" ")
    }
}

fn counts(root: &Path, workspace: &Workspace) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let limited = LIMITS
        .iter()
        .map(|&(name, features, limit)| (name, features, Some(limit)));
    let counted = COUNTED
        .iter()
        .map(|&(name, features)| (name, features, None));
    for (name, features, limit) in limited.chain(counted) {
        if workspace.member(name).is_none() {
            println!("crates: {name}: not there yet");
            continue;
        }
        let count = built(root, name, features, COUNTED_TARGET)?.len();
        let (line, finding) = count_line(name, features, count, limit);
        println!("{line}");
        findings.extend(finding);
    }
    Ok(findings)
}

fn count_line(
    name: &str,
    features: &[&str],
    count: usize,
    limit: Option<usize>,
) -> (String, Option<Finding>) {
    let what = format!("{name} {}", shown_features(features));
    match limit {
        Some(limit) if count > limit => {
            let message = format!(
                "{count} crates {}; at most {limit}",
                shown_features(features)
            );
            (
                format!("crates: {what}: {count} TOO MANY"),
                Some(Finding::new(name, message)),
            )
        }
        Some(limit) => (format!("crates: {what}: {count} of at most {limit}"), None),
        None => (format!("crates: {what}: {count}"), None),
    }
}

#[cfg(test)]
mod tests {
    //! Each rule on a tree that keeps it and on one that breaks it.

    use std::path::PathBuf;

    use super::*;

    fn package(features: &[&str]) -> Package {
        Package {
            id: String::new(),
            name: "a".to_owned(),
            version: Version::new(0, 1, 0),
            manifest_path: PathBuf::new(),
            rust_version: None,
            publish: None,
            dependencies: Vec::new(),
            metadata: serde_json::Value::Null,
            features: features
                .iter()
                .map(|&name| (name.to_owned(), Vec::new()))
                .collect(),
        }
    }

    #[test]
    fn a_package_counts_once() {
        let text = "a v0.1.0 (/r/crates/a)\nhttp v1.3.1\nbytes v1.10.0\nhttp v1.3.1 (*)\n\nsyn v2.0.1 (proc-macro)\nhttp v0.2.12\n";
        let built = parse(text).unwrap();
        let names: Vec<&str> = built.iter().map(|built| built.name.as_str()).collect();
        assert_eq!(names, ["a", "bytes", "http", "http", "syn"]);
        assert!(parse("http\n").is_err());
    }

    #[test]
    fn each_set_of_features_has_its_closure() {
        let closures = closures(
            &package(&[
                "client",
                "http2",
                "postgrest",
                "rustls-ring",
                "rustls-aws-lc-rs",
            ]),
            &["tour"],
        );
        let features: Vec<String> = closures
            .iter()
            .map(|closure| closure.features.join(" "))
            .collect();
        assert_eq!(
            features,
            [
                "--no-default-features",
                "--all-features",
                "--no-default-features --features=postgrest,http2,client",
                "--no-default-features --features=postgrest,http2,client,rustls-ring",
                "--no-default-features --features=postgrest,http2,client,rustls-aws-lc-rs",
            ]
        );
        let tree = |names: &[&str]| {
            let lines: Vec<String> = names.iter().map(|name| format!("{name} v1.0.0")).collect();
            parse(&lines.join("\n")).unwrap()
        };
        for (index, good, bad, says) in [
            (
                0,
                &["http"][..],
                &["http", "hyper"][..],
                "must not bring in hyper",
            ),
            (
                0,
                &["http"],
                &["http", "rustls"],
                "must not bring in rustls",
            ),
            (
                1,
                &["ring", "aws-lc-rs"],
                &["tour"],
                "must not bring in tour",
            ),
            (
                2,
                &["hyper", "hyper-util"],
                &["hyper", "hyper-util", "ring"],
                "must not bring in ring",
            ),
            (
                2,
                &["hyper", "hyper-util"],
                &["hyper"],
                "ought to bring in hyper-util",
            ),
            (
                3,
                &["ring", "rustls"],
                &["ring", "rustls", "aws-lc-sys"],
                "must not bring in aws-lc-sys",
            ),
            (
                4,
                &["aws-lc-rs", "rustls"],
                &["aws-lc-rs", "rustls", "ring"],
                "must not bring in ring",
            ),
            (
                4,
                &["aws-lc-rs", "rustls"],
                &["rustls"],
                "ought to bring in aws-lc-rs",
            ),
        ] {
            assert_eq!(
                compare(&closures[index], &tree(good)),
                [""; 0],
                "{index} {good:?}"
            );
            let messages = compare(&closures[index], &tree(bad));
            assert_eq!(messages.len(), 1, "{index} {bad:?}: {messages:?}");
            assert!(messages[0].ends_with(says), "{index} {bad:?}: {messages:?}");
        }
    }

    #[test]
    fn too_many_crates_is_a_finding() {
        assert_eq!(count_line("a", &[], 75, Some(75)).1, None);
        let (line, finding) = count_line("a", &["--features=x"], 76, Some(75));
        assert_eq!(line, "crates: a --features=x: 76 TOO MANY");
        assert_eq!(
            finding.unwrap().to_string(),
            "a: 76 crates --features=x; at most 75"
        );
        assert_eq!(count_line("a", &[], 900, None).1, None);
    }
}
