#!/usr/bin/env python3
"""Measures how fast apono-login is against its goals: on Linux, with the release binary as users get it.

    benches/speed.py                # measures everything; takes some minutes
    benches/speed.py --gate         # for CI: exit status 1 if it takes too many instructions or is too big
    benches/speed.py --binary PATH  # measures another binary instead of the release

AWS and the cluster are those of the sandbox (examples/sandbox.rs), on loopback. Every program runs in a home of its own,
without the caller's environment, so that instruction counts are reproducible. Wall times depend on the machine and its
load: they are printed, as the median of three rounds, and never fail a run.
"""

import argparse
import contextlib
import ctypes
import datetime
import json
import os
import platform
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TRIPLE = f"{platform.machine()}-unknown-linux-musl"
PROMPT = ["status", "--short"]
GET_TOKEN = ["get-token", "--cluster-name", "prod", "--region", "eu-west-1"]
AUTHENTICATOR = ("sigs.k8s.io/aws-iam-authenticator/cmd/aws-iam-authenticator", "v0.7.8")
# System programs, and the Debian package of each.
MEASURES = {"hyperfine": "hyperfine", "valgrind": "valgrind", "cc": "build-essential", "strip": "build-essential"}
DESKTOP = {"dbus-daemon": "dbus", "dbus-send": "dbus", "gnome-keyring-daemon": "gnome-keyring"}
MIB = 1024 * 1024

EMPTY_C = "int main(void) { return 0; }\n"
# Prints a program's peak memory in KiB. Not in Python, because a process inherits the peak of the process that forks it.
PEAK_C = r"""
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int argc, char **argv) {
    int status;
    struct rusage used;
    if (fork() == 0) return dup2(open("/dev/null", O_WRONLY), 1) < 0 || execv(argv[1], argv + 1);
    if (wait4(-1, &status, 0, &used) < 0 || status != 0) return 1;
    return printf("%ld\n", used.ru_maxrss) < 0;
}
"""
# The configuration of a session bus that starts no services by itself.
BUS = """<busconfig><type>session</type><listen>unix:dir={}</listen><auth>EXTERNAL</auth><policy context="default">
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
"""


class Trouble(Exception):
    """A measurement that failed, which fails the run."""


class NotHere(Exception):
    """A measurement that is not possible on this machine, which is not a failure."""


def say(text):
    print(f"speed: {text}", file=sys.stderr, flush=True)


def line(words):
    return shlex.join(map(str, words))


def run(words, env=None, **options):
    """Runs a program and returns its output. If it fails, the exception contains its stderr."""
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    try:
        done = subprocess.run([str(word) for word in words], env=env, text=True, check=False, **options)
    except OSError as error:
        raise Trouble(f"could not start {words[0]}: {error.strerror}") from error
    if done.returncode != 0:
        reason = done.stderr or done.stdout or "its messages are above"
        raise Trouble(f"`{line(words)}` failed with exit status {done.returncode}: {reason.strip()}")
    return done


def show(words):
    """Runs a program in the repository and shows its output on stderr."""
    run(words, cwd=ROOT, stdout=sys.stderr, stderr=None)


def version(program, *arguments):
    return run([program, *arguments]).stdout.splitlines()[0]


# Tools


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


def release(target):
    """Builds the release binary and returns its path."""
    if not shutil.which("rustup"):
        raise Trouble(f"rustup (https://rustup.rs) not found: it is needed to add the target {TRIPLE}, except with --binary")
    show(["rustup", "target", "add", TRIPLE])
    show(["cargo", "build", "--release", "--locked", "--bin", "apono-login", "--target", TRIPLE])
    return target / TRIPLE / "release/apono-login"


def authenticator(target):
    """Builds aws-iam-authenticator with the options of its releases, and returns its path."""
    go = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
    if not go:
        raise NotHere("Go not found")
    package, wanted = AUTHENTICATOR
    folder = target / "bench-tools" / f"aws-iam-authenticator-{wanted}"
    if not (folder / "aws-iam-authenticator").exists():
        env = {**os.environ, "GOBIN": str(folder), "CGO_ENABLED": "0"}
        run([go, "install", "-ldflags=-s -w", f"{package}@{wanted}"], env, cwd=target)
    return folder / "aws-iam-authenticator"


def kernel_allows_keys():
    """Asks the kernel directly whether keyrings can be used: keyctl(2), KEYCTL_GET_KEYRING_ID of the user keyring."""
    keyctl = {"x86_64": 250, "aarch64": 219}[platform.machine()]
    return ctypes.CDLL(None).syscall(*map(ctypes.c_long, (keyctl, 0, -4, 1))) > 0


# Programs in the background


@contextlib.contextmanager
def beside(words, end, **options):
    """Runs a program in the background; it gets the signal `end` at the end of the block, or if this script is killed."""

    def tie():
        ctypes.CDLL(None).prctl(1, int(end))  # PR_SET_PDEATHSIG

    words = [str(word) for word in words]
    process = subprocess.Popen(words, text=True, start_new_session=True, preexec_fn=tie, **options)
    try:
        yield process
    finally:
        process.send_signal(end)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def sandbox():
    """Starts the sandbox and returns the environment for using it. Its HOME contains the source credentials."""
    show(["cargo", "build", "--locked", "--example", "sandbox"])
    # `cargo run` replaces itself with the sandbox, so the sandbox gets the signal.
    words = ["cargo", "run", "--quiet", "--locked", "--example", "sandbox", "--", "--keep"]
    needed = {"HOME", "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_EKS", "AWS_CA_BUNDLE"}
    with beside(words, signal.SIGINT, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        env, said = {}, ""
        while not needed <= env.keys():
            printed = process.stdout.readline()
            if not printed:
                raise Trouble(f"the sandbox exited early:\n{said}")
            said += printed
            if printed.startswith("export "):
                name, value = shlex.split(printed)[1].split("=", 1)
                env[name] = value
        yield env


@contextlib.contextmanager
def desktop(folder):
    """Starts an unlocked gnome-keyring on a session bus of its own, and returns the environment for using it."""
    need(DESKTOP)
    (folder / "run").mkdir(parents=True, mode=0o700)
    (folder / "bus.conf").write_text(BUS.format(folder))
    # A copy has no file capability. Some systems set one, and most containers refuse to run such a file.
    shutil.copy(shutil.which("gnome-keyring-daemon"), folder)
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "XDG_RUNTIME_DIR": f"{folder}/run"}
    bus = ["dbus-daemon", f"--config-file={folder}/bus.conf", "--nofork", "--nopidfile", "--print-address=1"]
    keyring = [folder / "gnome-keyring-daemon", "--foreground", "--components=secrets", "--unlock"]
    keyring.append(f"--control-directory={folder}/control")
    ask = ["dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.secrets", "/org/freedesktop/secrets"]
    ask += ["org.freedesktop.Secret.Service.ReadAlias", "string:default"]
    with contextlib.ExitStack() as stack:
        log = stack.enter_context(open(folder / "log", "w", encoding="utf-8"))
        options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": log, "env": env}
        process = stack.enter_context(beside(bus, signal.SIGKILL, **options))
        env["DBUS_SESSION_BUS_ADDRESS"] = process.stdout.readline().strip()
        process = stack.enter_context(beside(keyring, signal.SIGKILL, **{**options, "stdout": log}))
        with process.stdin as password:
            password.write("of the login keyring")
        end = time.monotonic() + 20
        while "/login" not in subprocess.run(ask, env=env, capture_output=True, text=True, check=False).stdout:
            if time.monotonic() > end:
                raise Trouble(f"gnome-keyring did not start: {(folder / 'log').read_text()}")
            time.sleep(0.05)
        yield {name: env[name] for name in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR")}


class Home:
    """A home with the profile, the cluster and cached credentials."""

    def __init__(self, folder, binary, env):
        self.folder, self.binary, self.hit = folder, binary, [binary, *GET_TOKEN]
        self.env = {**env, "HOME": str(folder), "KUBECONFIG": f"{folder}/.kube/config"}

    def run(self, *arguments):
        return run([self.binary, *arguments], self.env).stdout

    def sign_in(self, credentials, profiles):
        (self.folder / ".aws").mkdir(parents=True)
        shutil.copy(credentials, self.folder / ".aws/credentials")
        profile = "[profile team-{0}]\nrole_arn = arn:aws:iam::111122223333:role/team-{0}\nsource_profile = default\n\n"
        (self.folder / ".aws/config").write_text("".join(profile.format(n) for n in range(1, profiles)))
        self.run("install", "--account-id", "111122223333", "--email", "alice@example.com", "--region", "eu-west-1")
        self.run("login")
        self.run("update-kubeconfig", "--name", "prod", "--region", "eu-west-1", "--alias", "prod")
        if str(self.binary) not in Path(self.env["KUBECONFIG"]).read_text():
            raise Trouble(f"the kubeconfig does not use {self.binary} as its plugin")

    def entry(self):
        (entry,) = (self.folder / ".cache/apono-login").glob("*.entry")
        return entry

    def settle(self):
        """Makes sure that get-token uses the cache. (It reads files that have just changed once more.)"""
        self.run(*GET_TOKEN)
        before = self.entry().stat().st_mtime_ns
        self.run(*GET_TOKEN)
        if self.entry().stat().st_mtime_ns != before:
            raise Trouble("get-token does not use the cache")


# hyperfine


def compare(env, *commands, warmup=50, most=1000, prepare=()):
    """Returns the results of one run of hyperfine, which runs each command for three seconds, but at most `most` times."""
    with tempfile.NamedTemporaryFile("r", encoding="utf-8") as file:
        options = ["--shell=none", "--style=none", f"--export-json={file.name}", f"--warmup={warmup}"]
        options += ["--min-runs=10", f"--max-runs={most}", *(f"--prepare={line(words)}" for words in prepare)]
        run([shutil.which("hyperfine"), *options, *map(line, commands)], env)
        return json.load(file)["results"]


def rounds(env, *commands, count=3, **options):
    return [compare(env, *commands, **options) for _ in range(count)]


def middle(values, key=None):
    return sorted(values, key=key)[len(values) // 2]


def ms(seconds):
    return f"{seconds * 1000:.{0 if seconds > 0.1 else 2}f} ms"


def against(pair, key):
    """Formats the mean or median of a pair of results, and the minimum of both."""
    typical, least = (f"{ms(pair[0][name])} compared with {ms(pair[1][name])}" for name in (key, "min"))
    return f"{typical} (at best {least})"


def ratio(pair):
    return pair[0]["mean"] / pair[1]["mean"]


def times(pairs):
    pair = middle(pairs, key=ratio)
    return ratio(pair), f"{ratio(pair):.{0 if ratio(pair) > 20 else 2}f} times: {against(pair, 'mean')}"


def excess(pair):
    return (pair[0]["median"] - pair[1]["median"]) * 1000


def milliseconds(pairs):
    pair = middle(pairs, key=excess)
    return excess(pair), f"{excess(pair):.2f} ms more: {against(pair, 'median')}"


class Bench:
    """The measurements. The method of each row returns the result as a number in the unit of the goal, and as text."""

    def __init__(self, folder, target, binary):
        self.folder, self.target, self.binary = folder, target, binary
        self.homes, self.unusable, self.walls = {}, {}, {}
        self.empty, self.peak = self.compile("empty", EMPTY_C), self.compile("peak", PEAK_C)

    def compile(self, name, source):
        (self.folder / f"{name}.c").write_text(source)
        run(["cc", "-O2", "-o", self.folder / name, self.folder / f"{name}.c"])
        return self.folder / name

    def tool(self, name):
        """Returns the path of aws or kubectl, in the version that the tests use."""
        show([ROOT / "tests/tools/install", self.target / "test-tools"])
        return self.target / "test-tools/bin" / name

    @contextlib.contextmanager
    def unusable_if_it_fails(self, name):
        try:
            yield
        except (Trouble, NotHere) as reason:
            self.unusable[name] = reason

    def home(self, name):
        if name in self.unusable:
            raise self.unusable[name]
        return self.homes[name]

    def settle_in(self, stack, env, names):
        """Signs in to a home for each store and one with many profiles, and measures the wall times of their cache hits."""
        credentials = Path(env["HOME"], ".aws/credentials")
        env = {**env, "PATH": f"{self.target}/test-tools/bin:/usr/bin:/bin"}
        for name in names:
            with self.unusable_if_it_fails(name):
                if name == "kernel" and not kernel_allows_keys():
                    raise NotHere("the kernel does not allow keys here")
                bus = stack.enter_context(desktop(self.folder / "desktop")) if name == "secret-service" else {}
                store = {"APONO_LOGIN_STORE": "file" if name == "many" else name}
                self.homes[name] = home = Home(self.folder / name, self.binary, {**env, **bus, **store})
                stack.callback(home.run, "logout", "--all")
                home.sign_in(credentials, profiles=5000 if name == "many" else 1)
        time.sleep(3)
        for name in [*self.homes] * 3:
            with self.unusable_if_it_fails(name):
                home = self.home(name)
                home.settle()
                self.walls.setdefault(name, []).append(compare(home.env, home.hit, [self.empty]))

    def wall(self, name):
        self.home(name)
        return times(self.walls[name])

    def instructions(self, name, command=None):
        home = self.home(name)
        words = [home.binary, *command] if command else home.hit
        callgrind = [shutil.which("valgrind"), "--tool=callgrind", "--callgrind-out-file=/dev/null"]
        said = [run([*callgrind, *words], home.env).stderr for _ in range(3)]
        count = middle([int(text.split("Collected :")[1].split()[0]) for text in said])
        return count, f"{count:,}"

    def prompt(self):
        home = self.home("file")
        results = [result for (result,) in rounds(home.env, [home.binary, *PROMPT])]
        mean = middle([result["mean"] for result in results])
        return mean * 1000, ms(mean)

    def size(self):
        size = self.binary.stat().st_size / MIB
        return size, f"{size:.2f} MiB"

    def memory(self):
        home = self.home("file")
        most = max(int(run([self.peak, *home.hit], home.env).stdout) for _ in range(20)) / 1024
        return most, f"{most:.2f} MiB, the most of 20 runs"

    def cold(self):
        home = self.home("file")
        results = [result for (result,) in rounds(home.env, home.hit, warmup=5, prepare=[["rm", home.entry()]])]
        own = middle([result["user"] + result["system"] for result in results])
        wall = middle([result["mean"] for result in results])
        return own * 1000, f"{ms(own)}; wall {ms(wall)}, including the stand-in's own work"

    def aws(self):
        home = self.home("file")
        aws = [self.tool("aws"), "eks", *GET_TOKEN]
        return times(rounds(home.env, aws, home.hit, warmup=5))

    def authenticator(self):
        home, token = self.home("file"), [authenticator(self.target), "token", "-i", "prod", "--cache"]
        # It only caches credentials that expire, such as those of a profile with a role. apono-login ignores this variable.
        env = {**home.env, "AWS_PROFILE": "apono-k8s-access"}
        run(token, env)
        # No server listens on this port, so this only works if the cache is used.
        run(token, {**env, "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:1"})
        return times(rounds(env, token, home.hit))

    def many(self):
        self.home("many")
        # One run of hyperfine cannot use two environments, so each is compared with the empty program of its own run.
        value = middle([ratio(many) / ratio(one) for many, one in zip(self.walls["many"], self.walls["file"])])
        many, one = (middle([hit["mean"] for hit, _ in self.walls[name]]) for name in ("many", "file"))
        return value, f"{value:.2f} times: {ms(many)} compared with {ms(one)}"

    def secret_service(self):
        self.home("secret-service")
        hits = ([hit for hit, _ in self.walls[name]] for name in ("secret-service", "file"))
        return milliseconds(list(zip(*hits)))

    def kubectl(self):
        home, kubectl = self.home("file"), self.tool("kubectl")
        token = json.loads(home.run(*GET_TOKEN))["status"]["token"]
        cluster = run([kubectl, "config", "view", "-o", "jsonpath={.clusters[0].name}"], home.env).stdout
        run([kubectl, "config", "set-credentials", "static", f"--token={token}"], home.env)
        run([kubectl, "config", "set-context", "static", f"--cluster={cluster}", "--user=static"], home.env)
        get_pods = [[kubectl, "get", "pods", f"--context={context}"] for context in ("prod", "static")]
        # The difference is small compared with kubectl's own time, which varies: hence many short rounds.
        return milliseconds(rounds(home.env, *get_pods, count=9, warmup=2, most=20))


def table(bench, gate):
    """Returns the rows, and whether everything could be measured and, with `gate`, meets the goals that CI enforces."""
    stores = ("file", "kernel")
    goals = [(f"wall time, compared with an empty C program ({s})", "at most", 1.5, "times", bench.wall, s) for s in stores]
    goals += [(f"instructions ({s})", "at most", 600_000, "", bench.instructions, s) for s in stores]
    goals += [
        ("status --short, for a shell's prompt", "at most", 2, "ms", bench.prompt),
        ("instructions (status --short)", "at most", 600_000, "", bench.instructions, "file", PROMPT),
        ("binary, stripped", "at most", 9, "MiB", bench.size),
        ("peak memory", "at most", 6, "MiB", bench.memory),
        ("cold, static source keys: CPU time", "at most", 40, "ms", bench.cold),
    ]
    if not gate:
        goals += [
            ("compared with `aws eks get-token`, static keys", "at least", 400, "times faster", bench.aws),
            ("compared with `aws-iam-authenticator token --cache`", "at least", 8, "times faster", bench.authenticator),
            ("5,000 profiles in ~/.aws/config, compared with 1", "at most", 1.1, "times", bench.many),
            ("store secret-service, compared with file", "at most", 5, "ms more", bench.secret_service),
            ("`kubectl get pods`, plugin compared with static token", "at most", 5, "ms more", bench.kubectl),
        ]
    rows, well = [("measurement", "goal", "", "result"), ("-----------", "----", "", "------")], True
    for what, sense, limit, unit, method, *store in goals:
        say(what)
        try:
            value, words = method(*store)
            reached = value <= limit if sense == "at most" else value >= limit
            well &= reached or not gate or method not in (bench.instructions, bench.size)
            verdict = "ok" if reached else "MISSED"
        except (Trouble, NotHere) as reason:
            well &= isinstance(reason, NotHere)
            verdict, words = "-", f"not measured: {reason}"
        rows.append((what, f"{sense} {limit:,} {unit}".rstrip(), verdict, words))
    return rows, well


def measure(gate, given, folder, stack):
    need(MEASURES)
    metadata = run(["cargo", "metadata", "--format-version=1", "--no-deps", "--locked"], cwd=ROOT).stdout
    target = Path(json.loads(metadata)["target_directory"])
    # Users run a stripped copy, which starts measurably faster than the file that the linker wrote.
    binary = folder / "apono-login"
    if given:
        run(["strip", "-o", binary, given])
    else:
        shutil.copy(release(target), binary)
    bench = Bench(folder, target, binary)
    names = ["file", "kernel"] if gate else ["file", "kernel", "secret-service", "many"]
    bench.settle_in(stack, stack.enter_context(sandbox()), names)
    rows, well = table(bench, gate)

    cpu = Path("/proc/cpuinfo").read_text().partition("model name")[2].partition("\n")[0].strip("\t: ")
    tools = [version(tool, "--version") for tool in ("hyperfine", "valgrind", "cc")]
    if not gate:
        tools += [version(bench.tool("aws"), "--version"), version(bench.tool("kubectl"), "version", "--client")]
        tools += [f"aws-iam-authenticator {AUTHENTICATOR[1]}", version("gnome-keyring-daemon", "--version")]
    origin = f"{given}, stripped" if given else f"the release for {TRIPLE}"
    when = datetime.datetime.now(datetime.timezone.utc)
    print(f"\n{version(binary, '--version')}: {origin}")
    print(f"{cpu or platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}")
    print(f"{when:%Y-%m-%d %H:%M} UTC", "; ".join(tools), "", sep="\n")
    widths = [max(map(len, column)) for column in zip(*rows)][:3]
    for row in rows:
        print(*(cell.ljust(width) for cell, width in zip(row, widths)), row[3], sep="  ")
    return well


def main():
    parser = argparse.ArgumentParser(description="Measures how fast apono-login is against its goals.")
    parser.add_argument("--gate", action="store_true", help="only measure what is quick; fail on too many instructions or bytes")
    parser.add_argument("--binary", type=Path, metavar="PATH", help="measure this binary instead of building the release")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        if platform.system() != "Linux" or platform.machine() not in ("x86_64", "aarch64"):
            raise Trouble("only Linux on x86-64 and ARM64 is supported")
        given = options.binary and options.binary.resolve(strict=True)
        with tempfile.TemporaryDirectory(prefix="apono-login-speed-") as folder, contextlib.ExitStack() as stack:
            return 0 if measure(options.gate, given, Path(folder), stack) else 1
    except (Trouble, OSError) as error:
        say(error)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
