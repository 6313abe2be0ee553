//! Running other programs.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// A `cargo` command in the repository's root: the same cargo that runs us.
pub(crate) fn cargo(root: &Path) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(program);
    command.current_dir(root);
    command
}

/// What a reader would type to run the same command.
pub(crate) fn display(command: &Command) -> String {
    let mut words: Vec<String> = command
        .get_envs()
        .filter_map(|(key, value)| Some((key, value?)))
        .map(|(key, value)| {
            format!(
                "{}={}",
                key.to_string_lossy(),
                quote(&value.to_string_lossy())
            )
        })
        .collect();
    let program = Path::new(command.get_program());
    let name = program.file_stem().unwrap_or(command.get_program());
    words.push(name.to_string_lossy().into_owned());
    words.extend(
        command
            .get_args()
            .map(|argument| quote(&argument.to_string_lossy())),
    );
    words.join(" ")
}

fn quote(word: &str) -> String {
    if word.is_empty() || word.contains([' ', '"', '\'', '$', '*']) {
        format!("'{}'", word.replace('\'', r"'\''"))
    } else {
        word.to_owned()
    }
}

/// Prints the command, runs it with our own input and output, and fails if it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    println!("$ {}", display(command));
    run_silently(command)
}

/// The same without printing the command.
pub(crate) fn run_silently(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("cannot start {}", display(command)))?;
    if status.success() {
        return Ok(());
    }
    match status.code() {
        Some(code) => bail!("exit status {code} from: {}", display(command)),
        None => bail!("ended by a signal: {}", display(command)),
    }
}

/// Runs the command and returns what it wrote to its standard output; its messages go to ours.
pub(crate) fn capture(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start {}", display(command)))?;
    if !output.status.success() {
        bail!("{} from: {}", output.status, display(command));
    }
    String::from_utf8(output.stdout)
        .with_context(|| format!("output that is not UTF-8 from: {}", display(command)))
}

/// The first line that `program --version` prints, or `None` where there is no such program.
pub(crate) fn version_of(program: &mut Command) -> Option<String> {
    let output = program
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .ok()?;
    if !output.status.success() {
        return None;
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Some(text.lines().next()?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    //! What is printed and what counts as a failure.

    use super::*;

    #[test]
    fn a_command_is_shown_as_one_would_type_it() {
        let mut command = Command::new("/usr/bin/cargo");
        command
            .env("FLAGS", "-D warnings")
            .args(["doc", "--no-deps"]);
        assert_eq!(display(&command), "FLAGS='-D warnings' cargo doc --no-deps");
    }

    #[test]
    fn failures_and_missing_programs_are_told_apart() {
        let root = Path::new(".");
        let failed = run(cargo(root).arg("no-such-subcommand").stderr(Stdio::null())).unwrap_err();
        assert!(failed.to_string().starts_with("exit status"), "{failed}");
        let missing = run(&mut Command::new("no-such-program-here")).unwrap_err();
        assert!(missing.to_string().starts_with("cannot start"), "{missing}");
        assert_eq!(version_of(&mut Command::new("no-such-program-here")), None);
        assert!(
            version_of(&mut cargo(root))
                .unwrap()
                .starts_with("cargo 1.")
        );
    }
}
