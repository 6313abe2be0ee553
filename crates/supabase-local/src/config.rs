//! What a project's `supabase/` folder says: its `config.toml`, where its migrations are, and its seed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, Item};

use crate::error::{Error, ErrorKind, Result};

/// The parts of `config.toml` that matter here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Config {
    pub(crate) schemas: Option<Vec<String>>,
    pub(crate) extra_search_path: Option<Vec<String>>,
    pub(crate) max_rows: Option<u32>,
    pub(crate) seed_enabled: Option<bool>,
    pub(crate) seed_paths: Option<Vec<String>>,
    /// `edge_runtime.enabled`.
    pub(crate) run_functions: Option<bool>,
    pub(crate) functions: BTreeMap<String, FunctionConfig>,
}

/// What `[functions.<name>]` says; paths are relative to the `supabase` folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FunctionConfig {
    pub(crate) enabled: Option<bool>,
    pub(crate) verify_jwt: Option<bool>,
    pub(crate) entrypoint: Option<PathBuf>,
    pub(crate) import_map: Option<PathBuf>,
}

/// The nearest `supabase` folder, from `start` upwards, that holds a project.
pub(crate) fn find_project(start: &Path) -> Option<PathBuf> {
    start
        .ancestors()
        .map(|folder| folder.join("supabase"))
        .find(|folder| is_project(folder))
}

/// A folder that merely has the name holds none of these.
fn is_project(folder: &Path) -> bool {
    folder.join("config.toml").is_file()
        || folder.join("migrations").is_dir()
        || folder.join("functions").is_dir()
        || folder.join("seed.sql").is_file()
}

/// The `supabase` folder of a project that was named: itself, or the one in it.
pub(crate) fn named_project(folder: &Path) -> Result<PathBuf> {
    let inner = folder.join("supabase");
    [inner, folder.to_owned()].into_iter().find(|folder| is_project(folder)).ok_or_else(|| {
        let what = format!(
            "{} is no Supabase project: it has no supabase folder with config.toml, migrations, functions or seed.sql",
            folder.display()
        );
        Error::new(ErrorKind::Config, what)
    })
}

/// Reads `config.toml` of a `supabase` folder, if there is one.
pub(crate) fn read(project: &Path) -> Result<Config> {
    let file = project.join("config.toml");
    if !file.is_file() {
        return Ok(Config::default());
    }
    let text = std::fs::read_to_string(&file).map_err(|e| Error::io("read", &file, e))?;
    parse(&text).map_err(|why| {
        Error::new(
            ErrorKind::Config,
            format!("{} is wrong: {why}", file.display()),
        )
    })
}

fn parse(text: &str) -> Result<Config, String> {
    let document: DocumentMut = text
        .parse()
        .map_err(|e: toml_edit::TomlError| e.to_string().trim().replace('\n', " | "))?;
    let api = document.get("api");
    let seed = document.get("db").and_then(|db| db.get("seed"));
    let at = |table: Option<&Item>, key: &str| table.and_then(|table| table.get(key)).cloned();
    Ok(Config {
        schemas: strings(at(api, "schemas"), "api.schemas")?,
        extra_search_path: strings(at(api, "extra_search_path"), "api.extra_search_path")?,
        max_rows: match at(api, "max_rows") {
            None => None,
            Some(item) => Some(
                item.as_integer()
                    .and_then(|rows| u32::try_from(rows).ok())
                    .ok_or("api.max_rows must be a whole number, zero or more")?,
            ),
        },
        seed_enabled: boolean(at(seed, "enabled"), "db.seed.enabled")?,
        seed_paths: strings(at(seed, "sql_paths"), "db.seed.sql_paths")?,
        run_functions: boolean(
            at(document.get("edge_runtime"), "enabled"),
            "edge_runtime.enabled",
        )?,
        functions: functions(document.get("functions"))?,
    })
}

fn functions(item: Option<&Item>) -> Result<BTreeMap<String, FunctionConfig>, String> {
    let Some(item) = item else {
        return Ok(BTreeMap::new());
    };
    let table = item
        .as_table_like()
        .ok_or("functions must hold a table per function, such as [functions.hello]")?;
    let mut all = BTreeMap::new();
    for (name, item) in table.iter() {
        let key = |key: &str| (item.get(key).cloned(), format!("functions.{name}.{key}"));
        let path = |(item, name): (Option<Item>, String)| match item {
            None => Ok(None),
            Some(item) => match item.as_str() {
                Some("") => Ok(None),
                Some(path) => Ok(Some(PathBuf::from(path))),
                None => Err(format!("{name} must be a text")),
            },
        };
        let boolean = |(item, name): (Option<Item>, String)| boolean(item, &name);
        let function = FunctionConfig {
            enabled: boolean(key("enabled"))?,
            verify_jwt: boolean(key("verify_jwt"))?,
            entrypoint: path(key("entrypoint"))?,
            import_map: path(key("import_map"))?,
        };
        all.insert(name.to_owned(), function);
    }
    Ok(all)
}

fn boolean(item: Option<Item>, name: &str) -> Result<Option<bool>, String> {
    let Some(item) = item else { return Ok(None) };
    item.as_bool()
        .map(Some)
        .ok_or_else(|| format!("{name} must be true or false"))
}

fn strings(item: Option<Item>, name: &str) -> Result<Option<Vec<String>>, String> {
    let Some(item) = item else { return Ok(None) };
    let all: Option<Vec<String>> = item.as_array().and_then(|array| {
        array
            .iter()
            .map(|value| value.as_str().map(str::to_owned))
            .collect()
    });
    all.map(Some)
        .ok_or_else(|| format!("{name} must be a list of texts"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_few_keys_and_ignores_the_rest() {
        let config = parse(
            "project_id = \"x\"\n[api]\nschemas = [\"public\", \"api\"]\nmax_rows = 50\n\
             [db]\nport = 54322\n[db.seed]\nenabled = false\nsql_paths = [\"./a.sql\"]\n",
        )
        .unwrap();
        assert_eq!(config.schemas.unwrap(), ["public", "api"]);
        assert_eq!(config.max_rows, Some(50));
        assert_eq!(config.seed_enabled, Some(false));
        assert_eq!(config.seed_paths.unwrap(), ["./a.sql"]);
        assert_eq!(config.extra_search_path, None);
        assert_eq!(parse("").unwrap(), Config::default());
    }

    #[test]
    fn reads_what_it_says_of_functions() {
        let config = parse(
            "[edge_runtime]\nenabled = true\n[functions.hello]\nverify_jwt = false\nimport_map = \"\"\n\
             [functions.other]\nenabled = false\nentrypoint = \"./functions/other/main.ts\"\n",
        )
        .unwrap();
        assert_eq!(config.run_functions, Some(true));
        let hello = &config.functions["hello"];
        assert_eq!(
            (hello.verify_jwt, &hello.import_map, hello.enabled),
            (Some(false), &None, None)
        );
        let other = &config.functions["other"];
        assert_eq!(other.enabled, Some(false));
        assert_eq!(
            other.entrypoint.as_deref(),
            Some(Path::new("./functions/other/main.ts"))
        );
        let wrong = parse("[functions.hello]\nverify_jwt = 1").unwrap_err();
        assert_eq!(wrong, "functions.hello.verify_jwt must be true or false");
        assert!(parse("functions = 1").is_err());
    }

    #[test]
    fn says_which_key_is_wrong() {
        assert!(
            parse("[api]\nschemas = \"public\"")
                .unwrap_err()
                .contains("api.schemas")
        );
        assert!(
            parse("[api]\nmax_rows = -1")
                .unwrap_err()
                .contains("api.max_rows")
        );
        assert!(parse("[api\n").is_err());
    }

    #[test]
    fn only_a_folder_with_content_is_a_project() {
        let root = tempfile::tempdir().unwrap();
        let deep = root.path().join("a/b");
        std::fs::create_dir_all(deep.join("supabase/src")).unwrap();
        std::fs::create_dir_all(root.path().join("supabase/migrations")).unwrap();
        assert_eq!(find_project(&deep), Some(root.path().join("supabase")));
        assert_eq!(
            named_project(root.path()).unwrap(),
            root.path().join("supabase")
        );
        assert_eq!(
            named_project(&root.path().join("supabase")).unwrap(),
            root.path().join("supabase")
        );
        assert_eq!(named_project(&deep).unwrap_err().kind(), ErrorKind::Config);
    }
}
