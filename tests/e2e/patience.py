"""How long tests wait.  What they wait for comes in a moment, and in minutes on a machine that is slow or has much else to do:
no test fails for a clock, and only what never comes uses it up."""
import os
import time

PATIENCE = float(os.environ.get("PAVE_PATIENCE", 120))  # seconds for what a controller does


def until(look, seconds=PATIENCE):
    """The first true answer of look(), or its last when patience ends."""
    end = time.monotonic() + seconds
    while True:
        got = look()
        if got or time.monotonic() > end:
            return got
        time.sleep(0.02)  # sleeps: until it comes true
