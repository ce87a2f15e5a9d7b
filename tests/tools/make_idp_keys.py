"""make_idp_keys.py FOLDER: creates FOLDER with two RSA keys and a self-signed certificate for each: key.pem and
certificate.pem for the tests' identity provider, other-key.pem and other-certificate.pem for one that is not trusted."""

import datetime
import os
import pathlib
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

# Some tests set another time.
FROM = datetime.datetime(2020, 1, 1)
UNTIL = datetime.datetime(2120, 1, 1)


def write(path, content):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


folder = pathlib.Path(sys.argv[1])
folder.mkdir(mode=0o700)
for prefix, common_name in [("", "idp.example.com"), ("other-", "somebody.example.net")]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(FROM)
        .not_valid_after(UNTIL)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    write(folder / f"{prefix}key.pem", private)
    write(folder / f"{prefix}certificate.pem", certificate.public_bytes(pem))
