//! The items of the three lists, and the lists as edits change them.

use std::borrow::Cow;
use std::collections::HashMap;

use super::render::Value;
use super::{Exec, FoundCluster, FoundContext, FoundUser};

/// An item of one of the three lists.
pub(super) trait Item: Clone + PartialEq {
    fn name(&self) -> &str;

    /// Returns the item with the fields that an edit can set, in kubectl's order, which is alphabetical. A field that is missing
    /// is an empty string.
    fn value(&self) -> Value<'_>;
}

impl Item for FoundCluster {
    fn name(&self) -> &str {
        &self.name
    }

    fn value(&self) -> Value<'_> {
        let fields = vec![
            (
                "certificate-authority-data",
                Value::Str(&self.certificate_authority_data),
            ),
            ("proxy-url", Value::Str(&self.proxy_url)),
            ("server", Value::Str(&self.server)),
        ];
        Value::Map(vec![
            ("cluster", Value::Map(fields)),
            ("name", Value::Str(&self.name)),
        ])
    }
}

impl Item for FoundContext {
    fn name(&self) -> &str {
        &self.name
    }

    fn value(&self) -> Value<'_> {
        let namespace = self.namespace.as_deref().unwrap_or_default();
        let fields = vec![
            ("cluster", Value::Str(&self.cluster)),
            ("namespace", Value::Str(namespace)),
            ("user", Value::Str(&self.user)),
        ];
        Value::Map(vec![
            ("context", Value::Map(fields)),
            ("name", Value::Str(&self.name)),
        ])
    }
}

impl Item for FoundUser {
    fn name(&self) -> &str {
        &self.name
    }

    fn value(&self) -> Value<'_> {
        let exec = self.exec.iter().map(|exec| ("exec", exec.value()));
        Value::Map(vec![
            ("name", Value::Str(&self.name)),
            ("user", Value::Map(exec.collect())),
        ])
    }
}

impl Exec {
    fn value(&self) -> Value<'_> {
        let args = self.args.iter().map(|arg| Value::Str(arg)).collect();
        Value::Map(vec![
            ("apiVersion", Value::Str(&self.api_version)),
            ("args", Value::List(args)),
            ("command", Value::Str(&self.command)),
            (super::env::KEY, super::env::value(&self.env)),
            ("installHint", Value::Str(&self.install_hint)),
            ("interactiveMode", Value::Str(&self.interactive_mode)),
            ("provideClusterInfo", Value::Bool(self.provide_cluster_info)),
        ])
    }
}

/// One of the three lists while it is edited. Each item stays at its place: those of the file come first, and a removed one leaves
/// its place empty.
pub(super) struct List<'f, T: Item> {
    places: Vec<Option<Cow<'f, T>>>,
    by_name: HashMap<Cow<'f, str>, usize>,
    /// How many places are those of the file.
    in_file: usize,
}

impl<'f, T: Item> List<'f, T> {
    /// Returns the list as it is in the file, where names are unique.
    pub fn new(found: &'f [T]) -> Self {
        let names = found.iter().map(|item| Cow::from(item.name()));
        List {
            by_name: names.zip(0..).collect(),
            places: found.iter().map(|item| Some(Cow::Borrowed(item))).collect(),
            in_file: found.len(),
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.places.iter().flatten().map(AsRef::as_ref)
    }

    pub fn get(&self, name: &str) -> Option<&T> {
        self.at(*self.by_name.get(name)?)
    }

    /// Returns what becomes of the item at this place of the file. `None` if it is removed.
    pub fn at(&self, place: usize) -> Option<&T> {
        self.places[place].as_deref()
    }

    /// Returns whether the list is as it is in the file.
    pub fn is(&self, found: &[T]) -> bool {
        let is_same = |(item, found): (&T, &T)| is_same(item, found);
        self.iter().count() == found.len() && self.iter().zip(found).all(is_same)
    }

    /// Returns the place in the file of the item that is to have this name, if the file has it.
    pub fn place(&self, name: &str) -> Option<usize> {
        let place = self.by_name.get(name).copied();
        place.filter(|place| *place < self.in_file)
    }

    /// Replaces the item of this name, or adds it at the end.
    pub fn put(&mut self, item: Cow<'f, T>) {
        match self.by_name.get(item.name()) {
            Some(&place) => self.places[place] = Some(item),
            None => {
                let name = item.name().to_owned();
                self.by_name.insert(name.into(), self.places.len());
                self.places.push(Some(item));
            }
        }
    }

    /// Removes the items that are `gone`, and returns them.
    pub fn remove(&mut self, gone: impl Fn(&T) -> bool) -> Vec<Cow<'f, T>> {
        let places = self.places.iter_mut();
        let removed: Vec<_> = places
            .filter_map(|place| place.take_if(|item| gone(item)))
            .collect();
        for item in &removed {
            self.by_name.remove(item.name());
        }
        removed
    }

    /// Removes the item of this name, if it is there.
    pub fn take(&mut self, name: &str) {
        if let Some(place) = self.by_name.remove(name) {
            self.places[place] = None;
        }
    }

    /// Changes the item of this name, if it is there. It may get another name that no item has.
    pub fn change(&mut self, name: &str, change: impl FnOnce(&mut T)) {
        let Some(place) = self.by_name.remove(name) else {
            return;
        };
        if let Some(item) = &mut self.places[place] {
            change(item.to_mut());
            self.by_name.insert(item.name().to_owned().into(), place);
        }
    }
}

/// Returns whether two items are equal. Most are compared with themselves.
pub(super) fn is_same<T: Item>(a: &T, b: &T) -> bool {
    std::ptr::eq(a, b) || a == b
}
