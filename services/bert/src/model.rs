//! The transformer itself: rows of pieces in, logits out.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rust_bert::{
    bert::{BertConfig, BertForTokenClassification},
    distilbert::{DistilBertConfig, DistilBertForTokenClassification},
    roberta::{RobertaConfig, RobertaForTokenClassification},
};
use serde::de::DeserializeOwned;
use tch::{Kind, Tensor, nn::VarStore};

use crate::{
    LoadError,
    config::{Architecture, Config},
    pieces::Specials,
    weights::{Weights, first_line},
};

/// A loaded model, for one thread at a time: rust-bert's models can be sent but not shared.
pub(crate) struct Model {
    network: Network,
    specials: Specials,
    position_first: usize,
    device: tch::Device,
    labels: usize,
}

enum Network {
    Bert(BertForTokenClassification),
    Roberta(RobertaForTokenClassification),
    DistilBert(DistilBertForTokenClassification),
}

/// The logits of a batch: `[rows][row_tokens][labels]`, row-major, padding and special pieces included.
pub(crate) struct BatchLogits {
    values: Vec<f32>,
    row_tokens: usize,
    pub(crate) labels: usize,
}

impl BatchLogits {
    /// The logits of piece `piece` of the window in row `row`.
    pub(crate) fn of(&self, row: usize, piece: usize) -> &[f32] {
        // The first token of a row is the opening special piece.
        let start = (row * self.row_tokens + piece + 1) * self.labels;
        self.values.get(start..start + self.labels).unwrap_or_default()
    }
}

impl Model {
    /// Builds the model of `config` around `weights`, which lie on `device` already. It shares their memory.
    pub(crate) fn build(
        config: &Config,
        weights: &Weights,
        specials: Specials,
        device: tch::Device,
    ) -> Result<Model, LoadError> {
        let failed = |cause: String| LoadError::Inference { path: weights.path.clone(), cause };
        let store = VarStore::new(device);
        // rust-bert checks by panicking. Every size was checked before; what is left would be a surprise.
        let network = catch_unwind(AssertUnwindSafe(|| Network::new(&store, config)))
            .map_err(|panic| failed(panic_text(&*panic)))?
            .map_err(failed)?;
        for (name, mut variable) in store.variables() {
            variable.f_set_data(weights.get(&name)?).map_err(|error| failed(first_line(&error)))?;
        }
        let (position_first, labels) = (config.position_first, config.sizes.labels);
        Ok(Model { network, specials, position_first, device, labels })
    }

    /// Computes the logits of every piece of `rows`.
    ///
    /// The error is what libtorch or a panic in rust-bert says; the model is unharmed by it.
    pub(crate) fn forward(&self, rows: &[&[u32]]) -> Result<BatchLogits, String> {
        catch_unwind(AssertUnwindSafe(|| self.forward_or_panic(rows))).unwrap_or_else(|panic| Err(panic_text(&*panic)))
    }

    fn forward_or_panic(&self, rows: &[&[u32]]) -> Result<BatchLogits, String> {
        let row_tokens = rows.iter().map(|row| row.len() + 2).max().unwrap_or(0);
        let size = rows.len() * row_tokens;
        let (mut ids, mut mask) = (Vec::with_capacity(size), Vec::with_capacity(size));
        for (index, row) in rows.iter().enumerate() {
            ids.push(i64::from(self.specials.open));
            ids.extend(row.iter().map(|&id| i64::from(id)));
            ids.push(i64::from(self.specials.close));
            mask.resize(ids.len(), 1_i8);
            ids.resize((index + 1) * row_tokens, i64::from(self.specials.pad));
            mask.resize(ids.len(), 0);
        }
        let values = self.compute(&ids, &mask, row_tokens).map_err(|error| first_line(&error))?;
        if values.len() != size * self.labels {
            return Err(format!("{} logits where {} were expected", values.len(), size * self.labels));
        }
        Ok(BatchLogits { values, row_tokens, labels: self.labels })
    }

    fn compute(&self, ids: &[i64], mask: &[i8], row_tokens: usize) -> Result<Vec<f32>, tch::TchError> {
        let row_tokens = i64::try_from(row_tokens).unwrap_or(i64::MAX);
        let first = i64::try_from(self.position_first).unwrap_or(0);
        let ids = Tensor::from_slice(ids).f_view([-1, row_tokens])?.f_to_device(self.device)?;
        let mask = Tensor::from_slice(mask).f_view([-1, row_tokens])?.f_to_device(self.device)?;
        // Given, because rust-bert's RoBERTa takes the padding id for 1 when it counts positions itself. The same for
        // every row: a padded place has no say, whatever its position.
        let positions = Tensor::f_arange_start(first, first + row_tokens, (Kind::Int64, self.device))?;
        let positions = positions.f_unsqueeze(0)?.f_expand_as(&ids)?;
        let logits = match &self.network {
            Network::Bert(model) => {
                model.forward_t(Some(&ids), Some(&mask), None, Some(&positions), None, false).logits
            }
            Network::Roberta(model) => {
                model.forward_t(Some(&ids), Some(&mask), None, Some(&positions), None, false).logits
            }
            Network::DistilBert(model) => {
                let output = model.forward_t(Some(&ids), Some(&mask), None, false);
                output.map_err(|error| tch::TchError::Torch(error.to_string()))?.logits
            }
        };
        Vec::try_from(logits.f_to_kind(Kind::Float)?.f_to_device(tch::Device::Cpu)?.f_flatten(0, -1)?)
    }
}

impl Network {
    fn new(store: &VarStore, config: &Config) -> Result<Network, String> {
        fn typed<T: DeserializeOwned>(config: &Config) -> Result<T, String> {
            serde_json::from_value(config.document.clone()).map_err(|error| format!("config.json: {error}"))
        }
        let root = store.root();
        let built = match config.architecture {
            Architecture::Bert => {
                BertForTokenClassification::new(root, &typed::<BertConfig>(config)?).map(Network::Bert)
            }
            Architecture::Roberta => {
                RobertaForTokenClassification::new(root, &typed::<RobertaConfig>(config)?).map(Network::Roberta)
            }
            Architecture::DistilBert => {
                let config = typed::<DistilBertConfig>(config)?;
                DistilBertForTokenClassification::new(root, &config).map(Network::DistilBert)
            }
        };
        built.map_err(|error| error.to_string())
    }
}

/// What a caught panic said.
fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.map_or_else(|| "a panic without a message".to_owned(), |text| first_line(&text))
}
