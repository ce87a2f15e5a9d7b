//! How the user signs in: decided by their options and by what this computer can do.

use super::token::Flow;
use crate::signin::interaction::SignInOptions;
use crate::sys::browser::{Opener, Reach};

#[derive(Debug)]
pub enum Way {
    /// Without openers, the user opens the link.
    Browser(Vec<Opener>),
    Device {
        why: &'static str,
    },
}

impl Way {
    pub fn choose(options: SignInOptions, reach: Reach) -> Self {
        match reach {
            _ if options.device_code => Way::Device {
                why: "--device-code was given",
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
