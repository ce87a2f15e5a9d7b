"""What a person does with an identity provider."""

import html
import http.cookiejar
import re
import urllib.parse
import urllib.request

HEADING = ("identity provider", "case", "said")
INSTALL = "install --yes --region eu-west-1 --saml-url"
TOKEN = "get-token --cluster-name prod --region eu-west-1"


def rows(provider, idp, laptop):
    def row(case, arguments, text=""):
        return provider, case, laptop.run(arguments, text)

    laptop.person("alice")
    yield row("install with the link", f"{INSTALL} {idp.url()}")
    laptop.run("logout")
    yield row("the form's value by hand", "login --saml-response -", response(idp.url(), "alice"))
    yield row("log in", "login --force")

    # Its cookie has no lifetime.
    laptop.set("apono_interactive", "true")
    laptop.run("login --force")
    laptop.person(None)
    laptop.run("logout")
    yield row("renew without a window", TOKEN)
    laptop.set("apono_saml_keep_session", "true")
    laptop.person("alice")
    laptop.run("login --force")
    laptop.person(None)
    for case in ("renew, the session kept", "renew again"):
        laptop.run("logout")
        yield row(case, TOKEN)

    laptop.person("bob")
    yield row("log in, Bob at the keyboard", "login --force")
    yield row("switch user to Bob", "login --switch-user")
    laptop.person("alice")
    yield row("log in, Bob remembered", "login --force")
    yield row("switch user to Alice", "login --switch-user")
    laptop.person("carol")
    yield row("switch user to Carol, who has no role", "login --switch-user")
    if provider == "Keycloak":
        yield from of_keycloak(idp, laptop, row)


def of_keycloak(idp, laptop, row):
    laptop.person("alice")
    yield row("two mappers of type Role list", f"{INSTALL} {idp.url('aws-two-mappers')} --profile two")
    yield row("redirect binding", f"{INSTALL} {idp.url('aws-redirect')} --profile redirect")
    consent = f"{INSTALL} {idp.url('aws-consent')} --profile consent"
    laptop.person("alice", consents=False)
    yield row("consent refused", consent)
    laptop.person("alice")
    yield row("consent given", consent)


def response(url, user):
    """Signs in as a browser does, and returns the value of the form for AWS."""
    policy = http.cookiejar.DefaultCookiePolicy(secure_protocols=("http", "https"))
    jar = http.cookiejar.CookieJar(policy)
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    page = opener.open(url)
    text = page.read().decode()
    action = re.search(r'<form[^>]*\baction="([^"]*)"', text).group(1)
    form = {"username": user, "password": "correct horse"}
    for field in re.findall(r'<input[^>]*type="hidden"[^>]*>', text):
        name, value = (re.search(rf'\b{key}="([^"]*)"', field) for key in ("name", "value"))
        if name and value:
            form[name.group(1)] = html.unescape(value.group(1))
    to = urllib.parse.urljoin(page.url, html.unescape(action))
    answer = opener.open(to, urllib.parse.urlencode(form).encode()).read().decode()
    field = re.search(r'<input[^>]*name="SAMLResponse"[^>]*>', answer, re.IGNORECASE).group(0)
    return html.unescape(re.search(r'value="([^"]*)"', field, re.IGNORECASE).group(1))
