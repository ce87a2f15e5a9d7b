"""Holds `policy check` of generated ConfigMaps against what aws-iam-authenticator makes of them: see run."""

import argparse
import collections
import concurrent.futures
import json
import os
import subprocess
import sys

import config_maps

OWN = config_maps.OWN
EMAIL = "alice@example.com"


def ask(oracle, cases):
    """Returns what the authenticator makes of each case."""
    questions = [{"data": case.data, "own": OWN, "email": EMAIL, "username": username(case)} for case in cases]
    lines = [json.dumps(question) + "\n" for question in questions]
    done = subprocess.run([oracle], input="".join(lines), text=True, stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def check(binary, case):
    """Returns the findings of `policy check`, each as SEVERITY ID."""
    config_map = {"kind": "ConfigMap", "metadata": {"name": "aws-auth", "namespace": "kube-system"}, "data": case.data}
    words = [binary, "policy", "check", "-", "--account-id", "111122223333", "--output", "json", *case.options]
    environment = {"HOME": "/nonexistent", "PATH": os.defpath}
    done = subprocess.run(words, input=json.dumps(config_map), text=True, capture_output=True, env=environment, timeout=120)
    try:
        findings = json.loads(done.stdout)["findings"]
    except ValueError:
        sys.exit(f"{' '.join(words)} printed no JSON: {done.stderr}")
    found = [f"{finding['severity']} {finding['id']}" for finding in findings]
    is_good = not any(name.startswith(("dangerous", "wrong")) for name in found)
    assert is_good == (done.returncode == 0), done
    return found


def username(case):
    """Returns the username that Apono grants access to."""
    return "".join(case.options[1:]) + EMAIL


def faults(case, truth, found):
    """Returns what is wrong with the verdict."""
    is_good = not any(name.startswith(("dangerous", "wrong")) for name in found)
    is_dangerous = any(name.startswith("dangerous") for name in found)
    own = truth["own"]
    if truth.get("attack") and not is_dangerous:
        yield "another principal can be a user, and nothing is dangerous"
    if truth["accounts"] and not is_dangerous:
        yield "everyone in an account gets in, and nothing is dangerous"
    if truth["own_groups"] and is_good:
        yield "the users have groups, and it is called good"
    # Without the option, a prefix is a note.
    is_right = own == [username(case)] or not case.options and len(own) == 1 and own[0].endswith(EMAIL)
    if is_good and not is_right:
        yield "users do not get their usernames, and it is called good"


def is_fine(case, truth):
    """Returns whether nothing is wrong with a ConfigMap."""
    return truth["own"] == [username(case)] and not truth["own_groups"] and not truth.get("attack") and not truth["accounts"]


def show(number, case, truth, found):
    print(f"--- case {number} {' '.join(case.options)}")
    for key, text in case.data.items():
        print(f"{key}: |\n{text!r}\n" if not text.isprintable() and "\n" not in text else f"{key}: |\n{text}")
    print(json.dumps(case.data))
    print("authenticator:", json.dumps(truth))
    print("policy check:", found)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--oracle", required=True)
    options.add_argument("--binary", required=True)
    options.add_argument("--cases", type=int, default=5000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--show", type=int, help="number of a case to show")
    args = options.parse_args()
    cases = config_maps.generate(args.seed, args.cases)
    if args.show is not None:
        case = cases[args.show]
        show(args.show, case, ask(args.oracle, [case])[0], check(args.binary, case))
        return 0
    truths = ask(args.oracle, cases)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        verdicts = list(pool.map(lambda case: check(args.binary, case), cases))
    failed, counts, alarms = 0, collections.Counter(), collections.Counter()
    for number, (case, truth, found) in enumerate(zip(cases, truths, verdicts, strict=True)):
        counts["attacks"] += bool(truth.get("attack"))
        counts["texts that the authenticator refuses"] += truth.get("error", "").startswith("error parsing") and not truth["roles"]
        counts["with nothing wrong"] += is_fine(case, truth)
        severities = {name.split()[0] for name in found}
        counts["called good"] += not severities & {"dangerous", "wrong"}
        if is_fine(case, truth):
            for name in set(found):
                alarms[name] += not name.startswith("note")
        for fault in faults(case, truth, found):
            failed += 1
            if failed <= 20:
                print(f"FAILED: {fault}")
                show(number, case, truth, found)
    for name, count in counts.items():
        print(f"{count:6} {name}")
    for name, count in alarms.most_common():
        if count:
            print(f"{count:6} findings though nothing is wrong: {name}")
    print(f"{len(cases):6} ConfigMaps, {failed} wrong verdicts")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
