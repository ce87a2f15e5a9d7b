//! With a code, in a browser anywhere; and when that is chosen without being asked for.
