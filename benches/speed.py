#!/usr/bin/env python3
"""Measures how fast apono-login is against its goals: on Linux, with the release binary as users get it.

    benches/speed.py                # everything; some minutes
    benches/speed.py --gate         # for CI: exit status 1 if it takes too many instructions or is too big
    benches/speed.py --binary PATH  # another binary than the release

AWS and the cluster are the sandbox's (examples/sandbox.rs), on loopback. Every program runs in a home of its own, with
nothing of the caller's environment, so that counts repeat. Wall times depend on the machine and on what else it does:
they are shown, the middle one of three rounds, and never fail a run.
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
# Programs of the system, and the Debian package of each.
MEASURES = {"hyperfine": "hyperfine", "valgrind": "valgrind", "cc": "build-essential", "strip": "build-essential"}
DESKTOP = {"dbus-daemon": "dbus", "dbus-send": "dbus", "gnome-keyring-daemon": "gnome-keyring"}
MIB = 1024 * 1024

EMPTY_C = "int main(void) { return 0; }\n"
# Prints a program's peak memory in KiB. From Python it would be Python's: a process inherits the peak of who forks it.
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
# A session bus that starts no service by itself.
BUS = """<busconfig><type>session</type><listen>unix:dir={}</listen><auth>EXTERNAL</auth><policy context="default">
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
"""


class Trouble(Exception):
    """It could not be measured, and should have been."""


class NotHere(Exception):
    """It cannot be measured on this machine, and need not be."""


def say(text):
    print(f"speed: {text}", file=sys.stderr, flush=True)


def line(words):
    return shlex.join(map(str, words))


def run(words, env=None, **options):
    """A program that ends well, with its output. What it says on stderr is part of the trouble if it does not."""
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    try:
        done = subprocess.run([str(word) for word in words], env=env, text=True, check=False, **options)
    except OSError as error:
        raise Trouble(f"{words[0]} does not start: {error.strerror}") from error
    if done.returncode != 0:
        reason = done.stderr or done.stdout or "it said why above"
        raise Trouble(f"`{line(words)}` ended with {done.returncode}: {reason.strip()}")
    return done


def show(words):
    """Runs a program in the repository; what it says is for whoever waits."""
    run(words, cwd=ROOT, stdout=sys.stderr, stderr=None)


def version(program, *arguments):
    return run([program, *arguments]).stdout.splitlines()[0]


# Tools


def need(packages):
    """Sees to it that these programs are there."""
    missing = sorted({package for program, package in packages.items() if not shutil.which(program)})
    if missing and os.getuid() == 0 and Path("/etc/debian_version").exists() and shutil.which("apt-get"):
        apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=300"]
        show([*apt, "update"])
        show([*apt, "install", "-y", "--no-install-recommends", *missing])
    lacking = [program for program in packages if not shutil.which(program)]
    if lacking:
        raise Trouble(f"not found: {', '.join(lacking)}; on Debian or Ubuntu: apt-get install {' '.join(missing)}")


def release(target):
    """The binary that users get, up to date."""
    if not shutil.which("rustup"):
        raise Trouble(f"rustup (https://rustup.rs) is not found, which adds {TRIPLE} to Rust; --binary does without")
    show(["rustup", "target", "add", TRIPLE])
    show(["cargo", "build", "--release", "--locked", "--bin", "apono-login", "--target", TRIPLE])
    return target / TRIPLE / "release/apono-login"


def authenticator(target):
    """Built as its releases are."""
    go = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
    if not go:
        raise NotHere("no Go here")
    package, wanted = AUTHENTICATOR
    folder = target / "bench-tools" / f"aws-iam-authenticator-{wanted}"
    if not (folder / "aws-iam-authenticator").exists():
        env = {**os.environ, "GOBIN": str(folder), "CGO_ENABLED": "0"}
        run([go, "install", "-ldflags=-s -w", f"{package}@{wanted}"], env, cwd=target)
    return folder / "aws-iam-authenticator"


def kernel_allows_keys():
    """Asked of the kernel, not of apono-login: keyctl(2), KEYCTL_GET_KEYRING_ID of the user keyring."""
    keyctl = {"x86_64": 250, "aarch64": 219}[platform.machine()]
    return ctypes.CDLL(None).syscall(*map(ctypes.c_long, (keyctl, 0, -4, 1))) > 0


# What runs beside


@contextlib.contextmanager
def beside(words, end, **options):
    """A program that gets the signal `end` when it is needed no more, and when this script is killed."""

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
    """What the sandbox wants in the environment. In its HOME are the source credentials."""
    show(["cargo", "build", "--locked", "--example", "sandbox"])
    # The sandbox takes the place of this cargo, so it gets the signal.
    words = ["cargo", "run", "--quiet", "--locked", "--example", "sandbox", "--", "--keep"]
    needed = {"HOME", "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_EKS", "AWS_CA_BUNDLE"}
    with beside(words, signal.SIGINT, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        env, said = {}, ""
        while not needed <= env.keys():
            printed = process.stdout.readline()
            if not printed:
                raise Trouble(f"the sandbox ended early:\n{said}")
            said += printed
            if printed.startswith("export "):
                name, value = shlex.split(printed)[1].split("=", 1)
                env[name] = value
        yield env


@contextlib.contextmanager
def desktop(folder):
    """What a program wants in the environment to find an unlocked gnome-keyring, on a session bus of its own."""
    need(DESKTOP)
    (folder / "run").mkdir(parents=True, mode=0o700)
    (folder / "bus.conf").write_text(BUS.format(folder))
    # A copy, without the file capability that some systems give it and most containers refuse.
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
                raise Trouble(f"gnome-keyring does not serve: {(folder / 'log').read_text()}")
            time.sleep(0.05)
        yield {name: env[name] for name in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR")}


class Home:
    """A home with the profile, the cluster, and credentials in the cache."""

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
            raise Trouble(f"the kubeconfig names another plugin than {self.binary}")

    def entry(self):
        (entry,) = (self.folder / ".cache/apono-login").glob("*.entry")
        return entry

    def settle(self):
        """Sees to it that get-token only hits. (What changed a moment ago it reads again the next time.)"""
        self.run(*GET_TOKEN)
        before = self.entry().stat().st_mtime_ns
        self.run(*GET_TOKEN)
        if self.entry().stat().st_mtime_ns != before:
            raise Trouble("get-token does not hit")


# What hyperfine says


def compare(env, *commands, warmup=50, most=1000, prepare=()):
    """The results of these commands from one run of hyperfine: each for three seconds, this many times at most."""
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
    """The mean or median of a pair of results, and what it was at best."""
    typical, least = (f"{ms(pair[0][name])} against {ms(pair[1][name])}" for name in (key, "min"))
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
    """The measurements. The method of a row gives what it found as a number in the unit of the goal, and in words."""

    def __init__(self, folder, target, binary):
        self.folder, self.target, self.binary = folder, target, binary
        self.homes, self.unusable, self.walls = {}, {}, {}
        self.empty, self.peak = self.compile("empty", EMPTY_C), self.compile("peak", PEAK_C)

    def compile(self, name, source):
        (self.folder / f"{name}.c").write_text(source)
        run(["cc", "-O2", "-o", self.folder / name, self.folder / f"{name}.c"])
        return self.folder / name

    def tool(self, name):
        """aws or kubectl, as the tests have them."""
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
        """Signs in to a home for each store, and to one with many profiles, and takes the wall times of their hits."""
        credentials = Path(env["HOME"], ".aws/credentials")
        env = {**env, "PATH": f"{self.target}/test-tools/bin:/usr/bin:/bin"}
        for name in names:
            with self.unusable_if_it_fails(name):
                if name == "kernel" and not kernel_allows_keys():
                    raise NotHere("the kernel allows no keys here")
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
        return own * 1000, f"{ms(own)} of CPU; wall {ms(wall)}, which has the stand-in's own work in it"

    def aws(self):
        home = self.home("file")
        aws = [self.tool("aws"), "eks", *GET_TOKEN]
        return times(rounds(home.env, aws, home.hit, warmup=5))

    def authenticator(self):
        home, token = self.home("file"), [authenticator(self.target), "token", "-i", "prod", "--cache"]
        # It caches only what expires: the credentials of a profile with a role. apono-login ignores this variable.
        env = {**home.env, "AWS_PROFILE": "apono-k8s-access"}
        run(token, env)
        # Where nobody listens: this works only from its cache.
        run(token, {**env, "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:1"})
        return times(rounds(env, token, home.hit))

    def many(self):
        self.home("many")
        # Two environments cannot be in one run of hyperfine, so each is held against the empty program of its run.
        value = middle([ratio(many) / ratio(one) for many, one in zip(self.walls["many"], self.walls["file"])])
        many, one = (middle([hit["mean"] for hit, _ in self.walls[name]]) for name in ("many", "file"))
        return value, f"{value:.2f} times: {ms(many)} against {ms(one)}"

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
        # The difference is small beside kubectl's own time, which wavers: many rounds, each over before much changes.
        return milliseconds(rounds(home.env, *get_pods, count=9, warmup=2, most=20))


def table(bench, gate):
    """The rows, and whether all could be measured and no gate is shut."""
    stores = ("file", "kernel")
    goals = [(f"wall, against an empty C program ({s})", "at most", 1.5, "times", bench.wall, s) for s in stores]
    goals += [(f"instructions ({s})", "at most", 600_000, "", bench.instructions, s) for s in stores]
    goals += [
        ("status --short, for a shell's prompt", "at most", 2, "ms", bench.prompt),
        ("instructions (status --short)", "at most", 600_000, "", bench.instructions, "file", PROMPT),
        ("binary, stripped", "at most", 9, "MiB", bench.size),
        ("peak memory", "at most", 6, "MiB", bench.memory),
        ("cold, static source keys: our own time", "at most", 40, "ms of CPU", bench.cold),
    ]
    if not gate:
        goals += [
            ("against `aws eks get-token`, static keys", "at least", 400, "times faster", bench.aws),
            ("against `aws-iam-authenticator token --cache`", "at least", 8, "times faster", bench.authenticator),
            ("5,000 profiles in ~/.aws/config against 1", "at most", 1.1, "times", bench.many),
            ("store secret-service against file", "at most", 5, "ms more", bench.secret_service),
            ("`kubectl get pods`, plugin against static token", "at most", 5, "ms more", bench.kubectl),
        ]
    rows, well = [("what", "goal", "", "measured"), ("----", "----", "", "--------")], True
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
    # Users run a copy without symbols. It starts measurably faster than the file that the linker wrote.
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
    parser.add_argument("--gate", action="store_true", help="what is quick; fails on too many instructions or bytes")
    parser.add_argument("--binary", type=Path, metavar="PATH", help="measure this one instead of building the release")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        if platform.system() != "Linux" or platform.machine() not in ("x86_64", "aarch64"):
            raise Trouble("the goals are for Linux on x86-64 and ARM64")
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
