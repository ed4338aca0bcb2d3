"""Values and their JSON."""

from __future__ import annotations

import subprocess
import sys

TWO_THREADS = """
import threading, time
import msgspec
from codek7.core.values import from_json, from_plain

def number():
    entered.set()
    time.sleep(0.2)
    return int

class Inner(msgspec.Struct):
    value: "number()"

class Outer(msgspec.Struct):
    inner: Inner

entered = threading.Event()
first = threading.Thread(target=from_json, args=(b'{"inner": {"value": 1}}', Outer))
first.start()
entered.wait()
print(from_plain({"inner": {"value": 2}}, Outer).inner.value)
first.join()
"""


def test_a_type_is_decoded_by_several_threads_at_once_the_first_time() -> None:
    done = subprocess.run(
        [sys.executable, "-c", TWO_THREADS], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout) == (0, "2\n"), done.stderr
