"""A real Keycloak in development mode, with a realm whose clients are set up as AWS's application."""

import json
import os
import subprocess
import urllib.error
import urllib.parse
import urllib.request

from programs import Trouble, run, say
from waiting import wait_for

VERSION = "26.7.3"
PORT = 8180
AT = f"http://127.0.0.1:{PORT}"
REALM = f"{AT}/realms/corp"
ATTRIBUTES = "https://aws.amazon.com/SAML/Attributes/"
ACS = "https://signin.aws.amazon.com/saml"
ADMIN = "admin"
# Minutes on a small machine.
LONGEST_START = 600


def program(folder):
    """Returns Keycloak's start script; downloads the distribution from Maven Central where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    script = folder / f"keycloak-{VERSION}/bin/kc.sh"
    if not script.exists():
        say(f"downloading Keycloak {VERSION}")
        artifact = f"org.keycloak:keycloak-quarkus-dist:{VERSION}:tar.gz"
        plugin = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"
        run(["mvn", "-q", plugin, f"-Dartifact={artifact}", f"-DoutputDirectory={folder}"], cwd=folder)
        run(["tar", "xzf", folder / f"keycloak-quarkus-dist-{VERSION}.tar.gz", "-C", folder])
    return script


class Keycloak:
    def __init__(self, folder):
        env = {**os.environ, "KC_BOOTSTRAP_ADMIN_USERNAME": ADMIN, "KC_BOOTSTRAP_ADMIN_PASSWORD": ADMIN}
        words = [program(folder), "start-dev", "--http-host=127.0.0.1", f"--http-port={PORT}"]
        with open(folder / "keycloak.log", "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(words, env=env, stdout=log, stderr=log)

    def __enter__(self):
        wait_for(self._answers, "Keycloak", LONGEST_START)
        self._set_up()
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def url(self, client="aws"):
        return f"{REALM}/protocol/saml/clients/{client}"

    def certificate(self):
        with urllib.request.urlopen(f"{REALM}/protocol/saml/descriptor") as answer:
            return answer.read().decode().split("<ds:X509Certificate>")[1].split("<")[0]

    def _answers(self):
        if self.process.poll() is not None:
            raise Trouble("Keycloak ended; see keycloak.log")
        try:
            return bool(urllib.request.urlopen(f"{AT}/realms/master", timeout=5))
        except OSError:
            return False

    def _admin(self, method, path, body=None):
        form = {"grant_type": "password", "client_id": "admin-cli", "username": ADMIN, "password": ADMIN}
        form = urllib.parse.urlencode(form).encode()
        with urllib.request.urlopen(f"{AT}/realms/master/protocol/openid-connect/token", form) as answer:
            token = json.load(answer)["access_token"]
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        body = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{AT}/admin/realms{path}", body, headers, method=method)
        with urllib.request.urlopen(request) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def _set_up(self):
        try:
            self._admin("DELETE", "/corp")
        except urllib.error.HTTPError:
            pass
        self._admin("POST", "", {"realm": "corp", "enabled": True, "sslRequired": "none"})
        # A client runs one mapper of this type only.
        other = [mapper("other roles", "role-list", "Role"), *MAPPERS]
        self._client("aws", "urn:amazon:webservices", MAPPERS)
        self._client("aws-two-mappers", "urn:amazon:webservices:two", other)
        self._client("aws-consent", ACS, MAPPERS, consentRequired=True)
        self._client("aws-redirect", "urn:amazon:webservices:redirect", MAPPERS, post=False)
        for name in ["alice", "bob", "carol"]:
            user = {"username": name, "email": f"{name}@example.com", "firstName": name, "lastName": "Doe", "enabled": True}
            user["credentials"] = [{"type": "password", "value": "correct horse", "temporary": False}]
            self._admin("POST", "/corp/users", user)
            at = self._admin("GET", f"/corp/users?username={name}")[0]["id"]
            for client in self._admin("GET", "/corp/clients") if name != "carol" else []:
                if client["protocol"] == "saml":
                    roles = self._admin("GET", f"/corp/clients/{client['id']}/roles")
                    self._admin("POST", f"/corp/users/{at}/role-mappings/clients/{client['id']}", roles)

    def _client(self, name, entity, mappers, post=True, **more):
        binding = "post" if post else "redirect"
        attributes = {
            "saml.assertion.signature": "true",
            "saml.server.signature": "true",
            "saml.client.signature": "false",
            "saml.force.post.binding": str(post).lower(),
            "saml_idp_initiated_sso_url_name": name,
            "display.on.consent.screen": "true",
            f"saml_assertion_consumer_url_{binding}": ACS,
        }
        client = {"clientId": entity, "name": name, "protocol": "saml", "fullScopeAllowed": False, "redirectUris": [ACS]}
        scopes = {"defaultClientScopes": [], "optionalClientScopes": []}
        client = {**client, **scopes, "attributes": attributes, "protocolMappers": mappers, **more}
        self._admin("POST", "/corp/clients", client)
        found = self._admin("GET", f"/corp/clients?clientId={urllib.parse.quote(entity)}")[0]["id"]
        self._admin("POST", f"/corp/clients/{found}/roles", {"name": role_for("Keycloak")})


def role_for(provider):
    return f"arn:aws:iam::111122223333:role/apono-k8s-access,arn:aws:iam::111122223333:saml-provider/{provider}"


def mapper(name, kind, attribute, **config):
    config = {"attribute.name": attribute, "attribute.nameformat": "URI Reference", "single": "true", **config}
    return {"name": name, "protocol": "saml", "protocolMapper": f"saml-{kind}-mapper", "config": config}


MAPPERS = [
    mapper("roles", "role-list", f"{ATTRIBUTES}Role"),
    mapper("session name", "user-property", f"{ATTRIBUTES}RoleSessionName", **{"user.attribute": "email"}),
    mapper("duration", "hardcode-attribute", f"{ATTRIBUTES}SessionDuration", **{"attribute.value": "3600"}),
]
