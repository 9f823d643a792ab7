//! The dependency descriptor (RTP Payload Format for AV1, v1.0.0, appendix A) as a header extension of `str0m`.

use str0m::rtp::{Extension, ExtensionSerializer, ExtensionValues};

/// Under which it is agreed.
pub const ID: u8 = 12;
const URI: &str = "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension";

/// The value in a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value(pub Vec<u8>);

/// For a client to be made with.
pub fn extension() -> Extension {
    Extension::with_serializer(URI, Serializer)
}

#[derive(Debug)]
struct Serializer;

impl ExtensionSerializer for Serializer {
    fn write_to(&self, buffer: &mut [u8], values: &ExtensionValues) -> usize {
        let Some(Value(value)) = values.user_values.get() else { return 0 };
        buffer[..value.len()].copy_from_slice(value);
        value.len()
    }

    fn parse_value(&self, bytes: &[u8], values: &mut ExtensionValues) -> bool {
        values.user_values.set(Value(bytes.to_vec()));
        true
    }

    fn is_video(&self) -> bool {
        true
    }

    fn is_audio(&self) -> bool {
        false
    }

    fn requires_two_byte_form(&self, values: &ExtensionValues) -> bool {
        values.user_values.get().is_some_and(|Value(value)| value.len() > 16)
    }
}
