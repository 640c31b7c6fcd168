//! What the linear detector sees of a word: hashed groups of its letters. Training reads what `examples/languages.rs` prints
//! with it.

/// Changes whenever the groups of some word do. A model carries the number that it was trained with.
pub const VERSION: u32 = 1;

/// Letters of the longest group.
pub const ORDER_MAX: usize = 6;

// A longer word is cut: nothing that long is one.
const WORD_LETTERS_MAX: usize = 62;

const BEGIN: u32 = 2;
const END: u32 = 3;
const GROUP: u64 = 0x243f_6a88_85a3_08d3;
const WORD: u64 = 0x1319_8a2e_0370_7344;

/// Calls `visit` with the hash of each group of 1 to `order` letters of `word`, marks before its first and after its last
/// letter counting as letters (but none is a group), and with that of the whole word where it is no group.
///
/// Allocates nothing. A hash is good in its highest bits.
pub fn visit(word: &str, order: usize, mut visit: impl FnMut(u32)) {
    let mut letters = [BEGIN; WORD_LETTERS_MAX + 2];
    let mut count = 1;
    for letter in word.chars() {
        if count > WORD_LETTERS_MAX {
            letters[count] = END;
            groups(&letters[..=count], order, &mut visit);
            count = 1;
        }
        letters[count] = u32::from(letter);
        count += 1;
    }
    letters[count] = END;
    groups(&letters[..=count], order, &mut visit);
}

fn groups(letters: &[u32], order: usize, visit: &mut impl FnMut(u32)) {
    let last = letters.len() - 1;
    for begin in 0..=last {
        let mut hash = GROUP;
        for (length, &letter) in letters[begin..].iter().take(order).enumerate() {
            hash = step(hash, letter);
            if length > 0 || (begin > 0 && begin < last) {
                visit(highest(hash));
            }
        }
    }
    if letters.len() > order {
        visit(highest(letters.iter().fold(WORD, |hash, &letter| step(hash, letter))));
    }
}

/// Multiplicative hashing (Knuth, The Art of Computer Programming, vol. 3, 6.4), a letter at a time.
fn step(hash: u64, letter: u32) -> u64 {
    (hash ^ u64::from(letter)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
}

fn highest(hash: u64) -> u32 {
    (hash.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(word: &str, order: usize) -> usize {
        let mut hashes = Vec::new();
        visit(word, order, |hash| hashes.push(hash));
        hashes.len()
    }

    #[test]
    fn a_word_has_its_groups_and_itself() {
        // ^ab$: a b, ^a ab b$, ^ab ab$, ^ab$
        assert_eq!(count("ab", 4), 8);
        // The whole is longer than a group.
        assert_eq!(count("ab", 3), 8);
        assert_eq!(count("ab", 2), 6);
        assert_eq!(count("نهر", 1), 4);
    }

    #[test]
    fn long_words_are_cut_and_lose_nothing() {
        for letters in [61, 62, 63, 124, 125, 10_000] {
            assert_eq!(count(&"ب".repeat(letters), 1), letters + letters.div_ceil(WORD_LETTERS_MAX));
        }
    }

    #[test]
    fn groups_differ_by_place_and_order() {
        let mut hashes = Vec::new();
        visit("abcba", 5, |hash| hashes.push(hash));
        hashes.sort_unstable();
        let all = hashes.len();
        hashes.dedup();
        // `a` and `b` stand there twice.
        assert_eq!(hashes.len(), all - 2);
    }
}
