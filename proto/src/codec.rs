//! The codec of every generated client and server.

use prost::{Message, Name};
use std::{fmt, marker::PhantomData};
use tonic::{
    Code, Status,
    codec::{BufferSettings, Codec as TonicCodec, DecodeBuf, Decoder as TonicDecoder},
};
use tonic_prost::{ProstCodec, ProstDecoder, ProstEncoder};
use tonic_types::{ErrorDetails, StatusExt};

/// prost's codec, but for what it says of a request that is not one: tonic calls that INTERNAL, while the caller sent
/// it. Here it is INVALID_ARGUMENT with the reason MALFORMED_MESSAGE: invalid UTF-8 in a string, a lone surrogate
/// written by a careless client, bytes that are no protobuf. A response that cannot be read stays INTERNAL.
pub struct Codec<T, U>(PhantomData<(T, U)>);

impl<T, U> Default for Codec<T, U> {
    fn default() -> Self {
        Codec(PhantomData)
    }
}

impl<T, U> fmt::Debug for Codec<T, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Codec")
    }
}

impl<T, U> TonicCodec for Codec<T, U>
where
    T: Message + Send + 'static,
    U: Message + Name + Default + Send + 'static,
{
    type Encode = T;
    type Decode = U;
    type Encoder = ProstEncoder<T>;
    type Decoder = Decoder<U>;

    fn encoder(&mut self) -> Self::Encoder {
        ProstCodec::<T, U>::raw_encoder(BufferSettings::default())
    }

    fn decoder(&mut self) -> Self::Decoder {
        Decoder(ProstCodec::<T, U>::raw_decoder(BufferSettings::default()))
    }
}

/// The reading half of [`Codec`].
#[derive(Debug)]
pub struct Decoder<U>(ProstDecoder<U>);

impl<U: Message + Name + Default> TonicDecoder for Decoder<U> {
    type Item = U;
    type Error = Status;

    fn decode(&mut self, buf: &mut DecodeBuf<'_>) -> Result<Option<U>, Status> {
        self.0.decode(buf).map_err(|status| {
            // The lint rules of the contracts hold every request to a name that ends so.
            if !U::NAME.ends_with("Request") {
                return status;
            }
            let message = format!("{} cannot be read: {}", U::NAME, status.message());
            let details = ErrorDetails::with_error_info("MALFORMED_MESSAGE", "enrich.v1", []);
            Status::with_error_details(Code::InvalidArgument, message, details)
        })
    }

    fn buffer_settings(&self) -> BufferSettings {
        self.0.buffer_settings()
    }
}
