//! The encoding of texts that a person saved: UTF-8, or what Windows makes of it. `>` and `Out-File` of PowerShell 5 write UTF-16.

use zeroize::{Zeroize as _, Zeroizing};

/// The mark of UTF-8, which some editors of Windows put at the beginning.
const MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// Returns whether the bytes begin with a mark of UTF-16.
pub fn is_utf16(bytes: &[u8]) -> bool {
    matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..])
}

/// Returns the text of UTF-16, with its byte order mark, if it has one. Without it, the text must begin with an ASCII character.
/// `None` for other bytes.
pub fn utf16(bytes: &[u8]) -> Option<Zeroizing<String>> {
    let read: fn([u8; 2]) -> u16 = match bytes {
        [0xff, 0xfe, ..] | [0x20..0x7f, 0, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] | [0, 0x20..0x7f, ..] => u16::from_be_bytes,
        _ => return None,
    };
    let (pairs, rest) = bytes.as_chunks::<2>();
    // Enough for any text, so that no copy of it is left in memory.
    let mut text = Zeroizing::new(String::with_capacity(bytes.len() * 2));
    for unit in char::decode_utf16(pairs.iter().map(|pair| read(*pair))) {
        text.push(unit.ok()?);
    }
    rest.is_empty().then_some(text)
}

/// Returns what a person saved or piped as UTF-8 without a mark. Bytes that are no text stay as they are.
pub fn as_utf8(mut bytes: Vec<u8>) -> Vec<u8> {
    if let Some(text) = utf16(&bytes) {
        bytes.zeroize();
        bytes.extend_from_slice(text.trim_start_matches('\u{feff}').as_bytes());
    } else if bytes.starts_with(&MARK) {
        bytes.drain(..MARK.len());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_windows_are_read() {
        let units = |text: &str, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
            text.encode_utf16().flat_map(bytes).collect()
        };
        let text = "team = \"é 𝄞\"\r\n";
        let marked = format!("\u{feff}{text}");
        for (kind, bytes) in [
            ("UTF-8", text.as_bytes().to_vec()),
            ("UTF-8 with a mark", marked.as_bytes().to_vec()),
            ("PowerShell 5", units(&marked, u16::to_le_bytes)),
            ("big-endian", units(&marked, u16::to_be_bytes)),
            ("without a mark", units(text, u16::to_le_bytes)),
            ("big-endian, without", units(text, u16::to_be_bytes)),
        ] {
            assert_eq!(as_utf8(bytes), text.as_bytes(), "{kind}");
        }
    }

    #[test]
    fn other_bytes_stay_as_they_are() {
        for bytes in [
            &b""[..],
            b"\xff",
            b"a",
            b"a\xff",
            b"\xff\xfea",
            b"\xff\xfe\x00\xd8",
            b"\xfe\xff\xd8\x00\x00\x20",
            b"\x00\x00",
        ] {
            assert_eq!(as_utf8(bytes.to_vec()), bytes, "{bytes:?}");
        }
        assert!(is_utf16(b"\xff\xfea\0") && !is_utf16(b"\xef\xbb\xbfa") && !is_utf16(b"a\0"));
    }
}
