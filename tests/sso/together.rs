//! With other AWS tools: they use what we signed in to, and we what they did.
