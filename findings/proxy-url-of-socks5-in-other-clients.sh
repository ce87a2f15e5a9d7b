#!/bin/sh
# `proxy-url: socks5://…` in a kubeconfig, as Kubernetes' guide to SOCKS5 proxies writes it for clusters behind a bastion, in six
# clients other than kubectl: kubernetes (Python) 37.0.2, kubernetes_asyncio 36.1.0, kr8s 0.20.15, lightkube 1.0.1, pykube-ng 23.6.0
# and @kubernetes/client-node 1.4.0; PySocks 1.7.1 and socksio 1.0.0, which they ask for, are installed.
#
# Expected: as kubectl, which has the proxy resolve the cluster's name; at worst an error that names SOCKS.
# Seen, 2026-11-29:
#
#     client              socks5                              socks5h
#     kubernetes          resolves the name on this computer  the proxy resolves it
#     kubernetes_asyncio  speaks HTTP to the proxy            speaks HTTP to the proxy
#     kr8s                the proxy resolves it               the proxy resolves it
#     lightkube           ignores proxy-url                   ignores proxy-url
#     pykube-ng           ignores proxy-url                   ignores proxy-url
#     client-node         resolves the name on this computer  the proxy resolves it
#
# kubectl 1.37 refuses socks5h there (kubeconfig-proxy-of-socks5h.sh). So where only the bastion can resolve the cluster's name, no
# scheme serves kubectl together with the official Python or JavaScript client; and without an error a proxy-url says nothing about
# the way that lightkube and pykube-ng take.
#
# Needs python3 with venv, Node.js 20 or later with npm, PyPI and the npm registry. Exits with 1 if a client does something else.
set -eu
work=$(mktemp -d)
trap 'kill "${proxy:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check kubernetes==37.0.2 kubernetes_asyncio==36.1.0 kr8s==0.20.15 \
    lightkube==1.0.1 pykube-ng==23.6.0 PySocks==1.7.1 socksio==1.0.0
npm install --silent --no-audit --no-fund --prefix "$work" @kubernetes/client-node@1.4.0

# A proxy that says what it was asked for, and hangs up.
cat >"$work/proxy.py" <<'PYTHON'
import os, socket, sys
server = socket.create_server(("127.0.0.1", 0))
open(sys.argv[1] + ".new", "w").write(str(server.getsockname()[1]))
os.rename(sys.argv[1] + ".new", sys.argv[1])
while True:
    client, _ = server.accept()
    client.settimeout(5)
    try:
        greeting = client.recv(262)
        if greeting[:1] != b"\x05":
            print(greeting.split(b" ")[0].decode(), flush=True)
        else:
            client.sendall(b"\x05\x00")
            request = b""
            while len(request) < 4 and (more := client.recv(262)):
                request += more
            if len(request) > 3:
                print("name" if request[3] == 3 else "address", flush=True)
    except OSError:
        pass
    client.close()
PYTHON
python3 "$work/proxy.py" "$work/port" >>"$work/asked" &
proxy=$!

cat >"$work/client.py" <<'PYTHON'
import sys
client, config = sys.argv[1:]
if client == "kubernetes":
    from kubernetes import client, config as of
    of.load_kube_config(config)
    client.CoreV1Api().list_namespaced_pod("default", _request_timeout=5)
elif client == "kubernetes_asyncio":
    import asyncio
    from kubernetes_asyncio import client, config as of
    async def pods():
        await of.load_kube_config(config)
        async with client.ApiClient() as api:
            await client.CoreV1Api(api).list_namespaced_pod("default")
    asyncio.run(pods())
elif client == "kr8s":
    import kr8s
    list(kr8s.api(kubeconfig=config).get("pods"))
elif client == "lightkube":
    from lightkube import Client, KubeConfig
    from lightkube.resources.core_v1 import Pod
    list(Client(config=KubeConfig.from_file(config)).list(Pod, namespace="default"))
else:
    import pykube
    list(pykube.Pod.objects(pykube.HTTPClient(pykube.KubeConfig.from_file(config))))
PYTHON
cat >"$work/client.mjs" <<'JS'
import { KubeConfig, CoreV1Api } from "@kubernetes/client-node";
const config = new KubeConfig();
config.loadFromFile(process.argv[2]);
await config.makeApiClient(CoreV1Api).listNamespacedPod({ namespace: "default" });
JS

while [ ! -s "$work/port" ]; do sleep 0.1; done
# A name that no resolver has (RFC 6761).
for scheme in socks5 socks5h; do
    cat >"$work/$scheme" <<YAML
apiVersion: v1
kind: Config
clusters: [{name: prod, cluster: {server: "https://cluster.invalid", proxy-url: "$scheme://127.0.0.1:$(cat "$work/port")"}}]
users: [{name: alice, user: {token: example}}]
contexts: [{name: prod, context: {cluster: prod, user: alice}}]
current-context: prod
YAML
done
# Prints what the proxy was asked for: a name to resolve, an HTTP method, or nothing.
asks() {
    : >"$work/asked"
    case $1 in
        client-node) (cd "$work" && timeout 60 node client.mjs "$2") >"$work/out" 2>&1 && exit 1 ;;
        *) timeout 60 "$work/venv/bin/python" "$work/client.py" "$1" "$2" >"$work/out" 2>&1 && exit 1 ;;
    esac
    found=$(sort -u "$work/asked")
    case $found in
        '') grep -qiE 'name or service not known|name resolution|ENOTFOUND|resolve' "$work/out" && echo 'resolves here' ;;
        *) echo "$found" ;;
    esac
}
status=0
expect() {
    socks5=$(asks "$1" "$work/socks5") || cat "$work/out"
    socks5h=$(asks "$1" "$work/socks5h") || cat "$work/out"
    echo "$1: socks5: $socks5; socks5h: $socks5h"
    [ "$socks5, $socks5h" = "$2, $3" ] || { echo "expected $2, $3"; status=1; }
}
expect kubernetes 'resolves here' name
expect kubernetes_asyncio CONNECT CONNECT
expect kr8s name name
expect lightkube 'resolves here' 'resolves here'
expect pykube-ng 'resolves here' 'resolves here'
expect client-node 'resolves here' name
exit "$status"
