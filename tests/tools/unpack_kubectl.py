"""unpack_kubectl.py WHEEL TARGET: extracts the kubectl binary from a lambda-layer-kubectl wheel.

The wheel (a zip) holds the npm package (a tgz), which holds the layer (a zip), which holds kubectl. The hash
of the wheel, which pip has checked, covers the binary.
"""

import io
import os
import sys
import tarfile
import zipfile

wheel, target = sys.argv[1:]
with zipfile.ZipFile(wheel) as outer:
    (package,) = [name for name in outer.namelist() if name.endswith(".jsii.tgz")]
    with tarfile.open(fileobj=io.BytesIO(outer.read(package))) as tgz:
        layer = tgz.extractfile("package/lib/layer.zip").read()
with zipfile.ZipFile(io.BytesIO(layer)) as inner, open(target, "wb") as out:
    out.write(inner.read("kubectl/kubectl"))
os.chmod(target, 0o755)
