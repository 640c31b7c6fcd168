//! Bytes to a linear model: one that is taken can be asked about every bucket.

#![no_main]

use enrich_core::{
    features::{self, BUCKETS},
    model::Linear,
};
use libfuzzer_sys::fuzz_target;

/// Bytes before the rows, and of a row.
const HEADER: usize = 24;
const ROW: usize = 44;

/// `bytes` with the weights and the checksum that their header asks for: nobody would come upon these by chance.
fn completed(bytes: &[u8]) -> Option<Vec<u8>> {
    let topics = usize::try_from(u32::from_le_bytes(bytes.get(20..HEADER)?.try_into().ok()?)).ok()?;
    if !bytes.starts_with(b"enrichLM") || !(1..=2).contains(&topics) {
        return None;
    }
    let mut whole = bytes.to_vec();
    whole.resize(HEADER + (ROW + BUCKETS) * topics, 0x5a);
    whole.extend(features::checksum(&whole).to_le_bytes());
    Some(whole)
}

fuzz_target!(|bytes: &[u8]| {
    for bytes in [Some(bytes.to_vec()), completed(bytes)].into_iter().flatten() {
        let Ok(model) = Linear::parse(&bytes) else { continue };
        let mut sums = vec![0; model.rows().len()];
        for bucket in [0, 1, 12_345, u32::MAX / 2, u32::MAX] {
            model.add(bucket, &mut sums);
        }
        // A huge scale makes them infinite, which is certainty; what is no number would be no score.
        assert!(model.rows().iter().all(|row| !row.log_odds(sums[0], 1).is_nan()));
    }
});
