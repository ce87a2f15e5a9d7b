//! `logout --sso`: out, here and at AWS.
