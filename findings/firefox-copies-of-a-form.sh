#!/bin/sh
# Firefox 153.8.0esr: what the copy menus of the network monitor give for a posted form, such as a SAML response.
#
# Expected: "Copy POST Data" gives the body as it was sent, which can be posted again, as "Copy as cURL" does.
# Seen, 2026-11-30, for a form with the fields a = "x+y/z==" and b = "", sent as `a=x%2By%2Fz%3D%3D&b=`:
#
#     Copy POST Data       a=x+y/z==⏎b                          decoded, a field a line; an empty field has no "="
#     Request, Copy All    {⏎⇥"a": "x+y/z==",⏎⇥"b": ""⏎}        JSON, indented with tabs
#     Request, Copy Value  x+y/z==
#     Copy as cURL         … --data-raw 'a=x%2By%2Fz%3D%3D&b='  as sent
#
# So a program that decodes "Copy POST Data" as a form makes blanks of all "+", which base64 is full of.
#
# Needs Debian 12 on x86-64 with this version in its archive, the libraries of GTK 3, python3 and dpkg. Exits with 1 if Firefox
# does something else.
set -eu
work=$(mktemp -d)
trap 'kill "${firefox:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
chmod 755 "$work"
(cd "$work" && apt-get -o APT::Sandbox::User=root download -qq firefox-esr=153.8.0esr-1~deb12u1 && dpkg -x firefox-esr_*.deb root)
mkdir "$work/profile"
cat >"$work/profile/user.js" <<'JS'
user_pref("marionette.port", 0);
user_pref("devtools.netmonitor.persistlog", true);
user_pref("network.captive-portal-service.enabled", false);
user_pref("app.update.enabled", false);
JS
HOME=$work "$work/root/usr/lib/firefox-esr/firefox-esr" --headless --no-remote --profile "$work/profile" --marionette \
    --remote-allow-system-access >"$work/log" 2>&1 &
firefox=$!

cat >"$work/copy.js" <<'JS'
const [url, done] = arguments;
(async () => {
  const { require } = ChromeUtils.importESModule("resource://devtools/shared/loader/Loader.sys.mjs");
  const { gDevTools } = require("devtools/client/framework/devtools");
  const win = Services.wm.getMostRecentWindow("navigator:browser");
  const tools = await gDevTools.showToolboxForTab(win.gBrowser.selectedTab, { toolId: "netmonitor" });
  const panel = tools.getCurrentPanel().panelWin;
  const until = async what => {
    for (let tries = 0; tries < 300; tries++) {
      const found = what();
      if (found) return found;
      await new Promise(next => win.setTimeout(next, 100));
    }
    throw new Error("waited in vain for " + what);
  };
  const clipboard = () => {
    const text = Cc["@mozilla.org/widget/transferable;1"].createInstance(Ci.nsITransferable);
    text.init(null);
    text.addDataFlavor("text/plain");
    Services.clipboard.getData(text, Ci.nsIClipboard.kGlobalClipboard);
    const got = {};
    text.getTransferData("text/plain", got);
    return got.value.QueryInterface(Ci.nsISupportsString).data;
  };
  const press = (on, type, button) => on.dispatchEvent(new panel.MouseEvent(type, { bubbles: true, cancelable: true, button }));
  const copy = async (on, id) => {
    press(on, "contextmenu", 2);
    (await until(() => tools.topDoc.getElementById(id))).click();
    await new Promise(next => win.setTimeout(next, 1000));
    return clipboard();
  };
  const principal = Services.scriptSecurityManager.getSystemPrincipal();
  win.gBrowser.selectedBrowser.fixupAndLoadURIString(url, { triggeringPrincipal: principal });
  const rows = () => [...panel.document.querySelectorAll(".request-list-item")];
  const post = await until(() => rows().find(row => row.textContent.includes("POST") && row.textContent.includes("200")));
  press(post, "mousedown", 0);
  (await until(() => panel.document.querySelector("#request-tab"))).click();
  const fields = await until(() => {
    const all = [...panel.document.querySelectorAll("#request-panel .treeRow .treeValueCell")];
    return all.length == 2 && all;
  });
  return {
    post: await copy(post, "request-list-context-copy-post-data"),
    curl: (await copy(post, "request-list-context-copy-as-curl")).split("\n").pop().trim(),
    all: await copy(fields[0], "properties-view-context-menu-copyall"),
    value: await copy(fields[0], "properties-view-context-menu-copyvalue"),
  };
})().then(done, error => done({ error: String(error) }));
JS
python3 - "$work" <<'PYTHON'
import http.server, json, os, socket, sys, threading, time

PAGE = b'<link rel=icon href="data:,"><form method=post><input name=a value="x+y/z=="><input name=b></form><script>setTimeout(() => document.forms[0].submit(), 1000)</script>'
class Site(http.server.BaseHTTPRequestHandler):
    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self): self.answer(PAGE)
    def do_POST(self):
        sent.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.answer(b'<link rel=icon href="data:,">')
    def log_message(self, *args): pass
sent = []
site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
threading.Thread(target=site.serve_forever, daemon=True).start()

port = sys.argv[1] + "/profile/MarionetteActivePort"
for _ in range(600):
    if os.path.exists(port) and open(port).read():
        break
    time.sleep(0.1)
server = socket.create_connection(("127.0.0.1", int(open(port).read())))
stream = server.makefile("rb")
def receive():
    length = b""
    while not length.endswith(b":"):
        length += stream.read(1)
    return json.loads(stream.read(int(length[:-1])))
def call(name, **parameters):
    message = json.dumps([0, 1, name, parameters]).encode()
    server.sendall(b"%d:%s" % (len(message), message))
    _, _, error, result = receive()
    if error:
        sys.exit(str(error))
    return result
receive()
print("Firefox", call("WebDriver:NewSession", capabilities={})["capabilities"]["browserVersion"])
call("WebDriver:SetTimeouts", script=120000)
call("Marionette:SetContext", value="chrome")
url = "http://127.0.0.1:%d/" % site.server_address[1]
copied = call("WebDriver:ExecuteAsyncScript", script=open(sys.argv[1] + "/copy.js").read(), args=[url])["value"]
print(json.dumps(copied, indent=1))
assert sent == ["a=x%2By%2Fz%3D%3D&b="], sent
assert copied == {
    "post": "a=x+y/z==\nb",
    "curl": "--data-raw 'a=x%2By%2Fz%3D%3D&b='",
    "all": '{\n\t"a": "x+y/z==",\n\t"b": ""\n}',
    "value": "x+y/z==",
}
PYTHON
