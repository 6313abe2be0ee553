//! The functions of a project as its folder holds them: names, entry points, their environment, and what changed.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use crate::config::FunctionConfig;
use crate::error::{Error, ErrorKind, Result};

/// One function, ready to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) entry: PathBuf,
    pub(crate) modules: Modules,
}

/// How the imports of a function are found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Modules {
    /// By nothing but their own addresses.
    Plain,
    /// By a `deno.json`.
    Config(PathBuf),
    /// By an import map.
    Map(PathBuf),
}

/// A name that is one folder below `functions`, whatever the request said. `_shared` and its like are no functions.
pub(crate) fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.len() <= 100
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

/// Whether the folder holds any function.
pub(crate) fn has_functions(functions: &Path) -> bool {
    let entries = std::fs::read_dir(functions).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_name().to_str().is_some_and(is_name))
        .any(|entry| entry.path().join("index.ts").is_file())
}

/// The function of this name, if the folder holds it.
pub(crate) fn find(project: &Path, name: &str, config: &FunctionConfig) -> Option<Function> {
    if !is_name(name) || config.enabled == Some(false) {
        return None;
    }
    let functions = project.join("functions");
    let folder = functions.join(name);
    let entry = match &config.entrypoint {
        Some(entry) => project.join(entry),
        None => folder.join("index.ts"),
    };
    if !entry.is_file() {
        return None;
    }
    let own = ["deno.json", "deno.jsonc"].map(|file| folder.join(file));
    let modules = if let Some(map) = &config.import_map {
        let map = project.join(map);
        let is_config = own.iter().any(|own| own.file_name() == map.file_name());
        if is_config {
            Modules::Config(map)
        } else {
            Modules::Map(map)
        }
    } else if let Some(own) = own.into_iter().find(|file| file.is_file()) {
        Modules::Config(own)
    } else {
        // The older ways.
        [folder, functions]
            .map(|folder| folder.join("import_map.json"))
            .into_iter()
            .find(|file| file.is_file())
            .map_or(Modules::Plain, Modules::Map)
    };
    Some(Function {
        name: name.to_owned(),
        entry,
        modules,
    })
}

/// The variables of `functions/.env`. Names that begin with `SUPABASE_` are the stack's own and left out.
pub(crate) fn variables(functions: &Path) -> Result<Vec<(String, String)>> {
    let file = functions.join(".env");
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(Error::io("read", &file, e)),
    };
    let mut all = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let Some(pair) = variable(line).map_err(|why| {
            let what = format!("{}:{}: {why}", file.display(), at.saturating_add(1));
            Error::new(ErrorKind::Config, what)
        })?
        else {
            continue;
        };
        if !pair.0.starts_with("SUPABASE_") {
            all.push(pair);
        }
    }
    Ok(all)
}

fn variable(line: &str) -> Result<Option<(String, String)>, &'static str> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, value) = line.split_once('=').ok_or("write NAME=value")?;
    let (name, value) = (name.trim(), value.trim());
    let named = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !named {
        return Err("a name has letters, digits and _ only");
    }
    let value = if let Some(rest) = value.strip_prefix('\'') {
        let (inner, _) = rest.split_once('\'').ok_or("the quote is not closed")?;
        inner.to_owned()
    } else if let Some(rest) = value.strip_prefix('"') {
        double_quoted(rest).ok_or("the quote is not closed")?
    } else {
        let end = value.find(" #").unwrap_or(value.len());
        value.get(..end).unwrap_or(value).trim_end().to_owned()
    };
    if value.contains('\0') {
        return Err("a value cannot hold a NUL");
    }
    Ok(Some((name.to_owned(), value)))
}

fn double_quoted(rest: &str) -> Option<String> {
    let mut out = String::new();
    let mut chars = rest.chars();
    loop {
        match chars.next()? {
            '"' => return Some(out),
            '\\' => match chars.next()? {
                'n' => out.push('\n'),
                'r' => out.push('\r'),
                't' => out.push('\t'),
                other => out.push(other),
            },
            other => out.push(other),
        }
    }
}

/// A number that changes with the files below `functions`: names, sizes, times of change.
pub(crate) fn fingerprint(functions: &Path) -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut folders = vec![functions.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        let mut entries: Vec<_> = entries.flatten().collect();
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name();
            let hidden = name.to_string_lossy().starts_with('.') && name != ".env";
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            if hidden || name == "node_modules" {
                continue;
            }
            let path = entry.path();
            // A link to a file counts as what it leads to; one to a folder could lead in circles.
            let Ok(meta) = std::fs::metadata(&path) else {
                continue;
            };
            if meta.is_file() {
                (path, meta.len(), meta.modified().ok()).hash(&mut hasher);
            } else if kind.is_dir() {
                folders.push(path);
            }
        }
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, file: &str, text: &str) {
        let path = root.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    #[test]
    fn only_a_plain_name_is_looked_for() {
        for name in ["hello", "hello-world", "a_1", "1"] {
            assert!(is_name(name), "{name}");
        }
        for name in [
            "", ".", "..", "_shared", "-a", "a/b", "a\\b", "a.b", "a%2f", "a b", "é", ".env",
        ] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn finds_entry_and_imports() {
        let project = tempfile::tempdir().unwrap();
        let root = project.path();
        let none = FunctionConfig::default();
        assert!(!has_functions(&root.join("functions")));
        write(root, "functions/_shared/index.ts", "");
        assert!(!has_functions(&root.join("functions")));
        write(root, "functions/hello/index.ts", "");
        assert!(has_functions(&root.join("functions")));
        let hello = find(root, "hello", &none).unwrap();
        assert_eq!(hello.entry, root.join("functions/hello/index.ts"));
        assert_eq!(hello.modules, Modules::Plain);
        assert_eq!(find(root, "_shared", &none), None);
        assert_eq!(find(root, "../functions/hello", &none), None);

        write(root, "functions/import_map.json", "{}");
        let of = |config: &FunctionConfig| find(root, "hello", config).unwrap().modules;
        let shared = root.join("functions/import_map.json");
        assert_eq!(of(&none), Modules::Map(shared));
        write(root, "functions/hello/deno.jsonc", "{}");
        let own = root.join("functions/hello/deno.jsonc");
        assert_eq!(of(&none), Modules::Config(own));
        let named = FunctionConfig {
            import_map: Some("./functions/map.json".into()),
            entrypoint: Some("./functions/hello/index.ts".into()),
            ..none.clone()
        };
        assert!(matches!(of(&named), Modules::Map(map) if map.ends_with("functions/map.json")));
        let off = FunctionConfig {
            enabled: Some(false),
            ..none
        };
        assert_eq!(find(root, "hello", &off), None);
    }

    #[test]
    fn reads_variables() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(variables(folder.path()).unwrap(), []);
        write(
            folder.path(),
            ".env",
            "# keys\nA=1 # one\nexport B = two words \nC='a \"b\" # c'\nD=\"x\\ny\\\"\" # z\nE=\nSUPABASE_URL=x\n",
        );
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            variables(folder.path()).unwrap(),
            [
                pair("A", "1"),
                pair("B", "two words"),
                pair("C", "a \"b\" # c"),
                pair("D", "x\ny\""),
                pair("E", ""),
            ]
        );
        for wrong in ["A", "A B=1", "=1", "A='x", "A=\"x"] {
            write(folder.path(), ".env", &format!("X=1\n{wrong}\n"));
            let error = variables(folder.path()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(error.to_string().contains(".env:2: "), "{error}");
            assert!(
                !error.to_string().contains(wrong) || wrong == "A",
                "{error}"
            );
        }
    }

    #[test]
    fn sees_changes() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "a/index.ts", "1");
        let mut last = fingerprint(folder.path());
        assert_eq!(fingerprint(folder.path()), last);
        for (file, text, seen) in [
            ("a/index.ts", "12", true),
            ("_shared/b.ts", "", true),
            (".env", "A=1", true),
            ("node_modules/x/index.js", "", false),
            (".git/x", "", false),
        ] {
            write(folder.path(), file, text);
            let now = fingerprint(folder.path());
            assert_eq!(now != last, seen, "{file}");
            last = now;
        }
        std::fs::remove_file(folder.path().join("_shared/b.ts")).unwrap();
        assert_ne!(fingerprint(folder.path()), last);
    }
}
