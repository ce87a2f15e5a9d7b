"""The clients, and how each is run.

A client is a program that asks (the cluster for pods, or AWS who it is), and asks again for each line of its standard input. It
prints a line of JSON for each answer: the status of HTTP (0 if there was none), and what was said. The cells of a row:

* signed in: whether it takes the kubeconfig entry, or the profile.
* asks for: the `DurationSeconds` of a client that assumes the role itself.
* once expired: what it does when its token or its credentials have expired while it runs: `renews` them, renews them `after a 401`
  that the caller gets, or `never`.
* signed out: what a person sees of the line that tells to sign in: it is in the client's error, on stderr, or lost; and what became
  of the request, if it went out without credentials.
"""

import json
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import install
from laptop import PLAIN, PROCESS, SECONDS
from programs import Trouble

CLIENTS = install.CLIENTS
HEADINGS = {
    "kube": ("Kubernetes client", "signed in", "once expired", "signed out"),
    "aws": ("AWS SDK", "plain profile", "asks for", "credential_process", "once expired", "signed out"),
}
# In the line that get-token and export-credentials print.
OUR_LINE = "sign-in needed"


class Client:
    """A running client."""

    def __init__(self, words, env):
        self.stderr = tempfile.TemporaryFile("w+")
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": self.stderr, "text": True}
        self.process = subprocess.Popen([str(word) for word in words], env=env, cwd=env["HOME"], **pipes)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        self.stderr.close()

    def answer(self):
        """Returns the next answer. A line that is not one is a message of the client."""
        for line in self.process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        raise Trouble(f"it ended without an answer: {self.said_on_stderr()[-500:].strip()}")

    def again(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self.answer()

    def said_on_stderr(self):
        self.stderr.seek(0)
        return self.stderr.read()


@dataclass
class Row:
    kind: str
    name: str
    # The group that it is installed with, and the package in the group's manifest.
    group: str
    package: str
    # Returns the words that start it, for the folder of its group.
    words: Callable
    # Whether it is installed within a minute or so.
    quick: bool = False
    # Whether it can ask again when its token has expired: a command ends before.
    lives: bool = True
    # Whether the plain profile can be tried: an old SDK takes no endpoint from the environment for that.
    takes_endpoints: bool = True

    @property
    def title(self):
        return f"{self.name} {install.version(self.group, self.package)}"

    def start(self, env):
        return Client(self.words(install.folder(self.group)), env)

    def plain(self, laptop):
        """Returns the cells of the plain profile. One client at a time: the stand-in does not know who asks."""
        if self.kind == "kube":
            return ()
        if not self.takes_endpoints:
            return "not tried", "-"
        laptop.standin.durations()
        with self.start(self.env(laptop, laptop.signed_in, PLAIN)) as client:
            plain = verdict(client.answer())
        return plain, " ".join(sorted(set(laptop.standin.durations().split()))) or "-"

    def ours(self, laptop):
        """Returns the cells of what apono-login answers."""
        signed_in, signed_out = (self.env(laptop, home, PROCESS) for home in (laptop.signed_in, laptop.signed_out))
        return *self.once_expired(signed_in), self.signed_out(signed_out)

    def env(self, laptop, home, profile):
        aws = {"AWS_PROFILE": profile, "AWS_REGION": "eu-west-1"}
        return laptop.env(home, **(aws if self.kind == "aws" else {}))

    def once_expired(self, env):
        with self.start(env) as client:
            first = client.answer()
            if first["status"] != 200 or not self.lives:
                return verdict(first), "-"
            time.sleep(SECONDS + 1)
            second = client.again()
            if second["status"] == 200:
                return "yes", "renews"
            third = client.again()
        return "yes", "after a 401" if third["status"] == 200 else "never"

    def signed_out(self, env):
        with self.start(env) as client:
            answer = client.answer()
            stderr = client.said_on_stderr()
        went = {0: "", 200: ", goes on"}.get(answer["status"], f", goes on: {answer['status']}")
        if OUR_LINE in answer["said"]:
            return f"in the error{went}"
        return ("on stderr" if OUR_LINE in stderr else "lost") + went


def verdict(answer):
    said = " ".join(answer["said"].split())
    return "yes" if answer["status"] == 200 else f"no: {said[:60].strip()}"


def python(script, name):
    return lambda folder: [folder / "bin/python", CLIENTS / script, name]


def java(name):
    return lambda folder: [install.program("java"), "-cp", f"{folder}:{folder}/jars/*", "Client", name]


def node(name):
    return lambda folder: [install.program("node"), folder / "client.mjs", name]


def once(*words):
    """Wraps a command that ends: its exit status and output are the answer."""
    return lambda folder: ["sh", CLIENTS / "once.sh", *(str(word).replace("FOLDER", str(folder)) for word in words)]


def kubectl(name):
    return once(f"FOLDER/{name}", "get", "pods")


def whoami(folder):
    return once("sh", "-c", f'exec "{folder}/whoami" "$AWS_PROFILE"')(folder)


WHO = ("sts", "get-caller-identity")
ROWS = [
    Row("kube", "client-go", "go", "k8s.io/client-go", lambda folder: [folder / "client", "kube"], quick=True),
    Row("kube", "kubernetes (Python)", "kube.py", "kubernetes==", python("kube.py", "kubernetes"), quick=True),
    Row("kube", "kubernetes_asyncio", "kube.py", "kubernetes_asyncio==", python("kube.py", "kubernetes_asyncio"), quick=True),
    Row("kube", "kr8s", "kube.py", "kr8s==", python("kube.py", "kr8s"), quick=True),
    Row("kube", "lightkube", "kube.py", "lightkube==", python("kube.py", "lightkube"), quick=True),
    Row("kube", "pykube-ng", "kube.py", "pykube-ng==", python("kube.py", "pykube"), quick=True),
    Row("kube", "@kubernetes/client-node", "node", '"@kubernetes/client-node"', node("kube"), quick=True),
    Row("kube", "client-java", "java", "<artifactId>client-java", java("client-java"), quick=True),
    Row("kube", "fabric8", "java", "<artifactId>kubernetes-client", java("fabric8"), quick=True),
    Row("kube", "kube (Rust)", "kube-rs", "kube = ", lambda folder: [folder / "debug/client"]),
    Row("kube", "kubeclient (Ruby)", "debian", "ruby-kubeclient=", lambda _: ["ruby", CLIENTS / "kubeclient.rb"]),
    Row("kube", "kubectl", "debian", "kubernetes-client=", kubectl("usr/bin/kubectl"), lives=False),
    Row("kube", "kubectl", "kubectl", "v32 contains kubectl", kubectl("bin/kubectl-1.32"), lives=False),
    Row("kube", "kubectl", "kubectl", "v37 contains kubectl", kubectl("bin/kubectl-1.37"), lives=False),
    Row("aws", "botocore", "aws.py", "botocore==", python("aws.py", "botocore"), quick=True),
    Row("aws", "aws CLI", "aws-cli-1", "awscli==", once("FOLDER/bin/aws", *WHO), lives=False),
    Row("aws", "aws CLI", "awscli", "# aws CLI", once("FOLDER/aws", *WHO), lives=False),
    Row("aws", "SDK for Go", "go", "aws-sdk-go-v2/config", lambda folder: [folder / "client", "aws"], quick=True),
    Row("aws", "Terraform's SDK base", "go", "aws-sdk-go-base/v2", lambda folder: [folder / "client", "terraform"], quick=True),
    Row("aws", "SDK for JavaScript", "node", '"@aws-sdk/credential-providers"', node("aws"), quick=True),
    Row("aws", "SDK for Java", "java", "<artifactId>sts", java("aws"), quick=True),
    Row("aws", "SDK for Rust", "rust", 'name = "aws-config"', whoami, lives=False),
    Row("aws", "SDK for C++ (pyarrow)", "aws.py", "pyarrow==", python("aws.py", "pyarrow")),
    Row("aws", "SDK for C++ (pyarrow)", "pyarrow-18", "pyarrow==", python("aws.py", "pyarrow")),
    Row("aws", "Common Runtime (awscrt)", "aws.py", "awscrt==", python("aws.py", "crt")),
    Row("aws", "SDK for Ruby", "debian", "ruby-aws-sdk-core=", lambda _: ["ruby", CLIENTS / "aws.rb"], takes_endpoints=False),
]
