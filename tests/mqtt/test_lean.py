"""paho is imported without the web library, except where it may ask it for a proxy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CODE = """
import sys
sys.path.insert(0, {folder!r})
{before}
from acumat.mqtt.lean import import_paho
import_paho()
import_paho()
import paho.mqtt.client
print("http.client" in sys.modules, hasattr(paho.mqtt.client.urllib, "request"), "urllib.request" in sys.modules)
import urllib.request
print(callable(urllib.request.getproxies))
"""


@pytest.mark.parametrize(
    ("socks", "before", "web"),
    [(False, "", False), (True, "", True), (False, "import urllib.request", True), (False, "import paho.mqtt.client", True)],
)
def test_the_web_library_is_left_out_unless_somebody_may_use_it(tmp_path: Path, socks: bool, before: str, web: bool) -> None:
    if socks:
        (tmp_path / "socks.py").write_text("")
    code = CODE.format(folder=str(tmp_path), before=before)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [f"{web} {web} {web}", "True"]


TLS = """
import sys
from acumat.mqtt.lean import import_paho, let_paho_speak_tls
import_paho()
import paho.mqtt.client as client
print([name for name in ("ssl", "hashlib", "_ssl", "_hashlib") if name in sys.modules])
print(issubclass(client.ssl.SSLWantReadError, OSError), client.hashlib.sha1(b"").digest_size)
let_paho_speak_tls()
import ssl
print(client.ssl is ssl)
"""


def test_openssl_is_left_out_until_somebody_wants_it() -> None:
    done = subprocess.run([sys.executable, "-c", TLS], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "False 20", "True"]
