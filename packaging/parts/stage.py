"""Makes the artefacts from the built programs: archives, packages, manifests and checksums."""

import shutil

from . import archives, crates, linux, manifests
from .settings import NAME, ROOT, WORK, environment, fail, run, say

DOCUMENTS = ("README.md", "SECURITY.md", "LICENSE")


def build(targets, folder):
    """Makes all artefacts of these targets in the folder, which is emptied first."""
    for target in targets:
        for program in target.programs:
            if not (target.binaries / program).is_file():
                fail(f"{target.binaries / program} not found: run `packaging/build binaries` first")
            # What a release's jobs hand over to each other loses it.
            (target.binaries / program).chmod(0o755)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    manuals = _manuals(targets)
    for target in targets:
        say(f"packing {target.triple}")
        contents = _contents(target, manuals)
        archives.write(contents, folder / target.archive)
        shutil.copyfile(contents / "sbom.cdx.json", folder / f"{NAME}-{target.triple}.cdx.json")
        if target.system == "linux":
            linux.deb(target, contents, folder)
            linux.rpm(target, contents, folder)
    manifests.write(folder)
    sums = [f"{manifests.digest(file)}  {file.name}\n" for file in sorted(folder.iterdir())]
    (folder / "SHA256SUMS").write_text("".join(sums))


def _manuals(targets):
    """Returns the folder of the manual pages, written by the first program that runs here: they are the same on each system."""
    folder = WORK / "man"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    target = next((target for target in targets if target.runner() is not None), None)
    if not target:
        fail("none of the programs runs on this system: choose a target for Linux or Windows, too")
    run(*target.runner(), target.binaries / target.programs[-1], "man", "--dir", folder, env=environment(), stdout=-3)
    return folder


def _contents(target, manuals):
    """Returns a folder with what the archive of a target has; its name is that of the archive."""
    folder = WORK / "contents" / target.archive.removesuffix(".zip").removesuffix(".tar.gz")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for program in target.programs:
        shutil.copy(target.binaries / program, folder / program)
        (folder / program).chmod(0o755)
    shutil.copytree(manuals, folder / "man")
    shutil.copytree(ROOT / "completions", folder / "completions")
    for name in DOCUMENTS:
        shutil.copyfile(ROOT / name, folder / name)
    (folder / "THIRD-PARTY-LICENSES.txt").write_text(crates.third_party(target))
    (folder / "sbom.cdx.json").write_text(crates.bill_of_materials(target))
    return folder
