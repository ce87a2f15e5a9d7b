"""run_ministack.py FOLDER: ministack, as the tests need it.

Settings come from the environment, as ministack reads them. Two things are added:

* It ends when its standard input does, so it cannot outlive the test process, however that ends.
* ministack would start a k3s container for a cluster to take the CA from. Here the "container" is this file: the CA is
  FOLDER/ca.crt, and the kubeconfig of ministack's token webhook, which k3s would be given, is left as
  FOLDER/eks-auth-webhook.yaml, so that a test can ask what k3s would ask: is this token good for this cluster?
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

from ministack.app import main  # noqa: E402  (only now: it looks for docker when imported)

main()
