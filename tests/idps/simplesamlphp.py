"""A real SimpleSAMLphp, as Debian ships it, in PHP's own server."""

import os
import shutil
import subprocess
import urllib.request

from keycloak import ACS, ATTRIBUTES, role_for
from programs import run
from waiting import wait_for

PORT = 8181
AT = f"http://127.0.0.1:{PORT}/simplesamlphp/"
INSTALLED = "/usr/share/simplesamlphp"

CONFIG = """<?php
$config = [
    'baseurlpath' => '%(at)s', 'certdir' => '%(folder)s/', 'datadir' => '%(folder)s/', 'tempdir' => '%(folder)s/tmp',
    'loggingdir' => '%(folder)s/', 'logging.handler' => 'file', 'secretsalt' => 'salt of a test', 'timezone' => 'UTC',
    'auth.adminpassword' => 'not used', 'technicalcontact_email' => 'admin@example.com', 'enable.saml20-idp' => true,
    'session.cookie.secure' => false, 'store.type' => 'phpsession', 'session.phpsession.savepath' => '%(folder)s/tmp',
    'module.enable' => ['exampleauth' => true, 'core' => true, 'saml' => true], 'language.default' => 'en',
    'metadata.sources' => [['type' => 'flatfile']], 'metadatadir' => '%(folder)s/metadata',
];
"""
HOSTED = """<?php
$metadata['https://idp.example.com'] = [
    'host' => '__DEFAULT__', 'privatekey' => 'key.pem', 'certificate' => 'certificate.pem', 'auth' => 'people',
];
"""
REMOTE = f"""<?php
$metadata['urn:amazon:webservices'] = [
    'AssertionConsumerService' => '{ACS}', 'saml20.sign.assertion' => true, 'attributes.NameFormat' =>
    'urn:oasis:names:tc:SAML:2.0:attrname-format:uri', 'NameIDFormat' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient',
];
"""


class SimpleSamlPhp:
    def __init__(self, folder):
        self.folder = folder / "simplesamlphp"
        shutil.rmtree(self.folder, ignore_errors=True)
        for inner in ("tmp", "metadata", "www"):
            (self.folder / inner).mkdir(parents=True)
        self._write("config.php", CONFIG % {"at": AT, "folder": self.folder})
        self._write("metadata/saml20-idp-hosted.php", HOSTED)
        self._write("metadata/saml20-sp-remote.php", REMOTE)
        self._write("authsources.php", f"<?php\n$config = ['people' => ['exampleauth:UserPass', {people()}]];\n")
        (self.folder / "www/simplesamlphp").symlink_to(f"{INSTALLED}/www")
        pair = ["-keyout", self.folder / "key.pem", "-out", self.folder / "certificate.pem"]
        run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=idp.example.com", *pair])
        env = {**os.environ, "SIMPLESAMLPHP_CONFIG_DIR": str(self.folder), "PHP_CLI_SERVER_WORKERS": "4"}
        words = ["php", "-d", "error_reporting=0", "-S", f"127.0.0.1:{PORT}", "-t", self.folder / "www"]
        with open(self.folder / "php.log", "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(words, env=env, stdout=log, stderr=log, start_new_session=True)

    def _write(self, name, text):
        (self.folder / name).write_text(text)

    def __enter__(self):
        wait_for(self._answers, "PHP")
        return self

    def __exit__(self, *_):
        # Its workers are of the same group.
        os.killpg(self.process.pid, 15)
        self.process.wait()

    def _answers(self):
        try:
            return bool(urllib.request.urlopen(f"{AT}saml2/idp/metadata.php", timeout=5))
        except OSError:
            return False

    def url(self, client="aws"):
        assert client == "aws"
        return f"{AT}saml2/idp/SSOService.php?spentityid=urn:amazon:webservices"

    def certificate(self):
        lines = (self.folder / "certificate.pem").read_text().splitlines()
        return "".join(line for line in lines if not line.startswith("-"))


def people():
    def person(name):
        attributes = {"RoleSessionName": f"{name}@example.com", "SessionDuration": "3600"}
        if name != "carol":
            attributes["Role"] = role_for("SimpleSAMLphp")
        values = ", ".join(f"'{ATTRIBUTES}{key}' => ['{value}']" for key, value in attributes.items())
        return f"'{name}:correct horse' => [{values}]"

    return ", ".join(map(person, ["alice", "bob", "carol"]))
