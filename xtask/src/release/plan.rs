//! From what has changed to what has to be released: the rules, without git and cargo.
//!
//! A plan that somebody has edited is judged by the same rules that make one. A dependant that shows
//! types of a crate in its own signatures is released, and breaks, together with that crate: with a
//! smaller step its users would get two copies of the crate whose types do not fit together, as in
//! issue 3237 of google-cloud-rust.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anyhow::{Result, bail};
use semver::Version;
use serde::{Deserialize, Serialize};

use super::facts::Crate;
use super::level::{Level, bump, compatible};

/// What is to be released, in the order of publication. Kept as a file to be reviewed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plan {
    /// The commit that it was made for.
    pub(crate) commit: String,
    pub(crate) releases: Vec<Release>,
}

/// One crate of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Release {
    pub(crate) name: String,
    /// The last release; none for the first.
    pub(crate) from: Option<Version>,
    pub(crate) to: Version,
    pub(crate) level: Level,
    pub(crate) reasons: Vec<String>,
}

/// A reason to release a crate.
#[derive(Debug)]
struct Need {
    name: String,
    level: Level,
    reason: String,
}

/// What each crate needs, given the versions that others are going to have.
fn needs(crates: &[Crate], targets: &BTreeMap<String, Version>) -> Vec<Need> {
    let mut needs = Vec::new();
    for one in crates {
        let mut need = |level, reason: String| {
            needs.push(Need {
                name: one.name.clone(),
                level,
                reason,
            });
        };
        if targets.contains_key(&one.name) {
            for (level, reason) in &one.changes {
                need(*level, reason.clone());
            }
        }
        for on in &one.on {
            let Some(to) = targets.get(&on.name) else {
                continue;
            };
            let fits = on
                .released_with
                .as_ref()
                .is_none_or(|lowest| compatible(lowest, to));
            match (fits, on.public) {
                (false, true) => need(
                    Level::Breaking,
                    format!(
                        "{} {to} breaks, and its types are in our signatures",
                        on.name
                    ),
                ),
                (false, false) => need(Level::Patch, format!("asks for {} {to}", on.name)),
                (true, _) if one.umbrella && one.released.is_some() => {
                    need(Level::Patch, format!("re-exports {} {to}", on.name))
                }
                (true, _) => {}
            }
        }
        let built_on_it = crates.iter().find(|user| {
            targets.contains_key(&user.name) && user.on.iter().any(|on| on.name == one.name)
        });
        if let Some(user) = built_on_it {
            for (level, reason) in &one.changes {
                need(*level, format!("{reason}; {} is built on it", user.name));
            }
        }
    }
    needs
}

/// The lowest version that a need allows.
fn lowest(one: &Crate, level: Level) -> Version {
    match &one.released {
        Some(released) => bump(released, level),
        None => one.version.clone(),
    }
}

fn named<'a>(crates: &'a [Crate], name: &str) -> Result<&'a Crate> {
    match crates.iter().find(|one| one.name == name) {
        Some(one) => Ok(one),
        None => {
            let names: Vec<&str> = crates.iter().map(|one| one.name.as_str()).collect();
            bail!(
                "there is no published crate `{name}`; there are {}",
                names.join(", ")
            )
        }
    }
}

/// A plan for what has changed, or for `only` these crates and what has to go with them.
pub(crate) fn make(crates: &[Crate], commit: &str, only: &[String]) -> Result<Plan> {
    for name in only {
        named(crates, name)?;
    }
    let wanted = |one: &&Crate| match only {
        [] => !one.changes.is_empty(),
        only => only.contains(&one.name),
    };
    if only.is_empty() {
        // With names, what others still lack does not matter.
        refuse(crates.iter().flat_map(problems).collect())?;
    }
    let mut targets: BTreeMap<String, Version> = BTreeMap::new();
    for one in crates.iter().filter(wanted) {
        if one.changes.is_empty() {
            bail!("{} has not changed since {}", one.name, one.version);
        }
        targets.insert(
            one.name.clone(),
            one.released.clone().unwrap_or_else(|| one.version.clone()),
        );
    }
    // Grows until nothing is added: versions only go up, and no higher than one breaking step.
    loop {
        let mut grown = false;
        for need in needs(crates, &targets) {
            let lowest = lowest(named(crates, &need.name)?, need.level);
            let target = targets.entry(need.name).or_insert_with(|| {
                grown = true;
                lowest.clone()
            });
            if *target < lowest {
                *target = lowest;
                grown = true;
            }
        }
        if !grown {
            break;
        }
    }
    let all = needs(crates, &targets);
    let mut releases = Vec::new();
    for one in crates {
        let Some(to) = targets.get(&one.name) else {
            continue;
        };
        let own: Vec<&Need> = all.iter().filter(|need| need.name == one.name).collect();
        let Some(level) = own.iter().map(|need| need.level).max() else {
            continue;
        };
        releases.push(Release {
            name: one.name.clone(),
            from: one.released.clone(),
            to: to.clone(),
            level,
            reasons: reasons(&own),
        });
    }
    let plan = Plan {
        commit: commit.to_owned(),
        releases,
    };
    check(crates, &plan)?;
    Ok(plan)
}

/// What has to be mended before a crate can be released.
fn problems(one: &Crate) -> Vec<String> {
    let mut problems: Vec<String> = one
        .problems
        .iter()
        .map(|problem| format!("{}: {problem}", one.name))
        .collect();
    if one.released.is_some() && one.is_pending() {
        problems.push(format!(
            "{}: {} is on its way; publish and tag it first",
            one.name, one.version
        ));
    }
    problems
}

/// The strongest first, each once, and none that only repeats another with an afterthought.
fn reasons(needs: &[&Need]) -> Vec<String> {
    let mut sorted: Vec<&&Need> = needs.iter().collect();
    sorted.sort_by_key(|need| std::cmp::Reverse(need.level));
    let mut seen = BTreeSet::new();
    let mut reasons = Vec::new();
    for need in sorted {
        let head = need
            .reason
            .split(';')
            .next()
            .unwrap_or(&need.reason)
            .to_owned();
        if seen.insert(head) {
            reasons.push(need.reason.clone());
        }
    }
    reasons
}

/// Refuses a plan that would break somebody: one that was edited, or made for something else.
pub(crate) fn check(crates: &[Crate], plan: &Plan) -> Result<()> {
    let mut found = Vec::new();
    let mut targets = BTreeMap::new();
    for release in &plan.releases {
        let one = named(crates, &release.name)?;
        if one.released != release.from {
            found.push(format!(
                "{}: the last release is not the one that the plan names",
                one.name
            ));
        }
        match &one.released {
            Some(released) if release.to <= *released => {
                found.push(format!(
                    "{}: {} is not newer than {released}",
                    one.name, release.to
                ));
            }
            None if release.to != one.version => {
                found.push(format!(
                    "{}: the first release is the version of its manifest, {}",
                    one.name, one.version
                ));
            }
            _ => {}
        }
        found.extend(problems(one));
        if targets
            .insert(release.name.clone(), release.to.clone())
            .is_some()
        {
            found.push(format!("{}: is there twice", release.name));
        }
    }
    found.extend(broken(crates, &targets)?);
    refuse(found)
}

/// What the versions in `targets` would break.
pub(crate) fn broken(crates: &[Crate], targets: &BTreeMap<String, Version>) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for need in needs(crates, targets) {
        let one = named(crates, &need.name)?;
        let lowest = lowest(one, need.level);
        match targets.get(&need.name) {
            None => problems.push(format!(
                "{}: has to be released too, as {lowest} at least: {}",
                need.name, need.reason
            )),
            Some(to) if *to < lowest => problems.push(format!(
                "{}: {to} is too small a step, {lowest} is the least: {}",
                need.name, need.reason
            )),
            Some(_) => {}
        }
    }
    Ok(problems)
}

pub(crate) fn refuse(mut problems: Vec<String>) -> Result<()> {
    problems.dedup();
    match problems.as_slice() {
        [] => Ok(()),
        problems => bail!("this cannot be released:\n  {}", problems.join("\n  ")),
    }
}

/// The plan for people.
pub(crate) fn text(plan: &Plan, crates: &[Crate]) -> String {
    let mut out = String::new();
    if plan.releases.is_empty() {
        out.push_str("Nothing has changed since the last releases.\n");
    }
    for release in &plan.releases {
        let from = match &release.from {
            Some(from) => format!("{from} -> "),
            None => "first release, ".to_owned(),
        };
        let _ = writeln!(
            out,
            "{:<15} {from}{}  ({})",
            release.name, release.to, release.level
        );
        for reason in &release.reasons {
            let _ = writeln!(out, "    {reason}");
        }
    }
    let rest: Vec<&str> = crates
        .iter()
        .map(|one| one.name.as_str())
        .filter(|name| plan.releases.iter().all(|release| release.name != *name))
        .collect();
    if !rest.is_empty() {
        let _ = writeln!(out, "as they are:    {}", rest.join(", "));
    }
    out
}
