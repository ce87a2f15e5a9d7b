//! The entries of `aws-auth` as aws-iam-authenticator 0.7.18 reads them.
//!
//! It turns YAML into JSON (go-yaml v2, YAML 1.1) and decodes that with Go's `encoding/json`. A text that go-yaml refuses has no
//! entries at all. In one that it reads, a mistyped value is left out and an entry without an ARN is ignored; all else is kept.

use serde_json::{Map, Value};

use super::EDIT;
use crate::policy::check::Finding;
use crate::yaml::{self, Id, Kind, Meaning, Tree};

/// One entry of `mapRoles` or `mapUsers`.
pub struct Mapping {
    pub arn: String,
    pub username: String,
    pub groups: Vec<String>,
    /// The authenticator keeps the last entry of each key.
    pub key: String,
}

/// Maximum number of bytes that aliases may add to a text: they can make gigabytes of a few kilobytes.
const MAX_REPEATED: usize = 1_000_000;

/// The partitions that the authenticator knows.
const PARTITIONS: [&str; 8] = [
    "aws",
    "aws-cn",
    "aws-us-gov",
    "aws-iso",
    "aws-iso-b",
    "aws-iso-e",
    "aws-iso-f",
    "aws-eusc",
];

/// A list in `aws-auth`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum List {
    Roles,
    Users,
}

/// Why a text has no entries to check.
enum Unread {
    /// The authenticator cannot read it either, and ignores all of it.
    Refused(String),
    /// What the authenticator makes of it is not known.
    Unknown(String),
}

impl List {
    fn name(self) -> &'static str {
        match self {
            List::Roles => "mapRoles",
            List::Users => "mapUsers",
        }
    }

    fn arn_key(self) -> &'static str {
        match self {
            List::Roles => "rolearn",
            List::Users => "userarn",
        }
    }

    /// Returns the key of an entry. Go makes one character of each in lower case, also of those that Rust makes two of.
    fn key(self, arn: &str) -> String {
        match self {
            List::Roles => arn
                .chars()
                .filter_map(|c| c.to_lowercase().next())
                .collect(),
            List::Users => arn.to_owned(),
        }
    }
}

/// Returns the entries that the authenticator keeps. `None` if it is not known, or not one is readable.
pub fn mappings(list: List, text: &str, findings: &mut Vec<Finding>) -> Option<Vec<Mapping>> {
    match values(text) {
        Err(unread) => {
            findings.push(unread.finding(list.name(), text));
            None
        }
        Ok(entries) => {
            let mapping = |(at, entry)| mapping(list, at, entry, findings);
            Some(entries.iter().enumerate().filter_map(mapping).collect())
        }
    }
}

/// Returns the account IDs in `mapAccounts`. go-yaml reads this list without JSON in between: any scalar is text.
pub fn accounts(text: &str, findings: &mut Vec<Finding>) -> Vec<String> {
    let items = |(tree, root): (Tree, Id)| {
        let items = tree.items(root).ok_or_else(no_list)?.iter();
        let scalars = items.filter_map(|&item| tree.scalar(item));
        Ok(scalars.map(|scalar| scalar.text.to_string()).collect())
    };
    let read = parse(text).and_then(|document| document.map_or(Ok(Vec::new()), items));
    read.unwrap_or_else(|unread| {
        findings.push(unread.finding("mapAccounts", text));
        Vec::new()
    })
}

/// Returns the text without what Go ignores when it compares the names of fields, and ARNs.
pub fn folded(text: &str) -> String {
    let fold = |c: char| match c {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        c => c.to_ascii_lowercase(),
    };
    text.chars().map(fold).collect()
}

fn values(text: &str) -> Result<Vec<Value>, Unread> {
    let Some((tree, root)) = parse(text)? else {
        return Ok(Vec::new());
    };
    match json(&tree, root)? {
        Value::Array(entries) => Ok(entries),
        _ => Err(no_list()),
    }
}

/// Returns the document and its root. `None` for a text that has nothing in it.
fn parse(text: &str) -> Result<Option<(Tree, Id)>, Unread> {
    if matches!(text.trim(), "" | "``" | "\"\"" | "''") {
        return Ok(None);
    }
    // go-yaml's `yaml_parser_update_buffer`.
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..);
    if !text.chars().all(allowed) {
        return Err(Unread::Unknown("it has control characters".to_owned()));
    }
    // go-yaml skips a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let tree = Tree::parse(text).map_err(|error| match error {
        yaml::Error::Escape { .. } => Unread::Refused(error.to_string()),
        _ => Unread::Unknown(error.to_string()),
    })?;
    let Some(root) = tree.root().filter(|&root| !tree.is_null(root)) else {
        return Ok(None);
    };
    if repeated(&tree, root) > text.len() + MAX_REPEATED {
        return Err(Unread::Unknown(
            "its aliases repeat too much text".to_owned(),
        ));
    }
    match tabbed_line(&tree, root, text) {
        Some(line) => Err(unknown(line, "a tab at the start of the line")),
        None => Ok(Some((tree, root))),
    }
}

/// Returns the number of bytes of all scalars, as often as aliases repeat them.
fn repeated(tree: &Tree, id: Id) -> usize {
    match &tree.node(id).kind {
        Kind::Alias(target) => repeated(tree, *target),
        Kind::Seq(list) => list.parts.iter().map(|&item| repeated(tree, item)).sum(),
        Kind::Map(map) => {
            let pairs = map.parts.iter();
            pairs
                .map(|&(key, value)| repeated(tree, key) + repeated(tree, value))
                .sum()
        }
        Kind::Scalar(scalar) => scalar.text.len(),
    }
}

/// Returns the first line with a tab where go-yaml allows only spaces: before all else, but for a dash, and outside of brackets.
fn tabbed_line(tree: &Tree, root: Id, text: &str) -> Option<usize> {
    let brackets = match tree.is_flow(root) {
        true => tree.node(root).start + 1..tree.node(root).end + 1,
        false => 0..0,
    };
    let mut next = 0;
    let found = text.split_inclusive('\n').position(|line| {
        let start = next;
        next += line.len();
        let begin = line.trim_start_matches([' ', '-']);
        begin.starts_with('\t') && !line.starts_with("---") && !brackets.contains(&start)
    });
    Some(found? + 1)
}

fn no_list() -> Unread {
    Unread::Refused("it must be a list".to_owned())
}

/// Returns a value as JSON. A number is only marked as one: no field takes it. What JSON cannot say fails in Go too, unless another
/// value replaces it, which is not followed here.
fn json(tree: &Tree, id: Id) -> Result<Value, Unread> {
    let node = tree.node(id);
    match &node.kind {
        Kind::Alias(target) => json(tree, *target),
        Kind::Seq(list) => list.parts.iter().map(|&item| json(tree, item)).collect(),
        Kind::Map(map) => object(tree, &map.parts),
        Kind::Scalar(scalar) => match scalar.meaning() {
            Meaning::Null => Ok(Value::Null),
            Meaning::Bool(value) => Ok(value.into()),
            Meaning::Str(text) => Ok(text.into()),
            Meaning::Number if is_infinite(&scalar.text) => {
                Err(unknown(node.line, "a number that JSON does not have"))
            }
            Meaning::Number => Ok(0.into()),
            Meaning::Tagged => Err(unknown(node.line, TAG)),
        },
    }
}

/// Returns whether a number is infinite, or none.
fn is_infinite(number: &str) -> bool {
    let number = number.to_ascii_lowercase();
    number.ends_with("inf") || number.ends_with("nan")
}

/// Returns a mapping as JSON. The last of two equal keys counts; a merge key counts where it is.
fn object(tree: &Tree, pairs: &[(Id, Id)]) -> Result<Value, Unread> {
    let mut object = Map::new();
    for &(key, value) in pairs {
        let line = tree.node(key).line;
        if tree.is_merge(key) {
            // Of several mappings, the first counts.
            let maps = match &tree.node(value).kind {
                Kind::Seq(maps) => &maps.parts,
                _ => std::slice::from_ref(&value),
            };
            for &map in maps.iter().rev() {
                match json(tree, map)? {
                    Value::Object(merged) => object.extend(merged),
                    _ => return Err(refused(line, "a merge key (<<) without a mapping")),
                }
            }
            continue;
        }
        let name = tree
            .scalar(key)
            .map(|scalar| (scalar.meaning(), &scalar.text));
        let name = match name {
            None if matches!(tree.node(key).kind, Kind::Map(_)) && tree.is_flow(key) => {
                return Err(refused(line, "{{ without quotes"));
            }
            None => return Err(refused(line, "a key that is a mapping or a list")),
            Some((Meaning::Null, _)) => return Err(unknown(line, "an empty key")),
            Some((Meaning::Tagged, _)) => return Err(unknown(line, TAG)),
            Some((_, text)) => text.to_string(),
        };
        object.insert(name, json(tree, value)?);
    }
    Ok(Value::Object(object))
}

const TAG: &str = "a YAML tag (!!), which is not supported";

fn refused(line: usize, what: &str) -> Unread {
    Unread::Refused(format!("line {line}: {what}"))
}

fn unknown(line: usize, what: &str) -> Unread {
    Unread::Unknown(format!("line {line}: {what}"))
}

impl Unread {
    fn finding(self, list: &str, text: &str) -> Finding {
        let finding = match self {
            Unread::Refused(reason) => Finding::wrong(
                "aws-auth-unreadable",
                format!("EKS cannot read {list} in aws-auth: {reason}"),
                format!("it ignores all entries of {list}"),
            ),
            Unread::Unknown(reason) => Finding::dangerous(
                "aws-auth-unreadable",
                format!("{list} in aws-auth could not be read: {reason}"),
                "its entries were not checked; EKS may read it in another way, or ignore all of its entries",
            ),
        };
        let is_unquoted = |line: &str| {
            let mut values = line.split(": ").skip(1);
            values.any(|value| value.trim_start().starts_with("{{"))
        };
        finding.fix(match text.lines().any(is_unquoted) {
            true => format!(
                "{EDIT}  # put usernames that start with {{{{ in quotes: \"{{{{SessionNameRaw}}}}\""
            ),
            false => format!("{EDIT}  # correct its YAML"),
        })
    }
}

/// Returns what the authenticator makes of an entry, and names what it cannot read of it. `None` if it ignores the entry.
fn mapping(list: List, at: usize, entry: &Value, findings: &mut Vec<Finding>) -> Option<Mapping> {
    let place = format!("entry {} of {} in aws-auth", at + 1, list.name());
    let Some(entry) = entry.as_object() else {
        findings.push(ignored(&place, "is not a mapping"));
        return None;
    };
    let mut fields = Fields {
        entry,
        place: &place,
        findings,
    };
    let mut arn = fields.text(list.arn_key());
    let username = fields.text("username");
    let groups = fields.texts("groups");
    let sso = match list {
        List::Roles => fields.value("sso"),
        List::Users => None,
    };
    let reason = match (arn.is_empty(), sso) {
        (true, None) => Some(format!("has no {}", list.arn_key())),
        (false, Some(_)) => Some("has both rolearn and sso".to_owned()),
        _ => None,
    };
    if let Some(reason) = reason {
        findings.push(ignored(&place, &reason));
        return None;
    }
    let mut key = list.key(&arn);
    if let Some(sso) = sso {
        (arn, key) = permission_set(&place, sso, findings)?;
    } else if arn.contains(['*', '?']) {
        let what = format!("{place} has a wildcard in {}", list.arn_key());
        let why = "EKS compares the ARN as it is, so the entry matches no one; if EKS comes to know wildcards, it matches many";
        let fix = format!("{EDIT}  # replace or remove the entry");
        findings.push(Finding::wrong("aws-auth-wildcard", what, why).fix(fix));
    }
    Some(Mapping {
        key,
        arn,
        username,
        groups,
    })
}

/// Returns the pattern for the roles of a permission set, and the key of its entry. `None` if the authenticator refuses it.
fn permission_set(
    place: &str,
    sso: &Value,
    findings: &mut Vec<Finding>,
) -> Option<(String, String)> {
    let empty = Map::new();
    let mut fields = Fields {
        entry: sso.as_object().unwrap_or(&empty),
        place,
        findings,
    };
    let mut text = |field| {
        fields
            .value(field)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let (account, name) = (text("accountid"), text("permissionsetname"));
    let partition = fields.text("partition");
    let is_account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    let in_name = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    let is_name = (1..=32).contains(&name.len()) && name.chars().all(in_name);
    let reason = if !is_account {
        "has no accountID of 12 digits in quotes in sso"
    } else if !is_name {
        "has no valid permissionSetName in sso"
    } else if !partition.is_empty() && !PARTITIONS.contains(&partition.as_str()) {
        "has an unknown partition in sso"
    } else {
        let of = |partition| format!("arn:{partition}:iam::{account}:role/AWSReservedSSO_{name}_*");
        // The authenticator leaves the partition empty if there is one, so its entry replaces no other.
        return Some(match partition.as_str() {
            "" => (of("aws"), List::Roles.key(&of("aws"))),
            partition => (of(partition), List::Roles.key(&of(""))),
        });
    };
    findings.push(ignored(place, reason));
    None
}

fn ignored(place: &str, reason: &str) -> Finding {
    let what = format!("{place} {reason}");
    let fix = format!("{EDIT}  # correct or remove the entry");
    Finding::wrong("aws-auth-entry", what, "EKS ignores the entry").fix(fix)
}

/// Reads the fields of an entry as Go does.
struct Fields<'a, 'f> {
    entry: &'a Map<String, Value>,
    place: &'f str,
    findings: &'f mut Vec<Finding>,
}

impl<'a> Fields<'a, '_> {
    /// Returns the value of a field, unless it is null. Go ignores the case of a key; of several keys for one field, the last in
    /// sorted order counts, value by value. No real entry has that, so it is not followed further.
    fn value(&mut self, field: &str) -> Option<&'a Value> {
        let fits = |(key, _): &(&String, _)| folded(key) == field;
        let found: Vec<_> = self.entry.iter().filter(fits).collect();
        if found.len() > 1 {
            let keys: Vec<_> = found.iter().map(|(key, _)| key.as_str()).collect();
            let what = format!("{} has both {}", self.place, keys.join(" and "));
            let why =
                "EKS ignores the case of keys, so one of them replaces the other, or parts of it";
            let fix = format!("{EDIT}  # remove all but one of these keys");
            let finding = Finding::dangerous("aws-auth-keys", what, why);
            self.findings.push(finding.fix(fix));
        }
        let mut values = found.into_iter().map(|(_, value)| value);
        values.rfind(|value| !value.is_null())
    }

    fn text(&mut self, field: &str) -> String {
        match self.value(field) {
            None => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => {
                self.mistyped(field, "text", other);
                String::new()
            }
        }
    }

    fn texts(&mut self, field: &str) -> Vec<String> {
        match self.value(field) {
            None => Vec::new(),
            Some(Value::Array(items)) => {
                let texts = items.iter().filter_map(Value::as_str);
                let texts: Vec<_> = texts.map(str::to_owned).collect();
                if let Some(other) = items.iter().find(|item| !item.is_string()) {
                    self.mistyped(field, "a list of texts only", other);
                }
                texts
            }
            Some(other) => {
                self.mistyped(field, "a list", other);
                Vec::new()
            }
        }
    }

    fn mistyped(&mut self, field: &str, wanted: &str, found: &Value) {
        let found = match found {
            Value::Null => "nothing",
            Value::Bool(_) => "a boolean (put it in quotes)",
            Value::Number(_) => "a number (put it in quotes)",
            Value::String(_) => "text",
            Value::Array(_) => "a list",
            Value::Object(_) => "a mapping",
        };
        let what = format!("{}: {field} must be {wanted}, not {found}", self.place);
        let why = "EKS keeps the entry without this value";
        let fix = format!("{EDIT}  # correct the value");
        let finding = Finding::wrong("aws-auth-entry", what, why);
        self.findings.push(finding.fix(fix));
    }
}
