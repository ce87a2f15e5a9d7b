//! Cache entries with another header, sealed as the program seals them.

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use chrono::{DateTime, Utc};
use serde_json::Value;

use kit::laptop::Laptop;

const NONCE: usize = 24;

/// Changes the header of the only entry, whose key is in a file, and seals the entry again.
pub fn change_header(laptop: &Laptop, change: impl FnOnce(&mut Value)) {
    let [path] = <[_; 1]>::try_from(laptop.cached("entry")).unwrap();
    let key = std::fs::read(path.with_file_name("key")).unwrap();
    let cipher = XChaCha20Poly1305::new(&Key::try_from(key.as_slice()).unwrap());
    let bytes = std::fs::read(&path).unwrap();
    let mut ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    let [format, header] = std::array::from_fn(|_| ends.next().unwrap().0 + 1);
    let (context, sealed) = bytes.split_at(header);
    let (nonce, sealed) = sealed.split_at(NONCE);
    let nonce = XNonce::try_from(nonce).unwrap();
    let payload = |aad, msg| Payload { msg, aad };
    let plain = cipher.decrypt(&nonce, payload(context, sealed)).unwrap();

    let mut json: Value = serde_json::from_slice(&bytes[format..header]).unwrap();
    change(&mut json);
    let context = [&bytes[..format], json.to_string().as_bytes(), b"\n"].concat();
    let sealed = cipher.encrypt(&nonce, payload(&context, &plain)).unwrap();
    std::fs::write(path, [&context[..], &nonce, &sealed].concat()).unwrap();
}

/// Changes when the credentials of the only entry expire.
pub fn expire(laptop: &Laptop, at: DateTime<Utc>) {
    change_header(laptop, |header| {
        header["expires_at"] = at.timestamp().into()
    });
}
