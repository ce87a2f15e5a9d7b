"""read_documents.py FILE...: what YAML (.yaml) and HCL (.tf) files say to their readers, as a JSON list.

YAML is read by PyYAML, HCL by python-hcl2. Of HCL come the resources as {TYPE: {ATTRIBUTE: VALUE}}, with what stands in
jsonencode(...) as a document; text in quotes is unescaped as the HCL specification has it, and must interpolate nothing.
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
        sys.exit(f"interpolates: {value}")
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
