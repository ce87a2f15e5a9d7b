"""Writes files as other programs do, for tests of races: in place, without a lock.

Reads one JSON object a line, and prints a line at each point that a test waits for:
{"how": "aws", "path", "section", "key", "value", "after"}: the aws CLI's own writer sets a key. Prints "done".
{"how": "held" | "half", "path", "from", "to", "after"}: an editor replaces a text in the file. It opens the file, which empties
it, writes nothing or half of the new content, prints "open", and writes the rest. Prints "done".
"after" is a number of seconds to wait before the write or before the rest, or null: until the next line.
"""

import json
import sys
import time

from awscli.customizations.configure.writer import ConfigFileWriter


def wait(after):
    if after is None:
        sys.stdin.readline()
    else:
        time.sleep(after)


def write(how, path, after, **rest):
    if how == "aws":
        wait(after)
        values = {"__section__": rest["section"], rest["key"]: rest["value"]}
        ConfigFileWriter().update_config(values, path)
        return
    with open(path) as file:
        text = file.read().replace(rest["from"], rest["to"])
    with open(path, "w") as file:
        half = len(text) // 2 if how == "half" else 0
        file.write(text[:half])
        file.flush()
        print("open", flush=True)
        wait(after)
        file.write(text[half:])


print("ready", flush=True)
while line := sys.stdin.readline():
    write(**json.loads(line))
    print("done", flush=True)
