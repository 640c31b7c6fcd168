//! From a checkpoint's label names to tags.

use std::collections::{BTreeMap, BTreeSet};

use enrich_core::entities::{EntityType, Tag};

/// The labels of a checkpoint and what they mean to us, in the order of their ids.
#[derive(Debug, PartialEq)]
pub(crate) struct Labels {
    pub(crate) names: Vec<String>,
    pub(crate) tags: Vec<Tag>,
    /// Types that have no counterpart here and count as outside, for a warning.
    pub(crate) foreign: BTreeSet<String>,
}

/// Reads `id2label`. The error says which label is wrong and how, without the path.
pub(crate) fn parse(id2label: &BTreeMap<String, String>) -> Result<Labels, String> {
    let mut names = vec![String::new(); id2label.len()];
    for (id, name) in id2label {
        let slot = id.parse::<usize>().ok().and_then(|id| names.get_mut(id));
        *slot.ok_or_else(|| format!("the label ids are not 0 to {}", id2label.len().saturating_sub(1)))? = name.clone();
    }
    let mut foreign = BTreeSet::new();
    let mut tags = Vec::with_capacity(names.len());
    for name in &names {
        tags.push(tag(name, &mut foreign)?);
    }
    if tags.iter().all(|&tag| tag == Tag::Outside) {
        return Err(format!("none of the labels {} can be mapped to an entity type", names.join(" ")));
    }
    Ok(Labels { names, tags, foreign })
}

/// Understands `O`, the prefixes of BIO and BIOES, and bare types.
fn tag(name: &str, foreign: &mut BTreeSet<String>) -> Result<Tag, String> {
    if name == "O" {
        return Ok(Tag::Outside);
    }
    let (prefix, kind) = name.split_once(['-', '_']).unwrap_or(("I", name));
    // An end is a further word and a single is a first one: the two schemes spell the same mentions.
    let begins = match prefix {
        "B" | "S" | "U" => true,
        "I" | "E" | "L" => false,
        _ => return Err(format!("the label {name:?} is neither O nor of the form B-TYPE or I-TYPE")),
    };
    let Some(kind) = entity_type(kind) else {
        // A bare name that is no type we know may be anything, such as the placeholder LABEL_0.
        if !name.contains(['-', '_']) {
            return Err(format!("the label {name:?} is neither O nor of the form B-TYPE or I-TYPE"));
        }
        foreign.insert(kind.to_owned());
        return Ok(Tag::Outside);
    };
    Ok(if begins { Tag::Begin(kind) } else { Tag::Inside(kind) })
}

fn entity_type(name: &str) -> Option<EntityType> {
    match name.to_ascii_uppercase().as_str() {
        "PER" | "PERS" | "PERSON" => Some(EntityType::Person),
        "ORG" | "ORGANIZATION" | "ORGANISATION" => Some(EntityType::Organization),
        "LOC" | "LOCATION" | "GPE" => Some(EntityType::Location),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(names: &[&str]) -> Result<Labels, String> {
        parse(&names.iter().enumerate().map(|(id, name)| (id.to_string(), (*name).to_owned())).collect())
    }

    #[test]
    fn the_spellings_of_the_three_types_are_one() {
        use EntityType::{Location, Organization, Person};
        let tags =
            check(&["O", "B-PER", "I-PERSON", "B-ORGANISATION", "I-org", "B-GPE", "E-LOC", "S-PER"]).unwrap().tags;
        let expected = [
            Tag::Outside,
            Tag::Begin(Person),
            Tag::Inside(Person),
            Tag::Begin(Organization),
            Tag::Inside(Organization),
            Tag::Begin(Location),
            Tag::Inside(Location),
            Tag::Begin(Person),
        ];
        assert_eq!(tags, expected);
    }

    #[test]
    fn more_than_ten_labels_keep_the_order_of_their_ids() {
        let names = ["O", "B-A", "I-A", "B-B", "I-B", "B-C", "I-C", "B-D", "I-D", "B-E", "I-PER", "B-PER"];
        let labels = check(&names).unwrap();
        assert_eq!(labels.names, names);
        assert_eq!(labels.tags[10], Tag::Inside(EntityType::Person));
    }

    #[test]
    fn a_foreign_type_counts_as_outside_and_is_named() {
        let labels = check(&["O", "B-PER", "I-PER", "B-MISC", "I-MISC"]).unwrap();
        assert_eq!(labels.tags[3..], [Tag::Outside, Tag::Outside]);
        assert_eq!(labels.foreign.iter().collect::<Vec<_>>(), ["MISC"]);
    }

    #[test]
    fn labels_without_meaning_are_refused() {
        assert!(check(&["LABEL_0", "LABEL_1"]).unwrap_err().contains("LABEL_0"));
        assert!(check(&["O", "NOUN", "VERB"]).unwrap_err().contains("NOUN"));
        assert!(check(&["O", "B-DATE", "I-DATE"]).unwrap_err().contains("B-DATE"));
        assert!(check(&[]).is_err());
    }

    #[test]
    fn a_gap_in_the_ids_is_refused() {
        let labels = [("0", "O"), ("2", "B-PER")].map(|(id, name)| (id.to_owned(), name.to_owned()));
        assert!(parse(&labels.into()).unwrap_err().contains("0 to 1"));
    }
}
