use prost_reflect::prost_types::{FileDescriptorSet, SourceCodeInfo};
use std::collections::HashMap;

/// The comments of the proto files, by full name.
pub(crate) struct Comments(HashMap<String, String>);

// Numbers of the fields in descriptor.proto, which paths of locations consist of.
const MESSAGES: i32 = 4;
const ENUMS: i32 = 5;
const SERVICES: i32 = 6;
/// Fields of a message, values of an enum, methods of a service.
const MEMBERS: i32 = 2;

impl Comments {
    pub(crate) fn read(set: &FileDescriptorSet) -> Self {
        let mut comments = HashMap::new();
        for file in &set.file {
            let Some(info) = &file.source_code_info else { continue };
            let written = by_path(info);
            let mut note = |path: &[i32], name: String| {
                if let Some(comment) = written.get(path) {
                    comments.insert(name, comment.clone());
                }
            };
            for (kind, names) in [
                (MESSAGES, members(&file.message_type, |m| (m.name(), m.field.iter().map(|f| f.name()).collect()))),
                (ENUMS, members(&file.enum_type, |e| (e.name(), e.value.iter().map(|v| v.name()).collect()))),
                (SERVICES, members(&file.service, |s| (s.name(), s.method.iter().map(|m| m.name()).collect()))),
            ] {
                for (place, (name, inner)) in (0..).zip(names) {
                    let full = format!("{}.{name}", file.package());
                    note(&[kind, place], full.clone());
                    for (member, inner) in (0..).zip(inner) {
                        note(&[kind, place, MEMBERS, member], format!("{full}.{inner}"));
                    }
                }
            }
        }
        Comments(comments)
    }

    /// What stands above the thing that is named so.
    pub(crate) fn of(&self, full_name: &str) -> &str {
        self.0.get(full_name).map_or("", String::as_str)
    }
}

fn members<'a, T>(things: &'a [T], names: fn(&'a T) -> (&'a str, Vec<&'a str>)) -> Vec<(&'a str, Vec<&'a str>)> {
    things.iter().map(names).collect()
}

fn by_path(info: &SourceCodeInfo) -> HashMap<&[i32], String> {
    let comment = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let locations = info.location.iter().filter(|location| !location.leading_comments().is_empty());
    locations.map(|location| (location.path.as_slice(), comment(location.leading_comments()))).collect()
}
