"""The packages for Linux: `.deb` by dpkg-deb, `.rpm` by rpmbuild. Both contain the same files at the same places."""

import os
import shutil
from datetime import datetime, timezone
from email.utils import format_datetime

from . import archives
from .settings import (
    DESCRIPTION, DETAILS, EMAIL, LICENSE, MAINTAINER, NAME, PLACEHOLDER, REPOSITORY, ROOT, SUMMARY, VERSION, WORK, environment,
    epoch_of_run, run,
)


def _tree(target, contents, root):
    """Puts the files at their places below `root`."""
    shutil.rmtree(root, ignore_errors=True)
    share, documents = root / "usr/share", root / "usr/share/doc" / NAME
    places = {
        "apono-login.bash": share / f"bash-completion/completions/{NAME}",
        "_apono-login": share / "zsh/vendor-completions/_apono-login",
        "apono-login.fish": share / "fish/vendor_completions.d/apono-login.fish",
    }
    for name, place in places.items():
        _copy(contents / "completions" / name, place)
    for program in target.programs:
        _copy(contents / program, root / "usr/bin" / program, 0o755)
    manuals = share / "man/man1"
    manuals.mkdir(parents=True)
    for page in sorted((contents / "man").iterdir()):
        (manuals / f"{page.name}.gz").write_bytes(archives.compressed(page.read_bytes()))
    (manuals / f"{NAME}-full.1.gz").symlink_to(f"{NAME}.1.gz")
    for name in ("README.md", "SECURITY.md", "THIRD-PARTY-LICENSES.txt", "sbom.cdx.json"):
        _copy(contents / name, documents / name)
    return documents


def _copy(source, place, mode=0o644):
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, place)
    place.chmod(mode)


def _finish(root):
    """Gives everything the same time, and folders the usual rights."""
    for path in [root, *root.rglob("*")]:
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)
        os.utime(path, (epoch_of_run(), epoch_of_run()), follow_symlinks=False)


def deb(target, contents, folder):
    root = WORK / f"deb-{target.arch}"
    documents = _tree(target, contents, root)
    date = format_datetime(datetime.fromtimestamp(epoch_of_run(), timezone.utc))
    changes = (
        f"{NAME} ({VERSION}) unstable; urgency=medium\n\n  * Release {VERSION}.\n\n -- {MAINTAINER} <{EMAIL}>  {date}\n"
    )
    (documents / "changelog.gz").write_bytes(archives.compressed(changes.encode()))
    (documents / "copyright").write_text(
        f"""Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: {NAME}
Source: {REPOSITORY}
Comment: The licenses of linked libraries are in THIRD-PARTY-LICENSES.txt.

Files: *
Copyright: {datetime.fromtimestamp(epoch_of_run(), timezone.utc).year} {MAINTAINER}
License: {LICENSE}
 On Debian systems, the text is in /usr/share/common-licenses/Apache-2.0.
"""
    )
    overrides = root / "usr/share/lintian/overrides" / NAME
    overrides.parent.mkdir(parents=True)
    shutil.copyfile(ROOT / "packaging/lintian-overrides", overrides)
    overrides.chmod(0o644)
    size = sum((path.lstat().st_size + 1023) // 1024 for path in root.rglob("*"))
    homepage = "" if REPOSITORY == PLACEHOLDER else f"Homepage: {REPOSITORY}\n"
    control = root / "DEBIAN/control"
    control.parent.mkdir()
    control.write_text(
        f"""Package: {NAME}
Version: {VERSION}
Architecture: {target.arch}
Maintainer: {MAINTAINER} <{EMAIL}>
Installed-Size: {size}
Recommends: ca-certificates
Section: net
Priority: optional
{homepage}Description: {SUMMARY}
{_wrapped(DETAILS)}
"""
    )
    sums = root / "DEBIAN/md5sums"
    files = sorted(path for path in root.glob("usr/**/*") if path.is_file() and not path.is_symlink())
    sums.write_text(run("md5sum", *(path.relative_to(root) for path in files), cwd=root, capture_output=True, text=True).stdout)
    _finish(root)
    package = folder / f"{NAME}_{VERSION}_{target.arch}.deb"
    run("dpkg-deb", "--root-owner-group", "-Zxz", "--build", root, package, env=environment(), stdout=-3)
    return package


def _wrapped(text):
    import textwrap

    return textwrap.fill(text, 78, initial_indent=" ", subsequent_indent=" ")


def rpm(target, contents, folder):
    root, top = WORK / f"rpm-{target.arch}", WORK / f"rpm-{target.arch}-build"
    _copy(contents / "LICENSE", _tree(target, contents, root) / "LICENSE")
    # Where Fedora and openSUSE look.
    (root / "usr/share/zsh/site-functions").mkdir()
    (root / "usr/share/zsh/vendor-completions/_apono-login").rename(root / "usr/share/zsh/site-functions/_apono-login")
    (root / "usr/share/zsh/vendor-completions").rmdir()
    _finish(root)
    shutil.rmtree(top, ignore_errors=True)
    top.mkdir()
    files = sorted(f"/{p.relative_to(root)}" for p in root.rglob("*") if not p.is_dir() or p.name == NAME and "doc" in p.parts)
    marks = {"doc": "%doc ", "LICENSE": "%license "}
    lines = []
    for name in files:
        mark = marks.get("LICENSE" if name.endswith("/LICENSE") else "doc" if "/share/doc/" in name else "", "")
        lines.append(f"%dir {name}" if (root / name[1:]).is_dir() else mark + name)
    spec = top / f"{NAME}.spec"
    listed = "\n".join(lines)
    spec.write_text(
        f"""Name: {NAME}
Version: {VERSION}
Release: 1
Summary: {SUMMARY}
License: {LICENSE}
URL: {REPOSITORY}
Recommends: ca-certificates
# The programs are static and stripped already.
AutoReqProv: no
%global __os_install_post %{{nil}}
%global debug_package %{{nil}}
%global _build_id_links none

%description
{_wrapped(DETAILS).replace(chr(10) + " ", chr(10)).strip()}

%install
cp -a {root}/. %{{buildroot}}/

%files
%defattr(-,root,root,-)
{listed}
"""
    )
    run(
        "rpmbuild", "-bb", "--quiet", "--target", f"{target.rpm_arch}-linux",
        *("--define", f"_topdir {top}"),
        *("--define", "_buildhost reproducible"),
        *("--define", "use_source_date_epoch_as_buildtime 1"),
        *("--define", "clamp_mtime_to_source_date_epoch 1"),
        *("--define", "_binary_payload w9.gzdio"),
        *("--define", f"_rpmdir {folder}"),
        *("--define", "_rpmfilename %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm"),
        spec,
        env=environment(HOME=str(top)),
        capture_output=True,
        text=True,
    )
    return folder / f"{NAME}-{VERSION}-1.{target.rpm_arch}.rpm"
