"""The schemas of commands and of the feed are what the code says."""

from __future__ import annotations

import json

from tests.docs import feed_schema
from tests.docs.commands_table import SCHEMA, schema


def test_the_schema_of_commands_is_that_of_the_table() -> None:
    assert json.loads(SCHEMA.read_text("utf-8")) == schema(), "make docs writes it anew"


def test_the_schema_of_the_feed_is_that_of_the_contract() -> None:
    assert json.loads(feed_schema.SCHEMA.read_text("utf-8")) == feed_schema.schema(), "make docs writes it anew"
