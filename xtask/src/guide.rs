//! A local stack for the examples of the guide.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// The project with the tables of the guide.
const PROJECT: &str = "docs/supabase";

/// What the stack prints, and the variables by which the guide's examples find it.
const VARIABLES: [(&str, &str); 2] = [
    ("SUPABASE_URL=", "SUPABASE_GUIDE_URL"),
    ("SUPABASE_PUBLISHABLE_KEY=", "SUPABASE_GUIDE_KEY"),
];

/// A running stack; it ends with this value.
#[derive(Debug)]
pub(crate) struct Guide {
    stack: Child,
    environment: Vec<(&'static str, String)>,
}

impl Guide {
    /// Starts the stack's program with the guide's tables, by the pinned versions.
    pub(crate) fn start(root: &Path, mut program: Command) -> Result<Self> {
        let stack = program
            .current_dir(root)
            .args([
                "start",
                "--env",
                "--quiet",
                "--pinned",
                "--project",
                PROJECT,
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .context("cannot start the local stack of the guide")?;
        let mut guide = Self {
            stack,
            environment: Vec::new(),
        };
        let output = guide
            .stack
            .stdout
            .take()
            .context("the stack has no output")?;
        for line in BufReader::new(output).lines() {
            let line = line.context("cannot read what the stack printed")?;
            for (shown, name) in VARIABLES {
                if let Some(value) = line.strip_prefix(shown) {
                    guide.environment.push((name, value.to_owned()));
                }
            }
            if guide.environment.len() == VARIABLES.len() {
                return Ok(guide);
            }
        }
        bail!("the local stack of the guide ended before it was ready")
    }

    pub(crate) fn environment(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.environment
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
    }
}

impl Drop for Guide {
    /// The servers see that the program has gone, and go as well.
    fn drop(&mut self) {
        let _ = self.stack.kill();
        let _ = self.stack.wait();
    }
}
