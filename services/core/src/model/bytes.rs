//! Reading numbers out of bytes that nobody vouches for.

use std::ops::RangeInclusive;

use super::ModelError;

/// Two such numbers times a sum of weights, which is an `i32`, are finite.
const FLOAT_MAX: f32 = 1e12;

/// What is left of a model's bytes.
pub(super) struct Reader<'b> {
    rest: &'b [u8],
    /// Of the whole model, for messages.
    bytes: usize,
}

impl<'b> Reader<'b> {
    /// Reads `body`, part of a model of `bytes` bytes.
    pub(super) fn new(body: &'b [u8], bytes: usize) -> Reader<'b> {
        Reader { rest: body, bytes }
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'b [u8], ModelError> {
        let missing = count.saturating_sub(self.rest.len());
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(self.length(missing as i64))?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ModelError> {
        Ok(self.take(N)?.first_chunk().copied().unwrap_or([0; N]))
    }

    pub(super) fn u32(&mut self) -> Result<u32, ModelError> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, ModelError> {
        self.array().map(u64::from_le_bytes)
    }

    fn f32(&mut self) -> Result<f32, ModelError> {
        self.array().map(f32::from_le_bytes)
    }

    /// A `u32` in `range`.
    pub(super) fn number(
        &mut self,
        name: &'static str,
        range: RangeInclusive<usize>,
        expected: &'static str,
    ) -> Result<usize, ModelError> {
        let number = self.u32()? as usize;
        if range.contains(&number) { Ok(number) } else { Err(field(name, number, expected)) }
    }

    /// An `f32` over 0, up to [`FLOAT_MAX`].
    pub(super) fn positive(&mut self, name: &'static str) -> Result<f32, ModelError> {
        let number = self.f32()?;
        if number > 0.0 && number <= FLOAT_MAX { Ok(number) } else { Err(field(name, number, "over 0, at most 1e12")) }
    }

    /// An `f32` that is at most [`FLOAT_MAX`] away from 0.
    pub(super) fn moderate(&mut self, name: &'static str) -> Result<f32, ModelError> {
        let number = self.f32()?;
        if number.abs() <= FLOAT_MAX { Ok(number) } else { Err(field(name, number, "from -1e12 to 1e12")) }
    }

    /// ASCII of up to `bytes` bytes, zeros behind it.
    pub(super) fn text(&mut self, name: &'static str, bytes: usize) -> Result<String, ModelError> {
        let taken = self.take(bytes)?;
        let length = taken.iter().position(|&byte| byte == 0).unwrap_or(bytes);
        let (text, padding) = taken.split_at(length);
        match std::str::from_utf8(text) {
            Ok(text) if text.is_ascii() && padding.iter().all(|&byte| byte == 0) => Ok(text.to_owned()),
            _ => Err(field(name, taken.escape_ascii(), "ASCII, then zeros")),
        }
    }

    /// Checks that nothing is left.
    pub(super) fn end(&self) -> Result<(), ModelError> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.length(-(self.rest.len() as i64))) }
    }

    /// The error that the model lacks `missing` bytes, or has as many too many.
    fn length(&self, missing: i64) -> ModelError {
        ModelError::Length { bytes: self.bytes, expected: (self.bytes as u64).saturating_add_signed(missing) }
    }
}

/// The error that `field` is `value`.
pub(super) fn field(field: &'static str, value: impl ToString, expected: &'static str) -> ModelError {
    ModelError::Field { field, value: value.to_string(), expected }
}
