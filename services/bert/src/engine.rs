use std::{
    num::NonZeroUsize,
    path::Path,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::Instant,
};

use enrich_core::{Error, entities::Tag, manifest::Manifest};
use tokio::sync::oneshot;

use crate::{
    Backend, Device, LoadError, Logits, Options, Precision, Window,
    backend::{self, Network, Networks, caught},
    folder::Folder,
    metrics::Metrics,
    onnx,
    pieces::Pieces,
    queue::{Queue, Row, tokens_of},
    torch,
};

/// Tokens of the pass that warms the library up and gives the first estimate of its speed.
const WARM_UP_TOKENS: usize = 256;

/// Least tokens for which a batch is cut so that every thread gets one: below, its overhead outweighs the help.
const SHARE_TOKENS_MIN: usize = 256;

/// A loaded model with its queue and its threads. Clones share them; the last one to go ends the threads.
///
/// Each thread computes a batch of its own over the same weights. Spread over the threads, a batch would make them wait
/// for one another at every one of some hundred operators, which costs half the speed of a small batch, and nearly
/// all of it as soon as anything else keeps a core busy.
#[derive(Clone)]
pub struct Engine {
    pub(crate) inner: Arc<Inner>,
}

/// What the clones share. Dropping it closes the queue and waits for the batches that are running.
pub(crate) struct Inner {
    pub(crate) shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    pub(crate) loaded: Loaded,
}

/// What the clones share with the engine's threads.
pub(crate) struct Shared {
    state: Mutex<State>,
    pub(crate) work: Condvar,
    metrics: Metrics,
}

pub(crate) struct State {
    pub(crate) queue: Queue,
    closed: bool,
}

/// How a thread of the engine cuts its batches.
#[derive(Clone, Copy)]
struct Cut {
    /// 1 where every window runs alone.
    batch_tokens_max: usize,
    threads: usize,
}

/// What is known once the model is loaded.
pub(crate) struct Loaded {
    info: ModelInfo,
    tags: Vec<Tag>,
    pub(crate) pieces: Pieces,
    vocabulary: u32,
    window_pieces_max: usize,
    /// Of all threads together, measured by the warm-up pass, in tokens a second.
    speed: f64,
}

/// What a loaded model is.
#[derive(Clone, Debug)]
pub struct ModelInfo {
    /// Name from the manifest, else that of the folder.
    pub name: String,
    /// Kind and size: "xlm-roberta 6x256" has six layers of 256.
    pub architecture: String,
    /// SHA-256 of the weights file, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// Names of the labels as the checkpoint has them, in the order of their ids.
    pub labels: Vec<String>,
    /// Number of weights.
    pub parameters: u64,
    /// The library that computes; never [`Backend::Auto`].
    pub backend: Backend,
    /// Number format of the computation; never [`Precision::Auto`].
    pub precision: Precision,
    /// Where it runs.
    pub device: Device,
    /// Threads that compute, each a batch of its own.
    pub threads: usize,
    /// What logits are divided by before the softmax to become calibrated; 1 without a manifest.
    pub temperature: f32,
    /// The manifest.toml, where the folder has one.
    pub manifest: Option<Manifest>,
}

impl Engine {
    /// Loads the model folder `dir`, runs a pass to warm up and starts the engine's threads. Blocks meanwhile.
    ///
    /// The folder is what `save_pretrained` writes: config.json, tokenizer.json and model.safetensors, or rust_model.ot
    /// in place of the last. BERT, DistilBERT, RoBERTa and XLM-RoBERTa with a token-classification head are run.
    /// ONNX Runtime reads model.int8.onnx, made by the training pipeline, in place of the weights.
    ///
    /// # Errors
    /// [`LoadError`] if the folder is no such folder; the message says what to do.
    pub fn start(dir: &Path, options: &Options) -> Result<Engine, LoadError> {
        let failed = |cause: String| LoadError::Inference { path: dir.to_owned(), cause };
        // On a thread of its own, because libtorch's settings and buffers stay with the thread that made them.
        let loading = thread::scope(|scope| scope.spawn(|| load(dir, options)).join());
        let (networks, cut, loaded) = loading.map_err(|_| failed("loading it panicked".to_owned()))??;
        let queue = Queue::new(options.queue_tokens_max, loaded.speed);
        let state = Mutex::new(State { queue, closed: false });
        let metrics = Metrics::new(&loaded.info.name);
        let shared = Arc::new(Shared { state, work: Condvar::new(), metrics });
        // From here on dropping `inner` ends the threads that run already.
        let mut inner = Inner { shared, threads: Vec::new(), loaded };
        let labels = inner.loaded.tags.len();
        for (index, network) in networks.into_iter().enumerate() {
            let shared = Arc::clone(&inner.shared);
            let thread = thread::Builder::new()
                .name(format!("bert-{index}"))
                .spawn(move || serve(network, labels, &shared, cut))
                .map_err(|error| failed(format!("no thread for it: {error}")))?;
            inner.threads.push(thread);
        }
        Ok(Engine { inner: Arc::new(inner) })
    }

    /// What the loaded model is.
    pub fn info(&self) -> &ModelInfo {
        &self.inner.loaded.info
    }

    /// The meaning of each label, in the order of their ids: of each column of [`Logits`].
    pub fn tags(&self) -> &[Tag] {
        &self.inner.loaded.tags
    }

    /// Most pieces in a window, the two special pieces that the engine adds excluded.
    pub fn window_pieces_max(&self) -> usize {
        self.inner.loaded.window_pieces_max
    }

    /// The pieces of each word: at least one and at most [`PIECES_PER_WORD_MAX`](crate::PIECES_PER_WORD_MAX).
    ///
    /// What has no piece becomes the unknown piece; the spelling of a special piece is read as plain text.
    ///
    /// # Errors
    /// [`Error::Inference`] if the tokenizer fails.
    pub fn pieces(&self, words: &[&str]) -> Result<Vec<Vec<u32>>, Error> {
        self.inner.loaded.pieces.of(words)
    }

    /// Computes the logits of each window, in the order given.
    ///
    /// Waits in the queue, shares batches with other requests, and is dropped from the queue when the future is.
    /// The answer does not depend on what else is in a batch: with rust-bert beyond rounding, 1e-3 in fp32; with ONNX Runtime
    /// not at all.
    ///
    /// # Errors
    /// - [`Error::Overloaded`] at once if the queue is full.
    /// - [`Error::DeadlineExceeded`] if `deadline` has passed, or would before the answer even at the best speed
    ///   seen lately.
    /// - [`Error::Inference`] if a window is longer than [`Engine::window_pieces_max`], names a piece that the model
    ///   does not have or a head beyond its pieces, or if the library fails.
    pub async fn classify(&self, windows: Vec<Window>, deadline: Option<Instant>) -> Result<Vec<Logits>, Error> {
        for window in &windows {
            self.check(window)?;
        }
        if windows.is_empty() {
            return Ok(Vec::new());
        }
        let (reply, answer) = oneshot::channel();
        {
            let mut state = self.inner.shared.lock();
            state.queue.push(windows, deadline, reply, Instant::now());
            self.inner.shared.metrics.queued(state.queue.tokens());
        }
        self.inner.shared.work.notify_all();
        answer.await.unwrap_or(Err(Error::ShuttingDown))
    }

    fn check(&self, window: &Window) -> Result<(), Error> {
        let (pieces, pieces_max) = (window.pieces.len(), self.window_pieces_max());
        let cause = if pieces > pieces_max {
            format!("window of {pieces} pieces; the limit is {pieces_max}")
        } else if let Some(id) = window.pieces.iter().find(|&&id| id >= self.inner.loaded.vocabulary) {
            format!("piece {id} of a window is not in the vocabulary")
        } else if let Some(head) = window.heads.iter().find(|&&head| usize::try_from(head).is_ok_and(|h| h >= pieces)) {
            format!("head {head} of a window of {pieces} pieces")
        } else {
            return Ok(());
        };
        Err(Error::Inference(cause.into()))
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("info", self.info()).finish_non_exhaustive()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.work.notify_all();
        // A thread that still computes while the process exits would run into the library's own clean-up.
        for thread in self.threads.drain(..) {
            drop(thread.join());
        }
    }
}

impl Shared {
    /// The queue stays usable after a panic: each change to it is complete before the next one begins.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the next batch; `None` once the engine is closed.
    fn next(&self, cut: Cut) -> Option<Vec<Row>> {
        let mut state = self.lock();
        while !state.closed {
            state.queue.sweep(Instant::now());
            // What waits is shared out among the threads rather than taken by the first.
            let share = state.queue.tokens().div_ceil(cut.threads).max(SHARE_TOKENS_MIN);
            let rows = state.queue.take(share.min(cut.batch_tokens_max));
            self.metrics.queued(state.queue.tokens());
            if !rows.is_empty() {
                return Some(rows);
            }
            state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        None
    }
}

/// The life of one of the engine's threads.
fn serve(mut network: Box<dyn Network>, labels: usize, shared: &Shared, cut: Cut) {
    network.settle();
    while let Some(rows) = shared.next(cut) {
        let began = Instant::now();
        let answers = run(&mut *network, labels, &rows);
        let elapsed = began.elapsed();
        match &answers {
            Ok(_) => {
                let tokens = rows.iter().map(|row| tokens_of(&row.window)).sum();
                shared.metrics.computed(rows.len(), tokens, elapsed);
            }
            Err(cause) => tracing::error!(cause, rows = rows.len(), "a batch failed"),
        }
        // The queue counts the speed of all threads, which have as much to do as this one or nothing at all.
        shared.lock().queue.finish(rows, answers, elapsed.div_f64(count(cut.threads)));
    }
}

/// Computes one batch and picks the rows of the words' first pieces out of it.
fn run(network: &mut dyn Network, labels: usize, rows: &[Row]) -> Result<Vec<Logits>, String> {
    let pieces: Vec<&[u32]> = rows.iter().map(|row| row.window.pieces.as_slice()).collect();
    let batch = caught(|| network.forward(&pieces))?;
    Ok(rows.iter().zip(batch).map(|(row, values)| heads(&values, labels, &row.window)).collect())
}

fn heads(values: &[f32], labels: usize, window: &Window) -> Logits {
    let of = |&head: &u32| {
        // The first token of a row is the opening special piece.
        let start = (usize::try_from(head).unwrap_or(usize::MAX) + 1) * labels;
        values.get(start..start + labels).unwrap_or_default()
    };
    Logits { labels, values: window.heads.iter().flat_map(of).copied().collect() }
}

/// A small number, for arithmetic.
#[expect(clippy::cast_precision_loss, reason = "threads and the tokens of a window are few")]
fn count(number: usize) -> f64 {
    number as f64
}

/// Loads the folder into a network for each thread.
fn load(dir: &Path, options: &Options) -> Result<(Networks, Cut, Loaded), LoadError> {
    let began = Instant::now();
    let folder = Folder::read(dir)?;
    let threads = options.threads.or_else(|| thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN);
    let backend = choose(dir, options);
    let backend::Loaded { mut networks, precision, sha256, batches } = match backend {
        Backend::Onnx => onnx::load(&folder, threads, options)?,
        Backend::Auto | Backend::RustBert => torch::load(&folder, threads, options)?,
    };
    let Folder { path: _, config, pieces, manifest } = folder;
    let threads = networks.len();
    let speed = warm_up(networks.first_mut(), config.window_pieces_max(), pieces.specials.unknown)
        .map_err(|cause| LoadError::Inference { path: dir.to_owned(), cause })?
        * count(threads);
    let folder = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let parameters: usize = config.tensors().iter().map(|(_, shape)| shape.iter().product::<usize>()).sum();
    let info = ModelInfo {
        name: manifest.as_ref().map_or(name, |manifest| manifest.name.clone()),
        architecture: format!("{} {}x{}", config.model_type, config.sizes.layers, config.sizes.hidden),
        sha256,
        labels: config.labels.names.clone(),
        parameters: u64::try_from(parameters).unwrap_or(u64::MAX),
        backend,
        precision,
        device: options.device,
        threads,
        temperature: manifest.as_ref().map_or(1.0, |manifest| manifest.calibration.temperature),
        manifest,
    };
    tracing::info!(
        name = info.name,
        architecture = info.architecture,
        %backend,
        %precision,
        device = %info.device,
        threads,
        seconds = began.elapsed().as_secs_f64(),
        "model loaded"
    );
    let loaded = Loaded {
        info,
        tags: config.labels.tags.clone(),
        pieces,
        vocabulary: u32::try_from(config.sizes.vocabulary).unwrap_or(u32::MAX),
        window_pieces_max: config.window_pieces_max(),
        speed,
    };
    let batch_tokens_max = if batches { options.batch_tokens_max } else { 1 };
    Ok((networks, Cut { batch_tokens_max, threads }, loaded))
}

/// Settles which library computes.
fn choose(dir: &Path, options: &Options) -> Backend {
    let asked = options.device == Device::Cpu && matches!(options.precision, Precision::Auto | Precision::Int8);
    match options.backend {
        Backend::Auto if asked && dir.join(onnx::FILE).is_file() => Backend::Onnx,
        Backend::Auto => Backend::RustBert,
        chosen => chosen,
    }
}

/// Runs two passes, the first for what the library sets up once, and returns the second's speed in tokens a second.
fn warm_up(network: Option<&mut Box<dyn Network>>, window_pieces_max: usize, piece: u32) -> Result<f64, String> {
    let network = network.ok_or("no thread to run it on")?;
    let window = Window { pieces: vec![piece; window_pieces_max.min(WARM_UP_TOKENS - 2)], heads: Vec::new() };
    caught(|| network.forward(&[&window.pieces]))?;
    let began = Instant::now();
    caught(|| network.forward(&[&window.pieces]))?;
    Ok(count(tokens_of(&window)) / began.elapsed().as_secs_f64().max(1e-6))
}
