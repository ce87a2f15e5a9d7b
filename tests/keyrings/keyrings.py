"""KeePassXC and KWallet in the states that a person meets."""

import hashlib
import os
import subprocess
import time

from desktop import stop, wait_for
from programs import Trouble

# A database whose root group is exposed to the Secret Service, and one without.
DATABASE = """<?xml version="1.0" encoding="UTF-8"?>
<KeePassFile><Meta><DatabaseName>Passwords</DatabaseName><CustomData>{}</CustomData></Meta><Root><Group>
<UUID>AQIDBAUGBwgJCgsMDQ4PEA==</UUID><Name>Root</Name></Group><DeletedObjects/></Root></KeePassFile>
"""
EXPOSED = "<Item><Key>FDO_SECRETS_EXPOSED_GROUP</Key><Value>{01020304-0506-0708-090a-0b0c0d0e0f10}</Value></Item>"
SETTINGS = """[General]
ConfigVersion=2
UpdateCheckMessageShown=true
[GUI]
CheckForUpdates=false
[FdoSecrets]
Enabled=true
"""
PASSWORD = "of the database"


def versions():
    packages = subprocess.run(["dpkg-query", "-W", "keepassxc", "libkf5wallet-bin"], capture_output=True, text=True, check=False)
    return ", ".join(packages.stdout.replace("\t", " ").splitlines())


def make_database(desktop, name, custom):
    source, path = desktop.home / "db.xml", desktop.home / name
    source.write_text(DATABASE.format(custom))
    made = desktop.run(["keepassxc-cli", "import", "-p", source, path], input=f"{PASSWORD}\n{PASSWORD}\n")
    if made.returncode != 0:
        raise Trouble(f"keepassxc-cli: {made.stderr}")
    return str(path)


def keepassxc(desktop):
    exposed, plain = make_database(desktop, "exposed.kdbx", EXPOSED), make_database(desktop, "plain.kdbx", "")
    config = desktop.home / ".config/keepassxc"
    config.mkdir(parents=True, exist_ok=True)

    def start(database, more="", is_exposed=True):
        (config / "keepassxc.ini").write_text(SETTINGS + more)
        process = desktop.start("keepassxc", "--pw-stdin", database, text=f"{PASSWORD}\n")
        wait_for(desktop.has_default if is_exposed else desktop.serves, "KeePassXC")
        if not is_exposed:
            # While it opens the database, it has a keyring for it.
            time.sleep(3)
        if is_exposed:
            wait_for(lambda: "false" in locked(), "the database")
        return process

    def locked():
        alias, name = "/org/freedesktop/secrets/aliases/default", "org.freedesktop.DBus.Properties.Get"
        return desktop.call("org.freedesktop.secrets", alias, name, "org.freedesktop.Secret.Collection", "Locked")

    def lock():
        name = "org.keepassxc.KeePassXC.MainWindow"
        desktop.call(name, "/keepassxc", f"{name}.lockAllDatabases")
        wait_for(lambda: "true" in locked(), "the lock")

    process = start(plain, is_exposed=False)
    yield desktop.row("KeePassXC", "no database is exposed")
    stop(process)
    desktop.forget()
    process = start(exposed)
    yield desktop.row("KeePassXC", "its defaults, which confirm each access")
    stop(process)
    desktop.forget()
    os.remove(exposed)
    make_database(desktop, "exposed.kdbx", EXPOSED)
    unconfirmed = "ConfirmAccessItem=false\n"
    process = start(exposed, unconfirmed)
    yield desktop.row("KeePassXC", "accesses are not confirmed")
    stop(process)
    process = start(exposed, unconfirmed)
    yield desktop.row("KeePassXC", "and restarted", login="-")
    lock()
    yield desktop.row("KeePassXC", "and locked")
    stop(process)
    process = start(exposed, unconfirmed)
    done = desktop.run(["apono-login", "logout", "--all"])
    left = desktop.secrets("SearchItems", "{'service': 'apono-login'}").strip()
    yield "KeePassXC", "after `logout --all`", f"exit {done.returncode}", f"items: {left}", desktop.windows()
    stop(process)


def kwallet(desktop):
    folder = desktop.home / ".local/share/kwalletd"
    folder.mkdir(parents=True, exist_ok=True)
    salt = os.urandom(56)

    def start(has_wallet=True):
        process = desktop.start("kwalletd5")
        wait_for(desktop.has_default if has_wallet else desktop.serves, "KWallet")
        return process

    def make_wallet(password):
        """Creates the wallet and opens it as pam_kwallet does, when a person logs in to the desktop."""
        (folder / "kdewallet.salt").write_bytes(salt)
        key = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, 50_000, 56)
        bytes_of_key = f"[{', '.join(f'byte {byte}' for byte in key)}]"
        desktop.call("org.kde.kwalletd5", "/modules/kwalletd5", "org.kde.KWallet.pamOpen", "kdewallet", bytes_of_key, "1000")

    process = start(has_wallet=False)
    yield desktop.row("KWallet", "no wallet")
    for password, state in (("", "no password"), ("of the wallet", "a password")):
        make_wallet(password)
        # A wallet that was created just now is not on the bus yet.
        stop(process)
        desktop.forget()
        process = start()
        yield desktop.row("KWallet", f"a wallet with {state}, closed")
        if not password:
            # It opens without a window.
            login = f"at a terminal: {desktop.login_at_terminal()}"
            yield desktop.row("KWallet", f"a wallet with {state}, opened", login=login)
            stop(process)
            process = start()
            yield desktop.row("KWallet", "and restarted", login="-")
        stop(process)
        for path in folder.iterdir():
            path.unlink()
        process = start(has_wallet=False)
