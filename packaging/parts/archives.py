"""Writes archives whose bytes depend on nothing but their files: sorted, owned by root, with the time of the last commit."""

import gzip
import io
import tarfile
import time
import zipfile

from .settings import epoch_of_run


def _files(folder):
    """Yields the files and folders of a folder, with their names in the archive: its own name is the first part."""
    for path in [folder, *sorted(folder.rglob("*"))]:
        yield path, path.relative_to(folder.parent).as_posix()


def tar_gz(folder, archive):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path, name in _files(folder):
            entry = tar.gettarinfo(path, name)
            entry.uid = entry.gid = 0
            entry.uname = entry.gname = "root"
            entry.mtime = epoch_of_run()
            entry.mode = _mode(path)
            if path.is_file():
                with path.open("rb") as content:
                    tar.addfile(entry, content)
            else:
                tar.addfile(entry)
    archive.write_bytes(compressed(packed.getvalue()))


def compressed(data):
    """Returns the bytes as `gzip -9n` writes them: without a name and a time."""
    return gzip.compress(data, compresslevel=9, mtime=0)


def zipped(folder, archive):
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path, name in _files(folder):
            entry = zipfile.ZipInfo(name + "/" * path.is_dir(), time.gmtime(epoch_of_run())[:6])
            entry.create_system = 3
            entry.external_attr = (0o040000 if path.is_dir() else 0o100000) + _mode(path) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, path.read_bytes() if path.is_file() else b"")


def _mode(path):
    return 0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644


def write(folder, archive):
    (zipped if archive.suffix == ".zip" else tar_gz)(folder, archive)
