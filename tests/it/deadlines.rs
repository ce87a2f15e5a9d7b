//! Nothing waits for long: servers that misbehave, commands that hang, locks that other processes hold.

mod matrix;
mod process;
mod waiting;
