"""The programs that building and checking need. On Debian and Ubuntu, root gets the missing ones; elsewhere they are named."""

import hashlib
import importlib.util
import os
import shutil
import sys
from pathlib import Path

from .settings import ROOT, WORK, fail, output, run, say

# Programs and files of the system, and the Debian package of each.
PACKAGE_OF = {
    "aarch64-linux-gnu-gcc": "gcc-aarch64-linux-gnu",
    "/usr/aarch64-linux-gnu/include/string.h": "libc6-dev-arm64-cross",
    "qemu-aarch64-static": "qemu-user-static",
    "x86_64-w64-mingw32-gcc": "gcc-mingw-w64-x86-64",
    "wine": "wine",
    "/usr/lib/wine/wine64": "wine64",
    "cc": "gcc",
    "git": "git",
    "dpkg-deb": "dpkg",
    "lintian": "lintian",
    "rpmbuild": "rpm",
    "ruby": "ruby",
}


def _missing():
    def is_there(name):
        return Path(name).exists() if name.startswith("/") else shutil.which(name)

    missing = {package for name, package in PACKAGE_OF.items() if not is_there(name)}
    # Debian has a part of Python's `venv` in a package of its own.
    if not importlib.util.find_spec("ensurepip"):
        missing.add("python3-venv")
    return sorted(missing)


def install_system():
    """Checks that the system has what is needed, and installs it where that is possible."""
    if sys.platform != "linux" or os.uname().machine != "x86_64":
        fail("this runs on Linux x86-64 only (in a container elsewhere)")
    if not shutil.which("rustup"):
        fail("rustup not found: install it from https://rustup.rs")
    missing = _missing()
    if missing and os.getuid() == 0 and Path("/etc/debian_version").exists():
        say(f"installing with apt-get: {' '.join(missing)}")
        quiet = {"env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, "stdout": sys.stderr}
        apt = ["apt-get", "-o", "DPkg::Lock::Timeout=300"]
        run(*apt, "update", **quiet)
        run(*apt, "install", "--yes", "--no-install-recommends", *missing, **quiet)
        missing = _missing()
    if missing:
        fail(f"missing: on Debian or Ubuntu, run `apt-get install {' '.join(missing)}`")


def zig():
    """Returns the folder with cargo-zigbuild and zig, which pip installs once, pinned by hash."""
    requirements = ROOT / "packaging/requirements.txt"
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()[:16]
    folder = WORK / f"zig-{digest}"
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        run(sys.executable, "-m", "venv", folder)
        pip = [folder / "bin/python", "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"]
        run(*pip, "--require-hashes", "--only-binary", ":all:", "--requirement", requirements)
        (folder / "complete").touch()
    return folder / "bin"


def zig_library(bin_folder):
    """Returns the folder of zig's own library files."""
    found = output(bin_folder / "python", "-c", "import os, ziglang; print(os.path.dirname(ziglang.__file__))")
    return Path(found) / "lib"
