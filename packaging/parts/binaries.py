"""Builds the programs of each target, without paths of this computer in them."""

import json
import os
import shutil
from pathlib import Path

from . import macos, tools
from .settings import NAME, ROOT, WORK, environment, run, say


def build(targets, profile):
    """Builds the programs of these targets into their folders, where a release signs them."""
    run("rustup", "target", "add", *(target.triple for target in targets))
    for target in targets:
        say(f"building {target.triple} ({profile})")
        _build(target, profile)


def _build(target, profile):
    cargo_target = WORK / "cargo"
    words, env = ["cargo", "build"], environment(CARGO_TARGET_DIR=str(cargo_target), CARGO_INCREMENTAL="0")
    # Flags in the environment would replace those of .cargo/config.toml.
    for name in ("RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"):
        env.pop(name, None)
    if target.triple == "aarch64-unknown-linux-musl":
        env["CC_aarch64_unknown_linux_musl"] = "aarch64-linux-gnu-gcc"
    if target.system == "darwin":
        words = ["cargo", "zigbuild"]
        folder = tools.zig()
        env["PATH"] = f"{folder}:{env['PATH']}"
        env["SDKROOT"] = str(macos.sdk(tools.zig_library(folder)))
    words += ["--locked", "--target", target.triple, "--profile", profile]
    for program in target.programs:
        words += ["--bin", program.removesuffix(".exe")]
    maps = _folders(cargo_target)
    # ring's C code. The first flag is that of .cargo/config.toml, which this replaces.
    c_flags = ["-U_FORTIFY_SOURCE", *(f"-ffile-prefix-map={folder}={name}" for folder, name in maps)]
    env[f"CFLAGS_{target.triple.replace('-', '_')}"] = " ".join(c_flags)
    flags = json.dumps(_flags(target, maps))
    run(*words, "--config", f"target.{target.triple}.rustflags={flags}", env=env)

    built = cargo_target / target.triple / ("debug" if profile == "dev" else profile)
    shutil.rmtree(target.binaries, ignore_errors=True)
    target.binaries.mkdir(parents=True)
    for program in target.programs:
        shutil.copyfile(built / program, target.binaries / program)
        (target.binaries / program).chmod(0o755)


def _folders(cargo_target):
    """Returns the folders that differ between computers, and what they are called in the programs. The last that fits counts."""
    home = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))
    return [(ROOT, f"/{NAME}"), (cargo_target, "/target"), (home, "/cargo")]


def _flags(target, folders):
    """Returns the flags that keep this computer's paths and the time out of the programs; cargo adds them to its own."""
    flags = [f"--remap-path-prefix={folder}={name}" for folder, name in folders]
    if target.system == "windows":
        flags.append("-Clink-arg=-Wl,--no-insert-timestamp")
    if target.system == "darwin":
        # zig (0.17.1) computes the UUID with the times of the object files, which are stripped only afterwards.
        flags.append("-Clink-arg=-Wl,-S")
    return flags
