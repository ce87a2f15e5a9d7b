"""signed_response.py: prints a SAML response for AWS, made and signed by pysaml2 (with xmlsec1), in base64.

Reads the content of the response as JSON from standard input: issuer, subject, session_name, roles (pairs of role ARN and
provider ARN), audience, recipient, session_duration (seconds, or null), sign (a list of "assertion" and "response"), key and
certificate (paths of PEM files).
"""

import base64
import json
import sys
import warnings

# pysaml2 imports deprecated ciphers; they are not used here.
warnings.simplefilter("ignore")

from saml2 import BINDING_HTTP_REDIRECT  # noqa: E402
from saml2.config import IdPConfig  # noqa: E402
from saml2.saml import NAMEID_FORMAT_EMAILADDRESS, NAME_FORMAT_URI, NameID  # noqa: E402
from saml2.server import Server  # noqa: E402

ATTRIBUTES = "https://aws.amazon.com/SAML/Attributes/"
PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
# The part of AWS's published metadata that pysaml2 needs.
SERVICE_PROVIDER = """\
<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{audience}">
  <SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol" WantAssertionsSigned="true">
    <AssertionConsumerService index="1" isDefault="true" Location="{recipient}"
      Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"/>
  </SPSSODescriptor>
</EntityDescriptor>
"""

asked = json.load(sys.stdin)
config = IdPConfig().load(
    {
        "entityid": asked["issuer"],
        "xmlsec_binary": "/usr/bin/xmlsec1",
        "key_file": asked["key"],
        "cert_file": asked["certificate"],
        "metadata": {"inline": [SERVICE_PROVIDER.format(**asked)]},
        "service": {
            "idp": {
                "endpoints": {"single_sign_on_service": [(asked["issuer"] + "/sso", BINDING_HTTP_REDIRECT)]},
                "policy": {"default": {"lifetime": {"minutes": 5}, "name_form": NAME_FORMAT_URI}},
            }
        },
    }
)
identity = {
    ATTRIBUTES + "Role": [f"{role},{provider}" for role, provider in asked["roles"]],
    ATTRIBUTES + "RoleSessionName": [asked["session_name"]],
}
if asked["session_duration"] is not None:
    identity[ATTRIBUTES + "SessionDuration"] = [str(asked["session_duration"])]
response = Server(config=config).create_authn_response(
    identity,
    in_response_to=None,
    destination=asked["recipient"],
    sp_entity_id=asked["audience"],
    name_id=NameID(format=NAMEID_FORMAT_EMAILADDRESS, text=asked["subject"]),
    authn={"class_ref": PASSWORD, "authn_auth": asked["issuer"]},
    sign_assertion="assertion" in asked["sign"],
    sign_response="response" in asked["sign"],
    sign_alg=RSA_SHA256,
    digest_alg=SHA256,
)
print(base64.b64encode(str(response).encode()).decode())
