"""A laptop: one home, the program, and a Chromium in which a person signs in."""

import json
import re
import shutil
import subprocess
import textwrap
from pathlib import Path

HERE = Path(__file__).resolve().parent
BROWSER = """#!/bin/sh
exec chromium --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-background-networking \\
    --disable-features=DisableLoadExtensionCommandLineSwitch --load-extension='{person}' \\
    --host-resolver-rules='MAP *.amazon.com 127.0.0.1:1' "$@" 2>/dev/null
"""

# Seconds. The program itself waits for ten minutes.
LONGEST = 60


class Laptop:
    def __init__(self, folder, home, aws, target):
        self.folder, self.home, self.aws = folder, home, aws
        person = shutil.copytree(HERE / "person", folder / "person")
        browser = folder / "browser"
        browser.write_text(BROWSER.format(person=person))
        browser.chmod(0o700)
        self.env = {
            **aws.env,
            "HOME": str(home),
            "PATH": f"{target}/debug:/usr/bin:/bin",
            "APONO_LOGIN_STORE": "file",
            "APONO_LOGIN_BROWSER": str(browser),
        }

    def trust(self, provider, certificate):
        """Makes AWS trust the identity provider with this certificate (base64)."""
        file = self.folder / "certificate.pem"
        lines = "\n".join(textwrap.wrap(certificate, 64))
        file.write_text(f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n")
        self.aws.ask(f"saml {provider} {file}")

    def person(self, user, consents=True):
        """Sets who signs in; `None` leaves the sign-in page as it is."""
        who = json.dumps({"user": user, "consents": consents})
        (self.folder / "person/who.js").write_text(f"const WHO = {who};\n")

    def set(self, key, value):
        """Adds a key to the installed profile, which is the last one in the file."""
        with open(self.home / ".aws/config", "a", encoding="utf-8") as config:
            config.write(f"{key} = {value}\n")

    def run(self, arguments, text=""):
        """Returns what the program says in the end."""
        words = ["apono-login", *arguments.split()]
        try:
            done = subprocess.run(words, env=self.env, input=text, capture_output=True, text=True, check=False, timeout=LONGEST)
        except subprocess.TimeoutExpired as waits:
            return f"waits: {waits.stderr.decode().splitlines()[-1]}"
        if done.returncode == 0:
            said = [line for line in done.stderr.splitlines() if line.startswith("Logged in")]
            token = ["a token"] if '"ExecCredential"' in done.stdout else []
            return (said + token + ["done"])[0]
        causes = [line for line in done.stderr.splitlines() if line.startswith(("error: ", "cause: "))]
        said = "; ".join(causes or done.stderr.splitlines()[:1])
        # Keycloak sends them in any order.
        said = re.sub(r"; its attributes: .*", "", said)
        return f"exit {done.returncode}: {said}"
