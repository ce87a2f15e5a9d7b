//! get-token with `apono_interactive`: one browser for all who wait, and a pause after a failure.
