"""Entities that there are no more. Leaving one out of the payload would leave it behind in Home Assistant for ever."""

from __future__ import annotations

from collections.abc import Mapping

RETIRED: Mapping[str, str] = {}
"""Component key and platform of every entity that an earlier version had. A key that stands here is never used again."""


def stubs(retired: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The bare components by which Home Assistant removes these entities; it does no harm to send them again and again."""
    return {key: {"platform": platform} for key, platform in retired.items()}
