"""read_documents.py FILE...: parses YAML (.yaml) and HCL (.tf) files, and prints their contents as a JSON list.

PyYAML parses YAML, python-hcl2 parses HCL. An HCL file is printed as its resources, {TYPE: {ATTRIBUTE: VALUE}}; the argument
of jsonencode(...) is printed as a JSON value. Quoted strings are unescaped as in the HCL specification; interpolation is an
error.
"""

import json
import pathlib
import re
import sys

import hcl2
import yaml

JSONENCODE = re.compile(r"\$\{jsonencode\((.*)\)\}", re.DOTALL)


def plain(value):
    if isinstance(value, dict):
        pairs = {key: inner for key, inner in value.items() if not key.startswith("__")}
        return {plain(key): plain(inner) for key, inner in pairs.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if not isinstance(value, str):
        return value
    if encoded := JSONENCODE.fullmatch(value):
        return plain(hcl2.loads(f"x = {encoded[1]}\n")["x"])
    if not value.startswith('"'):
        return value  # a name or a reference
    text = json.loads(value)
    if re.search(r"(?<!\$)\$\{|(?<!%)%\{", text):
        sys.exit(f"unsupported interpolation: {value}")
    return text.replace("$${", "${").replace("%%{", "%{")


def read(path):
    text = path.read_text()
    if path.suffix == ".yaml":
        return yaml.safe_load(text)
    resources = {}
    for block in plain(hcl2.loads(text))["resource"]:
        for kind, named in block.items():
            (resources[kind],) = named.values()
    return resources


json.dump([read(pathlib.Path(name)) for name in sys.argv[1:]], sys.stdout)
