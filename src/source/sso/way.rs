//! Which way a person signs in, decided from what they wish and where they are.

use super::token::Flow;
use crate::source::interaction::SignInOptions;
use crate::sys::browser::{Opener, Reach};

#[derive(Debug)]
pub enum Way {
    /// With none of them, the person opens the link.
    Browser(Vec<Opener>),
    Device {
        why: &'static str,
    },
}

impl Way {
    pub fn choose(options: SignInOptions, reach: Reach) -> Self {
        match reach {
            _ if options.device_code => Way::Device {
                why: "a device code was asked for",
            },
            Reach::None { why } => Way::Device { why },
            Reach::Browser(_) if options.no_browser => Way::Browser(Vec::new()),
            Reach::Browser(openers) => Way::Browser(openers),
        }
    }

    pub fn flow(&self) -> Flow {
        match self {
            Way::Browser(_) => Flow::Code,
            Way::Device { .. } => Flow::Device,
        }
    }
}

impl std::fmt::Display for Way {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Way::Browser(_) => "authorization code",
            Way::Device { .. } => "device code",
        })
    }
}
