use super::ModelError;
use super::bytes::{Reader, field};
use crate::features::{self, BUCKETS};

const MAGIC: [u8; 8] = *b"enrichLM";
const LAYOUT: u32 = 1;
const ID_BYTES: usize = 32;
const CHECKSUM_BYTES: usize = 8;
/// More topics than this are not one model's.
const TOPICS_MAX: usize = 64;

/// A linear model over hashed features: for each topic, whether a passage is about it.
///
/// Shape: `weights` is `[BUCKETS][topics]` `i8`, row-major; a row of [`Row`] a topic. The log-odds of topic `t` in a passage
/// with features `f` (with repetition, `n` of them) are
///
/// ```text
/// bias[t] + scale[t] * sum(weights[f][t] for f) / sqrt(n)
/// ```
///
/// The sum is of integers, so it is the same in any order. Calibration (Platt 1999) is an affine map of the log-odds; it is
/// part of `scale` and `bias`.
///
/// As bytes, all little-endian:
///
/// | bytes | what |
/// |---|---|
/// | 8 | `enrichLM` |
/// | 4 | `u32` version of this layout: 1 |
/// | 4 | `u32` [`features::VERSION`] |
/// | 4 | `u32` [`BUCKETS`] |
/// | 4 | `u32` topics, 1 to 64 |
/// | 44 each | topics: id (32 bytes of `a-z`, `0-9`, `_`, then zeros), `f32` scale (over 0, up to 1e12), `f32` bias (as far from 0 at most), `f32` threshold (0 to 1) |
/// | `BUCKETS` x topics | `i8` weights |
/// | 8 | `u64` [`features::checksum`] of all bytes before |
#[derive(Clone, Debug)]
pub struct Linear {
    rows: Vec<Row>,
    weights: Box<[i8]>,
}

/// What a [`Linear`] holds of a topic besides its weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The topic's id.
    pub id: String,
    /// Log-odds that one unit of weight adds to a passage with one feature; over 0.
    pub scale: f32,
    /// Log-odds of a passage whose features say nothing.
    pub bias: f32,
    /// Score from which the topic is present, 0 to 1.
    pub threshold: f32,
}

impl Linear {
    /// Reads a model from its bytes. Allocates only what the checked length allows.
    ///
    /// # Errors
    /// [`ModelError`] names the first thing that is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Linear, ModelError> {
        if !bytes.starts_with(&MAGIC) {
            return Err(ModelError::Magic { found: bytes[..bytes.len().min(MAGIC.len())].into(), expected: MAGIC });
        }
        let (body, found) = bytes.split_at(bytes.len().saturating_sub(CHECKSUM_BYTES).max(MAGIC.len()));
        let mut reader = Reader::new(body, bytes.len());
        reader.take(MAGIC.len())?;
        let topics = topics(&mut reader)?;
        let mut rows: Vec<Row> = Vec::with_capacity(topics);
        for _ in 0..topics {
            let row = row(&mut reader)?;
            if rows.iter().any(|other| other.id == row.id) {
                return Err(field("topic id", row.id, "another for each topic"));
            }
            rows.push(row);
        }
        let weights = reader.take(BUCKETS * topics)?;
        reader.end()?;
        let found = Reader::new(found, bytes.len()).u64()?;
        let expected = features::checksum(body);
        if found != expected {
            return Err(ModelError::Checksum { found, expected });
        }
        Ok(Linear { rows, weights: weights.iter().map(|byte| byte.cast_signed()).collect() })
    }

    /// The topics, in the order of the sums.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Number of weights.
    pub fn parameters(&self) -> u64 {
        self.weights.len() as u64
    }

    /// Adds the weights of `bucket` to `sums`, one for each topic. A bucket past [`BUCKETS`] adds nothing.
    pub fn add(&self, bucket: u32, sums: &mut [i32]) {
        let topics = self.rows.len();
        let begin = bucket as usize * topics;
        let weights = self.weights.get(begin..begin + topics).unwrap_or_default();
        // The shipped model has three topics: with their number known, the loop is unrolled.
        match (<&mut [i32; 3]>::try_from(&mut *sums), <&[i8; 3]>::try_from(weights)) {
            (Ok(sums), Ok(weights)) => accumulate(sums, weights),
            _ => accumulate(sums, weights),
        }
    }
}

#[inline]
fn accumulate(sums: &mut [i32], weights: &[i8]) {
    for (sum, &weight) in sums.iter_mut().zip(weights) {
        // At most 127 a feature: it takes a passage of 16 million features to leave the range.
        *sum = sum.saturating_add(i32::from(weight));
    }
}

impl Row {
    /// What `sum` of weights adds to the log-odds of a passage of `features` features.
    #[expect(clippy::cast_precision_loss, reason = "sums and counts of a passage stay below 2^24")]
    pub fn share(&self, sum: i32, features: usize) -> f32 {
        self.scale * sum as f32 / (features.max(1) as f32).sqrt()
    }

    /// The log-odds of a passage of `features` features whose weights have the sum `sum`.
    pub fn log_odds(&self, sum: i32, features: usize) -> f32 {
        self.bias + self.share(sum, features)
    }
}

/// Checks the numbers of the header, the last of which is that of the topics.
fn topics(reader: &mut Reader<'_>) -> Result<usize, ModelError> {
    let layout = reader.u32()?;
    if layout != LAYOUT {
        return Err(field("layout", layout, "1"));
    }
    let version = reader.u32()?;
    if version != features::VERSION {
        return Err(ModelError::Features { found: version, expected: features::VERSION });
    }
    reader.number("number of buckets", BUCKETS..=BUCKETS, "262144")?;
    reader.number("number of topics", 1..=TOPICS_MAX, "1 to 64")
}

fn row(reader: &mut Reader<'_>) -> Result<Row, ModelError> {
    let id = reader.text("topic id", ID_BYTES)?;
    if id.is_empty() || !id.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_')) {
        return Err(field("topic id", id, "1 to 32 of a-z, 0-9 and _, then zeros"));
    }
    let (scale, bias) = (reader.positive("scale")?, reader.moderate("bias")?);
    let threshold = reader.moderate("threshold")?;
    if !(0.0..=1.0).contains(&threshold) {
        return Err(field("threshold", threshold, "0 to 1"));
    }
    Ok(Row { id, scale, bias, threshold })
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Where the topics begin.
    const HEADER_BYTES: usize = 24;

    /// The bytes of a model with the given topics and weights, all others 0.
    pub(crate) fn bytes(rows: &[Row], weights: &[(u32, usize, i8)]) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        for number in [LAYOUT, features::VERSION, BUCKETS as u32, rows.len() as u32] {
            bytes.extend(number.to_le_bytes());
        }
        for row in rows {
            bytes.extend(row.id.as_bytes());
            bytes.resize(bytes.len() + ID_BYTES - row.id.len(), 0);
            for number in [row.scale, row.bias, row.threshold] {
                bytes.extend(number.to_le_bytes());
            }
        }
        let at = bytes.len();
        bytes.resize(at + BUCKETS * rows.len(), 0);
        for &(bucket, topic, weight) in weights {
            bytes[at + bucket as usize * rows.len() + topic] = weight.cast_unsigned();
        }
        seal(bytes)
    }

    fn seal(mut bytes: Vec<u8>) -> Vec<u8> {
        let checksum = features::checksum(&bytes);
        bytes.extend(checksum.to_le_bytes());
        bytes
    }

    pub(crate) fn row(id: &str) -> Row {
        Row { id: id.into(), scale: 0.5, bias: -1.0, threshold: 0.4 }
    }

    /// The message for a valid model in which `damage` was done before it was sealed.
    fn message(damage: impl Fn(&mut Vec<u8>)) -> String {
        let mut damaged = bytes(&[row("water"), row("security")], &[]);
        damaged.truncate(damaged.len() - CHECKSUM_BYTES);
        damage(&mut damaged);
        Linear::parse(&seal(damaged)).unwrap_err().to_string()
    }

    #[test]
    fn weights_come_back_where_they_were_put() {
        let model = Linear::parse(&bytes(&[row("water"), row("security")], &[(7, 1, -128), (7, 0, 127)])).unwrap();
        let mut sums = [0, 0];
        model.add(7, &mut sums);
        model.add(8, &mut sums);
        model.add(u32::MAX, &mut sums);
        assert_eq!(sums, [127, -128]);
        assert_eq!(model.rows(), [row("water"), row("security")]);
    }

    #[test]
    fn log_odds_are_the_scaled_sum_over_the_root_of_the_count() {
        assert_eq!(row("water").log_odds(8, 4), -1.0 + 0.5 * 8.0 / 2.0);
        assert_eq!(row("water").log_odds(0, 0), -1.0);
    }

    #[test]
    fn a_wrong_model_says_what_is_wrong() {
        assert!(Linear::parse(b"").unwrap_err().to_string().contains("it begins with []"));
        assert!(message(|bytes| bytes[0] = b'E').contains("not such a model"));
        assert_eq!(message(|bytes| bytes[8] = 2), "the model's layout is 2; it must be 1");
        assert!(message(|bytes| bytes[12] = 9).contains("features of version 9"));
        assert!(message(|bytes| bytes[17] = 9).contains("number of buckets"));
        assert_eq!(message(|bytes| bytes[23] = 255), "the model's number of topics is 4278190082; it must be 1 to 64");
        assert!(message(|bytes| bytes.truncate(100)).contains("the model is 108 bytes"));
        assert!(message(|bytes| bytes.truncate(14)).contains("header promises"));
        assert!(message(|bytes| bytes.push(0)).contains("header promises"));
        assert!(message(|bytes| bytes[HEADER_BYTES] = b'W').contains("topic id is Water"));
        assert!(message(|bytes| bytes[HEADER_BYTES + 20] = b'W').contains("topic id is water"));
        let scale = HEADER_BYTES + ID_BYTES;
        assert!(message(|bytes| bytes[scale..scale + 4].fill(0)).contains("scale is 0"));
        let huge = 1e13_f32.to_le_bytes();
        assert!(
            message(|bytes| bytes[scale..scale + 4].copy_from_slice(&huge)).contains("it must be over 0, at most 1e12")
        );
        assert!(message(|bytes| bytes[scale + 4..scale + 8].fill(255)).contains("bias is NaN"));
        assert!(message(|bytes| bytes[scale + 8..scale + 12].fill(255)).contains("threshold is NaN"));
        let twice = Linear::parse(&bytes(&[row("water"), row("water")], &[])).unwrap_err();
        assert!(twice.to_string().contains("another for each topic"));
    }

    #[test]
    fn a_damaged_weight_is_noticed() {
        let mut damaged = bytes(&[row("water")], &[]);
        damaged[1000] ^= 1;
        assert!(matches!(Linear::parse(&damaged), Err(ModelError::Checksum { .. })));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), with_magic: bool) {
            if with_magic {
                bytes.splice(..bytes.len().min(8), MAGIC);
            }
            prop_assert!(Linear::parse(&bytes).is_err());
        }
    }
}
