"""The programs that benches/speed.py runs: the release, the stand-in for AWS, the peers, and the helpers that it compiles.

tests/interop runs some of them, too.
"""

import contextlib
import ctypes
import json
import os
import platform
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FULL = "apono-login-full"
TRIPLE = f"{platform.machine()}-unknown-linux-musl"
# A peer that caches credentials, with its version.
AUTHENTICATOR = "sigs.k8s.io/aws-iam-authenticator@v0.7.18"
# System programs, and the Debian package of each.
NEEDED = {"valgrind": "valgrind", "cc": "build-essential", "strip": "build-essential"}

EMPTY_C = "int main(void) { return 0; }\n"
# The least that a program can do: no C library, only exit_group(0).
BARE_C = {
    "x86_64": 'void _start(void) { __asm__ volatile("syscall" ::"a"(231), "D"(0)); }\n',
    "aarch64": 'void _start(void) { __asm__ volatile("mov x8, 94; mov x0, 0; svc 0"); }\n',
}[platform.machine()]


class Trouble(Exception):
    """A measurement that failed, which fails the run."""


class NotHere(Exception):
    """A measurement that is not possible on this machine, which is not a failure."""


def say(text):
    print(f"speed: {text}", file=sys.stderr, flush=True)


def run(words, env=None, **options):
    """Runs a program and returns its output. If it fails, the exception contains its stderr."""
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    words = [str(word) for word in words]
    try:
        done = subprocess.run(words, env=env, text=True, check=False, **options)
    except OSError as error:
        raise Trouble(f"could not start {words[0]}: {error.strerror}") from error
    if done.returncode != 0:
        reason = done.stderr or done.stdout or "its messages are above"
        raise Trouble(f"`{shlex.join(words)}` failed with exit status {done.returncode}: {reason.strip()[-2000:]}")
    return done


def show(words):
    """Runs a program in the repository and shows its output on stderr."""
    run(words, cwd=ROOT, stdout=sys.stderr, stderr=None)


def need(packages):
    """Installs these programs if they are missing and apt-get can be used; fails otherwise."""
    missing = sorted({package for program, package in packages.items() if not shutil.which(program)})
    if missing and os.getuid() == 0 and Path("/etc/debian_version").exists() and shutil.which("apt-get"):
        apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=300"]
        show([*apt, "update"])
        show([*apt, "install", "-y", "--no-install-recommends", *missing])
    lacking = [program for program in packages if not shutil.which(program)]
    if lacking:
        raise Trouble(f"not found: {', '.join(lacking)}; on Debian or Ubuntu: apt-get install {' '.join(missing)}")


def target_folder():
    metadata = run(["cargo", "metadata", "--format-version=1", "--no-deps", "--locked"], cwd=ROOT).stdout
    return Path(json.loads(metadata)["target_directory"])


def add_musl():
    if not shutil.which("rustup"):
        raise Trouble(f"rustup (https://rustup.rs) not found: it is needed to add the target {TRIPLE}")
    show(["rustup", "target", "add", TRIPLE])


def release(target):
    """Builds the release binaries and returns the path of the small one."""
    show(["cargo", "build", "--release", "--locked", "--bins", "--target", TRIPLE])
    return target / TRIPLE / "release/apono-login"


def compile_helpers(folder):
    """Compiles measure.c, and an empty static program with musl and one without a C library, to this folder."""
    # rustup's target has musl's libc.a and start files, so that musl-gcc is not needed.
    sysroot = run(["rustc", "--print", "sysroot"], cwd=ROOT).stdout.strip()
    musl = Path(sysroot, "lib/rustlib", TRIPLE, "lib/self-contained")
    (folder / "empty.c").write_text(EMPTY_C)
    (folder / "bare.c").write_text(BARE_C)
    static = ["cc", "-O2", "-static", "-nostdlib", "-s", "-o"]
    ends = [musl / "crti.o", musl / "libc.a", musl / "crtn.o"]
    run([*static, folder / "empty", musl / "crt1.o", folder / "empty.c", *ends])
    run([*static, folder / "bare", folder / "bare.c"])
    run(["cc", "-O2", "-o", folder / "measure", ROOT / "benches/measure.c"])


def authenticator(target):
    """Builds aws-iam-authenticator with the options of its releases, and returns its path."""
    go = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
    if not go:
        raise NotHere("Go not found")
    folder = target / "bench-tools" / AUTHENTICATOR.rpartition("/")[2]
    program = folder / "aws-iam-authenticator"
    if not program.exists():
        env = {**os.environ, "CGO_ENABLED": "0", "GOWORK": "off"}
        found = json.loads(run([go, "mod", "download", "-json", AUTHENTICATOR], env, cwd=target).stdout)
        # `go install` refuses a module with replacements. The copy can be written to, unlike the original.
        source = folder / "source"
        shutil.rmtree(source, ignore_errors=True)
        shutil.copytree(found["Dir"], source, copy_function=shutil.copyfile)
        run(["chmod", "-R", "u+w", source])
        run([go, "build", "-ldflags=-s -w", "-o", program, "./cmd/aws-iam-authenticator"], env, cwd=source)
    return program


def test_tool(target, name):
    """Returns the path of aws or kubectl, in the version that the tests use."""
    show([ROOT / "tests/tools/install", target / "test-tools"])
    return target / "test-tools/bin" / name


class StandIn:
    """The stand-in for AWS, as a program of its own (tests/kit/examples/standin.rs)."""

    def __init__(self, process, env):
        self.process, self.env = process, env

    def ask(self, line):
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def counts(self):
        """Returns the number of requests and connections since the last call."""
        self.ask("count")
        return tuple(map(int, self.process.stdout.readline().split()))

    def durations(self):
        """Returns the `DurationSeconds` of each AssumeRole since the last call."""
        self.ask("durations")
        return self.process.stdout.readline().strip()

    def delay(self, milliseconds):
        self.ask(f"delay {milliseconds}")

    def sessions(self, seconds):
        """Sets how long new role sessions last."""
        self.ask(f"sessions {seconds}")


@contextlib.contextmanager
def standin(target, home, accounts=0, clusters=0, scheme="http"):
    """Starts a stand-in with an account for each of `accounts` and this many clusters in each; writes to `home`."""
    show(["cargo", "build", "--quiet", "--locked", "-p", "kit", "--example", "standin"])
    home.mkdir(parents=True, exist_ok=True)
    words = [target / "debug/examples/standin", home, accounts, clusters, scheme]

    def tie():
        ctypes.CDLL(None).prctl(1, int(signal.SIGKILL))  # PR_SET_PDEATHSIG

    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "preexec_fn": tie}
    with subprocess.Popen(list(map(str, words)), **pipes) as process:
        lines = iter(process.stdout.readline, "")
        env = dict(line.strip().split("=", 1) for line in iter(lambda: next(lines), "\n"))
        try:
            yield StandIn(process, env)
        finally:
            process.stdin.close()
            process.kill()
