//! Proxies, certificate authorities, FIPS and dual-stack hosts, on the way to sign in.
