//! What the template of a mapping can render: another mapping must not have a username that Apono grants access to.

use super::*;

/// Returns whether another principal with this template can be a user, where the role has its own.
fn is_other(own: &str, template: &str, principal: &str) -> bool {
    let map = json!([
        {"rolearn": "arn:aws:iam::111122223333:role/apono-k8s-access", "username": own},
        {"rolearn": principal, "username": template},
    ]);
    let entry = |principal: &str, username: &str| json!({"accessEntry": {"principalArn": principal, "username": username}});
    let entries = [
        entry("arn:aws:iam::111122223333:role/apono-k8s-access", own),
        entry(principal, template),
    ];
    let is_found =
        |found: &[Finding], id: &str| found.iter().any(|f| f.severity == Dangerous && f.id == id);
    let of_map = is_found(
        &findings(&[config_map(&map.to_string())], &expected()),
        "aws-auth-other-role",
    );
    let of_entries = is_found(&findings(&entries, &expected()), "entry-other-role");
    assert_eq!(of_map, of_entries, "{own} {template}");
    of_map
}

#[test]
fn templates_of_others() {
    const RAW: &str = "{{SessionNameRaw}}";
    for (own, template, wanted) in [
        (RAW, RAW, true),
        (RAW, "{{SessionName}}", false),
        (RAW, "{{SessionName}}@example.com", true),
        (RAW, "{{SessionNameRaw}}.com", true),
        (RAW, "alice{{SessionNameRaw}}", true),
        (RAW, "alice@example.com", true),
        (RAW, "alice@{{SessionName}}", true),
        (RAW, "@example.com", false),
        (RAW, "alice@", false),
        (RAW, "developers", false),
        (RAW, "", false),
        (RAW, "ci:{{SessionNameRaw}}", false),
        (RAW, "{{SessionNameRaw}}:ci", false),
        (RAW, "{{SessionNameRaw}} ", false),
        (RAW, "{{SessionNameRaw}}\n", false),
        (RAW, "{{AccountID}}@{{SessionName}}", true),
        (RAW, "{{AccessKeyID}}@example.com", true),
        (RAW, "system:node:{{EC2PrivateDNSName}}", false),
        // One in another is not followed.
        (RAW, "{{{{SessionName}}}}@example.com", true),
        (RAW, "{{Session{{SessionName}}", true),
        ("apono:{{SessionNameRaw}}", "apono:{{SessionNameRaw}}", true),
        ("apono:{{SessionNameRaw}}", "apono:alice@example.com", true),
        ("apono:{{SessionNameRaw}}", "apono:{{SessionName}}", false),
        (
            "apono:{{SessionNameRaw}}",
            "ap{{SessionName}}:{{SessionNameRaw}}",
            true,
        ),
        (
            "apono:{{SessionNameRaw}}",
            "{{SessionName}}:bob@example.com",
            true,
        ),
        (
            "apono:{{SessionNameRaw}}",
            "other:{{SessionNameRaw}}",
            false,
        ),
        ("apono.{{SessionNameRaw}}", RAW, true),
        (
            "{{AccountID}}:{{SessionNameRaw}}",
            "{{AccountID}}:{{SessionNameRaw}}",
            true,
        ),
        (
            "{{AccountID}}:{{SessionNameRaw}}",
            "111122223333:{{SessionNameRaw}}",
            true,
        ),
        (
            "{{AccountID}}:{{SessionNameRaw}}",
            "444455556666:{{SessionNameRaw}}",
            false,
        ),
        (
            "111122223333:{{SessionNameRaw}}",
            "{{AccountID}}:{{SessionNameRaw}}",
            true,
        ),
    ] {
        let same_account = is_other(own, template, "arn:aws:iam::111122223333:role/ci");
        assert_eq!(same_account, wanted, "{own} {template}");
    }
    let own = "111122223333:{{SessionNameRaw}}";
    let other_account = "arn:aws:iam::444455556666:role/ci";
    assert!(!is_other(
        own,
        "{{AccountID}}:{{SessionNameRaw}}",
        other_account
    ));
    // A user has no session name.
    let bob = "arn:aws:iam::111122223333:user/bob";
    assert!(!is_other(RAW, RAW, bob));
    assert!(!is_other(RAW, "{{SessionName}}@example.com", bob));
    assert!(is_other(RAW, "alice@example.com{{SessionNameRaw}}", bob));
    assert!(is_other(
        own,
        "{{AccountID}}:{{SessionNameRaw}}",
        "not an ARN"
    ));
}

/// Long templates and prefixes cost what their lengths say.
#[test]
fn long_templates() {
    let own = "a".repeat(100) + "{{SessionNameRaw}}";
    let template = "{{SessionName}}".repeat(20_000);
    assert!(!is_other(
        &own,
        &template,
        "arn:aws:iam::111122223333:role/ci"
    ));
    let own = "a".repeat(200_000) + "{{SessionNameRaw}}";
    assert!(!is_other(
        &own,
        &template,
        "arn:aws:iam::111122223333:role/ci"
    ));
}

#[test]
fn templates_of_the_role() {
    let mut wanted = expected();
    wanted.prefix = "111122223333:".parse().ok();
    let cases: [(&str, &Expected, &[Named]); 13] = [
        (
            "{{SessionNameRaw}}\n",
            &expected(),
            &[(Wrong, "username-suffix")],
        ),
        (
            "{{SessionNameRaw}} ",
            &expected(),
            &[(Wrong, "username-suffix")],
        ),
        (
            "{{SessionNameRaw}}@example.com",
            &expected(),
            &[(Wrong, "username-suffix")],
        ),
        (
            " {{SessionNameRaw}}",
            &expected(),
            &[(Wrong, "username-other")],
        ),
        (
            "{{AccessKeyID}}:{{SessionNameRaw}}",
            &expected(),
            &[(Wrong, "username-other")],
        ),
        (
            "{{SessionNameRaw}}{{SessionNameRaw}}",
            &expected(),
            &[(Wrong, "username-other")],
        ),
        (
            "{{SessionName}}{{SessionNameRaw}}",
            &expected(),
            &[(Wrong, "username-not-raw")],
        ),
        (
            "{{EC2PrivateDNSName}}",
            &expected(),
            &[(Wrong, "username-other")],
        ),
        ("{{AccessKeyID}}", &expected(), &[(Wrong, "username-other")]),
        (
            "{{AccountID}}:{{SessionNameRaw}}",
            &expected(),
            &[(Note, "username-prefix")],
        ),
        ("{{AccountID}}:{{SessionNameRaw}}", &wanted, &[]),
        ("111122223333:{{SessionNameRaw}}", &wanted, &[]),
        ("{{SessionNameRaw}}", &wanted, &[(Wrong, "username-other")]),
    ];
    for (username, expected, found) in cases {
        let map = json!([{"rolearn": expected.role.as_str(), "username": username}]);
        assert_eq!(
            ids(&[config_map(&map.to_string())], expected),
            found,
            "{username:?}"
        );
    }
}
