//! The chart's variables and those of the binaries are the same, binary by binary.

use crate::process::command;
use enrich_tests::root;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// The chart's components, and what each of them runs.
const COMPONENTS: [(&str, &str, &[&str]); 5] = [
    ("gateway", "enrich-gateway", &[]),
    ("language", "enrich-language", &[]),
    ("entities", "enrich-entities", &[]),
    ("topics", "enrich-topics", &[]),
    ("all-in-one", "enrich", &["serve"]),
];

#[derive(serde::Deserialize)]
struct Settings {
    groups: Vec<Group>,
    instead: BTreeMap<String, String>,
}

#[derive(serde::Deserialize)]
struct Group {
    of: Vec<String>,
    variables: Vec<String>,
}

fn settings() -> Settings {
    serde_json::from_slice(&fs::read(root().join("helm/enrich/files/settings.json")).unwrap()).unwrap()
}

/// The variables that `text` names.
fn variables(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.strip_prefix("ENRICH_").is_some_and(|rest| !rest.is_empty()))
        .map(str::to_owned)
        .collect()
}

/// The variables in the help of a binary, which shows each as `[env: NAME=]`.
fn of_binary(name: &str, verb: &[&str]) -> BTreeSet<String> {
    let help = command(name, &[verb, &["--help"]].concat()).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    help.split("[env: ").skip(1).map(|rest| rest.split('=').next().unwrap().to_owned()).collect()
}

#[test]
fn a_component_has_the_variables_of_its_binary_and_no_others() {
    let settings = settings();
    for (component, binary, verb) in COMPONENTS {
        let groups = settings.groups.iter().filter(|group| group.of.iter().any(|of| of == component));
        let listed: BTreeSet<String> = groups.flat_map(|group| group.variables.clone()).collect();
        let taken = of_binary(binary, verb);
        assert!(taken.len() > 30, "{binary} --help shows {} variables", taken.len());
        let missing: Vec<_> = taken.difference(&listed).collect();
        let unknown: Vec<_> = listed.difference(&taken).collect();
        assert!(missing.is_empty(), "helm/enrich/files/settings.json lacks {missing:?} of {component}");
        assert!(
            unknown.is_empty(),
            "helm/enrich/files/settings.json gives {unknown:?} to {component}, which has no such"
        );
    }
}

#[test]
fn what_the_chart_names_is_a_variable_of_a_binary() {
    let known: BTreeSet<String> = settings().groups.into_iter().flat_map(|group| group.variables).collect();
    let mut named = settings().instead.into_keys().collect();
    read(&root().join("helm/enrich"), &mut named);
    let unknown: Vec<_> = named.difference(&known).collect();
    assert!(unknown.is_empty(), "the chart names {unknown:?}, which no binary has");
    assert!(named.contains("ENRICH_LISTEN"));
}

/// Adds the variables that the files below `folder` name; its tests also name some that do not exist.
fn read(folder: &Path, named: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("helm/enrich/tests") {
            read(&path, named);
        } else if path.is_file() {
            named.extend(variables(&fs::read_to_string(&path).unwrap()));
        }
    }
}
