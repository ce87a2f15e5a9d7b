"""A desktop session: a virtual display, a session bus without services that start by themselves, and one home."""

import contextlib
import json
import re
import shutil
import subprocess
import time

from programs import Trouble

CONFIG = """<busconfig><type>session</type><listen>unix:path={}/bus</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
"""
GET_TOKEN = "get-token --cluster-name prod --region eu-west-1"
# Seconds. A daemon takes a few to start here.
LONGEST_START = 30


class Desktop(contextlib.ExitStack):
    def __init__(self, folder, home, aws, target):
        super().__init__()
        self.home, self.target = home, target
        runtime = folder / "run"
        runtime.mkdir(mode=0o700)
        (folder / "bus.conf").write_text(CONFIG.format(runtime))
        self.env = {
            **aws,
            "HOME": str(home),
            "PATH": f"{target}/debug:/usr/bin:/bin",
            "XDG_RUNTIME_DIR": str(runtime),
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={runtime}/bus",
            "APONO_LOGIN_STORE": "secret-service",
        }
        # The server chooses a free number.
        self.start("Xvfb", "-displayfd", "1", "-screen", "0", "1280x900x24", stdout=subprocess.PIPE)
        number = self.last.stdout.readline().decode().strip()
        self.env["DISPLAY"] = f":{number}"
        self.start("dbus-daemon", f"--config-file={folder}/bus.conf", "--nofork", "--nopidfile")
        wait_for(lambda: (runtime / "bus").exists(), "the bus")

    def start(self, *words, text=None, **options):
        """Starts a program that runs until the end, or until it is stopped."""
        options = {"stdout": subprocess.DEVNULL, **options}
        process = subprocess.Popen(words, env=self.env, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, **options)
        if text is not None:
            process.stdin.write(text.encode())
            process.stdin.close()
        self.callback(stop, process)
        self.last = process
        return process

    def run(self, words, **options):
        return subprocess.run(words, env=self.env, capture_output=True, text=True, check=False, **options)

    def install(self):
        """Installs the one profile of the stand-in's source credentials."""
        source = re.search(r"\[(.+?)\]", (self.home / ".aws/credentials").read_text()).group(1)
        role = "--account-id 111122223333 --email alice@example.com --region eu-west-1 --yes"
        done = self.run(["apono-login", "install", *role.split(), "--source-profile", source])
        if done.returncode != 0:
            raise Trouble(done.stderr)

    def call(self, name, path, method, *arguments):
        """Calls a method on the bus, and returns its answer as text."""
        words = ["gdbus", "call", "--session", "--dest", name, "--object-path", path, "--method", method, *arguments]
        return self.run(words).stdout

    def secrets(self, method, *arguments):
        return self.call("org.freedesktop.secrets", "/org/freedesktop/secrets", f"org.freedesktop.Secret.Service.{method}", *arguments)

    def has_default(self):
        return "/collection/" in self.secrets("ReadAlias", "default")

    def serves(self):
        return "objectpath" in self.secrets("ReadAlias", "default")

    def login(self, *words):
        return said(self.run(["apono-login", "login", *words]))

    def login_at_terminal(self):
        done = self.run(["script", "-qec", "apono-login login --force", "/dev/null"], stdin=subprocess.DEVNULL)
        return "logged in" if "Logged in" in done.stdout else done.stdout.strip()

    def get_token(self):
        return said(self.run(["apono-login", *GET_TOKEN.split()]))

    def forget(self):
        shutil.rmtree(self.home / ".cache", ignore_errors=True)

    def windows(self):
        """Returns the titles of the windows that were opened for the user."""
        tree = self.run(["xwininfo", "-root", "-tree"]).stdout
        titles = re.findall(r'^ +0x\w+ "([^"]+)": .* (\d+)x\d+\+', tree, re.MULTILINE)
        asking = {title for title, width in titles if int(width) > 10 and re.search("Unlock|Access|Wallet|Delete", title)}
        return ", ".join(sorted(asking)) or "none"

    def row(self, keyring, state, login=None):
        login = login or self.login("--force")
        return keyring, state, login, self.get_token(), self.windows()


def said(done):
    """Returns what a run of apono-login came to."""
    if done.returncode == 0:
        return "logged in" if "Logged in" in done.stderr else "token" if json.loads(done.stdout) else "?"
    causes = [line for line in done.stderr.splitlines() if line.startswith("cause: ")]
    return (causes or done.stderr.splitlines())[0].removeprefix("cause: ")


def stop(process):
    process.kill()
    process.wait()


def wait_for(is_there, what):
    end = time.monotonic() + LONGEST_START
    while not is_there():
        if time.monotonic() > end:
            raise Trouble(f"{what} did not start")
        time.sleep(0.2)
