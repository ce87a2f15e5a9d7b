//! The conditions of a statement.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

use std::collections::HashSet;

use serde_json::Value;

use super::texts;

/// One key of a condition block. A statement applies if all its conditions are met; a condition needs one matching value, or
/// none if it is negated.
#[derive(Debug, Clone)]
pub struct Condition {
    /// As written, with its qualifiers. For messages.
    pub operator: String,
    pub test: Test,
    /// `…Not…`
    pub is_negated: bool,
    /// `ForAllValues:`
    pub for_all_values: bool,
    /// `ForAnyValue:`
    for_any_value: bool,
    /// `…IfExists`
    pub if_exists: bool,
    /// In lower case.
    pub key: String,
    pub values: Vec<String>,
}

/// What an operator compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {
    /// Texts. Wildcards have no meaning.
    Equals,
    EqualsIgnoringCase,
    /// Texts, with wildcards.
    Like,
    /// ARNs, part by part, with wildcards. `ArnEquals` is the same as `ArnLike`.
    Arn,
    /// Whether the key exists.
    Null,
    /// Numbers and bytes, for equality.
    Exact,
    /// The order of numbers, and dates. IAM also reads a number as a date.
    Order,
    /// Truth values, IP addresses.
    Other,
}

/// The operators, in lower case and without qualifiers; `true` for the negated ones.
const OPERATORS: [(&str, Test, bool); 27] = [
    ("stringequals", Test::Equals, false),
    ("stringnotequals", Test::Equals, true),
    ("stringequalsignorecase", Test::EqualsIgnoringCase, false),
    ("stringnotequalsignorecase", Test::EqualsIgnoringCase, true),
    ("stringlike", Test::Like, false),
    ("stringnotlike", Test::Like, true),
    ("arnequals", Test::Arn, false),
    ("arnlike", Test::Arn, false),
    ("arnnotequals", Test::Arn, true),
    ("arnnotlike", Test::Arn, true),
    ("null", Test::Null, false),
    ("bool", Test::Other, false),
    ("binaryequals", Test::Exact, false),
    ("ipaddress", Test::Other, false),
    ("notipaddress", Test::Other, true),
    ("numericequals", Test::Exact, false),
    ("numericnotequals", Test::Exact, true),
    ("numericlessthan", Test::Order, false),
    ("numericlessthanequals", Test::Order, false),
    ("numericgreaterthan", Test::Order, false),
    ("numericgreaterthanequals", Test::Order, false),
    ("dateequals", Test::Order, false),
    ("datenotequals", Test::Order, true),
    ("datelessthan", Test::Order, false),
    ("datelessthanequals", Test::Order, false),
    ("dategreaterthan", Test::Order, false),
    ("dategreaterthanequals", Test::Order, false),
];

impl Condition {
    /// Returns the conditions in a condition block.
    ///
    /// # Errors
    /// It is not a condition block, has an operator that IAM does not have, or has a key twice: IAM refuses keys and operators
    /// that differ only in case.
    pub fn all(block: &Value) -> Result<Vec<Condition>, String> {
        let mut conditions = Vec::new();
        let mut seen = HashSet::new();
        for (operator, keys) in block.as_object().ok_or("Condition must be an object")? {
            let keys = keys
                .as_object()
                .ok_or("a condition operator must be an object")?;
            for (key, values) in keys {
                let condition = Condition::parse(operator, key, values)?;
                if !seen.insert((operator.to_ascii_lowercase(), condition.key.clone())) {
                    return Err(format!("{operator} has {key:?} twice"));
                }
                conditions.push(condition);
            }
        }
        Ok(conditions)
    }

    fn parse(operator: &str, key: &str, values: &Value) -> Result<Condition, String> {
        let lower = operator.to_ascii_lowercase();
        let (qualifier, rest) = lower.split_once(':').unwrap_or(("", &lower));
        let (base, if_exists) = match rest.strip_suffix("ifexists") {
            Some(base) => (base, true),
            None => (rest, false),
        };
        let known = OPERATORS.iter().find(|(name, ..)| *name == base);
        let is_qualifier = ["", "foranyvalue", "forallvalues"].contains(&qualifier);
        let (_, test, is_negated) = known
            .filter(|(_, test, _)| is_qualifier && !(if_exists && *test == Test::Null))
            .ok_or_else(|| format!("{operator:?} is not an IAM condition operator"))?;
        Ok(Condition {
            operator: operator.to_owned(),
            test: *test,
            is_negated: *is_negated,
            for_all_values: qualifier == "forallvalues",
            for_any_value: qualifier == "foranyvalue",
            if_exists,
            key: key.to_ascii_lowercase(),
            values: texts(values).ok_or("a condition value is not text")?,
        })
    }

    /// Returns whether no request without the key meets the condition, as IAM evaluates it.
    ///
    /// IAM ignores `IfExists` behind `ForAnyValue:`. AWS does not document it, so [`Self::requires_key`] does not rely on it.
    /// <https://repost.aws/questions/QU9HFmDzP0QGuU-fd7rS6B7w/foranyvalue-stringequalsifexists-behaving-unexpectedly>
    pub fn fails_without_key(&self) -> bool {
        self.requires_key() || self.for_any_value && self.test != Test::Null
    }

    /// Returns whether it is documented that no request without the key meets the condition.
    pub fn requires_key(&self) -> bool {
        match self.test {
            Test::Null => !self.values.iter().any(|v| v.eq_ignore_ascii_case("true")),
            _ if self.if_exists || self.for_all_values => false,
            _ => self.for_any_value || !self.is_negated,
        }
    }

    /// Returns whether the condition limits a key of text, and thus ARNs, to its values. `is_present`: each request has the key.
    pub fn limits(&self, is_present: bool) -> bool {
        let is_text = matches!(
            self.test,
            Test::Equals | Test::EqualsIgnoringCase | Test::Like | Test::Arn
        );
        is_text && !self.is_negated && (is_present || self.requires_key())
    }
}
