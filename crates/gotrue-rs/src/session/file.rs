//! A session in a file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use fs4::{FileExt, TryLockError};
use supabase_http::BoxError;
use tokio::time::sleep;

use super::storage::{SessionStorage, StorageLock};

/// How long to wait before the lock is tried again.
const RETRY: Duration = Duration::from_millis(25);

/// Keeps a session in a file, which several processes may share.
///
/// The file is readable by its owner alone (mode 0600 on Unix; elsewhere its folder should be the user's own). It is written
/// beside and renamed, so that it is always whole. A lock file beside it (`.lock`) lets one process renew at a time. A damaged
/// file is renamed (`.damaged-…`), not overwritten.
///
/// ```no_run
/// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
/// use gotrue_rs::FileStorage;
///
/// let app = auth.with_session(FileStorage::new("/home/ada/.config/app/session.json")).await?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct FileStorage {
    path: PathBuf,
}

/// ```
/// # fn main() -> Result<(), gotrue_rs::Error> {
/// use gotrue_rs::FileStorage;
///
/// let file = FileStorage::new("session.json");
/// assert!(file.path().ends_with("session.json"));
/// # Ok(()) }
/// ```
impl FileStorage {
    /// A session in the file at `path`. Its folder is made when the first session is saved.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A file beside it.
    fn beside(&self, ending: &str) -> PathBuf {
        let mut name = self.path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    }
}

impl SessionStorage for FileStorage {
    async fn load(&self) -> Result<Option<String>, BoxError> {
        let path = self.path.clone();
        blocking(move || match fs::read(path) {
            // Not UTF-8 is not JSON either: it is for the reader to say that it is damaged.
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        })
        .await
    }

    async fn save(&self, text: String) -> Result<(), BoxError> {
        let this = self.clone();
        blocking(move || this.write(&text)).await
    }

    async fn lock(&self) -> Result<StorageLock, BoxError> {
        let path = self.beside(".lock");
        let file = blocking(move || {
            make_folder(&path)?;
            open_private(OpenOptions::new().create(true).truncate(false), &path)
        })
        .await?;
        loop {
            // By name: newer standard libraries have a method like it.
            match FileExt::try_lock(&file) {
                Ok(()) => return Ok(StorageLock::new(Locked(file))),
                Err(TryLockError::WouldBlock) => sleep(RETRY).await,
                Err(TryLockError::Error(error)) => return Err(error.into()),
            }
        }
    }

    async fn set_aside(&self) -> Result<Option<String>, BoxError> {
        let this = self.clone();
        blocking(move || {
            let mut number = 1_u32;
            loop {
                let place = this.beside(&format!(".damaged-{number}"));
                // A name that is taken holds what was damaged earlier.
                if place.exists() && number < 1000 {
                    number += 1;
                    continue;
                }
                fs::rename(&this.path, &place)?;
                return Ok(Some(place.display().to_string()));
            }
        })
        .await
    }
}

impl FileStorage {
    fn write(&self, text: &str) -> io::Result<()> {
        make_folder(&self.path)?;
        // The process' own, so that two of them never write into one file.
        let beside = self.beside(&format!(".new-{}", std::process::id()));
        let _ = fs::remove_file(&beside);
        let written =
            open_private(OpenOptions::new().create_new(true), &beside).and_then(|mut file| {
                file.write_all(text.as_bytes())?;
                file.sync_all()
            });
        let renamed = written.and_then(|()| fs::rename(&beside, &self.path));
        if renamed.is_err() {
            let _ = fs::remove_file(&beside);
        }
        renamed?;
        sync_folder(&self.path)
    }
}

/// The lock goes with its file.
struct Locked(File);

impl Drop for Locked {
    fn drop(&mut self) {
        // Closing the file would do it as well, if no child process had inherited it.
        let _ = FileExt::unlock(&self.0);
    }
}

fn make_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => fs::create_dir_all(folder),
        _ => Ok(()),
    }
}

fn open_private(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options.write(true).open(path)
}

/// Makes the renaming last, where a folder can be synced.
fn sync_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        File::open(folder)?.sync_all()
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        Ok(())
    }
}

/// Runs what waits for the disk where it holds nobody up.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, BoxError> {
    Ok(tokio::task::spawn_blocking(work).await??)
}
