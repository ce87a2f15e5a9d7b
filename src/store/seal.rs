//! Authenticated encryption of one entry: XChaCha20-Poly1305 with a random 24-byte nonce each time.
//! <https://datatracker.ietf.org/doc/html/draft-irtf-cfrg-xchacha>

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::Error;

pub const KEY_LEN: usize = 32;
/// The key. It is wiped when dropped, and its `Debug` output has nothing of it.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; KEY_LEN]>);

impl Key {
    pub fn new(bytes: [u8; KEY_LEN]) -> Self {
        Key(Zeroizing::new(bytes))
    }
}

impl std::ops::Deref for Key {
    type Target = [u8; KEY_LEN];
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl std::ops::DerefMut for Key {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

const NONCE_LEN: usize = 24;

/// Returns nonce and ciphertext. `context` stays readable, but a change to it is detected.
pub fn seal(key: &Key, context: &[u8], plain: &[u8]) -> Result<Vec<u8>, Error> {
    let mut nonce = [0; NONCE_LEN];
    getrandom::fill(&mut nonce).map_err(|e| Error::Random(e.to_string()))?;
    let payload = Payload {
        msg: plain,
        aad: context,
    };
    let sealed = cipher(key)
        .encrypt(&XNonce::from(nonce), payload)
        .map_err(|_| Error::Seal)?;
    let mut out = nonce.to_vec();
    out.extend(sealed);
    Ok(out)
}

/// Returns what was sealed, if key, context and every byte are unchanged.
pub fn unseal(key: &Key, context: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>()?;
    let payload = Payload {
        msg: sealed,
        aad: context,
    };
    let plain = cipher(key).decrypt(&XNonce::from(*nonce), payload).ok()?;
    Some(Zeroizing::new(plain))
}

fn cipher(key: &Key) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new((&**key).into())
}
