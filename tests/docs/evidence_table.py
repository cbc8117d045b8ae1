"""The table of evidence in docs/detection.md, read from the test that works with it."""

from __future__ import annotations

from acumat.detect.presence.evidence import TABLE
from tests.docs.markdown import table


def evidence() -> str:
    """Each kind with its nats, the most that it can come to, when it counts, and why."""
    rows = ((f"`{sign}`", f"{worth.nats:+g}", f"{worth.most:+g}", worth.when, worth.why) for sign, worth in TABLE.items())
    return table(("kind", "nats", "at most", "counts for", "since"), rows)
