//! The transformer itself, as rust-bert builds it: rows of pieces in, logits out.

use rust_bert::{
    bert::{BertConfig, BertForTokenClassification},
    distilbert::{DistilBertConfig, DistilBertForTokenClassification},
    roberta::{RobertaConfig, RobertaForTokenClassification},
};
use serde::de::DeserializeOwned;
use tch::{Kind, Tensor, nn::VarStore};

use super::weights::Weights;
use crate::{
    LoadError,
    backend::{Network, caught, enclosed, first_line},
    config::{Architecture, Config},
    folder::Folder,
    pieces::Specials,
};

/// A loaded model, for one thread at a time: rust-bert's models can be sent but not shared.
pub(super) struct TorchNetwork {
    model: Model,
    specials: Specials,
    position_first: usize,
    device: tch::Device,
    labels: usize,
}

enum Model {
    Bert(BertForTokenClassification),
    Roberta(RobertaForTokenClassification),
    DistilBert(DistilBertForTokenClassification),
}

impl TorchNetwork {
    /// Builds the model of `folder` around `weights`, which lie on `device` already. It shares their memory.
    pub(super) fn build(folder: &Folder, weights: &Weights, device: tch::Device) -> Result<TorchNetwork, LoadError> {
        let failed = |cause: String| LoadError::Inference { path: weights.path.clone(), cause };
        let store = VarStore::new(device);
        // rust-bert checks by panicking. Every size was checked before; what is left would be a surprise.
        let model = caught(|| Model::new(&store, &folder.config)).map_err(failed)?;
        for (name, mut variable) in store.variables() {
            variable.f_set_data(weights.get(&name)?).map_err(|error| failed(first_line(&error)))?;
        }
        let (position_first, labels) = (folder.config.position_first, folder.config.sizes.labels);
        Ok(TorchNetwork { model, specials: folder.pieces.specials, position_first, device, labels })
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
        let logits = match &self.model {
            Model::Bert(model) => model.forward_t(Some(&ids), Some(&mask), None, Some(&positions), None, false).logits,
            Model::Roberta(model) => {
                model.forward_t(Some(&ids), Some(&mask), None, Some(&positions), None, false).logits
            }
            Model::DistilBert(model) => {
                let output = model.forward_t(Some(&ids), Some(&mask), None, false);
                output.map_err(|error| tch::TchError::Torch(error.to_string()))?.logits
            }
        };
        Vec::try_from(logits.f_to_kind(Kind::Float)?.f_to_device(tch::Device::Cpu)?.f_flatten(0, -1)?)
    }
}

impl Network for TorchNetwork {
    fn settle(&self) {
        tch::set_num_threads(1);
    }

    fn forward(&mut self, rows: &[&[u32]]) -> Result<Vec<Vec<f32>>, String> {
        let _no_grad = tch::no_grad_guard();
        let row_tokens = rows.iter().map(|row| row.len() + 2).max().unwrap_or(0);
        let size = rows.len() * row_tokens;
        let (mut ids, mut mask) = (Vec::with_capacity(size), Vec::with_capacity(size));
        for (index, row) in rows.iter().enumerate() {
            ids.extend(enclosed(row, self.specials));
            mask.resize(ids.len(), 1_i8);
            ids.resize((index + 1) * row_tokens, i64::from(self.specials.pad));
            mask.resize(ids.len(), 0);
        }
        let values = self.compute(&ids, &mask, row_tokens).map_err(|error| first_line(&error))?;
        if values.len() != size * self.labels {
            return Err(format!("{} logits where {} were expected", values.len(), size * self.labels));
        }
        let padded = values.chunks_exact(row_tokens * self.labels);
        Ok(rows.iter().zip(padded).map(|(row, values)| values[..(row.len() + 2) * self.labels].to_vec()).collect())
    }
}

impl Model {
    fn new(store: &VarStore, config: &Config) -> Result<Model, String> {
        fn typed<T: DeserializeOwned>(config: &Config) -> Result<T, String> {
            serde_json::from_value(config.document.clone()).map_err(|error| format!("config.json: {error}"))
        }
        let root = store.root();
        let built = match config.architecture {
            Architecture::Bert => BertForTokenClassification::new(root, &typed::<BertConfig>(config)?).map(Model::Bert),
            Architecture::Roberta => {
                RobertaForTokenClassification::new(root, &typed::<RobertaConfig>(config)?).map(Model::Roberta)
            }
            Architecture::DistilBert => {
                let config = typed::<DistilBertConfig>(config)?;
                DistilBertForTokenClassification::new(root, &config).map(Model::DistilBert)
            }
        };
        built.map_err(|error| error.to_string())
    }
}
