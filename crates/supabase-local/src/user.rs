//! Who the servers run as: ourselves, or nobody when we are root, as Postgres refuses root.

use std::path::Path;
use std::process::Command;

use crate::error::{Error, Result};

/// `nobody` on every Unix that matters here.
#[cfg(unix)]
const NOBODY: u32 = 65_534;

/// The user that children run as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct User {
    root: bool,
}

impl User {
    /// Asks the system by looking at who owns a file that we just made: std has no `getuid`.
    pub(crate) fn current() -> Result<Self> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            let folder = std::env::temp_dir();
            let probe = folder.join(format!(
                "supabase-local-who-{}-{}",
                std::process::id(),
                crate::keys::random_hex::<4>()?
            ));
            let file = std::fs::File::create_new(&probe)
                .map_err(|e| Error::io("write into the temporary folder", &folder, e))?;
            let uid = file.metadata().map(|meta| meta.uid());
            let _ = std::fs::remove_file(&probe);
            let uid = uid.map_err(|e| Error::io("read", &probe, e))?;
            Ok(Self { root: uid == 0 })
        }
        #[cfg(not(unix))]
        Ok(Self { root: false })
    }

    /// Whoever we are: for what need not run as nobody, and reads files that are ours.
    pub(crate) fn ourselves() -> Self {
        Self { root: false }
    }

    pub(crate) fn is_root(self) -> bool {
        self.root
    }

    /// A small, known environment and, as root, another user. Std drops the supplementary groups with it.
    pub(crate) fn apply(self, command: &mut Command) {
        command.env_clear();
        // Nothing of PGHOST, PGOPTIONS or PGRST_… may reach the servers.
        for name in [
            "PATH",
            "LD_LIBRARY_PATH",
            "DYLD_LIBRARY_PATH",
            "TMPDIR",
            "LANG",
            "LC_ALL",
        ] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        #[cfg(unix)]
        if self.root {
            use std::os::unix::process::CommandExt as _;
            command.uid(NOBODY).gid(NOBODY);
        }
    }

    /// Makes a new folder that only the servers' user can enter.
    pub(crate) fn private_folder(self, path: &Path) -> Result<()> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
            std::fs::DirBuilder::new()
                .mode(0o700)
                .create(path)
                .map_err(|e| Error::io("make", path, e))?;
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))
                .map_err(|e| Error::io("set the mode of", path, e))?;
        }
        #[cfg(not(unix))]
        std::fs::create_dir(path).map_err(|e| Error::io("make", path, e))?;
        self.own(path)
    }

    /// Hands a file or folder to the servers' user.
    pub(crate) fn own(self, path: &Path) -> Result<()> {
        #[cfg(unix)]
        if self.root {
            std::os::unix::fs::lchown(path, Some(NOBODY), Some(NOBODY))
                .map_err(|e| Error::io("change the owner of", path, e))?;
        }
        Ok(())
    }
}
