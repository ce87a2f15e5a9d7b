//! A token file in `~/.aws/sso/cache`, which every AWS tool writes.

use serde_json::Value;

use crate::profile::plan::SsoSource;
use crate::signin::sso::cache::{contents, token};

pub fn sso_cache(file: &[u8]) {
    let Some(found) = token(file) else {
        return;
    };
    // Another reader may be stricter about fields that are not read here.
    let Ok(json) = serde_json::from_slice::<Value>(file) else {
        return;
    };
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    assert!(plain(found.access_token.reveal()), "it goes into a header");
    assert_eq!(json["accessToken"], found.access_token.reveal());
    if let Some((refresh, client)) = &found.renewal {
        assert!(plain(refresh.reveal()), "it goes into a request");
        assert_eq!(json["refreshToken"], refresh.reveal());
        assert_eq!(json["clientId"], client.id);
        assert_eq!(json["clientSecret"], client.secret.reveal());
    }

    // What is written is read again, in whole seconds.
    let source = SsoSource {
        profile: "work".to_owned(),
        session: None,
        start_url: "https://d-1234567890.awsapps.com/start".to_owned(),
        region: "eu-west-1".parse().expect("a region"),
        scopes: vec!["sso:account:access".to_owned()],
        account: "111122223333".parse().expect("an account"),
        role_name: "Engineer".to_owned(),
    };
    let written = contents(&source, &found);
    let again = token(&written).expect("what is written is read");
    assert!(again.is(&found));
    assert_eq!(again.expires_at.timestamp(), found.expires_at.timestamp());
    assert_eq!(again.renewal.is_some(), found.renewal.is_some());
    if let (Some((one, a)), Some((other, b))) = (&found.renewal, &again.renewal) {
        assert_eq!((one.reveal(), &a.id), (other.reveal(), &b.id));
        assert_eq!(a.expires_at.timestamp(), b.expires_at.timestamp());
    }
    assert_eq!(
        contents(&source, &again),
        written,
        "writing twice is writing once"
    );
}
