"""Checks the artefacts as they are downloaded, and says what was checked of each and what was not.

Each check is a line of the report; the first that fails ends the run.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

from . import formats, macos
from .settings import NAME, RELEASES, ROOT, VERSION, WORK, environment, fail, output, run, say

KREW = "sigs.k8s.io/krew/cmd/validate-krew-manifest@v0.4.3"


def check(targets, folder, stripped):
    """Checks everything in the folder. `stripped` says whether the programs have no symbols, as those of a release."""
    report = []
    for target in targets:
        _archive(target, folder / target.archive, report, stripped)
        if target.system == "linux":
            _deb(target, folder / f"{NAME}_{VERSION}_{target.arch}.deb", report, stripped)
            _rpm(target, folder / f"{NAME}-{VERSION}-1.{target.rpm_arch}.rpm", report)
    for file in sorted(folder.glob("*.cdx.json")):
        _bill(file)
        report.append((file.name, "required fields, unique references, no reference without a component", "the schema"))
    _manifests(folder, report)
    sums = dict(reversed(line.split("  ")) for line in (folder / "SHA256SUMS").read_text().splitlines())
    there = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir() if file.name != "SHA256SUMS"}
    _expect(sums == there, "SHA256SUMS does not have the sum of each file")
    report.append(("SHA256SUMS", f"the sums of {len(there)} files", ""))
    for name, checked, lacking in report:
        say(f"\n{name}\n  checked:     {checked}" + (f"\n  not checked: {lacking}" if lacking else ""))


def _expect(condition, otherwise):
    if not condition:
        fail(f"check failed: {otherwise}")


def _empty(name):
    folder = WORK / "checks" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _archive(target, archive, report, stripped):
    place = _empty(archive.name)
    if archive.suffix == ".zip":
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(place)
    else:
        with tarfile.open(archive) as packed:
            packed.extractall(place, filter="data")
    inside = place / archive.name.removesuffix(".zip").removesuffix(".tar.gz")
    for name in (*target.programs, "man/apono-login.1", "completions/apono-login.bash", "LICENSE", "THIRD-PARTY-LICENSES.txt"):
        _expect((inside / name).is_file(), f"{archive.name} has no {name}")
    said = [_program(target, inside / name) for name in target.programs]
    for name in target.programs if stripped and target.system == "linux" else ():
        unwinds = formats.elf((inside / name).read_bytes()).unwinds
        _expect(not unwinds, f"{name} has tables for unwinding, which no panic of a release reads: see build.rs")
    checked = f"unpacks; {said[0]}"
    lacking = ""
    if target.runner() is None:
        lacking = "the programs were not run: this needs a Mac"
    else:
        checked += f"; {_runs(target, inside)}"
    if target.system == "windows":
        lacking = "ran under wine, not under Windows"
    report.append((archive.name, checked, lacking))


def _program(target, file):
    """Checks the file of a program, and returns what is known about it."""
    data = file.read_bytes()
    for folder in (ROOT, Path.home()):
        _expect(f"{folder}/".encode() not in data, f"{file} contains the path {folder}")
    program = formats.READERS[target.system](data)
    _expect(program.arch == target.arch, f"{file} is for {program.arch}, not for {target.arch}")
    _expect(program.relocatable, f"{file} is not position-independent")
    allowed = {"linux": set(), "windows": formats.WINDOWS_LIBRARIES, "darwin": macos.libraries()}[target.system]
    used = {name.lower() if target.system == "windows" else name for name in program.libraries}
    _expect(used <= allowed, f"{file} loads {', '.join(sorted(used - allowed))}: not a part of every such system")
    loads = f"loads {len(used)} libraries, all of the system's own" if used else "loads no library"
    signed = "" if target.system == "linux" else "; signed" if program.signed else "; not signed"
    return f"{target.arch}, position-independent, {loads}{signed}"


def _runs(target, folder):
    """Runs the programs, and returns what was run. An ARM program cannot start another one under qemu without binfmt_misc."""
    home = _empty(f"home-{target.triple}")
    env = environment(HOME=str(home), CARGO_TARGET_DIR=str(WORK.parent))
    program = folder / target.programs[0 if target.arch == "amd64" else -1]
    words = [*target.runner(), str(program)]
    said = output(*words, "--version", env=env)
    _expect(said == f"{NAME} {VERSION}", f"{program} --version says {said!r}")
    script = output(*words, "completions", "bash", env=env)
    _expect(script == (folder / "completions/apono-login.bash").read_text().strip(), f"{program}: completions are out of date")
    failed = subprocess.run([*words, "status"], env=env, capture_output=True, text=True)
    _expect(failed.returncode == 1 and "hint:" in failed.stderr, f"{program} status without a profile: {failed}")
    return f"--version, completions and status run ({' '.join(Path(word).name for word in target.runner()) or 'directly'})"


def _deb(target, package, report, stripped):
    root = _empty(package.name)
    run("dpkg-deb", "--extract", package, root)
    run("dpkg-deb", "--info", package, capture_output=True)
    _program(target, root / f"usr/bin/{NAME}")
    _runs_alone(target, root)
    database = _empty(f"{package.name}-dpkg")
    for name in ("status", "available"):
        (database / "var/lib/dpkg").mkdir(parents=True, exist_ok=True)
        (database / "var/lib/dpkg" / name).touch()
    checked = "unpacks; its program runs; "
    if os.getuid() == 0:
        words = ["dpkg", f"--root={database}", "--force-architecture", "--force-depends", "--log=/dev/null"]
        run(*words, "--install", package, capture_output=True, text=True)
        _expect((database / f"usr/bin/{NAME}-full").is_file(), f"{package.name} does not install {NAME}-full")
        run(*words, "--purge", NAME, capture_output=True, text=True)
        _expect(not (database / f"usr/bin/{NAME}").exists(), f"{package.name} is not removed whole")
        checked += "dpkg installs and removes it in an empty root; "
    # A build for tests has symbols.
    tags = [] if stripped else ["--suppress-tags", "unstripped-binary-or-object"]
    run("lintian", "--allow-root", "--fail-on", "error,warning", *tags, package)
    report.append((package.name, checked + "lintian has no error and no warning", "an installation by apt"))


def _runs_alone(target, root):
    said = output(*target.runner(), root / f"usr/bin/{target.programs[-1]}", "--version", env=environment())
    _expect(said == f"{NAME} {VERSION}", f"{NAME}-full --version says {said!r}")


def _rpm(target, package, report):
    # A database of its own: that of a Debian system may not exist.
    rpm = ["rpm", f"--dbpath={_empty(f'{package.name}-database')}"]
    run(*rpm, "-K", "--nosignature", package, capture_output=True, text=True)
    fields = output(*rpm, "-qp", "--queryformat", "%{NAME} %{VERSION} %{ARCH} %{OS}", package)
    _expect(fields == f"{NAME} {VERSION} {target.rpm_arch} linux", f"{package.name} says that it is {fields}")
    requires = [line for line in output(*rpm, "-qpR", package).splitlines() if not line.startswith("rpmlib(")]
    _expect(not requires, f"{package.name} requires {requires}")
    root = _empty(package.name)
    with open(root / "archive", "wb") as unpacked:
        run("rpm2archive", "-n", "-", stdin=open(package, "rb"), stdout=unpacked)
    with tarfile.open(root / "archive") as packed:
        packed.extractall(root, filter="tar")
    _runs_alone(target, root)
    report.append((package.name, "digests, fields, no dependency; its program runs", "an installation (needs Fedora or the like)"))


def _bill(file):
    """Checks what CycloneDX 1.5 requires of the fields that are written."""
    bill = json.loads(file.read_text())
    _expect((bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.5", 1), f"{file.name}: format")
    serial = r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    _expect(re.fullmatch(serial, bill["serialNumber"]), f"{file.name}: serialNumber")
    references = [bill["metadata"]["component"]["bom-ref"], *(component["bom-ref"] for component in bill["components"])]
    _expect(len(references) == len(set(references)) > 100, f"{file.name}: references are not unique")
    for component in bill["components"]:
        _expect(component["type"] == "library" and component["name"] and component["licenses"], f"{file.name}: {component}")
        _expect(re.fullmatch("[0-9a-f]{64}", component["hashes"][0]["content"]), f"{file.name}: the hash of {component['name']}")
    for dependency in bill["dependencies"]:
        unknown = {dependency["ref"], *dependency["dependsOn"]} - set(references)
        _expect(not unknown, f"{file.name}: {unknown} are no components")


def _manifests(folder, report):
    """Checks syntax and required keys, and that each address and sum is that of a file beside it."""
    for file in sorted([*folder.glob("*.rb"), *folder.glob("*.scoop.json"), *folder.glob("*.yaml")]):
        text = file.read_text()
        for name in re.findall(re.escape(RELEASES) + r"/([\w.+-]+)", text):
            _expect((folder / name).is_file(), f"{file.name} names {name}, which was not made")
            digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
            _expect(digest in text.lower(), f"{file.name} does not have the sum of {name}")
        if file.suffix == ".rb":
            run("ruby", "-c", file, capture_output=True)
            report.append((file.name, "Ruby's syntax, addresses, sums", "brew audit, brew install (need Homebrew)"))
        elif file.suffix == ".json":
            keys = json.loads(text)
            _expect({"version", "homepage", "license"} <= keys.keys(), f"{file.name} lacks a required key")
            report.append((file.name, "JSON, required keys, addresses, sums", "scoop install (needs Windows)"))
        else:
            # Ruby reads YAML; Python's library does not.
            ruby = "require 'yaml'; require 'json'; puts JSON.dump(YAML.safe_load(File.read(ARGV[0]), aliases: true))"
            _keys(file, json.loads(output("ruby", "-e", ruby, file)), report)


WINGET = {
    "version": {"PackageIdentifier", "PackageVersion", "DefaultLocale", "ManifestType", "ManifestVersion"},
    "installer": {"PackageIdentifier", "PackageVersion", "Installers", "ManifestType", "ManifestVersion"},
    "defaultLocale": {
        "PackageIdentifier", "PackageVersion", "PackageLocale", "Publisher", "PackageName", "License", "ShortDescription",
        "ManifestType", "ManifestVersion",
    },
}


def _keys(file, keys, report):
    if "krew" not in file.name:
        required = WINGET[keys["ManifestType"]]
        _expect(required <= keys.keys(), f"{file.name} lacks {required - keys.keys()}")
        _expect(re.fullmatch(r"[^.\s]+(\.[^.\s]+)+", keys["PackageIdentifier"]), f"{file.name}: PackageIdentifier")
        report.append((file.name, "YAML, required keys, addresses, sums", "winget validate, winget install (need Windows)"))
        return
    _expect(len(keys["spec"]["platforms"]) == 5, f"{file.name} does not have each platform")
    if not shutil.which("go"):
        report.append((file.name, "YAML, addresses, sums", "krew's own checker (needs Go); kubectl krew install"))
        return
    # The checker wants a file that is named after the plugin.
    copy = _empty("krew") / f"{NAME}.yaml"
    shutil.copyfile(file, copy)
    run("go", "run", KREW, "-manifest", copy, "-skip-install", capture_output=True, text=True, cwd=copy.parent)
    report.append((file.name, "krew's own checker, addresses, sums", "kubectl krew install"))


def compare(first, second, targets):
    """Fails unless both folders have the same files with the same bytes."""
    def files(folder):
        found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
        return {name: path for name, path in found.items() if folder.name != "binaries" or _is_of(name, targets)}

    one, two = files(first), files(second)
    _expect(one.keys() == two.keys(), f"other files in {second}: {', '.join(sorted(one.keys() ^ two.keys()))}")
    different = [name for name in sorted(one) if one[name].read_bytes() != two[name].read_bytes()]
    _expect(not different, f"a second build in {second} gave other bytes of {', '.join(different)}")
    say(f"\na second build in another folder gave the same bytes of {len(one)} files")


def _is_of(name, targets):
    return name.split("/")[0] in {target.triple for target in targets}
