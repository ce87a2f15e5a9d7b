"""Stands in for Apple's SDK, which only Apple may give out, with lists of the symbols that the program uses.

A list is what a linker reads (a `.tbd` file): which library has which symbol. A symbol that is used and not listed fails the
build: look it up in Apple's documentation and add it to packaging/macos/NAME.txt. Where SDKROOT names an SDK of Apple's, that
one is used.
"""

import os
import shutil
from pathlib import Path

from .settings import ROOT, WORK

# The libraries that a program may load, all of which every macOS has. `checks` compares with it.
SYSTEM = "/usr/lib/libSystem.B.dylib"
LISTS = ROOT / "packaging/macos"


def path_of(framework):
    return f"/System/Library/Frameworks/{framework}.framework/Versions/A/{framework}"


def libraries():
    """Returns the paths of the libraries that the program may load."""
    return {SYSTEM, *(path_of(file.stem) for file in LISTS.glob("*.txt")), "/usr/lib/libcharset.1.dylib", "/usr/lib/libiconv.2.dylib"}


def sdk(zig_library):
    """Returns the folder of the SDK to link with."""
    if os.environ.get("SDKROOT"):
        return Path(os.environ["SDKROOT"])
    folder = WORK / "macos-sdk"
    shutil.rmtree(folder, ignore_errors=True)
    for file in sorted(LISTS.glob("*.txt")):
        symbols = [line for line in file.read_text().splitlines() if line and not line.startswith("#")]
        place = folder / f"System/Library/Frameworks/{file.stem}.framework"
        place.mkdir(parents=True)
        (place / f"{file.stem}.tbd").write_text(_list(path_of(file.stem), symbols))
    return folder


def _list(path, symbols):
    targets = "[ x86_64-macos, arm64-macos ]"
    return f"""--- !tapi-tbd
tbd-version:     4
targets:         {targets}
install-name:    '{path}'
current-version: 1
exports:
  - targets:         {targets}
    symbols:         [ {', '.join(symbols)} ]
...
"""
