"""What the documentation says of commands is what the daemon takes."""

from __future__ import annotations

import json

from tests.docs.commands_table import GUIDE, PART, SCHEMA, guide, schema

STALE = "python -m tests.docs.commands_table writes it anew"


def test_the_schema_of_commands_is_that_of_the_table() -> None:
    assert json.loads(SCHEMA.read_text("utf-8")) == schema(), STALE


def test_the_table_of_commands_in_the_guide_is_that_of_the_daemon() -> None:
    assert len(PART.findall(guide())) == 1
    assert GUIDE.read_text("utf-8") == guide(), STALE
