//! Wire to domain and back. Free functions: both types are foreign here, so `From` cannot be.

use crate::{Recognition, Recognizer};
use enrich_core::{
    Error,
    entities::{EntityType, Mention},
    offsets::{Offsets, Unit},
    tag::LanguageTag,
    text::normalized,
};
use enrich_proto::v1::{self, entity_service_server::SERVICE_NAME};
use enrich_runtime::wire;

/// What a request asks for, checked.
pub(crate) struct Query {
    unit: Unit,
    pub(crate) language: LanguageTag,
    types: Vec<EntityType>,
    score_min: f32,
    sentences: bool,
}

pub(crate) fn query(request: &v1::RecognizeEntitiesRequest) -> Result<Query, Error> {
    let unit = wire::offset_unit(request.offset_unit)?;
    let language = wire::known_language(&request.language)?.unwrap_or(LanguageTag::UNDETERMINED);
    let options = request.options.clone().unwrap_or_default();
    if !(0.0..=1.0).contains(&options.score_min) {
        let value = f64::from(options.score_min);
        return Err(Error::ValueOutOfRange { field: "options.score_min", value, min: 0.0, max: 1.0 });
    }
    let types = options.types.iter().map(|&value| entity_type(value)).collect::<Result<_, _>>()?;
    Ok(Query { unit, language, types, score_min: options.score_min, sentences: options.sentences })
}

fn entity_type(value: i32) -> Result<EntityType, Error> {
    match v1::EntityType::try_from(value) {
        Ok(v1::EntityType::Person) => Ok(EntityType::Person),
        Ok(v1::EntityType::Organization) => Ok(EntityType::Organization),
        Ok(v1::EntityType::Location) => Ok(EntityType::Location),
        Ok(v1::EntityType::Unspecified) | Err(_) => Err(Error::UnknownEnumValue { field: "options.types", value }),
    }
}

fn wire_type(kind: EntityType) -> v1::EntityType {
    match kind {
        EntityType::Person => v1::EntityType::Person,
        EntityType::Organization => v1::EntityType::Organization,
        EntityType::Location => v1::EntityType::Location,
    }
}

/// Writes the answer under `id`.
pub(crate) fn response(id: String, query: &Query, found: &Recognition) -> v1::RecognizeEntitiesResponse {
    let text = &found.text;
    let offsets = Offsets::new(text, query.unit);
    let wanted = |mention: &&Mention| {
        mention.score >= query.score_min && (query.types.is_empty() || query.types.contains(&mention.kind))
    };
    let mentions = found.mentions.iter().filter(wanted).map(|mention| {
        let surface = mention.span.of(text).unwrap_or_default();
        v1::Mention {
            span: Some(wire::span(&offsets, mention.span)),
            r#type: wire_type(mention.kind).into(),
            surface: surface.to_owned(),
            normalized: normalized(surface),
            score: mention.score,
        }
    });
    let sentences = if query.sentences { found.sentences.as_slice() } else { &[] };
    v1::RecognizeEntitiesResponse {
        id,
        entities: Some(v1::EntityResult {
            mentions: mentions.collect(),
            sentences: sentences.iter().map(|sentence| wire::span(&offsets, *sentence)).collect(),
        }),
        stage_times: found.stages.iter().map(|&(stage, time)| wire::stage_time(SERVICE_NAME, stage, time)).collect(),
    }
}

/// Writes what the model is.
pub(crate) fn model(recognizer: &Recognizer) -> v1::Model {
    let info = recognizer.engine().info();
    let manifest = info.manifest.as_ref();
    v1::Model {
        name: info.name.clone(),
        version: manifest.map(|manifest| manifest.version.clone()).unwrap_or_default(),
        architecture: info.architecture.clone(),
        sha256: info.sha256.clone(),
        licence: manifest.map(|manifest| manifest.licence.clone()).unwrap_or_default(),
        parameters: info.parameters,
        engine: info.backend.to_string(),
        precision: info.precision.to_string(),
        device: info.device.to_string(),
        scores: manifest.map(|manifest| wire::measured(&manifest.scores)).unwrap_or_default(),
    }
}
