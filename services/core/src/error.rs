/// Everything that can go wrong below the wire. Where a value breaks a limit, both are named.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The text has no characters.
    #[error("text is empty")]
    EmptyText,
    /// The text is longer than this deployment accepts.
    #[error("text is {bytes} bytes; the limit is {bytes_max}")]
    TextTooLong {
        /// Size of the refused text.
        bytes: usize,
        /// Largest accepted size.
        bytes_max: usize,
    },
    /// The id is longer than an id may be.
    #[error("id is {bytes} bytes; the limit is {bytes_max}")]
    IdTooLong {
        /// Size of the refused id.
        bytes: usize,
        /// Largest accepted size.
        bytes_max: usize,
    },
    /// An item of a stream has no id.
    #[error("item has no id; a stream matches answers by id")]
    MissingId,
    /// An item of a stream has the id of one that is still unanswered.
    #[error("id is in use by an item that is still unanswered")]
    DuplicateId,
    /// A batch without items.
    #[error("batch has no items")]
    EmptyBatch,
    /// A list is longer than it may be.
    #[error("{field} has {items} items; the limit is {items_max}")]
    TooManyItems {
        /// Path of the list in the request.
        field: &'static str,
        /// Its length.
        items: usize,
        /// Greatest accepted length.
        items_max: usize,
    },
    /// A field holds a number that its enum does not know.
    #[error("{field} is {value}, which is no value of its enum")]
    UnknownEnumValue {
        /// Path of the field in the request.
        field: &'static str,
        /// What it held.
        value: i32,
    },
    /// A number outside its range.
    #[error("{field} is {value}; it must lie in {min}..={max}")]
    ValueOutOfRange {
        /// Path of the field in the request.
        field: &'static str,
        /// What it held.
        value: f64,
        /// Least accepted value.
        min: f64,
        /// Greatest accepted value.
        max: f64,
    },
    /// A language tag that is none, or that the model does not know.
    #[error("{field} names the language {tag:?}, which is not known here")]
    UnknownLanguage {
        /// Path of the field in the request.
        field: &'static str,
        /// The tag, cut to 64 characters.
        tag: String,
    },
    /// A topic that the service does not judge.
    #[error("{field} names the topic {id:?}, which is not known here")]
    UnknownTopic {
        /// Path of the field in the request.
        field: &'static str,
        /// The id, cut to 64 characters.
        id: String,
    },
    /// An own topic that cannot be used.
    #[error("own topic {entry} is refused: {cause}")]
    OwnTopicInvalid {
        /// Which one: its id, or its place in the list or file.
        entry: String,
        /// What is wrong with it.
        cause: String,
    },
    /// A part is required that is not computed.
    #[error("{part} is required but not among the features asked for")]
    RequiredPartNotAsked {
        /// The part.
        part: &'static str,
    },
    /// A line of a file of texts is none.
    #[error("line {line} {cause}")]
    LineInvalid {
        /// Its number, from 1.
        line: u64,
        /// What is wrong with it.
        cause: String,
    },
    /// A place where work waits is full.
    #[error("{resource} is full: the limit is {limit}; try again")]
    Overloaded {
        /// What is full, with its unit: "in-flight calls", "queued tokens".
        resource: &'static str,
        /// How much it holds.
        limit: usize,
    },
    /// The caller's deadline has passed, or would before the answer.
    #[error("deadline exceeded")]
    DeadlineExceeded,
    /// The process is going down.
    #[error("the service is shutting down")]
    ShuttingDown,
    /// A model, or a file that belongs to one, that cannot be used.
    #[error("{file} is refused: {cause}")]
    ModelInvalid {
        /// The file's name, or the model's part.
        file: String,
        /// What is wrong with it, with the line where there is one.
        cause: String,
    },
    /// The model failed; the source is for the log, never for the caller.
    #[error("inference failed")]
    Inference(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// A stable identifier that callers may branch on.
    pub fn reason(&self) -> &'static str {
        match self {
            Error::EmptyText => "EMPTY_TEXT",
            Error::TextTooLong { .. } => "TEXT_TOO_LONG",
            Error::IdTooLong { .. } => "ID_TOO_LONG",
            Error::MissingId => "MISSING_ID",
            Error::DuplicateId => "DUPLICATE_ID",
            Error::EmptyBatch => "EMPTY_BATCH",
            Error::TooManyItems { .. } => "TOO_MANY_ITEMS",
            Error::UnknownEnumValue { .. } => "UNKNOWN_ENUM_VALUE",
            Error::ValueOutOfRange { .. } => "VALUE_OUT_OF_RANGE",
            Error::UnknownLanguage { .. } => "UNKNOWN_LANGUAGE",
            Error::UnknownTopic { .. } => "UNKNOWN_TOPIC",
            Error::OwnTopicInvalid { .. } => "OWN_TOPIC_INVALID",
            Error::RequiredPartNotAsked { .. } => "REQUIRED_PART_NOT_ASKED",
            Error::LineInvalid { .. } => "LINE_INVALID",
            Error::Overloaded { .. } => "OVERLOADED",
            Error::DeadlineExceeded => "DEADLINE_EXCEEDED",
            Error::ShuttingDown => "SHUTTING_DOWN",
            Error::ModelInvalid { .. } => "MODEL_INVALID",
            Error::Inference(_) => "INFERENCE_FAILED",
        }
    }
}
