"""Waits for servers."""

import time

from programs import Trouble


def wait_for(is_there, what, longest=30):
    end = time.monotonic() + longest
    while not is_there():
        if time.monotonic() > end:
            raise Trouble(f"{what} did not start")
        time.sleep(1)
