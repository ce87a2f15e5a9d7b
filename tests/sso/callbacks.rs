//! What else comes to the port where the browser's answer is waited for.
