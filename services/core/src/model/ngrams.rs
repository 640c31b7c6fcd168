use super::ModelError;
use super::bytes::{Reader, field};
use crate::language::grams;
use crate::tag::{LanguageTag, Script};

const MAGIC: [u8; 8] = *b"enrichNG";
const LAYOUT: u32 = 1;
const CHECKSUM_BYTES: usize = 8;
const SCRIPTS_MAX: usize = 64;
/// Most classes of a script.
const CLASSES_MAX: usize = 160;
const BITS_MAX: u32 = 22;
/// Classes are padded to a multiple of this, so that sums are added in whole vector registers.
const LANE: usize = 16;
/// Classes of a short row.
const SHORT: usize = 4;
/// Rows whose sum fits 16 bits: 255 times 128 does.
const NARROW_ROWS_MAX: u32 = 255;

/// Numbers of groups at which the sharpness of a script is given; between them it is a line in their logarithm.
pub const KNOTS: [f32; 4] = [8.0, 40.0, 200.0, 1000.0];

/// A linear model over hashed groups of letters: which language a text of a script is in.
///
/// Of the `2^bits` buckets of a script, those that tell many languages apart have a row of `i8` weights, one for each class,
/// those that tell a few from all others the weights of up to four classes; a class is a language or one of its dialects.
/// The log-odds of class `c` in a text with `n` groups `g` (with repetition) are
///
/// ```text
/// sharpness(n) * (bias[c] + scale * sum(weights[g][c] for g) / sqrt(n))
/// ```
///
/// up to what is common to all classes. The sum is of integers, so it is the same in any order.
///
/// As bytes, all little-endian:
///
/// | bytes | what |
/// |---|---|
/// | 8 | `enrichNG` |
/// | 4, 4, 4 | `u32` version of this layout: 1; [`grams::VERSION`]; number of scripts, 1 to 64 |
/// | a script: 4 | its ISO 15924 code |
/// | 4 each | `u32` classes, 1 to 160; order, 1 to 6; bits, 6 to 22; full rows; short rows; all but classes are 0 where there is one |
/// | 4, 16 | `f32` scale; 4 `f32` sharpness at [`KNOTS`]; all over 0, up to 1e12 |
/// | 24 each | classes: BCP-47 tag (12 bytes, zeros behind it), dialect's ISO 639-3 code or zeros (8 bytes), `f32` bias |
/// | `2^bits / 8` | which buckets have a full row, the lowest bit of a byte first |
/// | rows x classes | `i8` weights, row by row in the order of the buckets |
/// | `2^bits / 8` | which buckets have a short row |
/// | 8 each | short rows: four times a `u8` class and its `i8` weight |
/// | 8, at the end | `u64` [`checksum`] of all bytes before |
#[derive(Clone, Debug)]
pub struct Ngrams {
    groups: Vec<Group>,
}

/// What an [`Ngrams`] knows of a script.
#[derive(Clone, Debug)]
pub struct Group {
    script: Script,
    classes: Vec<Class>,
    order: usize,
    /// How far a hash is shifted to its bucket.
    shift: u32,
    scale: f32,
    sharpness: [f32; KNOTS.len()],
    index: Box<[Stretch]>,
    /// `[full rows][lanes]`, zeros behind the classes.
    weights: Box<[i8]>,
    lanes: usize,
    short: Box<[ShortRow]>,
}

/// Classes with their weights; all others have 0.
type ShortRow = [(u8, i8); SHORT];

/// 64 buckets.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    full: Marks,
    short: Marks,
}

/// Which of 64 buckets have a row of some kind.
#[derive(Clone, Copy, Debug)]
struct Marks {
    bits: u64,
    /// The number of rows before.
    before: u32,
}

impl Marks {
    /// The row of the bucket that `bit` stands for.
    fn row(self, bit: u64) -> Option<usize> {
        (self.bits & bit != 0).then(|| (self.before + (self.bits & (bit - 1)).count_ones()) as usize)
    }
}

/// A language, or a dialect of one, in a script.
#[derive(Clone, Debug, PartialEq)]
pub struct Class {
    /// The language.
    pub tag: LanguageTag,
    /// ISO 639-3 code of the dialect; empty for the language as it is written by most.
    pub dialect: String,
    /// Log-odds before any letter is seen.
    pub bias: f32,
}

/// Sums of weights, one for each class of a [`Group`].
#[derive(Clone, Debug)]
pub struct Sums {
    wide: [i32; CLASSES_MAX],
    narrow: [i16; CLASSES_MAX],
    /// Rows in `narrow`.
    rows: u32,
    groups: u32,
}

impl Default for Sums {
    fn default() -> Sums {
        Sums { wide: [0; CLASSES_MAX], narrow: [0; CLASSES_MAX], rows: 0, groups: 0 }
    }
}

/// Checks bytes against accidents, not against intent: as FNV-1a, but eight bytes a step (`u64`, little-endian), the last
/// ones one a step.
fn checksum(bytes: &[u8]) -> u64 {
    let step = |hash: u64, word: u64| (hash ^ word).wrapping_mul(0x0100_0000_01b3);
    let (words, rest) = bytes.as_chunks::<8>();
    let hash = words.iter().fold(0xcbf2_9ce4_8422_2325, |hash, word| step(hash, u64::from_le_bytes(*word)));
    rest.iter().fold(hash, |hash, &byte| step(hash, u64::from(byte)))
}

impl Ngrams {
    /// Reads a model from its bytes. Allocates only what the checked length allows.
    ///
    /// # Errors
    /// [`ModelError`] names the first thing that is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Ngrams, ModelError> {
        if !bytes.starts_with(&MAGIC) {
            return Err(ModelError::Magic { found: bytes[..bytes.len().min(MAGIC.len())].into(), expected: MAGIC });
        }
        let (body, found) = bytes.split_at(bytes.len().saturating_sub(CHECKSUM_BYTES).max(MAGIC.len()));
        let mut reader = Reader::new(body, bytes.len());
        reader.take(MAGIC.len())?;
        let layout = reader.u32()?;
        if layout != LAYOUT {
            return Err(field("layout", layout, "1"));
        }
        let version = reader.u32()?;
        if version != grams::VERSION {
            return Err(ModelError::Features { found: version, expected: grams::VERSION });
        }
        let scripts = reader.number("number of scripts", 1..=SCRIPTS_MAX, "1 to 64")?;
        let mut groups: Vec<Group> = Vec::with_capacity(scripts);
        for _ in 0..scripts {
            let group = group(&mut reader)?;
            if groups.iter().any(|other| other.script == group.script) {
                return Err(field("script", group.script, "another for each group"));
            }
            groups.push(group);
        }
        reader.end()?;
        let found = Reader::new(found, bytes.len()).u64()?;
        let expected = checksum(body);
        if found != expected {
            return Err(ModelError::Checksum { found, expected });
        }
        Ok(Ngrams { groups })
    }

    /// What is known of `script`.
    pub fn group(&self, script: Script) -> Option<&Group> {
        self.groups.iter().find(|group| group.script == script)
    }

    /// What is known, script by script.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// Number of weights.
    pub fn parameters(&self) -> u64 {
        let weights =
            |group: &Group| group.weights.len() / group.lanes * group.classes.len() + group.short.len() * SHORT;
        self.groups.iter().map(|group| weights(group) as u64).sum()
    }
}

impl Group {
    /// The classes, in the order of the sums.
    pub fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// Adds the weights of `word`'s groups to `sums`.
    pub fn add(&self, word: &str, sums: &mut Sums) {
        let Sums { wide, narrow, rows, groups } = sums;
        grams::visit(word, self.order, |hash| {
            *groups = groups.saturating_add(1);
            let bucket = hash >> self.shift;
            let Some(stretch) = self.index.get((bucket / 64) as usize) else { return };
            let bit = 1 << (bucket % 64);
            if let Some(row) = stretch.full.row(bit) {
                let row = self.weights.get(row * self.lanes..(row + 1) * self.lanes).unwrap_or_default();
                for (sum, &weight) in narrow[..self.lanes].iter_mut().zip(row) {
                    *sum = sum.wrapping_add(i16::from(weight));
                }
            } else if let Some(row) = stretch.short.row(bit) {
                for &(class, weight) in self.short.get(row).into_iter().flatten() {
                    let sum = &mut narrow[usize::from(class)];
                    *sum = sum.wrapping_add(i16::from(weight));
                }
            } else {
                return;
            }
            *rows += 1;
            if *rows == NARROW_ROWS_MAX {
                *rows = 0;
                widen(wide, narrow);
            }
        });
    }

    /// The log-odds of each class by `sums`, in the order of the classes, up to what is common to all.
    #[expect(clippy::cast_precision_loss, reason = "sums and counts of a sample stay below 2^24")]
    pub fn log_odds(&self, sums: &Sums) -> Vec<f32> {
        let groups = sums.groups.max(1) as f32;
        let (sharpness, scale) = (self.sharpness(groups), self.scale / groups.sqrt());
        let total = sums.wide.iter().zip(&sums.narrow).map(|(&wide, &narrow)| wide.saturating_add(i32::from(narrow)));
        let odds = |(class, total): (&Class, i32)| sharpness * (class.bias + scale * total as f32);
        self.classes.iter().zip(total).map(odds).collect()
    }

    fn sharpness(&self, groups: f32) -> f32 {
        let knots = KNOTS.windows(2).zip(self.sharpness.windows(2));
        let (x, y) = knots.clone().find(|(x, _)| groups < x[1]).or(knots.clone().next_back()).unwrap_or_default();
        let (&[x0, x1], &[y0, y1]) = (x, y) else { return 1.0 };
        let share = ((groups / x0).ln() / (x1 / x0).ln()).clamp(0.0, 1.0);
        y0 + (y1 - y0) * share
    }
}

fn widen(wide: &mut [i32; CLASSES_MAX], narrow: &mut [i16; CLASSES_MAX]) {
    for (wide, narrow) in wide.iter_mut().zip(narrow) {
        *wide = wide.saturating_add(i32::from(std::mem::take(narrow)));
    }
}

fn group(reader: &mut Reader<'_>) -> Result<Group, ModelError> {
    let code = reader.text("script", 4)?;
    let script = Script::parse(&code).ok_or_else(|| field("script", code, "an ISO 15924 code"))?;
    let count = reader.number("number of classes", 1..=CLASSES_MAX, "1 to 160")?;
    let has_weights = count > 1;
    let order =
        reader.number("order", if has_weights { 1..=grams::ORDER_MAX } else { 0..=0 }, "1 to 6, or 0 for one class")?;
    let bits_range = if has_weights { 6..=BITS_MAX as usize } else { 0..=0 };
    let bits = reader.number("bits", bits_range, "6 to 22, or 0 for one class")?;
    let buckets = if has_weights { 1 << bits } else { 0 };
    let full = reader.number("number of full rows", 0..=buckets, "0 to that of buckets")?;
    let short = reader.number("number of short rows", 0..=buckets, "0 to that of buckets")?;
    let scale = reader.positive("scale")?;
    let mut sharpness = [0.0; KNOTS.len()];
    for value in &mut sharpness {
        *value = reader.positive("sharpness")?;
    }
    let mut classes: Vec<Class> = Vec::with_capacity(count);
    for _ in 0..count {
        let class = class(reader)?;
        if classes.iter().any(|other| (&other.tag, &other.dialect) == (&class.tag, &class.dialect)) {
            return Err(field("class", class.tag, "another for each class"));
        }
        classes.push(class);
    }
    let marks = reader.take(buckets / 8)?;
    let lanes = count.next_multiple_of(LANE);
    let bytes = reader.take(full * count)?;
    let mut weights = vec![0; full * lanes];
    for (row, bytes) in weights.chunks_exact_mut(lanes).zip(bytes.chunks_exact(count)) {
        for (weight, byte) in row.iter_mut().zip(bytes) {
            *weight = byte.cast_signed();
        }
    }
    let full = self::marks(marks, full)?;
    let marks = self::marks(reader.take(buckets / 8)?, short)?;
    let index = full.zip(marks).map(|(full, short)| Stretch { full, short }).collect();
    let rows = reader.take(short * SHORT * 2)?.as_chunks::<{ SHORT * 2 }>().0;
    let short = rows.iter().map(|row| short_row(row, count)).collect::<Result<_, _>>()?;
    let shift = u32::BITS - bits as u32;
    Ok(Group { script, classes, order, shift, scale, sharpness, index, weights: weights.into(), lanes, short })
}

fn class(reader: &mut Reader<'_>) -> Result<Class, ModelError> {
    let tag = reader.text("tag", 12)?;
    let dialect = reader.text("dialect", 8)?;
    let tag = LanguageTag::parse(&tag).ok_or_else(|| field("tag", tag, "a BCP-47 tag"))?;
    Ok(Class { tag, dialect, bias: reader.moderate("bias")? })
}

/// Reads which buckets have one of `rows` rows.
fn marks(map: &[u8], rows: usize) -> Result<impl Iterator<Item = Marks>, ModelError> {
    let words = map.as_chunks::<8>().0.iter().map(|bytes| u64::from_le_bytes(*bytes));
    if words.clone().map(|bits| bits.count_ones() as usize).sum::<usize>() != rows {
        return Err(field("number of rows", rows, "that of the buckets that are marked"));
    }
    let mut before = 0;
    Ok(words.map(move |bits| {
        let marks = Marks { bits, before };
        before += bits.count_ones();
        marks
    }))
}

fn short_row(bytes: &[u8; SHORT * 2], classes: usize) -> Result<ShortRow, ModelError> {
    let mut row = [(0, 0); SHORT];
    for (place, &[class, weight]) in row.iter_mut().zip(bytes.as_chunks::<2>().0) {
        if usize::from(class) >= classes {
            return Err(field("class of a short row", class, "below the number of classes"));
        }
        *place = (class, weight.cast_signed());
    }
    Ok(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A script's part of a model: two classes, 64 buckets, full `rows` in the first of them, short ones in the last of them.
    fn script(code: &str, rows: &[[i8; 2]], short: &[[u8; 8]]) -> Vec<u8> {
        let mut bytes = code.as_bytes().to_vec();
        for number in [2, 1, 6, rows.len() as u32, short.len() as u32] {
            bytes.extend(number.to_le_bytes());
        }
        for number in [0.5_f32, 2.0, 1.0, 1.0, 1.0] {
            bytes.extend(number.to_le_bytes());
        }
        for (tag, dialect, bias) in [("ar", "", 0.25_f32), ("ar", "arz", -0.25)] {
            for (text, length) in [(tag, 12), (dialect, 8)] {
                bytes.extend(text.as_bytes());
                bytes.resize(bytes.len() + length - text.len(), 0);
            }
            bytes.extend(bias.to_le_bytes());
        }
        bytes.extend(((1_u64 << rows.len()) - 1).to_le_bytes());
        bytes.extend(rows.iter().flatten().map(|weight| weight.cast_unsigned()));
        bytes.extend((!(u64::MAX >> short.len())).to_le_bytes());
        bytes.extend(short.iter().flatten());
        bytes
    }

    fn body(scripts: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        for number in [LAYOUT, grams::VERSION, scripts.len() as u32] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(scripts.iter().flatten());
        bytes
    }

    fn seal(mut bytes: Vec<u8>) -> Vec<u8> {
        bytes.extend(checksum(&bytes).to_le_bytes());
        bytes
    }

    /// The message for a valid model in which `damage` was done before it was sealed.
    fn message(damage: impl Fn(&mut Vec<u8>)) -> String {
        let mut damaged = body(&[script("Arab", &[[1, -1]; 3], &[[0, 1, 1, 2, 0, 0, 0, 0]])]);
        damage(&mut damaged);
        Ngrams::parse(&seal(damaged)).unwrap_err().to_string()
    }

    const SCRIPT: usize = 20;
    const CLASSES: usize = SCRIPT + 44;

    fn arabic(model: &Ngrams) -> &Group {
        model.group(Script::of('ع')).unwrap()
    }

    #[test]
    fn every_bucket_finds_its_row() {
        let short = [[1, 7, 0, 0xFF, 0, 0, 0, 0], [0, 5, 0, 0, 0, 0, 0, 0]];
        let model = Ngrams::parse(&seal(body(&[script("Arab", &[[3, -4], [5, 127], [-128, 0]], &short)]))).unwrap();
        let group = arabic(&model);
        let bit = |bucket: u32| 1 << bucket;
        let stretch = group.index[0];
        assert_eq!(
            [0, 1, 2, 3, 63].map(|bucket| stretch.full.row(bit(bucket))),
            [Some(0), Some(1), Some(2), None, None]
        );
        assert_eq!([0, 61, 62, 63].map(|bucket| stretch.short.row(bit(bucket))), [None, None, Some(0), Some(1)]);
        assert_eq!((group.weights[0], group.weights[group.lanes + 1], group.weights[2 * group.lanes]), (3, 127, -128));
        assert_eq!(group.short[0][..2], [(1, 7), (0, -1)]);
        assert_eq!((model.parameters(), group.classes().len()), (6 + 8, 2));
        assert!(model.group(Script::of('a')).is_none());
    }

    #[test]
    fn log_odds_are_the_scaled_sum_over_the_root_of_the_count() {
        let model = Ngrams::parse(&seal(body(&[script("Arab", &[], &[])]))).unwrap();
        let group = arabic(&model);
        let mut sums = Sums { groups: 40, ..Sums::default() };
        sums.wide[0] = 1000;
        sums.narrow[0] = 24;
        let odds = group.log_odds(&sums);
        assert!((odds[0] - (0.25 + 0.5 * 1024.0 / 40_f32.sqrt())).abs() < 1e-3, "{odds:?}");
        assert_eq!(odds[1], -0.25);
        // Twice as sharp at eight groups, half as far on the way to forty.
        assert_eq!((group.sharpness(2.0), group.sharpness(8.0), group.sharpness(1e6)), (2.0, 2.0, 1.0));
        assert!((group.sharpness(320_f32.sqrt()) - 1.5).abs() < 1e-6);
    }

    #[test]
    fn sums_do_not_overflow() {
        let shorts = [[0, 127, 1, 0x80, 0, 0, 0, 0]; 31];
        let model = Ngrams::parse(&seal(body(&[script("Arab", &[[127, -128]; 32], &shorts)]))).unwrap();
        let mut sums = Sums::default();
        for _ in 0..100_000 {
            arabic(&model).add("ا", &mut sums);
        }
        let total = |class: usize| sums.wide[class] + i32::from(sums.narrow[class]);
        // All but one of 64 buckets have a row; the word's two hashes (its letter and itself) are in them.
        assert_eq!((total(0), total(1)), (127 * 200_000, -128 * 200_000));
    }

    #[test]
    fn a_wrong_model_says_what_is_wrong() {
        assert!(Ngrams::parse(b"").unwrap_err().to_string().contains("it begins with []"));
        assert_eq!(message(|bytes| bytes[8] = 9), "the model's layout is 9; it must be 1");
        assert!(message(|bytes| bytes[12] = 9).contains("features of version 9"));
        assert!(message(|bytes| bytes[16] = 0).contains("number of scripts is 0"));
        assert!(message(|bytes| bytes[SCRIPT] = b'Q').contains("script is Qrab"));
        assert!(message(|bytes| bytes[SCRIPT + 4] = 200).contains("number of classes is 200"));
        assert!(message(|bytes| bytes[SCRIPT + 8] = 7).contains("order is 7"));
        assert!(message(|bytes| bytes[SCRIPT + 12] = 30).contains("bits is 30"));
        assert!(message(|bytes| bytes[SCRIPT + 16] = 2).contains("number of rows is 2"));
        assert!(message(|bytes| bytes[SCRIPT + 24..SCRIPT + 28].fill(0)).contains("scale is 0"));
        assert!(message(|bytes| bytes[SCRIPT + 28..SCRIPT + 32].fill(255)).contains("sharpness is NaN"));
        assert!(message(|bytes| bytes[CLASSES] = b'_').contains("tag is _r"));
        assert!(message(|bytes| bytes[CLASSES + 11] = 1).contains("tag is"));
        assert!(message(|bytes| bytes[CLASSES + 24 + 12..CLASSES + 24 + 15].fill(0)).contains("class is ar"));
        assert!(message(|bytes| bytes[SCRIPT + 20] = 2).contains("number of rows is 2"));
        let in_short_row = message(|bytes| {
            let at = bytes.len() - 2 * SHORT;
            bytes[at] = 2;
        });
        assert!(in_short_row.contains("class of a short row is 2"), "{in_short_row}");
        assert!(message(|bytes| bytes.truncate(50)).contains("the model is 58 bytes"));
        assert!(message(|bytes| bytes.push(0)).contains("its header promises 1"));
        let twice = Ngrams::parse(&seal(body(&[script("Arab", &[], &[]), script("Arab", &[], &[])]))).unwrap_err();
        assert!(twice.to_string().contains("script is Arab"), "{twice}");
    }

    #[test]
    fn a_damaged_weight_is_noticed() {
        let mut damaged = seal(body(&[script("Arab", &[[1, 1]], &[])]));
        // Before the marks of the short rows, of which there are none.
        let at = damaged.len() - CHECKSUM_BYTES - 9;
        damaged[at] ^= 1;
        assert!(matches!(Ngrams::parse(&damaged), Err(ModelError::Checksum { .. })));
    }
}
