"""The import contracts leave no module out: a new one fails by name until it has its place in pyproject.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.draw_architecture import SOURCES, contracts

DAEMON = SOURCES["acumat"]
ALLOWED = {
    "only wiring names a back end": {"wiring"},
    "only history speaks sqlite3": {"history"},
    # the fleet's transports have a contract of their own
    "only the mqtt client speaks paho": {"fleet"}
    | {f"mqtt.{m}" for m in ("bounded_client", "brief_connection", "client", "connection", "lean")},
}


def children(package: Path) -> set[str]:
    """The modules and packages in a package."""
    return {path.stem for path in package.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()} - {"__init__"}


def test_every_order_of_layers_names_all_modules() -> None:
    assert not [each["name"] for each in contracts() if each["type"] == "layers" and not each.get("exhaustive")]


@pytest.mark.parametrize("name", ALLOWED)
def test_each_library_has_its_users_and_no_others(name: str) -> None:
    (contract,) = (each for each in contracts() if each["name"] == name)
    modules = children(DAEMON / "acumat")
    if any(each.startswith("mqtt.") for each in ALLOWED[name]):
        modules = (modules - {"mqtt"}) | {f"mqtt.{module}" for module in children(DAEMON / "acumat" / "mqtt")}
    forbidden = {each.removeprefix("acumat.") for each in contract["source_modules"] if each.startswith("acumat.")}
    assert forbidden == modules - ALLOWED[name]
