"""Reads from programs of each system what a release depends on: the processor, whether they are loaded at a random address, and
the libraries that they load."""

import struct
from dataclasses import dataclass, field

# The libraries of Windows that a program may load: each is in every Windows that Rust supports. What mingw brings is not.
WINDOWS_LIBRARIES = {
    "advapi32.dll", "api-ms-win-core-synch-l1-2-0.dll", "bcrypt.dll", "bcryptprimitives.dll", "combase.dll", "crypt32.dll",
    "kernel32.dll", "msvcrt.dll", "ncrypt.dll", "ntdll.dll", "ole32.dll", "secur32.dll", "shell32.dll", "user32.dll",
    "userenv.dll", "ws2_32.dll",
}


@dataclass
class Program:
    """What was read from a program."""

    arch: str
    # Whether the system may load it at any address.
    relocatable: bool
    libraries: list = field(default_factory=list)
    # Symbols of these libraries, where the format says so (macOS).
    symbols: list = field(default_factory=list)
    signed: bool = False
    # Whether it has tables for unwinding the stack, which its system finds (Linux).
    unwinds: bool = False


def elf(data):
    """Reads a program for Linux: Executable and Linkable Format, 64 bits, little-endian (elf(5))."""
    if data[:6] != b"\x7fELF\x02\x01":
        raise ValueError("not an ELF file of 64 bits")
    kind, machine = struct.unpack_from("<HH", data, 16)
    table, = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    headers = [struct.unpack_from("<IIQQQQ", data, table + i * size) for i in range(count)]
    # PT_INTERP: the path of the loader of shared libraries, which a static program does not have.
    libraries = [data[offset : offset + length].rstrip(b"\0").decode() for t, _, offset, _, _, length in headers if t == 3]
    arch = {62: "amd64", 183: "arm64"}.get(machine, str(machine))
    # PT_GNU_EH_FRAME
    return Program(arch, kind == 3, libraries, unwinds=any(header[0] == 0x6474E550 for header in headers))


def pe(data):
    """Reads a program for Windows: Portable Executable (learn.microsoft.com/windows/win32/debug/pe-format)."""
    start, = struct.unpack_from("<I", data, 0x3C)
    if data[start : start + 4] != b"PE\0\0":
        raise ValueError("not a PE file")
    machine, count, _, _, _, optional_size, _ = struct.unpack_from("<HHIIIHH", data, start + 4)
    optional = start + 24
    if struct.unpack_from("<H", data, optional)[0] != 0x20B:
        raise ValueError("not a PE file of 64 bits")
    characteristics, = struct.unpack_from("<H", data, optional + 70)
    imports, = struct.unpack_from("<I", data, optional + 120)
    certificates, = struct.unpack_from("<I", data, optional + 144)
    sections = [struct.unpack_from("<IIII", data, optional + optional_size + i * 40 + 8) for i in range(count)]

    def offset(address):
        for _, virtual, size, raw in sections:
            if virtual <= address < virtual + size:
                return raw + address - virtual
        raise ValueError(f"address {address:#x} is in no section")

    libraries, at = [], offset(imports)
    while (name := struct.unpack_from("<I", data, at + 12)[0]) != 0:
        begin = offset(name)
        libraries.append(data[begin : data.index(b"\0", begin)].decode())
        at += 20
    # Dynamic base and high-entropy addresses.
    relocatable = characteristics & 0x60 == 0x60
    arch = {0x8664: "amd64", 0xAA64: "arm64"}.get(machine, hex(machine))
    return Program(arch, relocatable, libraries, signed=certificates != 0)


def macho(data):
    """Reads a program for macOS: Mach-O of 64 bits (mach-o/loader.h)."""
    magic, cpu, _, kind, count, _, flags, _ = struct.unpack_from("<8I", data, 0)
    if magic != 0xFEEDFACF or kind != 2:
        raise ValueError("not a Mach-O program of 64 bits")
    arch = {0x01000007: "amd64", 0x0100000C: "arm64"}.get(cpu, hex(cpu))
    program = Program(arch, bool(flags & 0x200000))
    at = 32
    for _ in range(count):
        command, size = struct.unpack_from("<II", data, at)
        if command & ~0x80000000 in (0xC, 0x18, 0x1F):  # LC_LOAD_DYLIB and its variants
            begin = at + struct.unpack_from("<I", data, at + 8)[0]
            program.libraries.append(data[begin : data.index(b"\0", begin)].decode())
        elif command == 0x2:  # LC_SYMTAB
            program.symbols = list(_undefined(data, *struct.unpack_from("<IIII", data, at + 8)))
        elif command == 0x1D:  # LC_CODE_SIGNATURE
            program.signed = True
        at += size
    return program


def _undefined(data, table, count, strings, _):
    """Yields the symbols that libraries have, with the number of the library."""
    for i in range(count):
        name, kind, _, description, _ = struct.unpack_from("<IBBHQ", data, table + i * 16)
        if kind & 0xE0 == 0 and kind & 0x0E == 0 and kind & 1:
            begin = strings + name
            yield description >> 8, data[begin : data.index(b"\0", begin)].decode()


READERS = {"linux": elf, "windows": pe, "darwin": macho}
