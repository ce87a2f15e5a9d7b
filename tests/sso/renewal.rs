//! Tokens that are renewed without the person, and what happens where they cannot be.
