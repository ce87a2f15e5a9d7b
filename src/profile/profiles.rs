//! The profiles of `~/.aws/config` and `~/.aws/credentials`: found by their headers, and read when they are asked for.
//!
//! A config file can have thousands of profiles, of which a run needs two or three. What a profile says is decided by the SDK's
//! parser, which reads each section by itself: it gets the sections of the profiles that are asked for. All that is not the
//! plain section of a profile it gets at once, so that a file that it rejects is rejected as a whole.

use std::collections::HashSet;
use std::error::Error as _;
use std::ops::Range;
use std::sync::OnceLock;

use aws_config::profile::{Profile, ProfileSet};
use aws_runtime::env_config::file::{EnvConfigFileKind as Kind, EnvConfigFiles};
use aws_runtime::env_config::property::Properties;
use aws_runtime::env_config::section::SsoSession;
use aws_types::os_shim_internal::{Env, Fs};

use super::keys;
use super::scan::{self, Name};
use crate::sys;

/// The profiles and sso-sessions of both files.
#[derive(Debug, Clone)]
pub struct Profiles {
    texts: Texts,
    /// The sections of the profiles that have only plain ones: by name, those of one name in the order of the files.
    plain: Vec<Section>,
    /// Everything else, in the order of the files.
    others: Vec<Place>,
    /// What the SDK reads in everything else.
    rest: ProfileSet,
}

/// The config file and the credentials file.
pub type Texts = [String; 2];

/// Files that the SDK's parser rejects.
#[derive(Debug)]
pub struct Rejected {
    pub texts: Texts,
    pub message: String,
}

/// A part of a file, by its number in [`Texts`].
#[derive(Debug, Clone)]
struct Place {
    file: usize,
    bytes: Range<usize>,
}

/// A plain section of a profile.
#[derive(Debug, Clone)]
struct Section {
    place: Place,
    /// Where the file has the profile's name.
    name: Range<usize>,
    /// What the SDK reads in all sections of this name. In the first of them, once it was asked for.
    read: OnceLock<Option<Box<Profile>>>,
}

impl Profiles {
    /// Finds the profiles of a config file and of a credentials file.
    ///
    /// # Errors
    /// The SDK's parser rejects one of the files.
    pub fn new(texts: Texts) -> Result<Self, Rejected> {
        let (mut plain, mut others) = (Vec::new(), Vec::new());
        // Profiles with another section that is not plain.
        let mut odd = HashSet::new();
        for (file, kind) in [Kind::Config, Kind::Credentials].into_iter().enumerate() {
            let text = &texts[file];
            for bytes in scan::sections(text) {
                let section = &text[bytes.clone()];
                let place = Place { file, bytes };
                match profile_name(section, kind) {
                    Some(name) if scan::is_plain(section) => plain.push(Section {
                        name: place.bytes.start + name.start..place.bytes.start + name.end,
                        place,
                        read: OnceLock::new(),
                    }),
                    name => {
                        odd.extend(name.map(|name| &section[name]));
                        others.push(place);
                    }
                }
            }
        }
        let is_odd = |section: &mut Section| odd.contains(section.name(&texts));
        others.extend(plain.extract_if(.., is_odd).map(|section| section.place));
        plain.sort_by_key(|section| section.name(&texts));
        // An error is that of the whole files: it names a line.
        let rest = parsed(composed(&texts, &mut others));
        match rest.or_else(|_| parsed(texts.clone())) {
            Ok(rest) => Ok(Profiles {
                texts,
                plain,
                others,
                rest,
            }),
            Err(message) => Err(Rejected { texts, message }),
        }
    }

    /// Returns the texts of both files.
    pub fn texts(&self) -> &Texts {
        &self.texts
    }

    /// Returns the profile, as the SDK reads it.
    pub fn get_profile(&self, name: &str) -> Option<&Profile> {
        match self.sections(name) {
            [] => self.rest.get_profile(name),
            sections => {
                self.read(&[sections]);
                read_in(sections)
            }
        }
    }

    /// Returns the names of all profiles.
    pub fn profiles(&self) -> impl Iterator<Item = &str> {
        let plain = self.groups().map(|sections| sections[0].name(&self.texts));
        plain.chain(self.rest.profiles())
    }

    /// Returns the profiles whose sections contain this text, in a key (as the SDK reads it, in lower case) or in a value, and
    /// perhaps others.
    pub fn mentioning(&self, text: &str) -> impl Iterator<Item = &Profile> {
        let mentions = |section: &Section| part(&self.texts, &section.place).contains(text);
        let groups = self.groups().filter(|group| group.iter().any(mentions));
        let groups: Vec<_> = groups.collect();
        self.read(&groups);
        let rest = self.rest.profiles();
        let rest = rest.filter_map(|name| self.rest.get_profile(name));
        groups.into_iter().filter_map(read_in).chain(rest)
    }

    pub fn sso_session(&self, name: &str) -> Option<&SsoSession> {
        self.rest.sso_session(name)
    }

    /// Returns the names of all sso-sessions.
    pub fn sso_sessions(&self) -> impl Iterator<Item = &str> {
        self.rest.sso_sessions()
    }

    /// Returns the sections that are neither profiles nor sso-sessions.
    pub fn other_sections(&self) -> &Properties {
        self.rest.other_sections()
    }

    /// Returns what the SDK's own providers need to read of the files for a profile: its chain of source profiles, and all that
    /// is no profile.
    pub fn contents(&self, profile: &str) -> EnvConfigFiles {
        files(composed(&self.texts, &mut self.chain(profile)))
    }

    fn chain(&self, profile: &str) -> Vec<Place> {
        let mut places = self.others.clone();
        let mut seen = HashSet::new();
        let mut next = Some(profile);
        while let Some(name) = next.filter(|name| seen.insert(*name)) {
            let sections = self.sections(name).iter();
            places.extend(sections.map(|section| section.place.clone()));
            let profile = self.get_profile(name);
            next = profile.and_then(|profile| profile.get(keys::SOURCE_PROFILE));
        }
        places
    }

    /// Returns the profiles of these files and of the others that the two read differently.
    pub fn differing<'a>(&'a self, other: &'a Profiles) -> impl Iterator<Item = &'a str> {
        let differs = |name: &&str| {
            let (ours, theirs) = (self.sections(name), other.sections(name));
            let texts = ours.iter().map(|one| part(&self.texts, &one.place));
            let same = texts.eq(theirs.iter().map(|one| part(&other.texts, &one.place)));
            // Without plain sections, all is in the rest.
            (!same || ours.is_empty()) && self.get_profile(name) != other.get_profile(name)
        };
        self.profiles().chain(other.profiles()).filter(differs)
    }

    /// Returns the plain sections, those of each profile together.
    fn groups(&self) -> impl Iterator<Item = &[Section]> {
        let same = |a: &Section, b: &Section| a.name(&self.texts) == b.name(&self.texts);
        self.plain.chunk_by(same)
    }

    /// Returns the plain sections of a profile.
    fn sections(&self, name: &str) -> &[Section] {
        let is_before = |section: &Section| section.name(&self.texts) < name;
        let (_, rest) = self.plain.split_at(self.plain.partition_point(is_before));
        let others = rest
            .iter()
            .position(|section| section.name(&self.texts) != name);
        &rest[..others.unwrap_or(rest.len())]
    }

    /// Has the SDK read these profiles, unless it has.
    fn read(&self, groups: &[&[Section]]) {
        let unread = groups.iter().filter(|group| group[0].read.get().is_none());
        let unread: Vec<_> = unread.collect();
        if unread.is_empty() {
            return;
        }
        let sections = unread.iter().flat_map(|group| group.iter());
        let mut places: Vec<_> = sections.map(|section| section.place.clone()).collect();
        let set = parsed(composed(&self.texts, &mut places)).unwrap_or_default();
        for group in unread {
            let profile = set.get_profile(group[0].name(&self.texts));
            group[0].read.get_or_init(|| profile.cloned().map(Box::new));
        }
    }
}

impl Section {
    fn name<'a>(&self, texts: &'a Texts) -> &'a str {
        &texts[self.place.file][self.name.clone()]
    }
}

/// Returns the profile that was read.
fn read_in(sections: &[Section]) -> Option<&Profile> {
    sections.first()?.read.get()?.as_deref()
}

/// Returns where the section has its name, if it is one of a profile for the SDK.
fn profile_name(section: &str, kind: Kind) -> Option<Range<usize>> {
    // What stands before the first header, or a header that is indented, is for the SDK to refuse.
    let line = section
        .lines()
        .next()
        .filter(|line| line.starts_with('['))?;
    let header = scan::sdk_header(line)?;
    let (prefix, name) = scan::split_header(header);
    let is_profile = match kind {
        Kind::Config => matches!(scan::sdk_name(prefix, name), Name::Profile(_)),
        _ => prefix.is_none() && scan::is_identifier(name),
    };
    // The header begins behind the bracket.
    let end = 1 + header.trim_end().len();
    is_profile.then(|| end - name.len()..end)
}

fn part<'a>(texts: &'a Texts, place: &Place) -> &'a str {
    &texts[place.file][place.bytes.clone()]
}

/// Returns files that have only these parts, in their order.
fn composed(texts: &Texts, places: &mut [Place]) -> Texts {
    // What has no line ending stays the last.
    places.sort_by_key(|place| (place.file, place.bytes.start));
    let mut files = Texts::default();
    for place in places {
        files[place.file] += part(texts, place);
    }
    files
}

fn files([config, credentials]: Texts) -> EnvConfigFiles {
    EnvConfigFiles::builder()
        .with_contents(Kind::Config, config)
        .with_contents(Kind::Credentials, credentials)
        .build()
}

/// Returns the SDK's reading of the files.
///
/// # Errors
/// It rejects them, for the reason that is returned.
pub fn parsed(texts: Texts) -> Result<ProfileSet, String> {
    let (fs, env) = (Fs::from_slice(&[]), Env::from_slice(&[]));
    let files = files(texts);
    // The loader is async only because it can open files; with contents it never waits.
    let read = sys::ready(aws_config::profile::load(&fs, &env, &files, None));
    let read = read.ok_or_else(|| "the parser did not finish".to_owned())?;
    read.map_err(|error| match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    })
}

#[cfg(test)]
pub mod tests;
