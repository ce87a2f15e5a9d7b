//! The variables that a plugin is run with (`env` of `exec`): those that apono-login writes, among those of other programs and
//! people.

use super::edit::{Doc, Splice};
use super::render::Value;
use super::schema::{present, string};
use super::{Error, Exec, User};
use crate::context::DECIDING;
use crate::yaml::{Id, Tree};

pub(super) const KEY: &str = "env";
const NAME: &str = "name";
const VALUE: &str = "value";

/// A variable of the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    pub name: String,
    pub value: String,
}

/// What becomes of the variables of an entry, by their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EnvChange {
    /// They are added, or get another value.
    pub set: Vec<String>,
    pub removed: Vec<String>,
}

impl Variable {
    fn is_ours(&self) -> bool {
        DECIDING.contains(&self.name.as_str())
    }
}

impl User {
    /// Returns the exec entry that is to be where `found` is now. Variables of other names than [`DECIDING`] stay.
    pub fn exec_over(&self, found: Option<&Exec>) -> Exec {
        let wanted = &self.exec.env;
        let mut env: Vec<Variable> = Vec::new();
        for variable in found.map_or(&[][..], |found| &found.env) {
            // One with a password is never written by apono-login.
            let stays = !variable.is_ours()
                || self.kept_env.contains(&variable.name.as_str())
                || variable.value.contains('@');
            match wanted.iter().find(|wanted| wanted.name == variable.name) {
                Some(wanted) if env.contains(wanted) => {}
                Some(wanted) => env.push(wanted.clone()),
                None if stays => env.push(variable.clone()),
                None => {}
            }
        }
        let is_new = |wanted: &&Variable| !env.contains(wanted);
        let new: Vec<_> = wanted.iter().filter(is_new).cloned().collect();
        env.extend(new);
        Exec {
            env,
            ..self.exec.clone()
        }
    }

    /// Returns what becomes of the variables of `found`.
    pub fn env_change(&self, found: Option<&Exec>) -> EnvChange {
        let now = found.map_or(&[][..], |found| &found.env);
        let wanted = self.exec_over(found).env;
        let is_new = |variable: &&Variable| !now.contains(variable);
        let is_gone = |variable: &&Variable| {
            let mut wanted = wanted.iter();
            wanted.all(|wanted| wanted.name != variable.name)
        };
        let name = |variable: &Variable| variable.name.clone();
        EnvChange {
            set: wanted.iter().filter(is_new).map(name).collect(),
            removed: now.iter().filter(is_gone).map(name).collect(),
        }
    }
}

/// Returns the variables of an exec entry.
pub(super) fn read(tree: &Tree, exec: Id) -> Vec<Variable> {
    let variable = |&item: &Id| Variable {
        name: string(tree, item, NAME).to_owned(),
        value: string(tree, item, VALUE).to_owned(),
    };
    items(tree, exec).iter().map(variable).collect()
}

/// Returns the variables that an edit does not change.
pub(super) fn others(tree: &Tree, exec: Id) -> impl Iterator<Item = Id> {
    let items = items(tree, exec).iter().copied();
    items.filter(|item| !DECIDING.contains(&string(tree, *item, NAME)))
}

fn items(tree: &Tree, exec: Id) -> &[Id] {
    let list = present(tree, exec, KEY);
    list.and_then(|list| tree.items(list)).unwrap_or_default()
}

/// Returns the value as kubectl writes it.
pub(super) fn value(env: &[Variable]) -> Value<'_> {
    let items = env.iter().map(|Variable { name, value }| {
        Value::Map(vec![(NAME, Value::Str(name)), (VALUE, Value::Str(value))])
    });
    match env.is_empty() {
        true => Value::Null,
        false => Value::List(items.collect()),
    }
}

/// Sets the values that differ and removes the variables that are not wanted; if there are none of these, adds the missing ones.
/// `wanted` has those that stay in the order of `now`, and the new ones at the end.
pub(super) fn change(
    doc: &Doc<'_>,
    exec: Id,
    now: &[Value<'_>],
    wanted: &[Value<'_>],
) -> Result<Vec<Splice>, Error> {
    let items = items(doc.tree, exec);
    let mut rest = wanted.iter().peekable();
    let (mut splices, mut gone) = (Vec::new(), Vec::new());
    for (place, (now, &item)) in now.iter().zip(items).enumerate() {
        match rest.next_if(|wanted| field(wanted, NAME) == field(now, NAME)) {
            None => gone.push(place),
            Some(wanted) if wanted == now => {}
            Some(_) if doc.tree.is_alias(item) => return Err(doc.unsupported(item, "alias")),
            Some(wanted) => {
                let value = field(wanted, VALUE).unwrap_or(&Value::Null);
                splices.extend(doc.set(item, VALUE, value)?);
            }
        }
    }
    if gone.len() == items.len() {
        return doc.set(exec, KEY, &Value::List(wanted.to_vec()));
    }
    if !gone.is_empty() {
        splices.extend(doc.remove(exec, KEY, &gone)?);
    }
    if splices.is_empty() {
        let new: Vec<_> = rest.cloned().collect();
        splices = doc.push(exec, KEY, &new)?;
    }
    Ok(splices)
}

fn field<'v, 'a>(variable: &'v Value<'a>, key: &str) -> Option<&'v Value<'a>> {
    let Value::Map(pairs) = variable else {
        return None;
    };
    let mut pairs = pairs.iter();
    let found = pairs.find(|(name, _)| *name == key);
    found.map(|(_, value)| value)
}
