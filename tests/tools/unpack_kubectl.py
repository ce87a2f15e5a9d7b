"""unpack_kubectl.py WHEEL TARGET: takes the kubectl binary out of a lambda-layer-kubectl wheel.

The wheel (a zip) holds the npm package (a tgz), which holds the layer (a zip), which holds kubectl. What is taken is
covered by the hash pip checked on the wheel.
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
