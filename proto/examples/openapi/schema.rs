use crate::comments::Comments;
use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value, json};

/// What the comments of the contract say of values, in the words of JSON Schema: message and field, whether it must be
/// there, and the rule. `*` is every request.
const RULES: &[(&str, &str, Need, &str)] = &[
    ("*", "id", Need::No, r#"{"maxLength": 256}"#),
    ("*", "text", Need::Yes, r#"{"minLength": 1}"#),
    ("*", "requests", Need::Yes, r#"{"minItems": 1}"#),
    ("EntityOptions", "score_min", Need::No, r#"{"minimum": 0, "maximum": 1}"#),
    ("LanguageOptions", "languages", Need::No, r#"{"maxItems": 256}"#),
    ("LanguageOptions", "alternatives_max", Need::No, r#"{"maximum": 16}"#),
    (
        "TopicOptions",
        "thresholds",
        Need::No,
        r#"{"additionalProperties": {"type": "number", "format": "float", "minimum": 0, "maximum": 1}}"#,
    ),
    ("TopicOptions", "evidence_max", Need::No, r#"{"maximum": 100}"#),
    ("TopicOptions", "own_topics", Need::No, r#"{"maxItems": 16}"#),
    ("OwnTopic", "id", Need::Yes, r#"{"pattern": "^[a-z0-9_]{1,64}$"}"#),
    ("OwnTopic", "threshold", Need::No, r#"{"minimum": 0, "maximum": 1}"#),
    ("OwnTopic", "terms", Need::Yes, r#"{"minItems": 1, "maxItems": 1000}"#),
    ("OwnTopicTerm", "text", Need::Yes, r#"{"minLength": 1, "maxLength": 200}"#),
    ("OwnTopicTerm", "weight", Need::No, r#"{"exclusiveMinimum": 0, "maximum": 10}"#),
];

#[derive(Clone, Copy, PartialEq)]
enum Need {
    Yes,
    No,
}

/// Which way a message goes.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    In,
    Out,
}

/// The schemas of messages, each with those that it is made of.
pub(crate) struct Schemas<'a> {
    comments: &'a Comments,
    made: Map<String, Value>,
}

/// Points to the schema of `message`.
pub(crate) fn reference(message: &MessageDescriptor) -> Value {
    json!({ "$ref": format!("#/components/schemas/{}", message.name()) })
}

impl<'a> Schemas<'a> {
    pub(crate) fn new(comments: &'a Comments) -> Self {
        Schemas { comments, made: Map::new() }
    }

    pub(crate) fn request(&mut self, message: &MessageDescriptor) {
        self.message(message, Way::In);
    }

    pub(crate) fn response(&mut self, message: &MessageDescriptor) {
        self.message(message, Way::Out);
    }

    pub(crate) fn finish(self) -> Map<String, Value> {
        self.made
    }

    fn message(&mut self, message: &MessageDescriptor, way: Way) {
        if self.made.contains_key(message.name()) {
            return;
        }
        // Before its fields: one of them may lead back to it.
        self.made.insert(message.name().to_owned(), Value::Null);
        let (mut properties, mut required) = (Map::new(), Vec::new());
        for field in message.fields() {
            let mut schema = self.field(&field, way);
            let comment = self.comments.of(field.full_name());
            if !comment.is_empty() {
                schema["description"] = json!(comment);
            }
            let mut need = Need::No;
            if way == Way::Out {
                // The server writes every field that has a default.
                need = if field.supports_presence() { Need::No } else { Need::Yes };
            } else if let Some((_, _, named, rule)) = rule(message, &field) {
                need = *named;
                if let (Some(schema), Ok(Value::Object(rule))) = (schema.as_object_mut(), serde_json::from_str(rule)) {
                    schema.extend(rule);
                }
            }
            if need == Need::Yes {
                required.push(field.json_name().to_owned());
            }
            properties.insert(field.json_name().to_owned(), schema);
        }
        let mut schema = json!({ "type": "object", "properties": properties });
        let comment = self.comments.of(message.full_name());
        if !comment.is_empty() {
            schema["description"] = json!(comment);
        }
        if !required.is_empty() {
            schema["required"] = json!(required);
        }
        if way == Way::In {
            schema["additionalProperties"] = json!(false);
        }
        self.made.insert(message.name().to_owned(), schema);
    }

    fn field(&mut self, field: &FieldDescriptor, way: Way) -> Value {
        if field.is_map() {
            let Kind::Message(entry) = field.kind() else { return json!({}) };
            return json!({ "type": "object", "additionalProperties": self.kind(entry.map_entry_value_field().kind(), way) });
        }
        let one = self.kind(field.kind(), way);
        if field.is_list() { json!({ "type": "array", "items": one }) } else { one }
    }

    fn kind(&mut self, kind: Kind, way: Way) -> Value {
        match kind {
            Kind::Double => json!({ "type": "number", "format": "double" }),
            Kind::Float => json!({ "type": "number", "format": "float" }),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => json!({ "type": "integer", "format": "int32" }),
            Kind::Uint32 | Kind::Fixed32 => json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX }),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => json!({ "type": "string", "pattern": "^-?[0-9]+$" }),
            Kind::Uint64 | Kind::Fixed64 => json!({ "type": "string", "pattern": "^[0-9]+$" }),
            Kind::Bool => json!({ "type": "boolean" }),
            Kind::String => json!({ "type": "string" }),
            Kind::Bytes => json!({ "type": "string", "contentEncoding": "base64" }),
            Kind::Enum(values) => self.choice(&values),
            Kind::Message(message) => match message.full_name() {
                "google.protobuf.Duration" => {
                    json!({ "type": "string", "pattern": r"^-?[0-9]+(\.[0-9]{1,9})?s$", "examples": ["0.25s"] })
                }
                "google.protobuf.Any" => json!({
                    "type": "object",
                    "properties": { "@type": { "type": "string" } },
                    "required": ["@type"],
                }),
                _ => {
                    self.message(&message, way);
                    reference(&message)
                }
            },
        }
    }

    fn choice(&mut self, choice: &EnumDescriptor) -> Value {
        let names: Vec<String> = choice.values().map(|value| value.name().to_owned()).collect();
        // A value's full name stands beside its enum's, not within it; its comment is kept within.
        let line =
            |name: &String| format!("- `{name}`: {}", self.comments.of(&format!("{}.{name}", choice.full_name())));
        let each: Vec<String> = names.iter().map(line).collect();
        let description = format!("{}\n\n{}", self.comments.of(choice.full_name()), each.join("\n"));
        let schema = json!({ "type": "string", "enum": names, "description": description });
        self.made.insert(choice.name().to_owned(), schema);
        json!({ "$ref": format!("#/components/schemas/{}", choice.name()) })
    }
}

fn rule(
    message: &MessageDescriptor,
    field: &FieldDescriptor,
) -> Option<&'static (&'static str, &'static str, Need, &'static str)> {
    RULES.iter().find(|(of, name, ..)| {
        *name == field.name() && (*of == message.name() || *of == "*" && message.name().ends_with("Request"))
    })
}
