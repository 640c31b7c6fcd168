/// What a mention names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityType {
    /// A person, without titles.
    Person,
    /// A named organisation.
    Organization,
    /// A place; a country also where it stands for its government.
    Location,
}

/// What the model says of one word, in the BIO scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tag {
    /// In no mention.
    Outside,
    /// The first word of a mention.
    Begin(EntityType),
    /// A further word of a mention.
    Inside(EntityType),
}

impl Tag {
    /// Whether a word tagged `self` may follow one tagged `previous`: an inside needs its own type before it.
    pub fn may_follow(self, previous: Tag) -> bool {
        match self {
            Tag::Outside | Tag::Begin(_) => true,
            Tag::Inside(kind) => matches!(previous, Tag::Begin(k) | Tag::Inside(k) if k == kind),
        }
    }
}
