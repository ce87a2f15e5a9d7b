//! Reads values from tables, and collects all problems so that they can be shown at once.

use std::str::FromStr;

use toml::de::{DeTable, DeValue};

use super::problem::{Problem, What};
use super::{Table, Value, type_name};
use crate::names;

/// Maximum number of problems shown: a file that is not a team file can have one on each line.
const MAX_SHOWN: usize = 20;

pub(super) struct Reader<'a> {
    text: &'a str,
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Reader {
            text,
            problems: Vec::new(),
        }
    }

    /// Returns the problems, sorted by line.
    pub(super) fn problems(mut self) -> Vec<Problem> {
        self.problems
            .sort_by_key(|problem| (problem.line, problem.column));
        self.problems.truncate(MAX_SHOWN);
        self.problems
    }

    /// Adds a problem. `at` is its position in the file, in bytes.
    pub(super) fn note(&mut self, at: usize, what: What) {
        self.problems.push(Problem::at(self.text, at, what));
    }

    /// Adds the problem of an invalid value.
    pub(super) fn refuse(&mut self, at: usize, key: &'static str, error: names::Error) {
        self.note(at, What::Value { key, error });
    }

    /// Adds a problem for every key that is not in `known`.
    pub(super) fn known(&mut self, table: &DeTable<'_>, known: &[&'static str]) {
        for key in table
            .keys()
            .filter(|key| !known.contains(&key.get_ref().as_ref()))
        {
            let what = What::UnknownKey {
                key: key.get_ref().chars().take(100).collect(),
                known: known.to_vec(),
            };
            self.note(key.span().start, what);
        }
    }

    /// Returns the string at `key`, and its position. `None` if the key is missing; also if it is not a string, which adds a
    /// problem.
    pub(super) fn text<'b>(
        &mut self,
        table: &'b DeTable<'_>,
        key: &'static str,
    ) -> Option<(usize, &'b str)> {
        let value = table.get(key)?;
        let at = value.span().start;
        match value.get_ref() {
            DeValue::String(text) => Some((at, text)),
            other => {
                let (found, wanted) = (type_name(other), "a string");
                self.note(at, What::Type { key, found, wanted });
                None
            }
        }
    }

    /// Returns whether the key is `true`. Another type than a boolean adds a problem.
    pub(super) fn flag(&mut self, table: &DeTable<'_>, key: &'static str) -> bool {
        match table
            .get(key)
            .map(|value| (value.span().start, value.get_ref()))
        {
            None => false,
            Some((_, DeValue::Boolean(value))) => *value,
            Some((at, other)) => {
                let (found, wanted) = (type_name(other), "true or false");
                self.note(at, What::Type { key, found, wanted });
                false
            }
        }
    }

    /// Returns the line of a position in the file, in bytes.
    pub(super) fn line(&self, at: usize) -> usize {
        1 + self
            .text
            .get(..at)
            .unwrap_or_default()
            .matches('\n')
            .count()
    }

    /// Returns the same, parsed. An invalid value adds a problem.
    pub(super) fn value<T: FromStr<Err = names::Error>>(
        &mut self,
        table: &DeTable<'_>,
        key: &'static str,
    ) -> Option<T> {
        let (at, text) = self.text(table, key)?;
        text.parse()
            .map_err(|error| self.refuse(at, key, error))
            .ok()
    }

    /// Returns the same; a missing key adds a problem at `at`, the position of the table.
    pub(super) fn required<T: FromStr<Err = names::Error>>(
        &mut self,
        at: usize,
        table: &DeTable<'_>,
        key: &'static str,
    ) -> Option<T> {
        if !table.contains_key(key) {
            self.note(at, What::Missing { key });
        }
        self.value(table, key)
    }

    /// Returns the tables in an array, each with its position. Too many add a problem, and none are returned.
    pub(super) fn tables<'b>(
        &mut self,
        key: &'static str,
        list: &'b Value<'b>,
        most: usize,
    ) -> Vec<Table<'b>> {
        let at = list.span().start;
        let DeValue::Array(items) = list.get_ref() else {
            let (found, wanted) = (type_name(list.get_ref()), "an array of tables");
            self.note(at, What::Type { key, found, wanted });
            return Vec::new();
        };
        if items.len() > most {
            self.note(at, What::TooMany { key, most });
            return Vec::new();
        }
        let mut tables = Vec::new();
        for item in items.iter() {
            let at = item.span().start;
            match item.get_ref() {
                DeValue::Table(table) => tables.push((at, table)),
                other => {
                    let (found, wanted) = (type_name(other), "a table");
                    self.note(at, What::Type { key, found, wanted });
                }
            }
        }
        tables
    }
}
