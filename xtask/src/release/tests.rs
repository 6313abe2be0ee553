//! Releases of small repositories with real git and cargo; only the registry's answers are made up.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::*;
use crate::release::level::Level;

/// The registry has every version, and nothing can compare APIs.
struct Everything;

impl Outside for Everything {
    fn api_change(&self, _: &str, _: &str) -> Result<Option<Level>> {
        Ok(None)
    }

    fn is_published(&self, _: &str, _: &Version) -> Result<bool> {
        Ok(true)
    }
}

/// A tool that finds that one crate's API has lost something.
struct Breaks(&'static str);

impl Outside for Breaks {
    fn api_change(&self, package: &str, _: &str) -> Result<Option<Level>> {
        Ok(Some(if package == self.0 {
            Level::Breaking
        } else {
            Level::Patch
        }))
    }

    fn is_published(&self, _: &str, _: &Version) -> Result<bool> {
        Ok(false)
    }
}

/// A workspace of the shape of ours: `core` is in the signatures of `rest` and `files`, `all`
/// re-exports the three, `tool` uses `all` and shows nothing of it.
struct Fixture {
    folder: tempfile::TempDir,
}

const CRATES: &[(&str, &[&str], &str)] = &[
    ("core", &[], ""),
    ("rest", &["core"], "public-dependencies = [\"core\"]"),
    ("files", &["core"], "public-dependencies = [\"core\"]"),
    (
        "all",
        &["core", "rest", "files"],
        "public-dependencies = [\"core\", \"rest\", \"files\"]\numbrella = true",
    ),
    ("tool", &["all"], ""),
];

impl Fixture {
    /// All crates at 0.1.0, released.
    fn new() -> Self {
        let fixture = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let mut root = "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\"]\n\n[workspace.package]\nrust-version = \"1.85\"\n\n\
                        [workspace.dependencies]\n# Ours.\n"
            .to_owned();
        for (name, on, metadata) in CRATES {
            root.push_str(&format!(
                "{name} = {{ path = \"crates/{name}\", version = \"0.1.0\", default-features = false }}\n"
            ));
            let mut manifest = format!(
                "[package]\nname = \"{name}\"\nversion = \"0.1.0\" # its own\nedition = \"2021\"\n\n[dependencies]\n"
            );
            for on in *on {
                manifest.push_str(&format!("{on} = {{ workspace = true }}\n"));
            }
            manifest.push_str(&format!("\n[package.metadata.supabase]\n{metadata}\n"));
            fixture.write(&format!("crates/{name}/Cargo.toml"), &manifest);
            fixture.write(&format!("crates/{name}/src/lib.rs"), "//! A crate.\n");
            fixture.write(
                &format!("crates/{name}/CHANGELOG.md"),
                "# Changelog\n\n## Unreleased\n\n## 0.1.0 - 2026-01-01\n\n### Added\n\n- All.\n",
            );
            fixture.write(
                &format!("crates/{name}/README.md"),
                &format!(
                    "# {name}\n\n```toml\n{name} = \"0.1\"\n```\n\n`cargo add {name}@0.1.0`\n"
                ),
            );
        }
        fixture.write("Cargo.toml", &root);
        fixture.write(".gitignore", "/target\n");
        fixture.git(&["init", "--quiet", "--initial-branch", "main"]);
        fixture.git(&["config", "user.name", "A"]);
        fixture.git(&["config", "user.email", "a@example.com"]);
        process::run_silently(process::cargo(fixture.root()).args([
            "generate-lockfile",
            "--offline",
            "--quiet",
        ]))
        .unwrap();
        fixture.commit("All");
        for (name, ..) in CRATES {
            fixture.git(&["tag", &git::tag(name, "0.1.0")]);
        }
        fixture
    }

    fn root(&self) -> &Path {
        self.folder.path()
    }

    fn file(&self) -> PathBuf {
        self.root().join("target/release-plan.json")
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.root().join(path)).unwrap()
    }

    fn git(&self, arguments: &[&str]) {
        let mut command = Command::new("git");
        command.current_dir(self.root()).args(arguments);
        process::run_silently(&mut command).unwrap();
    }

    fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        let date = "2026-02-03T04:05:06Z";
        let mut command = Command::new("git");
        command
            .current_dir(self.root())
            .env("GIT_AUTHOR_DATE", date)
            .env("GIT_COMMITTER_DATE", date)
            .args(["commit", "--quiet", "--message", message]);
        process::run_silently(&mut command).unwrap();
    }

    /// A committed change of a crate's code, with a line below a heading of its changelog.
    fn change(&self, name: &str, heading: &str) {
        let code = format!("crates/{name}/src/lib.rs");
        self.write(&code, &(self.read(&code) + "// More.\n"));
        let log = format!("crates/{name}/CHANGELOG.md");
        let entry = format!("## Unreleased\n\n### {heading}\n\n- This.\n");
        self.write(
            &log,
            &self.read(&log).replacen("## Unreleased\n", &entry, 1),
        );
        self.commit("A change");
    }

    fn plan(&self, only: &[&str]) -> Result<String> {
        let only: Vec<String> = only.iter().map(|&name| name.to_owned()).collect();
        make_plan(self.root(), &self.file(), &only, &Everything)
    }

    fn apply(&self, execute: bool) -> Result<String> {
        apply_plan(self.root(), &self.file(), execute, &Everything)
    }

    /// Edits the plan by hand.
    fn edit(&self, change: impl Fn(&mut Plan)) {
        let mut plan: Plan =
            serde_json::from_str(&std::fs::read_to_string(self.file()).unwrap()).unwrap();
        change(&mut plan);
        std::fs::write(self.file(), serde_json::to_string(&plan).unwrap()).unwrap();
    }
}

fn refused<T: std::fmt::Debug>(result: Result<T>) -> String {
    format!("{:#}", result.unwrap_err())
}

#[test]
fn nothing_changed_nothing_released() {
    let fixture = Fixture::new();
    insta::assert_snapshot!("nothing", fixture.plan(&[]).unwrap());
    assert!(refused(fixture.plan(&["rest"])).contains("rest has not changed"));
    assert!(refused(fixture.plan(&["nothing"])).contains("there are core, files, rest, all, tool"));
}

#[test]
fn a_feature_of_the_core_goes_out_with_the_umbrella_alone() {
    let fixture = Fixture::new();
    fixture.change("core", "Added");
    insta::assert_snapshot!("core_feature", fixture.plan(&[]).unwrap());
}

#[test]
fn a_fix_of_one_service_goes_out_with_the_umbrella_alone() {
    let fixture = Fixture::new();
    fixture.change("files", "Fixed");
    insta::assert_snapshot!("fix", fixture.plan(&[]).unwrap());
}

#[test]
fn a_breaking_change_of_one_service_breaks_the_umbrella_too() {
    let fixture = Fixture::new();
    fixture.change("rest", "Removed");
    insta::assert_snapshot!("service_breaks", fixture.plan(&[]).unwrap());
}

#[test]
fn a_crate_takes_with_it_what_it_is_built_on() {
    let fixture = Fixture::new();
    fixture.change("core", "Added");
    fixture.change("rest", "Added");
    fixture.change("files", "Added");
    insta::assert_snapshot!("one_crate", fixture.plan(&["rest"]).unwrap());
}

#[test]
fn what_the_tool_finds_counts_more_than_the_changelog() {
    let fixture = Fixture::new();
    fixture.change("rest", "Fixed");
    let plan = make_plan(fixture.root(), &fixture.file(), &[], &Breaks("rest")).unwrap();
    assert!(
        plan.contains("rest            0.1.0 -> 0.2.0  (breaking)"),
        "{plan}"
    );
    assert!(
        plan.contains("all             0.1.0 -> 0.2.0  (breaking)"),
        "{plan}"
    );
}

#[test]
fn a_newer_compiler_is_more_than_a_patch() {
    let fixture = Fixture::new();
    fixture.write(
        "Cargo.toml",
        &fixture.read("Cargo.toml").replace("1.85", "1.88"),
    );
    fixture.commit("Newer");
    let plan = fixture.plan(&[]).unwrap();
    assert_eq!(plan.matches("0.1.0 -> 0.2.0").count(), 5, "{plan}");
    assert!(plan.contains("needs Rust 1.88, was 1.85"), "{plan}");
}

/// Issue 3237 of google-cloud-rust: the shared core had a breaking release while its dependants had
/// patches. Whoever used two of them got two cores, and types that did not fit together.
#[test]
fn a_breaking_core_with_patches_of_its_dependants_is_refused_everywhere() {
    let fixture = Fixture::new();
    fixture.change("core", "Breaking");
    insta::assert_snapshot!("core_breaks", fixture.plan(&[]).unwrap());

    // The plan, edited: a patch where it has to break.
    fixture.edit(|plan| {
        for release in plan
            .releases
            .iter_mut()
            .filter(|release| release.name != "core")
        {
            release.to = Version::new(0, 1, 1);
        }
    });
    insta::assert_snapshot!("edited_patches", refused(fixture.apply(true)));

    // The plan, edited: the core alone.
    fixture.plan(&["core"]).unwrap();
    fixture.edit(|plan| plan.releases.retain(|release| release.name == "core"));
    insta::assert_snapshot!("edited_core_alone", refused(fixture.apply(true)));
    Git(fixture.root()).must_be_clean().unwrap();

    // No plan at all: versions and changelogs by hand, which is how it happened.
    let root = fixture.read("Cargo.toml");
    fixture.write(
        "Cargo.toml",
        &root.replace(
            "crates/core\", version = \"0.1.0",
            "crates/core\", version = \"0.2.0",
        ),
    );
    for (name, to) in [
        ("core", "0.2.0"),
        ("rest", "0.1.1"),
        ("files", "0.1.1"),
        ("all", "0.1.1"),
    ] {
        let manifest = format!("crates/{name}/Cargo.toml");
        fixture.write(&manifest, &fixture.read(&manifest).replacen("0.1.0", to, 1));
        let log = format!("crates/{name}/CHANGELOG.md");
        let text = fixture.read(&log);
        let to = format!("## Unreleased\n\n## {to} - 2026-02-03\n");
        fixture.write(&log, &text.replacen("## Unreleased\n", &to, 1));
    }
    process::run_silently(process::cargo(fixture.root()).args([
        "update",
        "--workspace",
        "--offline",
        "--quiet",
    ]))
    .unwrap();
    fixture.commit("By hand");
    insta::assert_snapshot!("by_hand", refused(pending(fixture.root(), &Everything)));
    assert!(make_tags(fixture.root(), true, &Everything).is_err());
}

#[test]
fn a_plan_is_applied_published_and_tagged() {
    let fixture = Fixture::new();
    fixture.change("core", "Breaking");
    fixture.plan(&[]).unwrap();
    let shown = fixture.apply(false).unwrap();
    insta::assert_snapshot!("applied", shown);
    Git(fixture.root()).must_be_clean().unwrap();
    assert_eq!(fixture.apply(true).unwrap(), shown);
    assert!(
        fixture
            .read("Cargo.lock")
            .contains("name = \"core\"\nversion = \"0.2.0\"")
    );
    assert!(
        fixture
            .read("crates/core/Cargo.toml")
            .contains("version = \"0.2.0\" # its own")
    );
    assert!(refused(fixture.plan(&[])).contains("not committed"));
    assert!(refused(pending(fixture.root(), &Everything)).contains("not committed"));
    fixture.commit("Release");
    assert!(
        refused(fixture.plan(&[])).contains("core: 0.2.0 is on its way; publish and tag it first")
    );

    let names: Vec<String> = pending(fixture.root(), &Everything)
        .unwrap()
        .into_iter()
        .map(|one| one.name)
        .collect();
    assert_eq!(names, ["core", "files", "rest", "all", "tool"]);
    assert!(refused(make_tags(fixture.root(), true, &Breaks(""))).contains("not on the registry"));
    let tags = make_tags(fixture.root(), true, &Everything).unwrap();
    assert!(tags.starts_with("core-v0.2.0\nfiles-v0.2.0\n"), "{tags}");
    assert!(
        fixture
            .plan(&[])
            .unwrap()
            .starts_with("Nothing has changed")
    );
    assert_eq!(make_tags(fixture.root(), true, &Everything).unwrap(), "");
}

#[test]
fn a_version_that_says_less_than_its_changelog_is_not_published() {
    let fixture = Fixture::new();
    fixture.change("tool", "Removed");
    fixture.plan(&[]).unwrap();
    fixture.apply(true).unwrap();
    for path in [
        "crates/tool/Cargo.toml",
        "crates/tool/CHANGELOG.md",
        "Cargo.toml",
        "Cargo.lock",
    ] {
        fixture.write(path, &fixture.read(path).replace("0.2.0", "0.1.1"));
    }
    fixture.commit("Release");
    let said = refused(pending(fixture.root(), &Everything));
    assert!(
        said.contains("tool: 0.1.1 is too small a step, 0.2.0 is the least: changelog: Removed"),
        "{said}"
    );
}

#[test]
fn a_plan_is_for_one_commit_and_for_a_clean_tree() {
    let fixture = Fixture::new();
    fixture.change("files", "Fixed");
    fixture.plan(&[]).unwrap();
    fixture.change("rest", "Fixed");
    assert!(refused(fixture.apply(true)).contains("make it again"));
    fixture.write("note", "");
    assert!(refused(fixture.apply(true)).contains("not committed: ?? note"));
    assert!(refused(fixture.plan(&[])).contains("not committed: ?? note"));
}

#[test]
fn code_without_a_changelog_entry_is_not_planned() {
    let fixture = Fixture::new();
    fixture.write("crates/rest/src/more.rs", "//! More.\n");
    fixture.commit("Silent");
    let said = refused(fixture.plan(&[]));
    assert!(
        said.contains("rest: crates/rest/src/more.rs and 0 more have changed since rest-v0.1.0"),
        "{said}"
    );
}

#[test]
fn only_the_main_branch_is_published() {
    let fixture = Fixture::new();
    fixture.change("files", "Fixed");
    fixture.plan(&[]).unwrap();
    fixture.apply(true).unwrap();
    fixture.commit("Release");
    fixture.git(&["checkout", "--quiet", "-b", "other"]);
    assert!(refused(pending(fixture.root(), &Everything)).contains("not on `other`"));
}

#[test]
fn a_first_release_keeps_its_version() {
    let fixture = Fixture::new();
    fixture.git(&["tag", "--delete", "all-v0.1.0", "tool-v0.1.0"]);
    for name in ["all", "tool"] {
        let log = format!("crates/{name}/CHANGELOG.md");
        fixture.write(
            &log,
            "# Changelog\n\n## Unreleased\n\n### Added\n\n- All.\n",
        );
    }
    fixture.commit("Unreleased");
    insta::assert_snapshot!("first", fixture.plan(&[]).unwrap());
    fixture.apply(true).unwrap();
    assert!(
        fixture
            .read("crates/all/CHANGELOG.md")
            .contains("## 0.1.0 - 2026-02-03\n\n### Added")
    );
}

#[test]
fn a_package_gets_another_name_and_its_library_keeps_its_own() {
    let fixture = Fixture::new();
    let code = fixture.read("crates/rest/src/lib.rs");
    let shown = rename_package(fixture.root(), "core", "other-core", false).unwrap();
    insta::assert_snapshot!("renamed", shown);
    Git(fixture.root()).must_be_clean().unwrap();
    rename_package(fixture.root(), "core", "other-core", true).unwrap();
    let workspace = Workspace::load(fixture.root()).unwrap();
    assert!(workspace.member("other-core").is_some() && workspace.member("core").is_none());
    assert!(workspace.member("rest").unwrap().depends_on("other-core"));
    fixture.commit("Renamed");
    // Nothing that uses it has changed, and it goes out under its new name.
    assert_eq!(fixture.read("crates/rest/src/lib.rs"), code);
    let plan = fixture.plan(&["other-core"]).unwrap();
    assert!(
        plan.contains("other-core      first release, 0.1.0"),
        "{plan}"
    );
    for bad in ["", "Core", "rest", "a b"] {
        assert!(
            rename_package(fixture.root(), "all", bad, false).is_err(),
            "{bad}"
        );
    }
}
