//! `login --all`: one sign-in for each SSO session, all roles at once.
