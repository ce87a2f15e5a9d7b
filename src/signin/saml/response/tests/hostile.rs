//! Responses made to break their reader. Reading must always end soon, with a result.

use proptest::prelude::*;

use super::*;

/// Decodes on a thread with a small stack.
fn refused_on_a_small_stack(xml: String) -> Error {
    let read = move || decode(&xml).map(|_| ()).unwrap_err();
    let thread = std::thread::Builder::new()
        .stack_size(256 * 1024)
        .spawn(read);
    thread.unwrap().join().unwrap()
}

#[test]
fn depth() {
    let start = XML.find("<saml:Subject>").unwrap();
    let deep = |open: &str, close: Option<&str>| {
        let room = 74_990 - XML.len();
        let n = room / (open.len() + close.map_or(0, str::len));
        format!(
            "{}{}{}{}",
            &XML[..start],
            open.repeat(n),
            close.unwrap_or_default().repeat(n),
            &XML[start..]
        )
    };
    assert!(decode(&deep("<a>", Some("</a>"))).is_ok());
    let open = refused_on_a_small_stack(deep("<a>", None));
    assert!(matches!(open, Error::NotXml { .. }), "{open:?}");
    let all = refused_on_a_small_stack("<a>".repeat(24_990));
    assert!(matches!(all, Error::NotXml { .. }), "{all:?}");
    let status = deep("<samlp:Status>", Some("</samlp:Status>"));
    assert!(decode(&status).is_ok());
    // Below the first status code, where status codes are collected.
    let codes = "<samlp:StatusCode Value='x'>".repeat(1_000) + &"</samlp:StatusCode>".repeat(1_000);
    let code = r#"<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/>"#;
    let refused = refused_on_a_small_stack(with(code, &codes));
    assert!(
        matches!(&refused, Error::Refused { codes, .. } if codes.len() == 5),
        "{refused:?}"
    );
}

#[test]
fn floods() {
    let inside = |flood: &str| with("<saml:Subject>", &format!("{flood}<saml:Subject>"));
    let attributes: String = (0..5_000).map(|n| format!(" a{n}=''")).collect();
    let prefixes: String = (0..3_000).map(|n| format!(" xmlns:a{n}=''")).collect();
    let some_prefixes: String = (0..70).map(|n| format!(" xmlns:a{n}='x'")).collect();
    for (flood, what) in [
        (format!("<a{attributes}/>"), "attributes"),
        (format!("<a{prefixes}/>"), "namespaces"),
        (format!("<a{some_prefixes}/>"), "namespaces"),
        ("<a xmlns=''/>".repeat(3_000), "namespaces"),
        ("xmlns".repeat(10_000), "namespaces"),
    ] {
        assert_eq!(
            decode(&inside(&flood)).unwrap_err(),
            Error::TooMany { what }
        );
    }
    // A response with hundreds of roles.
    let value = r#"</saml:AttributeValue><saml:AttributeValue xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:string">"#;
    let roles: String = (0..250)
        .map(|n| format!("{value}arn:aws:iam::111122223333:role/r{n},arn:aws:iam::111122223333:saml-provider/Okta"))
        .collect();
    assert_eq!(
        assertion(&with(PAIR, &format!("{PAIR}{roles}")))
            .roles
            .len(),
        251
    );
    // The most work that the limits allow.
    let names: String = (0..55).map(|n| format!(" xmlns:p{n}='{n}'")).collect();
    let most = format!("<p0:a{names}>{}</p0:a>", "<a xmlns:p0=''/>".repeat(1_900));
    let attributes: String = (0..250).map(|n| format!(" a{n}=''")).collect();
    let started = std::time::Instant::now();
    assert!(decode(&inside(&most)).is_ok());
    assert!(decode(&inside(&format!("<a{attributes}/>").repeat(30))).is_ok());
    assert!(started.elapsed().as_secs() < 5);
}

#[test]
fn xml_that_readers_disagree_on() {
    let doctype = |dtd: &str| with("<samlp:Response", &format!("{dtd}<samlp:Response"));
    let bomb = r#"<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>"#;
    let outside = r#"<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>"#;
    for dtd in [
        bomb,
        outside,
        "<!DOCTYPE x>",
        r#"<!DOCTYPE x SYSTEM "http://x/y">"#,
    ] {
        assert_eq!(decode(&doctype(dtd)).unwrap_err(), Error::Dtd, "{dtd}");
    }
    let utf_16: Vec<u8> = XML.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let error = Response::decode(STANDARD.encode(utf_16).as_bytes()).unwrap_err();
    assert!(matches!(error, Error::NotXml { .. }), "{error:?}");
    for xml in [
        with(r#"version="1.0""#, r#"version="1.1""#),
        with(r#" version="1.0""#, ""),
        with("UTF-8", "UTF-7"),
        with("UTF-8", "UTF-16"),
        with("UTF-8", "ISO-8859-1"),
        with("<?xml ", "<?xml\tversion='1.1' "),
        with("?>", ">"),
        with("alice@", "alice&unknown;@"),
        with("alice@", "alice&#0;@"),
        with("alice@", "alice\0@"),
        with("alice@", "alice]]>@"),
        with("alice@", "alice<!ENTITY a 'b'>@"),
        with(r#"ID="_a""#, r#"ID="_a" ID="_b""#),
        with(
            r#"ID="_a""#,
            r#"xmlns:p="u" xmlns:q="u" p:ID="_a" q:ID="_b""#,
        ),
        with(r#"ID="_a""#, r#"xmlns:saml="u" xmlns:saml="v""#),
        with(r#"ID="_a""#, r#"xmlns:="u""#),
        with(r#"ID="_a""#, r#"xmlns:xml="u""#),
        with(r#"ID="_a""#, r#"unknown:ID="u""#),
        format!("{XML}{XML}"),
        format!("{XML}x"),
        "x".to_owned(),
        "<!---->".to_owned(),
        "\u{feff}".to_owned(),
    ] {
        let error = decode(&xml).unwrap_err();
        assert!(matches!(error, Error::NotXml { .. }), "{error:?}");
        assert!(error.to_string().len() < 400, "{error}");
    }
}

fn read_all(bytes: &[u8]) -> Result<(), Error> {
    let response = Response::decode(bytes)?;
    let wanted = Wanted {
        role: &"arn:aws:iam::111122223333:role/access".parse().unwrap(),
        provider: &"arn:aws:iam::111122223333:saml-provider/Okta"
            .parse()
            .unwrap(),
        session_name: &"alice@example.com".parse().unwrap(),
    };
    response.check(&wanted, at(NOW))
}

/// Pieces of markup, to be inserted where they do not belong.
const PIECES: [&str; 22] = [
    "<",
    ">",
    "</",
    "/>",
    "&",
    ";",
    "'",
    "\"",
    "=",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?x ",
    "?>",
    "xmlns:",
    "xmlns:=\"\"",
    " xmlns=\"\"",
    "&#x0;",
    "\u{feff}",
    "\u{fffe}",
    "<saml:Assertion>",
];

proptest! {
    #[test]
    fn any_bytes_give_a_result(bytes: Vec<u8>) {
        if let Err(error) = read_all(&bytes) {
            prop_assert!(error.to_string().len() < 2_000);
        }
        let _ = read_all(STANDARD.encode(&bytes).as_bytes());
    }

    #[test]
    fn any_text_as_a_value_gives_a_result(text: String) {
        for part in ["alice@example.com", PAIR, "3600", "2026-01-01T10:05:00Z", "urn:amazon:webservices"] {
            if let Err(error) = read_all(encode(&with(part, &text)).as_bytes()) {
                prop_assert!(error.to_string().len() < 4_000);
            }
        }
    }

    #[test]
    fn changed_responses_give_a_result(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..40_usize, 0..PIECES.len()), 1..6)
    ) {
        let mut xml = XML.to_owned();
        for (at, cut, piece) in edits {
            let mut start = at.index(xml.len() + 1);
            while !xml.is_char_boundary(start) { start -= 1; }
            let mut end = (start + cut).min(xml.len());
            while !xml.is_char_boundary(end) { end -= 1; }
            xml.replace_range(start..end, PIECES[piece]);
        }
        let _ = read_all(encode(&xml).as_bytes());
    }

    #[test]
    fn a_comment_in_a_name_changes_nothing(at in 0..=17_usize, comment in "[a-z<>&@. ]{0,20}") {
        let (before, after) = "alice@example.com".split_at(at);
        let name = format!("{before}<!--{comment}-->{after}");
        prop_assert_eq!(check(&with("alice@example.com", &name), NOW), Ok(()));
    }

    #[test]
    fn every_encoding_of_a_document_reads_the_same(text in "[ -~\u{e9}]{0,300}") {
        let plain = encode(&format!("<!--{}-->{XML}", text.replace('-', "")).replacen("<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "", 1));
        let escaped: String = form_urlencoded::byte_serialize(plain.as_bytes()).collect();
        for form in [plain.clone(), escaped.clone(), format!("RelayState={escaped}&SAMLResponse={escaped}")] {
            let response = Response::decode(form.as_bytes()).unwrap();
            prop_assert_eq!(response.encoded().reveal(), &plain);
        }
    }
}
