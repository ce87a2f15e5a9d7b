"""The computers on which the clients run: the stand-in for AWS, apono-login as built from this checkout, and two homes in which it
installed its profiles and a context. In one of them Alice is signed in; in the other, her sign-in has expired."""

import contextlib
import os
import shutil

from programs import run, show, standin, target_folder

INSTALL = (
    "install --yes --sso-start-url https://example.awsapps.com/start --sso-region eu-west-1 --sso-role-name Engineer "
    "--account-id 111122223333 --region eu-west-1"
)
PLAIN, PROCESS = "apono-k8s-access", "by-process"
# How long role sessions last here, and tokens with them. apono-login uses none that lasts for less than a minute.
SECONDS = 70


class Laptop(contextlib.ExitStack):
    def __init__(self, folder):
        super().__init__()
        target = target_folder()
        show(["cargo", "build", "--quiet", "--locked", "--bins", "--example", "sandbox"])
        self.signed_in, self.signed_out = folder / "alice", folder / "expired"
        self.standin = self.enter_context(standin(target, self.signed_in))
        self.path = os.pathsep.join([str(target / "debug"), os.environ["PATH"]])
        # The sandbox is the browser in which Alice signs in.
        browser = f'"{target}/debug/examples/sandbox" --browse %s'
        self.variables = {**self.standin.env, "APONO_LOGIN_STORE": "file", "BROWSER": browser}
        # Her only profiles are those that are installed.
        shutil.rmtree(self.signed_in / ".aws")
        self.standin.sessions(SECONDS)
        program, env = target / "debug/apono-login", self.env(self.signed_in)
        run([program, *INSTALL.split(), "--profile", PROCESS, "--credential-process"], env)
        run([program, *INSTALL.split(), "--profile", PLAIN, "--cluster-name", "prod"], env)
        shutil.copytree(self.signed_in, self.signed_out)
        for cache in (".aws/sso", ".cache"):
            shutil.rmtree(self.signed_out / cache)

    def env(self, home, **more):
        """Returns the whole environment of a program in this home."""
        kept = {name: os.environ[name] for name in ("JAVA_HOME", "TMPDIR") if name in os.environ}
        own = {"PATH": self.path, "HOME": str(home), "KUBECONFIG": f"{home}/.kube/config"}
        return {**kept, **own, **self.variables, **more}
