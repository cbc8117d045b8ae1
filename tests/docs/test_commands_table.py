"""The schema of commands is what the daemon takes."""

from __future__ import annotations

import json

from tests.docs.commands_table import SCHEMA, schema


def test_the_schema_of_commands_is_that_of_the_table() -> None:
    assert json.loads(SCHEMA.read_text("utf-8")) == schema(), "make docs writes it anew"
