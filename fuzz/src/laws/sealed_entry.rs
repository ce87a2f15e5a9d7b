//! An entry of the cache: as a file that others wrote, and as one of ours that was changed.

use std::collections::BTreeMap;

use crate::credentials::{Credentials, Secret};
use crate::noon;
use crate::store::entry::{Entry, Header, seal};
use crate::store::{Key, Kind, Store};

pub fn sealed_entry(data: &[u8]) {
    let key = Key::new([7; 32]);
    if let Some(entry) = Entry::parse(data.to_vec()) {
        // Without the key an entry cannot be sealed.
        assert!(entry.unseal(&key).is_none());
    }

    let (numbers, text) = data.split_at(data.len().min(8));
    let text = String::from_utf8_lossy(text);
    let at = |fraction: usize| {
        text.char_indices()
            .nth(fraction % 97)
            .map_or(text.len(), |(at, _)| at)
    };
    let number = numbers
        .iter()
        .fold(0usize, |sum, byte| sum << 8 | usize::from(*byte));
    let (first, rest) = text.split_at(at(number));
    let Ok(slot) = serde_json::from_value(first.into()) else {
        panic!("a slot is a text");
    };
    let header = Header {
        slot,
        profile: first.to_owned(),
        role_arn: rest.to_owned(),
        session_name: text.to_string(),
        account: first.to_owned(),
        identity: serde_json::from_value(rest.into()).expect("an identity is a text"),
        stamp: (number % 2 == 0).then(|| rest.to_owned()),
        from_environment: number % 3 == 0,
        asked: if number % 5 == 0 {
            Kind::Auto
        } else {
            Kind::Named(Store::File)
        },
        store: Store::Kernel,
        of_team: number % 7 == 0,
        fallback: (number % 11 == 0).then(|| first.to_owned()),
        region: Some(rest.to_owned()),
        sts_hosts: BTreeMap::from([(first.to_owned(), rest.to_owned())]),
        expires_at: noon(),
        renew_at: (number % 13 == 0).then(noon),
    };
    let credentials = Credentials {
        access_key_id: first.to_owned(),
        secret_access_key: Secret::new(rest),
        session_token: Secret::new(&*text),
        expires_at: noon(),
    };
    let bytes = seal(&key, &header, &credentials).expect("anything can be sealed");
    let entry = Entry::parse(bytes.clone()).expect("what is sealed is an entry");
    assert_eq!(entry.header, header);
    let back = entry.unseal(&key).expect("the key opens it");
    assert_eq!(back.access_key_id, first);
    assert_eq!(back.secret_access_key.reveal(), rest);
    assert_eq!(back.session_token.reveal(), text);
    if rest.len() > 16 {
        let context = bytes
            .split(|byte| *byte == b'\n')
            .take(2)
            .map(<[u8]>::len)
            .sum::<usize>();
        let hidden = &bytes[context + 2..];
        assert!(
            !hidden
                .windows(rest.len())
                .any(|part| part == rest.as_bytes())
        );
    }

    assert!(entry.unseal(&Key::new([8; 32])).is_none(), "another key");
    let opened = |bytes: Vec<u8>| Entry::parse(bytes).and_then(|entry| entry.unseal(&key));
    let place = number % bytes.len();
    let mut flipped = bytes.clone();
    flipped[place] ^= 1 << (number % 8);
    assert!(opened(flipped).is_none(), "byte {place} changed");
    assert!(opened(bytes[..place].to_vec()).is_none(), "cut to {place}");
    assert!(
        opened([&bytes, &data[..1.min(data.len())]].concat()).is_none() || data.is_empty(),
        "longer"
    );
}
