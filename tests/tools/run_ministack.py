"""run_ministack.py FOLDER: runs ministack for the tests.

ministack reads its settings from the environment. This script adds two things:

* It exits when its standard input is closed, so that it cannot outlive the test process.
* ministack would start a k3s container for each cluster, to get the cluster's CA. Here a fake "container" provides the CA from
  FOLDER/ca.crt. It saves the kubeconfig of ministack's token webhook, which k3s would use, as FOLDER/eks-auth-webhook.yaml, so
  that a test can call the webhook as k3s would, to check whether a token is valid for the cluster.
"""

import io
import os
import pathlib
import sys
import tarfile
import threading
import types

folder = pathlib.Path(sys.argv.pop(1))


class Container:
    id = "stand-in"

    def put_archive(self, _path, archive):
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            webhook = tar.extractfile("etc/rancher/k3s/eks-auth-webhook.yaml").read()
        (folder / "eks-auth-webhook.yaml").write_bytes(webhook)

    def start(self):
        pass

    def exec_run(self, _command):
        return 0, (folder / "ca.crt").read_bytes()


class Containers:
    def create(self, **_settings):
        return Container()

    def list(self, **_filters):
        return []


def end_with_stdin():
    sys.stdin.buffer.read()
    os._exit(0)


docker = types.ModuleType("docker")
docker.from_env = lambda **_settings: types.SimpleNamespace(containers=Containers())
sys.modules["docker"] = docker
threading.Thread(target=end_with_stdin, daemon=True).start()

from ministack.app import main  # noqa: E402  (after the lines above: it imports docker)

main()
