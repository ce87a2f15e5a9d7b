#!/bin/sh
# zig 0.17.1 (PyPI's ziglang) as the linker of a Rust program for macOS, by cargo-zigbuild 0.24.1 with Rust 1.95.0: the same source, built
# twice in the same folder.
#
# Expected: with `strip = true` both programs have the same bytes, as those for Linux and Windows have.
# Seen, 2026-11-30: with `lto = true` they differ in the 16 bytes of LC_UUID, and in one hash of the signature that covers them. The
# linker writes an N_OSO entry for each object file that has debug information, with the time at which the file was written, and zig computes the
# UUID with these entries. rustc has them stripped only after zig has ended. (Without LTO none of the program's own objects has
# debug information, and the bytes are the same.) With the linker's own `-S` (`-C link-arg=-Wl,-S`) the entries are never there. A
# check that builds a release again fails for no reason that `strings` or a disassembler shows.
#
# Needs Linux, python3 with venv, rustup, PyPI and Rust's downloads. Exits with 1 if that changes.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check ziglang==0.17.1 cargo-zigbuild==0.24.1
target=aarch64-apple-darwin
export PATH="$work/venv/bin:$PATH" RUSTUP_HOME="$work/rustup" CARGO_HOME="$work/cargo" RUSTUP_TOOLCHAIN=1.95.0
rustup --quiet toolchain install 1.95.0 --no-self-update --profile minimal --target "$target" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }

mkdir -p "$work/hello/src"
cat >"$work/hello/Cargo.toml" <<'TOML'
[package]
name = "hello"
version = "0.1.0"
edition = "2024"

[profile.release]
lto = true
strip = true
TOML
printf 'fn main() {\n    println!("hello");\n}\n' >"$work/hello/src/main.rs"

# build NAME FLAG...: builds the program and keeps it under this name.
build() {
    name=$1
    shift
    (
        cd "$work/hello"
        unset SDKROOT CARGO_TARGET_DIR
        rm -rf target
        RUSTFLAGS=$* cargo zigbuild --quiet --release --target "$target" 2>"$work/log" || { cat "$work/log"; exit 1; }
    )
    cp "$work/hello/target/$target/release/hello" "$work/$name"
}

# differences ONE OTHER: prints in which parts of the file the programs differ.
differences() {
    python3 - "$work/$1" "$work/$2" <<'PYTHON'
import struct
import sys

one, other = (open(path, "rb").read() for path in sys.argv[1:])
parts, at = {}, 32
for _ in range(struct.unpack_from("<I", one, 16)[0]):
    command, size = struct.unpack_from("<II", one, at)
    if command == 0x1B:
        parts["LC_UUID"] = range(at + 8, at + 24)
    if command == 0x1D:
        start, length = struct.unpack_from("<II", one, at + 8)
        parts["signature"] = range(start, start + length)
    at += size
assert len(one) == len(other)
different = [at for at in range(len(one)) if one[at] != other[at]]
found = {next((name for name, place in parts.items() if at in place), "elsewhere") for at in different}
print(", ".join(sorted(found)) or "nowhere")
PYTHON
}

failed=0
# expect WHAT EXPECTED SEEN
expect() {
    echo "$1: $3"
    [ "$2" = "$3" ] || { echo "expected: $2"; failed=1; }
}
build one
build other
expect 'differ with strip = true' 'LC_UUID, signature' "$(differences one other)"
build one -Clink-arg=-Wl,-S
build other -Clink-arg=-Wl,-S
expect 'differ with -S' 'nowhere' "$(differences one other)"
exit $failed
