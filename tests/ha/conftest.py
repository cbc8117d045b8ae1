"""Tests against a real Home Assistant: only where `make test-ha` has said how to start one."""

from __future__ import annotations

import os

collect_ignore_glob = [] if os.environ.get("ACUMAT_HASS") else ["test_*.py"]
