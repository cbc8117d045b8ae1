"""Entities that no longer exist. An entity that is only left out of the payload stays in Home Assistant for ever."""

from __future__ import annotations

from collections.abc import Mapping

RETIRED: Mapping[str, str] = {}
"""Component key and platform of every entity that an earlier version had. These keys are never used again."""


def stubs(retired: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The bare components by which Home Assistant removes these entities; sending them repeatedly does no harm."""
    return {key: {"platform": platform} for key, platform in retired.items()}
