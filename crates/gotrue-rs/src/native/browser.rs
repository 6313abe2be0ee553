//! The system's own way to open a URL.

use std::process::{Command, Stdio};

use supabase_http::BoxError;

/// The program that opens URLs, and what it wants before one.
const OPENER: Option<(&str, &[&str])> = if cfg!(target_os = "macos") {
    Some(("open", &[]))
} else if cfg!(target_os = "windows") {
    // Not by a shell, which would read the `&` of a query.
    Some(("rundll32", &["url.dll,FileProtocolHandler"]))
} else if cfg!(unix) {
    Some(("xdg-open", &[]))
} else {
    None
};

/// Opens a URL, which begins with its scheme.
pub(super) fn open(url: &str) -> Result<(), BoxError> {
    let (program, arguments) =
        OPENER.ok_or("this system has no known way; give one by `open_with`")?;
    let mut child = Command::new(program)
        .args(arguments)
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|why| format!("`{program}`: {why}; give another way by `open_with`"))?;
    // It may live as long as the browser does; a thread keeps no program from ending.
    std::thread::spawn(move || child.wait());
    Ok(())
}
