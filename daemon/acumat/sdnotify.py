"""Messages to systemd over its notification socket (sd_notify(3)); without that socket they go nowhere."""

from __future__ import annotations

import logging
import os
import socket

log = logging.getLogger(__name__)


def ready() -> None:
    """The daemon has started."""
    _send("READY=1")


def stopping() -> None:
    """The daemon is on its way out."""
    _send("STOPPING=1")


def watchdog() -> None:
    """The daemon still makes progress."""
    _send("WATCHDOG=1")


def status(text: str) -> None:
    """One line for `systemctl status`."""
    _send("STATUS=" + " ".join(text.split()))


def watchdog_interval_s() -> float | None:
    """How often to call `watchdog()`: half of what systemd waits (sd_watchdog_enabled(3)); None if it does not watch us."""
    wait_us = os.environ.get("WATCHDOG_USEC", "")
    pid = os.environ.get("WATCHDOG_PID")
    if not wait_us.isdecimal() or int(wait_us) == 0 or (pid and pid != str(os.getpid())):
        return None
    return int(wait_us) / 2e6


def _send(message: str) -> None:
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    if address.startswith("@"):  # Linux's abstract namespace
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as notify:
            notify.settimeout(1.0)
            notify.sendto(message.encode(), address)
    except OSError as exc:
        log.warning("systemd did not get the message %s: %s", message, exc)
