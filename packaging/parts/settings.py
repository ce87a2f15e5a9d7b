"""What all parts share: names, versions, targets and folders. Everything that a release is filled with comes from here."""

import os
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORK = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).absolute() / "packages-work"

CARGO_TOML = tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]
NAME = CARGO_TOML["name"]
VERSION = CARGO_TOML["version"]
LICENSE = CARGO_TOML["license"]
DESCRIPTION = CARGO_TOML["description"]
# For fields that are limited in length.
SUMMARY = "Sign in to EKS clusters through Apono"
DETAILS = (
    "Signs in (through AWS IAM Identity Center, SAML federation or any AWS profile), assumes the role for Apono "
    "just-in-time access with your email as session name, and caches the credentials for kubectl and AWS tools."
)
MAINTAINER = "The apono-login authors"
PUBLISHER = "apono-login"
KUBECTL_PLUGIN = "kubectl-apono_login"

PLACEHOLDER = "https://github.com/OWNER/apono-login"
# The address of the repository. The one setting for all addresses in manifests and packages.
REPOSITORY = os.environ.get("APONO_LOGIN_REPOSITORY") or CARGO_TOML.get("repository") or PLACEHOLDER
# Where the artefacts of this version are downloaded from.
RELEASES = os.environ.get("APONO_LOGIN_RELEASES") or f"{REPOSITORY}/releases/download/v{VERSION}"
# The domain of the maintainer's address in packages, which Debian requires.
EMAIL = os.environ.get("APONO_LOGIN_EMAIL") or "apono-login@users.noreply.github.com"


@dataclass(frozen=True)
class Target:
    """A system and a processor that a release is built for."""

    triple: str
    system: str
    # The processor's name in Debian and Go, and in RPM.
    arch: str
    rpm_arch: str = ""

    @property
    def programs(self):
        """Only on Linux is the program in two files."""
        names = {"linux": [NAME, f"{NAME}-full"], "windows": [f"{NAME}.exe"], "darwin": [NAME]}
        return names[self.system]

    @property
    def archive(self):
        suffix = "zip" if self.system == "windows" else "tar.gz"
        return f"{NAME}-{VERSION}-{self.triple}.{suffix}"

    @property
    def binaries(self):
        """The folder of the built programs, in which a release signs them."""
        return WORK / "binaries" / self.triple

    def runner(self):
        """Returns the words before a program that run it here, or None if this system cannot run it."""
        return {
            "x86_64-unknown-linux-musl": [],
            "aarch64-unknown-linux-musl": ["qemu-aarch64-static"],
            "x86_64-pc-windows-gnu": [str(ROOT / "tests/wine/run")],
        }.get(self.triple)


TARGETS = [
    Target("x86_64-unknown-linux-musl", "linux", "amd64", "x86_64"),
    Target("aarch64-unknown-linux-musl", "linux", "arm64", "aarch64"),
    Target("x86_64-pc-windows-gnu", "windows", "amd64"),
    Target("x86_64-apple-darwin", "darwin", "amd64"),
    Target("aarch64-apple-darwin", "darwin", "arm64"),
]


def epoch():
    """Returns the time of everything in the artefacts, in seconds: SOURCE_DATE_EPOCH, or that of the last commit."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    return int(given or output("git", "log", "-1", "--format=%ct"))


def environment(**more):
    """Returns the environment of programs whose output must not depend on the person's own settings."""
    return {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC", "SOURCE_DATE_EPOCH": str(epoch_of_run()), **more}


_epoch = None


def epoch_of_run():
    global _epoch
    if _epoch is None:
        _epoch = epoch()
    return _epoch


def run(*words, **options):
    """Runs a program, and ends with its messages if it fails."""
    words = [str(word) for word in words]
    done = subprocess.run(words, **{"cwd": ROOT, **options})
    if done.returncode != 0:
        messages = "".join(part for part in (done.stdout, done.stderr) if isinstance(part, str))
        fail(f"`{' '.join(words)}` failed (exit status {done.returncode})" + (f":\n{messages}" if messages else ""))
    return done


def output(*words, **options):
    """Returns what a program prints, without the blanks around it."""
    return run(*words, capture_output=True, text=True, **options).stdout.strip()


def say(message):
    print(message, file=sys.stderr, flush=True)


def fail(message):
    sys.exit(f"packaging/build: {message}")
