//! `cargo xtask release rename`: another name on the registry, the same library.
//!
//! The name of a package has one place that others refer to, its entry in `[workspace.dependencies]`;
//! the key of that entry stays, so no manifest and no line of code that uses the crate changes.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use toml_edit::{DocumentMut, Item, Table, TableLike, Value, value};

use super::apply::Edit;
use super::facts::package_of;
use crate::workspace::{Workspace, files, read, shown};

/// The edits of manifests, and the files in which a human has to look for the old name.
pub(crate) fn edits(root: &Path, old: &str, new: &str) -> Result<(Vec<Edit>, Vec<String>)> {
    let workspace = Workspace::load(root)?;
    let Some(package) = workspace
        .member(old)
        .filter(|package| package.is_published())
    else {
        bail!("there is no published package `{old}`");
    };
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if new.is_empty() || !new.chars().all(is_name) || workspace.member(new).is_some() {
        bail!(
            "`{new}` cannot be the name: small letters, digits and hyphens, and nobody else's here"
        );
    }
    let mut edits = Vec::new();
    let mut add = |path: &Path, change: &dyn Fn(&mut DocumentMut) -> Result<()>| -> Result<()> {
        let before = read(path)?;
        let mut manifest: DocumentMut = before.parse().with_context(|| shown(root, path))?;
        change(&mut manifest).with_context(|| shown(root, path))?;
        let after = manifest.to_string();
        if before != after {
            edits.push(Edit {
                path: path.to_owned(),
                before,
                after,
            });
        }
        Ok(())
    };
    add(&root.join("Cargo.toml"), &|manifest| {
        let table = manifest
            .get_mut("workspace")
            .and_then(|workspace| workspace.get_mut("dependencies"))
            .and_then(Item::as_table_like_mut);
        point(table.context("has no [workspace.dependencies]")?, old, new);
        Ok(())
    })?;
    for member in workspace.members() {
        add(&member.manifest_path, &|manifest| {
            if member.name == package.name {
                rename(manifest, old, new)?;
            }
            if let Some(table) = manifest
                .get_mut("dev-dependencies")
                .and_then(Item::as_table_like_mut)
            {
                // Those by a path; the others come from the workspace.
                point(table, old, new);
            }
            public(manifest, old, new);
            Ok(())
        })?;
    }
    let mut left = Vec::new();
    for file in files(root)? {
        let is_text = file
            .extension()
            .is_some_and(|end| ["md", "rs", "toml"].iter().any(|known| end == *known));
        if is_text && !edits.iter().any(|edit| edit.path == file) && mentions(&read(&file)?, old) {
            left.push(shown(root, &file));
        }
    }
    Ok((edits, left))
}

/// The package's own manifest: its name, and the library's, which stays.
fn rename(manifest: &mut DocumentMut, old: &str, new: &str) -> Result<()> {
    let package = manifest
        .get_mut("package")
        .and_then(Item::as_table_like_mut);
    package
        .context("has no [package]")?
        .insert("name", value(new));
    let library = manifest.entry("lib").or_insert(Item::Table(Table::new()));
    let library = library.as_table_like_mut().context("`lib` is no table")?;
    if library.get("name").is_none() {
        library.insert("name", value(old.replace('-', "_")));
    }
    Ok(())
}

/// Makes entries that mean `old`, and have a path, mean `new`.
fn point(table: &mut dyn TableLike, old: &str, new: &str) {
    for (key, entry) in table.iter_mut() {
        if package_of(&key, entry) == old && entry.get("path").is_some() {
            if let Some(entry) = entry.as_table_like_mut() {
                entry.insert("package", value(new));
            }
            if let Some(entry) = entry.as_inline_table_mut() {
                entry.fmt();
            }
        }
    }
}

/// The declarations that it is public.
fn public(manifest: &mut DocumentMut, old: &str, new: &str) {
    let mut names = Some(manifest.as_item_mut());
    for key in ["package", "metadata", "supabase", "public-dependencies"] {
        // `Item::get_mut` would make what is not there.
        names = names
            .and_then(Item::as_table_like_mut)
            .and_then(|table| table.get_mut(key));
    }
    let names = names.and_then(Item::as_array_mut);
    for name in names.into_iter().flat_map(|names| names.iter_mut()) {
        if name.as_str() == Some(old) {
            let decor = name.decor().clone();
            *name = Value::from(new);
            *name.decor_mut() = decor;
        }
    }
}

/// Whether a text has the name as a word of its own: `realtime-rs`, but not `my-realtime-rs`.
fn mentions(text: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    text.split(|c: char| !is_part(c)).any(|word| word == name)
}

#[cfg(test)]
mod tests {
    //! The parts that a whole rename hides.

    use super::*;

    #[test]
    fn what_says_nothing_of_it_is_not_touched() {
        for text in [
            "[package]\nname = \"x\"\n",
            "[package.metadata.supabase]\npublic-dependencies = [ \"b\" ]\n",
        ] {
            let mut manifest: DocumentMut = text.parse().unwrap();
            public(&mut manifest, "a", "c");
            assert_eq!(manifest.to_string(), text);
        }
        assert!(mentions("`realtime-rs`,", "realtime-rs"));
        assert!(!mentions("my-realtime-rs", "realtime-rs"));
    }
}
