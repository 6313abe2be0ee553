//! `xtask/mutants.toml`: the guards, and how each is removed.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use toml_edit::{DocumentMut, Table};

use crate::tidy::Finding;
use crate::workspace::read;

/// Where the list is.
const LIST: &str = "xtask/mutants.toml";

/// One guard.
#[derive(Debug, Clone)]
pub(crate) struct Mutant {
    pub(crate) name: String,
    /// What the guard is for.
    pub(crate) guard: String,
    pub(crate) file: String,
    pub(crate) old: String,
    pub(crate) new: String,
    /// What must notice that it is gone.
    pub(crate) run: Run,
}

/// A run of tests.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    /// The package whose tests are run.
    pub(crate) package: String,
    /// `lib`, `doc`, or the name of a test program.
    pub(crate) tests: Vec<String>,
    /// Only tests whose name holds this are run.
    pub(crate) filter: Option<String>,
}

impl Mutant {
    /// The file without the guard.
    pub(crate) fn applied(&self, root: &Path) -> Result<String> {
        replaced(&read(&root.join(&self.file))?, &self.old, &self.new)
    }
}

/// Replaces the one place that `old` stands for.
fn replaced(text: &str, old: &str, new: &str) -> Result<String> {
    match text.matches(old).count() {
        _ if old.trim().is_empty() => bail!("`old` is empty"),
        _ if old == new => bail!("`old` and `new` are the same"),
        1 => Ok(text.replacen(old, new, 1)),
        0 => bail!("`old` is not in the file any more"),
        count => bail!("`old` is in the file {count} times; take more of its surroundings"),
    }
}

pub(crate) fn load(root: &Path) -> Result<Vec<Mutant>> {
    parse(&read(&root.join(LIST))?)
}

fn parse(text: &str) -> Result<Vec<Mutant>> {
    let document: DocumentMut = text
        .parse()
        .with_context(|| format!("cannot read {LIST}"))?;
    let tables = document
        .get("mutant")
        .and_then(|item| item.as_array_of_tables())
        .with_context(|| format!("{LIST} holds no [[mutant]]"))?;
    tables.iter().map(mutant).collect()
}

fn mutant(table: &Table) -> Result<Mutant> {
    let name = table
        .get("name")
        .and_then(|item| item.as_str())
        .unwrap_or_default();
    let text = |key: &str| {
        let value = table.get(key).and_then(|item| item.as_str());
        value
            .map(str::to_owned)
            .with_context(|| format!("{LIST}: `{name}` lacks `{key}`"))
    };
    let tests: Vec<String> = table
        .get("tests")
        .and_then(|item| item.as_array())
        .into_iter()
        .flatten()
        .filter_map(|value| value.as_str().map(str::to_owned))
        .collect();
    if tests.is_empty() {
        bail!("{LIST}: `{name}` names no tests");
    }
    if tests.len() > 1 && tests.iter().any(|test| test == "doc") {
        bail!("{LIST}: `{name}`: cargo runs `doc` alone");
    }
    Ok(Mutant {
        name: text("name")?,
        guard: text("guard")?,
        file: text("file")?,
        old: text("old")?,
        new: text("new")?,
        run: Run {
            package: text("package")?,
            tests,
            filter: table
                .get("filter")
                .and_then(|item| item.as_str())
                .map(str::to_owned),
        },
    })
}

/// Those of these names, or all where none is given.
pub(crate) fn chosen(mutants: Vec<Mutant>, names: &[String]) -> Result<Vec<Mutant>> {
    for name in names {
        if !mutants.iter().any(|mutant| mutant.name == *name) {
            bail!("there is no guard `{name}` in {LIST}");
        }
    }
    let wanted = |mutant: &Mutant| names.is_empty() || names.contains(&mutant.name);
    Ok(mutants.into_iter().filter(wanted).collect())
}

/// What is wrong with the list, one line each.
pub(crate) fn problems(root: &Path, mutants: &[Mutant]) -> Vec<String> {
    let mut found = Vec::new();
    for (at, mutant) in mutants.iter().enumerate() {
        if let Err(error) = mutant.applied(root) {
            found.push(format!("`{}` ({}): {error:#}", mutant.name, mutant.file));
        }
        if mutants
            .iter()
            .take(at)
            .any(|other| other.name == mutant.name)
        {
            found.push(format!("`{}` is there twice", mutant.name));
        }
    }
    found
}

/// For `tidy`: every guard is still where the list says. Returns how many there are.
pub(crate) fn check(root: &Path, findings: &mut Vec<Finding>) -> Result<usize> {
    let mutants = load(root)?;
    for problem in problems(root, &mutants) {
        findings.push(Finding::new(LIST, problem));
    }
    Ok(mutants.len())
}

#[cfg(test)]
mod tests {
    //! A guard that is there, one that is gone, and the real list.

    use super::*;
    use crate::workspace::root;

    #[test]
    fn a_guard_is_replaced_where_it_stands_once() {
        assert_eq!(replaced("a b c", "b", "d").unwrap(), "a d c");
        for (text, old, new) in [
            ("a c", "b", "d"),
            ("b b", "b", "d"),
            ("b", "b", "b"),
            ("a", " ", "d"),
        ] {
            assert!(replaced(text, old, new).is_err(), "{text} {old} {new}");
        }
    }

    #[test]
    fn entries_are_read_and_incomplete_ones_are_named() {
        let whole = "[[mutant]]\nname = 'a'\nguard = 'g'\nfile = 'f'\nold = 'o'\nnew = 'n'\npackage = 'p'\ntests = ['lib']\n";
        let mutants = parse(whole).unwrap();
        assert_eq!(
            (mutants[0].name.as_str(), mutants[0].run.tests.len()),
            ("a", 1)
        );
        assert!(chosen(mutants.clone(), &["b".to_owned()]).is_err());
        assert_eq!(chosen(mutants, &[]).unwrap().len(), 1);
        let error = parse(&whole.replace("old = 'o'\n", "")).unwrap_err();
        assert!(error.to_string().contains("`a` lacks `old`"), "{error}");
        assert!(parse(&whole.replace("'lib'", "")).is_err());
        assert!(parse(&whole.replace("'lib'", "'doc', 'lib'")).is_err());
    }

    #[test]
    fn the_list_fits_the_source() {
        let root = root().unwrap();
        let mutants = load(&root).unwrap();
        assert_eq!(problems(&root, &mutants), [""; 0]);
        assert!(mutants.len() >= 25);
        let gone = Mutant {
            old: "no such line".to_owned(),
            ..mutants[0].clone()
        };
        assert_eq!(problems(&root, &[gone]).len(), 1);
    }
}
