"""The rows of benches/speed.py. Each measures the binaries in turns, and returns a value for each."""

import dataclasses
import itertools
import shutil
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import programs
from programs import NotHere, Trouble, run

# The command that kubectl runs, with the words that are in the kubeconfig, and its relatives.
GET_TOKEN = ["get-token", "--cluster-name", "prod", "--region", "eu-west-1", "--profile", "apono-k8s-access"]
GET_TOKEN += ["--api-version", "v1beta1"]
EXPORT = ["export-credentials"]
PROMPT = ["status", "--short"]
ACCOUNT = ["--account-id", "111122223333", "--email", "alice@example.com", "--region", "eu-west-1"]
INSTALL = ["install", *ACCOUNT]
TEAM = ["install", "--from", "team.toml", "--email", "alice@example.com", "--yes"]
PROFILE = "[profile team-{0}]\nrole_arn = arn:aws:iam::111122223333:role/team-{0}\nsource_profile = default\n\n"


class Home:
    """A home, with the binary that runs in it."""

    def __init__(self, lab, folder, binary, env):
        self.lab, self.folder, self.binary = lab, folder, binary
        own = {"HOME": str(folder), "KUBECONFIG": f"{folder}/.kube/config", "APONO_LOGIN_STORE": "file", "PATH": "/usr/bin:/bin"}
        self.env = {**own, **env}

    def words(self, arguments):
        return [self.binary, *arguments]

    def run(self, *arguments):
        return run(self.words(arguments), self.env, cwd=self.folder)

    def forget(self):
        for entry in (self.folder / ".cache/apono-login").glob("*.entry"):
            entry.unlink()

    def used(self, arguments, how="cpu", accept=(0,)):
        """Returns what measure.c prints of a run."""
        return self.lab.used([*self.words(arguments)], self.env, how, self.folder, accept)

    def callgrind(self, arguments):
        # The small program is replaced by the larger one.
        tool = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "--trace-children=yes"]
        said = run([*tool, *self.words(arguments)], self.env, cwd=self.folder).stderr
        return sum(int(part.split()[0]) for part in said.split("Collected :")[1:])


class Lab:
    """Where the rows measure: the binaries, the stand-ins and the homes, each started or made when first needed."""

    def __init__(self, folder, target, binaries, stack):
        self.folder, self.target, self.binaries, self.stack = folder, target, binaries, stack
        self.numbers, self.standins, self.hits = itertools.count(), {}, None

    def standin(self, *size):
        if size not in self.standins:
            home = self.folder / f"standin-{len(self.standins)}"
            started = programs.standin(self.target, home, *size)
            self.standins[size] = (self.stack.enter_context(started), home)
        return self.standins[size]

    def homes(self, *size, **env):
        """Returns a new home for each binary, with source credentials and the stand-in's files."""
        standin, files = self.standin(*size)
        made = []
        for binary in self.binaries:
            folder = self.folder / f"home-{next(self.numbers)}"
            shutil.copytree(files, folder)
            made.append(Home(self, folder, binary, {**standin.env, **env}))
        return made

    def hit(self):
        """Returns the homes with credentials in the cache."""
        if self.hits is None:
            self.hits = self.homes()
            for home in self.hits:
                home.run(*INSTALL)
                home.run("login")
            # Files that have just changed are read once more.
            time.sleep(3)
            for home in self.hits:
                home.run(*GET_TOKEN)
                home.run(*EXPORT)
        return self.hits

    def used(self, words, env, how="cpu", folder=None, accept=(0,)):
        printed = run([self.folder / "measure", how, *words], env, cwd=folder).stdout
        *numbers, status = map(int, printed.split())
        if status not in accept:
            raise Trouble(f"`{' '.join(map(str, words))}` failed with exit status {status}")
        return numbers


def medians(calls, runs):
    """Returns the median of each call's results; the calls take turns."""
    results = [[call() for call in calls] for _ in range(runs)]
    return [statistics.median(column) for column in zip(*results)]


def cpu(home, arguments, **options):
    return lambda: home.used(arguments, **options)[0] / 1e6


def ratios(calls, runs, peer=0):
    """Returns each call's median divided by that of the peer's call, which takes turns with them."""
    *values, against = medians([*calls, peer], runs)
    return [value / against for value in values]


# A hit


def hit_cpu(program):
    def measure(lab):
        peer = lambda: lab.used([lab.folder / program], {})[0] / 1e6
        return ratios([cpu(home, GET_TOKEN) for home in lab.hit()], 200, peer)

    return measure


def hit_counts(arguments, how, place=0, runs=1):
    return lambda lab: medians([lambda home=home: home.used(arguments, how)[place] for home in lab.hit()], runs)


def against_hit(arguments, accept=(0,)):
    def measure(lab):
        homes = lab.hit()
        own = [cpu(home, arguments, accept=accept) for home in homes]
        *own, hit = medians([*own, cpu(homes[-1], GET_TOKEN)], 100)
        return [value / hit for value in own]

    return measure


def peer(words, runs):
    """Returns how many times faster a hit is than the peer's."""

    def measure(lab):
        homes = lab.hit()
        command, env = words(lab, homes[-1]), {**homes[-1].env, "AWS_PROFILE": "apono-k8s-access"}
        run(command, env)
        other = lambda: lab.used(command, env)[0] / 1e6
        return [1 / value for value in ratios([cpu(home, GET_TOKEN) for home in homes], runs, other)]

    return measure


def aws(lab, _):
    return [programs.test_tool(lab.target, "aws"), "eks", *GET_TOKEN, "--profile", "default"]


def authenticator(lab, _):
    return [programs.authenticator(lab.target), "token", "-i", "prod", "--cache"]


def kcc(_, home):
    """The proxy of Go modules does not have every version, so kcc-cache is taken from PATH."""
    found = shutil.which("kcc-cache")
    if not found:
        raise NotHere("kcc-cache (https://github.com/ryodocx/kube-credential-cache) is not in PATH")
    return [found, *home.words(GET_TOKEN)]


# A miss


def miss(scheme):
    """Returns the milliseconds of CPU that a miss takes longer with the system's authorities than with a single one."""

    def measure(lab):
        trusted, files = lab.standin(0, 0, "https")
        one = {"AWS_CA_BUNDLE": trusted.env["AWS_CA_BUNDLE"]}
        homes = [*lab.homes(0, 0, scheme, **one), *lab.homes(0, 0, scheme)]
        for home in homes[len(lab.binaries) :]:
            home.env.pop("AWS_CA_BUNDLE", None)
            if scheme == "https":
                home.env["SSL_CERT_FILE"] = str(files / "system.pem")

        def once(home):
            home.forget()
            return home.used(GET_TOKEN)[0] / 1e3

        for home in homes:
            home.run(*INSTALL)
        values = medians([lambda home=home: once(home) for home in homes], 30)
        return [more - less for less, more in zip(values, values[len(lab.binaries) :])]

    return measure


# Much work: accounts, clusters, profiles, contexts


def team(accounts, clusters, arguments=TEAM, again=False, how=cpu):
    """Returns what one run of `arguments` takes in a new home, or in one where the team file was installed."""

    def measure(lab):
        values = []
        for home in lab.homes(accounts, clusters):
            if again:
                home.run(*TEAM)
                # Files that have just changed are read once more.
                time.sleep(3)
                home.run(*arguments)
            values.append(how(home, arguments)())
        return values

    return measure


def installed(home, arguments):
    """Returns the CPU time of a command after the team file was installed."""
    home.run(*TEAM)
    return cpu(home, arguments)


def instructions(home, arguments):
    return lambda: home.callgrind(arguments)


def growth(small, large):
    """Returns by how many times the large amount of work takes longer than the small one."""
    return lambda lab: [more / less for less, more in zip(small(lab), large(lab))]


def wall(milliseconds):
    """Returns a method that measures the wall time with AWS this far away."""

    def method(home, arguments):
        def once():
            standin, _ = home.lab.standin(10, 5)
            standin.delay(milliseconds)
            start = time.monotonic()
            try:
                home.run(*arguments)
                return time.monotonic() - start
            finally:
                standin.delay(0)

        return once

    return method


def asked(place):
    """Returns a method that counts requests (0) or connections (1)."""

    def method(home, arguments):
        def once():
            standin, _ = home.lab.standin(10, 5)
            standin.counts()
            home.run(*arguments)
            return standin.counts()[place]

        return once

    return method


def login_all(accounts):
    def measure(lab):
        homes = lab.homes(accounts, 1)
        for home in homes:
            home.run(*TEAM)
            home.run("login", "--all")
        time.sleep(3)
        return medians([cpu(home, ["login", "--all"]) for home in homes], 10)

    return measure


def big_kubeconfig(lab):
    """Returns the CPU time of update-kubeconfig with 1,000 contexts (2.1 MB), against that of `kubectl config view`."""
    kubectl = programs.test_tool(lab.target, "kubectl")
    ca = "QUJD" * 450
    names = [f"c{number}" for number in range(1000)]
    lines = ["apiVersion: v1", "kind: Config", "current-context: c0", "clusters:"]
    for name in names:
        lines += [f"- name: {name}", f"  cluster: {{server: 'https://{name}.example.com', certificate-authority-data: {ca}}}"]
    lines.append("contexts:")
    lines += [f"- name: {name}\n  context: {{cluster: {name}, user: {name}, namespace: default}}" for name in names]
    lines.append("users:")
    lines += [f"- name: {name}\n  user: {{token: '{name * 20}'}}" for name in names]
    homes = lab.homes()
    calls = []
    for home in homes:
        home.run(*INSTALL)
        kubeconfig = Path(home.env["KUBECONFIG"])
        kubeconfig.parent.mkdir(exist_ok=True)

        def once(home=home, kubeconfig=kubeconfig):
            kubeconfig.write_text("\n".join(lines) + "\n")
            return home.used(["update-kubeconfig", "--name", "prod", "--region", "eu-west-1"])[0] / 1e6

        calls.append(once)
    view = lambda: lab.used([kubectl, "config", "view"], homes[-1].env)[0] / 1e6
    return ratios(calls, 7, view)


def profiles(count, arguments, place=0, unit=1e3, runs=15):
    """Returns the CPU time or peak memory of a command where the config has this many profiles."""

    def measure(lab):
        calls = []
        for home in lab.homes():
            (home.folder / ".aws/config").write_text("".join(PROFILE.format(each) for each in range(count)))
            if arguments is not INSTALL:
                home.run(*INSTALL)
            before = (home.folder / ".aws/config").read_text()

            def once(home=home, before=before):
                (home.folder / ".aws/config").write_text(before)
                return home.used(arguments, accept=(0, 3))[place] / unit

            calls.append(once)
        return medians(calls, runs)

    return measure


def size(lab):
    """Returns the size of all files of a version."""
    folders = [binary.parent for binary in lab.binaries]
    return [sum(file.stat().st_size for file in folder.iterdir()) / 2**20 for folder in folders]


@dataclasses.dataclass
class Row:
    """A measurement and its goal. `gate`: it repeats, and CI fails if the goal is not reached."""

    name: str
    sense: str
    limit: float
    unit: str
    measure: Callable
    digits: int = 2
    gate: bool = False


UNINSTALL = ["uninstall", "--from", "team.toml"]
ROWS = [
    Row("get-token: CPU against an empty static program", "<=", 4.5, "times", hit_cpu("empty")),
    Row("get-token: CPU against one without a C library", "<=", 5.7, "times", hit_cpu("bare")),
    Row("get-token: native instructions", "<=", 250_000, "", hit_counts(GET_TOKEN, "step"), 0, True),
    Row("get-token: page faults", "<=", 60, "", hit_counts(GET_TOKEN, "cpu", 1, 31), 0, True),
    Row("get-token: system calls", "<=", 45, "", hit_counts(GET_TOKEN, "calls"), 0, True),
    Row("get-token: peak memory", "<=", 6, "MiB", lambda lab: [n / 1024 for n in hit_counts(GET_TOKEN, "cpu", 2, 31)(lab)]),
    Row("export-credentials: native instructions", "<=", 250_000, "", hit_counts(EXPORT, "step"), 0, True),
    Row("status --short: native instructions", "<=", 250_000, "", hit_counts(PROMPT, "step"), 0, True),
    Row("--help: CPU against a hit", "<=", 10, "times", against_hit(["--help"])),
    Row("--version: CPU against a hit", "<=", 1, "times", against_hit(["--version"])),
    Row("a mistyped command: CPU against a hit", "<=", 10, "times", against_hit(["get-tokn"], (2,))),
    Row("get-token: against `aws eks get-token`", ">=", 400, "times faster", peer(aws, 5), 0),
    Row("get-token: against aws-iam-authenticator --cache", ">=", 35, "times faster", peer(authenticator, 40), 1),
    Row("get-token: against kcc-cache", ">=", 4, "times faster", peer(kcc, 100), 1),
    Row("a miss: the system's authorities against one, https", "<=", 0.5, "ms more", miss("https")),
    Row("a miss: the system's authorities against one, http", "<=", 0.1, "ms more", miss("http")),
    Row("install --from, 10x5: requests", "<=", 60, "", team(10, 5, how=asked(0)), 0, True),
    Row("install --from, 10x5: connections", "<=", 30, "", team(10, 5, how=asked(1)), 0, True),
    Row("install --from, 10x5, again: requests", "<=", 0, "", team(10, 5, again=True, how=asked(0)), 0, True),
    Row("install --from, 5x5 to 10x5: instructions", "<=", 2.2, "times", growth(team(5, 5, how=instructions), team(10, 5, how=instructions)), 2, True),
    Row("install --from, 50x5 to 100x5: CPU", "<=", 2.2, "times", growth(team(50, 5), team(100, 5))),
    Row("install --from, 100x5 to 200x5: CPU", "<=", 2.2, "times", growth(team(100, 5), team(200, 5))),
    Row("install --from, 100x5: CPU", "<=", 2, "s", team(100, 5)),
    Row("install --from, 100x5, again: CPU", "<=", 0.3, "s", team(100, 5, again=True)),
    Row("install --from, 10x5, AWS 100 ms away: wall", "<=", 1.5, "s", team(10, 5, how=wall(100))),
    Row("install --from, 10x5, AWS 100 ms away, again: wall", "<=", 1, "s", team(10, 5, again=True, how=wall(100))),
    Row("uninstall --from, 50x5: CPU", "<=", 0.1, "s", team(50, 5, UNINSTALL, how=installed)),
    Row("login --all, 100 profiles: CPU", "<=", 8, "ms", lambda lab: [1e3 * each for each in login_all(100)(lab)], 1),
    Row("login --all, 400 profiles: CPU", "<=", 25, "ms", lambda lab: [1e3 * each for each in login_all(400)(lab)], 1),
    Row("update-kubeconfig, 1,000 contexts: CPU against `kubectl config view`", "<=", 0.4, "times", big_kubeconfig),
    Row("status, 5,000 profiles: CPU", "<=", 10, "ms", profiles(5000, ["status"]), 1),
    Row("install, 5,000 profiles: CPU", "<=", 50, "ms", profiles(5000, INSTALL), 1),
    Row("install, 80,000 profiles: CPU", "<=", 1.5, "s", profiles(80_000, INSTALL, unit=1e6, runs=3)),
    Row("install, 80,000 profiles: peak memory", "<=", 120, "MiB", profiles(80_000, INSTALL, 2, 1024, runs=1), 0),
    Row("binaries, stripped", "<=", 10, "MiB", size, 2, True),
]
