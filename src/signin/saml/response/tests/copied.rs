//! What the copy menus of browsers give for the request that posts a response, and for what is around it.

use super::*;

/// Returns a response with all characters of base64, as every real one.
fn plain() -> String {
    let comment = |blanks| format!("<!--~~~~~~??????{blanks}--></samlp:Response>");
    let all = ["", " ", "  "].map(|blanks| encode(&with("</samlp:Response>", &comment(blanks))));
    let has_all = |plain: &String| ["+", "/", "="].iter().all(|c| plain.contains(c));
    all.into_iter().find(has_all).unwrap()
}

fn escaped(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[track_caller]
fn reads(what: &str, text: impl AsRef<[u8]>) {
    let response = Response::decode(text.as_ref()).unwrap_or_else(|e| panic!("{what}: {e}"));
    assert_eq!(response.encoded().reveal(), plain(), "{what}");
}

#[test]
fn copy_menus_of_firefox() {
    let (plain, form) = (
        plain(),
        format!("SAMLResponse={}&RelayState=", escaped(&plain())),
    );
    reads(
        "Copy POST Data",
        format!("SAMLResponse={plain}\nRelayState="),
    );
    reads(
        "Copy POST Data",
        format!("RelayState=ss:mem:1\r\nSAMLResponse={plain}\r\n"),
    );
    reads(
        "a row of the table",
        format!("SAMLResponse\t{plain}\nRelayState\tabcd"),
    );
    reads(
        "a row of the table",
        format!("SAMLResponse: \"{plain}\"\nRelayState: \"abcd\""),
    );
    reads("Copy Value", format!("\"{plain}\""));
    reads(
        "Copy All",
        format!("{{\n  \"SAMLResponse\": \"{plain}\",\n  \"RelayState\": \"\"\n}}"),
    );
    let slashes = plain.replace('/', "\\/");
    reads(
        "JSON",
        format!("{{\"form\":{{\"SAMLResponse\":\"{slashes}\"}}}}"),
    );
    reads("a value of JSON", format!("\"{slashes}\""));
    reads(
        "Copy as cURL (POSIX)",
        format!(
            "curl 'https://signin.aws.amazon.com/saml' -X POST -H 'User-Agent: x' --data-raw '{form}'"
        ),
    );
    reads(
        "Copy as cURL (Windows), before version 125",
        format!(
            "curl \"https://signin.aws.amazon.com/saml\" --data-raw \"{}\"",
            form.replace('%', "\"%\"")
        ),
    );
    reads(
        "Copy as PowerShell",
        format!(
            "Invoke-WebRequest -UseBasicParsing -Uri \"https://signin.aws.amazon.com/saml\" `\n-Method POST `\n-Body \"{form}\""
        ),
    );
    reads(
        "Copy as Fetch",
        format!(
            "await fetch(\"https://signin.aws.amazon.com/saml\", {{\n    \"body\": \"{form}\",\n    \"method\": \"POST\"\n}});"
        ),
    );
}

#[test]
fn copy_menus_of_chrome() {
    let (plain, form) = (
        plain(),
        format!("SAMLResponse={}&RelayState=", escaped(&plain())),
    );
    let cmd: String = form
        .chars()
        .map(|c| match c {
            c if c.is_ascii_alphanumeric() || " _-:=+~'/.',?;()*`".contains(c) => c.to_string(),
            c => format!("^{c}"),
        })
        .collect();
    reads(
        "Copy as cURL (bash)",
        format!(
            "curl 'https://signin.aws.amazon.com/saml' \\\n  -H 'a: b' \\\n  --data-raw $'a=\\u0021\\n&{form}'"
        ),
    );
    reads(
        "Copy as cURL (cmd)",
        format!(
            "curl ^\"https://signin.aws.amazon.com/saml^\" ^\n  --data-raw ^\"{}^\"",
            cmd.replace("^%2", "^%^2")
        ),
    );
    reads(
        "Copy as cURL (cmd), before",
        format!("curl --data-raw \"{cmd}\" ^\n  --compressed"),
    );
    reads(
        "Copy as fetch (Node.js)",
        format!(
            "fetch(\"https://signin.aws.amazon.com/saml\", {{\n  \"headers\": {{}},\n  \"body\": \"{form}\",\n  \"method\": \"POST\"\n}});"
        ),
    );
    reads(
        "the payload",
        format!("SAMLResponse: {plain}\nRelayState: "),
    );
    reads(
        "the payload, in two lines",
        format!("SAMLResponse\n{plain}\nRelayState\nabcd"),
    );
    reads(
        "the payload, escaped",
        format!("SAMLResponse: {}", escaped(&plain)),
    );
    let post = format!(
        r#"{{"request":{{"method":"POST","postData":{{"mimeType":"x","text":"{form}","params":[{{"name":"SAMLResponse","value":"{}"}},{{"name":"RelayState","value":""}}]}}}}}}"#,
        escaped(&plain)
    );
    let page = format!(
        r#"{{"response":{{"content":{{"text":"<form action=\"https://signin.aws.amazon.com/saml\"><input type=\"hidden\" name=\"SAMLResponse\" value=\"{plain}\"/></form>"}}}}}}"#
    );
    reads(
        "Copy all as HAR",
        format!(r#"{{"log":{{"entries":[{page},{post}]}}}}"#),
    );
    reads(
        "Copy all as HAR, with the page alone",
        format!(r#"{{"log":{{"entries":[{page}]}}}}"#),
    );
    let params = format!(
        "{{\"params\": [\n {{\n \"name\": \"SAMLResponse\",\n \"value\": \"{plain}\"\n }}]}}"
    );
    reads("HAR of Firefox", params);
}

/// Made by the developer tools of Chromium 156: the commands of its copy menu for a request, and the HAR of all of them.
#[test]
fn copies_that_chromium_made() {
    let end = "<!--~~~~~~??????--></samlp:Response>";
    let response = encode(&with("</samlp:Response>", end));
    for (what, text) in [
        ("cURL (bash)", include_str!("copied/curl-bash.txt")),
        ("cURL (cmd)", include_str!("copied/curl-cmd.txt")),
        ("PowerShell", include_str!("copied/powershell.txt")),
        ("fetch", include_str!("copied/fetch.txt")),
        ("fetch (Node.js)", include_str!("copied/fetch-node.txt")),
        ("HAR", include_str!("copied/har.txt")),
    ] {
        let read = Response::decode(text.as_bytes()).unwrap_or_else(|e| panic!("{what}: {e}"));
        assert_eq!(read.encoded().reveal(), response, "{what}");
    }
}

/// Made by the developer tools of Firefox 153: the commands of its copy menus, and what its panel Request shows.
#[test]
fn copies_that_firefox_made() {
    let end = "<!--~~~~~~??????--></samlp:Response>";
    let response = encode(&with("</samlp:Response>", end));
    for (what, text) in [
        ("POST data", include_str!("copied/firefox-post-data.txt")),
        ("cURL", include_str!("copied/firefox-curl.txt")),
        ("PowerShell", include_str!("copied/firefox-powershell.txt")),
        ("fetch", include_str!("copied/firefox-fetch.txt")),
        ("HAR", include_str!("copied/firefox-har.txt")),
        (
            "value of the panel",
            include_str!("copied/firefox-value.txt"),
        ),
        ("all of the panel", include_str!("copied/firefox-all.txt")),
        (
            "raw panel, selected",
            include_str!("copied/firefox-raw.txt"),
        ),
    ] {
        let read = Response::decode(text.as_bytes()).unwrap_or_else(|e| panic!("{what}: {e}"));
        assert_eq!(read.encoded().reveal(), response, "{what}");
    }
    // The panel shows the start and the end of a long value.
    let shown = include_str!("copied/firefox-shown.txt");
    assert_eq!(
        Response::decode(shown.as_bytes()).err(),
        Some(Error::CutOff)
    );
}

#[test]
fn tags_of_the_page() {
    let plain = plain();
    let entities = plain
        .replace('+', "&#43;")
        .replace('/', "&#x2F;")
        .replace('=', "&#61;");
    for value in [&plain, &entities] {
        for tag in [
            format!(r#"<input type="hidden" name="SAMLResponse" value="{value}">"#),
            format!(r#"<INPUT TYPE="HIDDEN" NAME="SAMLResponse" VALUE="{value}"/>"#),
            format!(r#"<input value="{value}" type="hidden" name="SAMLResponse"/>"#),
            format!("<input name='SAMLResponse' id='SAMLResponse' type='hidden' value='{value}'>"),
            format!("<input name=SAMLResponse value={value}>"),
        ] {
            reads(&tag[..40], &tag);
            reads(
                "a form",
                format!(
                    "<!DOCTYPE html><body onload=\"document.forms[0].SAMLResponse.form.submit()\"><form>{tag}<input name=\"RelayState\" value=\"abcd\"></form>"
                ),
            );
        }
    }
    reads(
        "JSON, the value first",
        format!(r#"[{{"value":"{plain}","name":"SAMLResponse"}}]"#),
    );
}

#[test]
fn lines_of_base64() {
    let plain = plain();
    for (end, length) in [("\n", 76), ("\r\n", 76), ("\n", 64)] {
        let lines: Vec<_> = plain
            .as_bytes()
            .chunks(length)
            .map(|l| str::from_utf8(l).unwrap())
            .collect();
        let lines = lines.join(end);
        reads(
            "POST data",
            format!("SAMLResponse={lines}{end}RelayState=abcd"),
        );
        reads(
            "a form",
            format!("SAMLResponse={}&RelayState=", escaped(&lines)),
        );
        reads(
            "a tag",
            format!("<input name=\"SAMLResponse\" value=\"{lines}\">"),
        );
        let json = lines.replace('\r', "\\r").replace('\n', "\\n");
        reads("JSON", format!("{{\"SAMLResponse\":\"{json}\"}}"));
        let references = lines.replace('\r', "&#xD;").replace('\n', "&#10;");
        reads(
            "references",
            format!("<input name=\"SAMLResponse\" value=\"{references}\">"),
        );
    }
}

#[test]
fn files_of_windows() {
    let text = format!("SAMLResponse={}\r\nRelayState=é\r\n", plain());
    let units: Vec<u16> = text.encode_utf16().collect();
    let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    reads("UTF-16 LE", [b"\xff\xfe", &little[..]].concat());
    reads("UTF-16 BE", [b"\xfe\xff", &big[..]].concat());
    reads("UTF-16 without a mark", little);
    reads("UTF-16 without a mark", big);
    reads("UTF-8 with a mark", format!("\u{feff}{text}"));
    let (before, _) = text.split_once('é').unwrap();
    reads(
        "another code page",
        [before.as_bytes(), b"\xe9\r\n"].concat(),
    );
}

#[test]
fn the_one_for_aws_of_several() {
    let broker = with(
        "https://signin.aws.amazon.com/saml",
        "https://broker.example.com/saml",
    );
    let (plain, broker, bob) = (plain(), encode(&broker), encode(&with("alice@", "bob@")));
    let har = |values: &[&String]| {
        let posts = values
            .iter()
            .map(|value| format!("{{\"text\":\"SAMLResponse={}\"}}", escaped(value)));
        format!("[{}]", posts.collect::<Vec<_>>().join(","))
    };
    reads("a broker", har(&[&broker, &plain, &broker, &plain]));
    for several in [har(&[&plain, &bob]), har(&[&bob, &broker, &plain])] {
        let error = Response::decode(several.as_bytes()).unwrap_err();
        assert!(matches!(error, Error::SeveralResponses { .. }), "{error:?}");
    }
}

#[test]
fn hostile_texts_take_linear_time() {
    let started = std::time::Instant::now();
    let many = |piece: &str| piece.repeat((1 << 20) / piece.len());
    for text in [
        many("SAMLResponse"),
        many("SAMLResponse="),
        many("<SAMLResponse value"),
        many("value"),
        format!("<{}SAMLResponse", many("value=")),
        format!("SAMLResponse={}", many("A")),
        format!("SAMLResponse={}", many("\n")),
        format!("SAMLResponse={}", many("&#43;")),
        format!("SAMLResponse={}", many("%")),
        format!("SAMLResponse{}", many("\"")),
        (0..20_000)
            .map(|n| format!("SAMLResponse=PD{n:06}"))
            .collect(),
    ] {
        let _ = Response::decode(text.as_bytes());
    }
    let took = started.elapsed();
    assert!(took < std::time::Duration::from_secs(30), "{took:?}");
}
