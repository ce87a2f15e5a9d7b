"""Generates aws-auth ConfigMaps by mutation from the guide's."""

import dataclasses
import json
import random
import re

ACCOUNT = "111122223333"
OWN = f"arn:aws:iam::{ACCOUNT}:role/apono-k8s-access"
PREFIXES = ["", "", "", "apono-managed-user:", "apono:", "apono.", "{{AccountID}}:", "{{AccountID}}-", "a/b:"]
OTHERS = [
    f"arn:aws:iam::{ACCOUNT}:role/ci",
    f"arn:aws:iam::{ACCOUNT}:role/nodes",
    "arn:aws:iam::444455556666:role/dev",
    f"arn:aws:iam::{ACCOUNT}:user/bob",
    f"arn:aws:iam::{ACCOUNT}:role/AWSReservedSSO_Admin_0123456789abcdef",
]
TEMPLATES = [
    "{prefix}{{{{SessionNameRaw}}}}",
    "{{{{SessionNameRaw}}}}",
    "{{{{SessionName}}}}",
    "{{{{SessionName}}}}@example.com",
    "{prefix}{{{{SessionName}}}}@example.com",
    "{{{{SessionNameRaw}}}}.com",
    "{{{{SessionNameRaw}}}}:x",
    "al{{{{SessionName}}}}@{{{{SessionNameRaw}}}}",
    "alice@example.com",
    "{prefix}alice@example.com",
    "111122223333:{{{{SessionNameRaw}}}}",
    "{{{{AccountID}}}}:{{{{SessionNameRaw}}}}",
    "{{{{AccountID}}}}-{{{{SessionNameRaw}}}}",
    "ci:{{{{SessionNameRaw}}}}",
    "ap{{{{SessionName}}}}:{{{{SessionNameRaw}}}}",
    "{{{{SessionName}}}}{{{{SessionNameRaw}}}}",
    "{{{{AccessKeyID}}}}@example.com",
    "system:node:{{{{EC2PrivateDNSName}}}}",
    "admin",
    "",
]
GROUPS = [None, None, None, [], ["view"], ["system:masters"], ["system:nodes"], [""]]
VALUES = ["12", "yes", "~", "", "[x]", "{a: b}", "1e3", ".inf", ".nan", "2001-01-01", "!!str 12", "!!binary YQ==", "'x'", "0x1f",
          "!x y", "null", "-", "*a", "[null, 4, x]", "{{SessionNameRaw}}", "111122223333"]
CHARACTERS = list(" \t\n\r:-#&*!|>'\"%@`{}[],?\\/~.<=") + ["\u0085", "\u2028", "\ufeff", "\x01", "\x7f", "\u017f", "\u212a", "\u00a0",
              "\U0001f600", "\\/", "\\u0041", "\n---\n", "\n...\n", "\n\n", "\t#", " #", "\r\n", ": ", "- ", "&a ", "*a", "<<: *a\n"]


@dataclasses.dataclass
class Case:
    data: dict
    options: list


def generate(seed, number):
    """Returns that many cases, the same for a seed each time."""
    chance = random.Random(seed)
    return [case(chance) for _ in range(number)]


def case(chance):
    prefix = chance.choice(PREFIXES)
    entries = [entry(OWN, prefix + "{{SessionNameRaw}}", None)]
    for _ in range(chance.choice([0, 0, 1, 1, 2, 3])):
        entries.append(other(chance, prefix))
    if chance.random() < 0.15:
        again = entry(OWN, chance.choice(TEMPLATES).format(prefix=prefix), chance.choice(GROUPS))
        entries.append(again)
    if chance.random() < 0.5:
        chance.shuffle(entries)
    data = {"mapRoles": mutated(chance, written(chance, entries))}
    if chance.random() < 0.15:
        users = [entry(f"arn:aws:iam::{ACCOUNT}:user/eve", chance.choice(TEMPLATES).format(prefix=prefix), None, "userarn")]
        data["mapUsers"] = mutated(chance, written(chance, users))
    if chance.random() < 0.05:
        data["mapAccounts"] = mutated(chance, chance.choice(['["111122223333"]', "[]", "- 111122223333\n", "- '444455556666'\n", "", "x"]))
    options = []
    if prefix and "{" not in prefix and chance.random() < 0.7:
        options = ["--username-prefix", prefix]
    return Case(data, options)


def entry(arn, username, groups, key="rolearn"):
    found = {key: arn, "username": username}
    if groups is not None:
        found["groups"] = groups
    return found


def other(chance, prefix):
    found = entry(chance.choice(OTHERS), chance.choice(TEMPLATES).format(prefix=prefix), chance.choice(GROUPS))
    if chance.random() < 0.1:
        sso = {"permissionSetName": "Admin", "accountID": ACCOUNT}
        if chance.random() < 0.3:
            sso["partition"] = chance.choice(["aws", "aws-cn", "foo"])
        found = {"sso": sso, **{key: value for key, value in found.items() if key != "rolearn" or chance.random() < 0.1}}
    return found


def written(chance, entries):
    """Returns the entries in one of the ways that people write them."""
    style = chance.choice(["yaml", "yaml", "yaml", "single", "plain", "json", "indented", "flow", "merged", "block"])
    if style == "json":
        text = json.dumps(entries)
        return text.replace("/", "\\/") if chance.random() < 0.1 else text
    if style == "indented":
        return json.dumps(entries, indent=2)
    if style == "flow":
        return "".join("- {" + ", ".join(f"{key}: {json.dumps(value)}" for key, value in one.items()) + "}\n" for one in entries)
    lines = []
    for number, one in enumerate(entries):
        start = "- "
        if style == "merged" and number:
            lines.append("- <<: *first")
            start = "  "
        for key, value in one.items():
            anchor = ""
            if style == "merged" and number == 0 and start == "- ":
                lines.append("- &first")
                start = "  "
            lines += [start + anchor + line for line in field(chance, style, key, value)][:1]
            lines += ["  " + line for line in field(chance, style, key, value)[1:]]
            start = "  "
    return "\n".join(lines) + "\n"


def field(chance, style, key, value):
    if isinstance(value, dict):
        return [f"{key}:"] + [f"  {name}: {json.dumps(text)}" for name, text in value.items()]
    if isinstance(value, list):
        return [f"{key}:"] + [f"- {json.dumps(text)}" for text in value] if value else [f"{key}: []"]
    if style == "block" and key == "username":
        return [f"{key}: |-", f"  {value}"]
    if style == "single":
        return [f"{key}: '{value}'"]
    is_plain = value and not value.startswith("{") and ": " not in value
    return [f"{key}: {value}" if is_plain and (key == "rolearn" or style == "plain") else f"{key}: {json.dumps(value)}"]


def mutated(chance, text):
    for _ in range(chance.choice([0, 0, 1, 1, 1, 2, 3])):
        text = chance.choice(MUTATIONS)(chance, text)
    return text


def lines_changed(chance, text):
    lines = text.split("\n")
    at, to = chance.randrange(len(lines)), chance.randrange(len(lines))
    match chance.randrange(5):
        case 0:
            lines.insert(to, lines[at])
        case 1:
            del lines[at]
        case 2:
            lines[at], lines[to] = lines[to], lines[at]
        case 3:
            lines[at] = chance.choice([" ", "  ", "\t"]) + lines[at]
        case 4:
            lines[at] = lines[at][1:]
    return "\n".join(lines)


def character_inserted(chance, text):
    at = chance.randint(0, len(text))
    return text[:at] + chance.choice(CHARACTERS) + text[at:]


def character_deleted(chance, text):
    at = chance.randrange(len(text)) if text else 0
    return text[:at] + text[at + 1:]


def value_changed(chance, text):
    values = list(re.finditer(r"(?m)(?<=: )[^\n]*$", text))
    if not values:
        return text
    found = chance.choice(values)
    return text[:found.start()] + chance.choice(VALUES) + text[found.end():]


def key_changed(chance, text):
    keys = list(re.finditer(r"rolearn|username|groups|sso|userarn", text))
    if not keys:
        return text
    found = chance.choice(keys)
    key = found[0]
    key = chance.choice([key.upper(), key.title(), key.replace("name", "Name"), key.replace("s", "\u017f"), "user" + key, f'"{key}"',
                         f"!!str {key}", "rolearn", "username", "groups", "sso", "userid", f"? {key}\n  "])
    return text[:found.start()] + key + text[found.end():]


def line_added(chance, text):
    lines = text.split("\n")
    key = chance.choice(["rolearn", "RoleARN", "username", "Username", "userName", "u\u017fername", "groups", "Groups", "sso", "x"])
    value = chance.choice([*VALUES, OWN, OTHERS[0], '"{{SessionNameRaw}}"', '"{{SessionName}}@example.com"', "[system:masters]"])
    lines.insert(chance.randint(0, len(lines)), chance.choice(["  ", "  ", "- "]) + f"{key}: {value}")
    return "\n".join(lines)


def arn_changed(chance, text):
    change = chance.choice([
        lambda arn: arn.upper(), lambda arn: arn.replace("role/", "role/team/"), lambda arn: arn.replace("k8s", "\u212a8s"),
        lambda arn: arn.replace("s", "\u017f"), lambda arn: arn + " ", lambda arn: OWN, lambda arn: arn.replace(ACCOUNT, "444455556666"),
    ])
    arns = list(re.finditer(r"arn:aws:iam::[0-9]+:[a-z]+/[A-Za-z0-9_-]+", text))
    if not arns:
        return text
    found = chance.choice(arns)
    return text[:found.start()] + change(found[0]) + text[found.end():]


def unquoted(chance, text):
    return re.sub(r"[\"'](\S*\{\{.*?\}\}\S*?)[\"']", r"\1", text, count=chance.choice([0, 1]))


def as_block(chance, text):
    marker = chance.choice(["|", "|-", "|+", ">", ">-", "|2", "| # x"])
    return re.sub(r"username: [\"']?(.*?)[\"']?$", lambda found: f"username: {marker}\n    {found[1]}", text, count=1, flags=re.MULTILINE)


def ends_changed(chance, text):
    return chance.choice([text.replace("\n", "\r\n"), text.replace("\n", "\r"), text.rstrip("\n"), text + "\n\n", "\ufeff" + text,
                          "---\n" + text, text + "---\n- x\n", text + "...\n", "# x\n" + text, "%YAML 1.1\n---\n" + text, "!!seq\n" + text])


MUTATIONS = [lines_changed, lines_changed, character_inserted, character_inserted, character_inserted, character_deleted, value_changed,
             value_changed, key_changed, key_changed, line_added, line_added, arn_changed, unquoted, as_block, ends_changed]
