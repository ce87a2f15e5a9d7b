//! What a new AssumeRole call needs: a key for the cache, the HTTPS client, the region of STS, the source credentials.

use std::path::PathBuf;

use super::Session;
use crate::aws;
use crate::failure::Failure;
use crate::failure::files;
use crate::names::Region;
use crate::profile::keys;
use crate::profile::plan::Plan;
use crate::profile::read::Files;
use crate::signin::Sources;
use crate::store::{self, Chosen};
use crate::sys::http;

impl Session<'_> {
    /// Returns the key to seal with. `None` if nothing can be cached: that is a warning only, since the credentials work
    /// without a cache.
    ///
    /// # Errors
    /// The store was chosen by name and does not work, or another user can change the cache.
    pub(super) fn choose_key(&self, plan: &Plan) -> Result<Option<Chosen>, Failure> {
        let _step = self.context.output.step("cache key");
        match self.cache.choose_key(self.kind(plan)?) {
            Ok(chosen) => Ok(Some(chosen)),
            Err(error @ store::Error::Store { .. }) => Err(error.into()),
            Err(error) if error.is_distrust() => Err(error.into()),
            Err(error) => {
                self.warn_uncached(&error);
                Ok(None)
            }
        }
    }

    /// Warns that nothing is cached: once, since each step of a run can find that out.
    pub(super) fn warn_uncached(&self, error: &store::Error) {
        let why = match self.cache.lost_to_root() {
            Some(folder) => files::lost_to_root(folder),
            None => error.to_string(),
        };
        if !self.warned_uncached.replace(true) {
            let line = format!("could not cache the credentials: {why}");
            self.context.output.warn(&line);
        }
    }

    /// Returns what gets source credentials with these files.
    pub fn sources<'b>(
        &'b self,
        files: &'b Files,
        region: &'b Region,
        http: http::Client,
    ) -> Result<Sources<'b>, Failure> {
        Ok(Sources {
            context: self.context,
            files,
            region,
            http,
            sso_cache: self.context.sso_cache()?,
        })
    }

    /// Returns the HTTPS client. It trusts the CAs of `AWS_CA_BUNDLE`, else of the profile's `ca_bundle`.
    pub fn http(&self) -> Result<http::Client, Failure> {
        let _step = self.context.output.step("HTTPS client");
        for (name, value) in self.context.env_urls() {
            http::check_url(name, &value)?;
        }
        let profiles = self.files()?.profiles();
        let profile = profiles.get_profile(self.context.profile.as_str());
        let in_profile = profile.and_then(|profile| profile.get(keys::CA_BUNDLE));
        let bundle = self
            .context
            .ca_bundle()
            .or_else(|| in_profile.map(PathBuf::from));
        if let (None, Some(roots)) = (&bundle, self.context.ca_roots()) {
            http::check_roots(&roots)?;
        }
        Ok(http::Client::new(bundle)?)
    }

    /// Returns the region in which to call STS: the environment's, else the profile's, if it is in the role's partition; else
    /// the partition's main region. The role is global: any region of its partition works.
    pub fn sts_region(&self, plan: &Plan) -> Result<Region, Failure> {
        let partition = plan.role.partition();
        [self.context.env_region()?, plan.region.clone()]
            .into_iter()
            .flatten()
            .find(|region| aws::partition(region).as_ref() == Some(partition))
            .or_else(|| aws::home_region(partition))
            .ok_or_else(|| {
                Failure::refused(format!("no region known in partition {partition}"))
                    .hint(format!("set `region` in profile {}", plan.profile))
            })
    }
}
