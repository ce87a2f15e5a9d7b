"""The crates that are in a program, their licenses, and the software bill of materials (CycloneDX 1.5)."""

import json
import tomllib
import uuid
from datetime import datetime, timezone
from pathlib import Path

from .settings import DESCRIPTION, LICENSE, NAME, ROOT, VERSION, environment, epoch_of_run, fail, output

LICENSE_FILES = ("license", "licence", "copying", "notice", "unlicense", "copyright")


def _metadata():
    text = output("cargo", "metadata", "--locked", "--format-version", "1", env=environment())
    return {(package["name"], package["version"]): package for package in json.loads(text)["packages"]}


def graph(target):
    """Returns the crates that are linked into the programs of a target, each with those that it uses, itself first."""
    words = "cargo tree --locked --edges normal,no-proc-macro --prefix depth --charset ascii --format".split()
    lines = output(*words, "|{p}|", "--target", target.triple, "--package", NAME, env=environment()).splitlines()
    edges, above = {}, []
    for line in lines:
        depth, crate, _ = line.split("|", 2)
        name, version = crate.split()[:2]
        node = (name, version.removeprefix("v"))
        del above[int(depth) :]
        edges.setdefault(node, set())
        if above:
            edges[above[-1]].add(node)
        above.append(node)
    return edges


def _purl(crate):
    return f"pkg:cargo/{crate[0]}@{crate[1]}"


def bill_of_materials(target):
    """Returns the bill of materials of a target's programs, as JSON."""
    edges, packages = graph(target), _metadata()
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text())["package"]
    sums = {(package["name"], package["version"]): package.get("checksum") for package in lock}
    own = (NAME, VERSION)
    components = []
    for crate in sorted(edges):
        package = packages[crate]
        if crate == own:
            continue
        component = {
            "type": "library",
            "bom-ref": _purl(crate),
            "name": crate[0],
            "version": crate[1],
            "description": (package["description"] or "").strip(),
            "scope": "required",
            "hashes": [{"alg": "SHA-256", "content": sums[crate]}],
            "licenses": [{"expression": package["license"].replace("/", " OR ")}],
            "purl": _purl(crate),
        }
        if package["repository"]:
            component["externalReferences"] = [{"type": "vcs", "url": package["repository"]}]
        components.append(component)
    seed = f"{NAME} {VERSION} {target.triple} {epoch_of_run()}"
    bill = {
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, seed)}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(epoch_of_run(), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {
                "type": "application",
                "bom-ref": _purl(own),
                "name": NAME,
                "version": VERSION,
                "description": DESCRIPTION,
                "licenses": [{"expression": LICENSE}],
                "purl": _purl(own),
            },
            "properties": [{"name": "cdx:rustc:sbom:target:triple", "value": target.triple}],
        },
        "components": components,
        "dependencies": [
            {"ref": _purl(crate), "dependsOn": [_purl(other) for other in sorted(edges[crate])]} for crate in sorted(edges)
        ],
    }
    return json.dumps(bill, indent=2, ensure_ascii=False) + "\n"


def third_party(target):
    """Returns the licenses of everything that is linked into a target's programs, each text once."""
    packages, rows, texts = _metadata(), [], {}
    mit = (ROOT / "packaging/licenses/MIT.txt").read_text()

    def row(title, license_name, found):
        numbers = []
        for text in found:
            text = "\n".join(line.rstrip() for line in text.strip().splitlines())
            numbers.append(texts.setdefault(text, len(texts) + 1))
        rows.append(f"{title}: {license_name} (text {', '.join(map(str, sorted(set(numbers))))})")

    documents = Path(output("rustc", "--print", "sysroot", env=environment())) / "share/doc/cargo"
    rust = [(documents / name).read_text() for name in ("LICENSE-APACHE", "LICENSE-MIT")]
    row("Rust's standard library", "MIT OR Apache-2.0", rust)
    if target.system == "linux":
        row("musl", "MIT", ["Copyright © 2005-2020 Rich Felker, et al.\n\n" + mit])
    if target.system == "windows":
        row("mingw-w64", "ZPL-2.1 and others", [Path("/usr/share/doc/mingw-w64-common/copyright").read_text()])
    for crate in sorted(graph(target)):
        if crate == (NAME, VERSION):
            continue
        package = packages[crate]
        files = sorted(Path(package["manifest_path"]).parent.iterdir())
        found = [f.read_text() for f in files if f.is_file() and f.name.lower().startswith(LICENSE_FILES)]
        if not found:
            # The crate's archive lacks the file.
            authors = ", ".join(package["authors"]) or f"the authors of {crate[0]}"
            if "MIT" not in package["license"]:
                fail(f"{crate[0]} {crate[1]} has no license file: add its text to parts/crates.py")
            found = [f"Copyright (c) {authors}\n\n{mit}"]
        row(f"{crate[0]} {crate[1]}", package["license"], found)
    out = [f"What is linked into {NAME} {VERSION} ({target.triple}), and its licenses.", "", *rows]
    for text, number in texts.items():
        out += ["", "=" * 80, f"Text {number}", "=" * 80, "", text]
    return "\n".join(out) + "\n"
