"""The manifests of package managers, filled with this version, its addresses and the sums of its archives."""

import hashlib
import json

from .settings import (
    DESCRIPTION, DETAILS, KUBECTL_PLUGIN, LICENSE, NAME, PUBLISHER, RELEASES, REPOSITORY, SUMMARY, TARGETS, VERSION,
)


def digest(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()


def write(folder):
    """Writes the manifests of all archives in the folder. Each manifest needs all archives of its systems."""
    there = {target: folder / target.archive for target in TARGETS if (folder / target.archive).exists()}
    systems = [(target.system, target.arch) for target in there]
    unix = [target for target in there if target.system != "windows"]
    made = []
    if len(unix) == 4:
        made.append(_write(folder / f"{NAME}.rb", _homebrew({(t.system, t.arch): there[t] for t in unix})))
    windows = next((there[target] for target in there if target.system == "windows"), None)
    if windows:
        made.append(_write(folder / f"{NAME}.scoop.json", _scoop(windows)))
        for suffix, text in _winget(windows).items():
            made.append(_write(folder / f"winget-{PUBLISHER}.{NAME}{suffix}.yaml", text))
    if len(systems) == len(TARGETS):
        made.append(_write(folder / f"{NAME}.krew.yaml", _krew(there)))
    return made


def _write(file, text):
    file.write_text(text)
    return file


def _homebrew(archives):
    def source(system, arch):
        file = archives[system, arch]
        return f'      url "{RELEASES}/{file.name}"\n      sha256 "{digest(file)}"\n'

    def system(name, key):
        return (
            f"  on_{name} do\n    on_arm do\n{source(key, 'arm64')}    end\n"
            f"    on_intel do\n{source(key, 'amd64')}    end\n  end\n"
        )

    return f"""class AponoLogin < Formula
  desc "{SUMMARY}"
  homepage "{REPOSITORY}"
  version "{VERSION}"
  license "{LICENSE}"

{system("macos", "darwin")}
{system("linux", "linux")}
  def install
    bin.install "{NAME}"
    # Only on Linux is the program in two files.
    bin.install "{NAME}-full" if OS.linux?
    man1.install Dir["man/*.1"]
    bash_completion.install "completions/{NAME}.bash" => "{NAME}"
    zsh_completion.install "completions/_{NAME}"
    fish_completion.install "completions/{NAME}.fish"
    doc.install "README.md", "SECURITY.md", "THIRD-PARTY-LICENSES.txt", "sbom.cdx.json"
  end

  test do
    assert_match version.to_s, shell_output("#{{bin}}/{NAME} --version")
  end
end
"""


def _scoop(archive):
    inside = archive.stem
    manifest = {
        "version": VERSION,
        "description": SUMMARY,
        "homepage": REPOSITORY,
        "license": LICENSE,
        "architecture": {
            "64bit": {"url": f"{RELEASES}/{archive.name}", "hash": digest(archive), "extract_dir": inside},
        },
        "bin": f"{NAME}.exe",
    }
    return json.dumps(manifest, indent=4) + "\n"


def _winget(archive):
    """Returns the three files of a manifest by what their names end with (learn.microsoft.com/windows/package-manager)."""
    schema = "1.10.0"

    def manifest(kind, lines):
        return (
            f"# yaml-language-server: $schema=https://aka.ms/winget-manifest.{kind}.{schema}.schema.json\n"
            f"PackageIdentifier: {PUBLISHER}.{NAME}\nPackageVersion: {VERSION}\n{lines}ManifestType: {kind}\n"
            f"ManifestVersion: {schema}\n"
        )

    return {
        "": manifest("version", "DefaultLocale: en-US\n"),
        ".installer": manifest(
            "installer",
            f"""InstallerType: zip
NestedInstallerType: portable
NestedInstallerFiles:
  - RelativeFilePath: {archive.stem}\\{NAME}.exe
    PortableCommandAlias: {NAME}
Installers:
  - Architecture: x64
    InstallerUrl: {RELEASES}/{archive.name}
    InstallerSha256: {digest(archive).upper()}
""",
        ),
        ".locale.en-US": manifest(
            "defaultLocale",
            f"""PackageLocale: en-US
Publisher: {PUBLISHER}
PackageName: {NAME}
PackageUrl: {REPOSITORY}
License: {LICENSE}
ShortDescription: {SUMMARY}
Description: {json.dumps(DESCRIPTION)}
""",
        ),
    }


def _krew(archives):
    platforms = ""
    for target, file in archives.items():
        suffix = ".exe" if target.system == "windows" else ""
        programs = "".join(f'        - {{ from: "*/{program}", to: "." }}\n' for program in target.programs)
        platforms += f"""    - selector: {{ matchLabels: {{ os: {target.system}, arch: {target.arch} }} }}
      uri: {RELEASES}/{file.name}
      sha256: {digest(file)}
      bin: {NAME}{suffix}
      files:
{programs}        - {{ from: "*/LICENSE", to: "." }}
"""
    return f"""apiVersion: krew.googlecontainertools.github.com/v1alpha2
kind: Plugin
metadata:
  name: {NAME}
spec:
  version: v{VERSION}
  homepage: {REPOSITORY}
  shortDescription: {SUMMARY}
  description: |
    {DETAILS}
  caveats: |
    Hints name the program as you typed it: `kubectl {NAME}`. To type `{NAME}`, create a link:
      ln -s "${{KREW_ROOT:-$HOME/.krew}}/bin/{KUBECTL_PLUGIN}" ~/.local/bin/{NAME}
  platforms:
{platforms}"""
