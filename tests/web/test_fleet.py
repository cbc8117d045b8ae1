"""The page of many mats as a process without any mat: the same door as a mat's page, its documents, and its files."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from acumat.words import LANGUAGES
from tests.broker import until
from tests.checkout import environment
from tests.web.fake_record import FleetProcess, overview, thousand, three

CLOSED = ("/api/fleet", "/api/fleet/mat0001", "/export/mats.csv", "/export/sessions.csv", "/export/days.csv")
PACKED_MOST_BYTES = 40_000
"""Of a thousand mats: what a phone fetches every ten seconds."""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FleetProcess]:
    made = FleetProcess(tmp_path_factory.mktemp("fleet"))
    made.make_code()
    made.start()
    yield made
    assert made.stop() in (0, -15)


@pytest.fixture
def fleet(page: FleetProcess) -> FleetProcess:
    """The same page for all, with a record without mats, whatever the test before has shown."""
    page.show(overview([]))
    return page


@pytest.mark.parametrize("path", CLOSED)
def test_nothing_of_the_fleet_is_seen_without_the_code(fleet: FleetProcess, path: str) -> None:
    assert fleet.ask("GET", path)[0] == 401
    status, headers, _ = fleet.ask("GET", path, cookie=fleet.sign_in())
    assert status == 200
    assert headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", [*CLOSED, "/"])
def test_other_names_and_other_pages_are_turned_away(fleet: FleetProcess, path: str) -> None:
    cookie = fleet.sign_in()
    assert fleet.ask("GET", path, cookie=cookie, headers={"Host": "evil.example"})[0] == 421
    assert fleet.ask("GET", path, cookie=cookie, headers={"Origin": "http://evil.example"})[0] == 403
    assert fleet.ask("POST", path, {}, cookie=cookie)[0] == 405


@pytest.mark.parametrize(
    "path", ["/api/state", "/api/live", "/api/command/stop", "/api/plots", "/report.html", "/export/history.json"]
)
def test_it_has_no_address_of_a_single_mat(fleet: FleetProcess, path: str) -> None:
    assert fleet.ask("GET", path, cookie=fleet.sign_in())[0] == 404


def test_all_mats_come_packed_and_small(fleet: FleetProcess) -> None:
    fleet.show(overview(thousand()))
    cookie = fleet.sign_in()
    plain = json.loads(fleet.ask("GET", "/api/fleet", cookie=cookie)[2])
    status, headers, body = fleet.ask("GET", "/api/fleet", cookie=cookie, headers={"Accept-Encoding": "gzip"})
    assert (status, headers["content-encoding"], headers["vary"]) == (200, "gzip", "accept-encoding")
    assert json.loads(gzip.decompress(body)) == plain
    assert len(plain["mats"]) == 1000
    assert len(body) < PACKED_MOST_BYTES


@pytest.mark.parametrize("language", [*LANGUAGES, "xx", ""])
def test_one_mat_comes_with_a_plot_in_the_readers_language(fleet: FleetProcess, language: str) -> None:
    status, _, body = fleet.ask("GET", f"/api/fleet/mat0001?language={language}", cookie=fleet.sign_in())
    (plot,) = json.loads(body)["plots"]
    assert status == 200
    assert plot["svg"].startswith("<svg")
    assert len(plot["table"]["rows"]) == 28


def test_a_refusal_of_the_record_keeps_its_reason(fleet: FleetProcess) -> None:
    cookie = fleet.sign_in()
    assert fleet.ask("GET", "/api/fleet/nobody", cookie=cookie)[0] == 404
    fleet.show({"ok": False, "reason": "record_away", "text": "It does not answer."})
    status, _, body = fleet.ask("GET", "/api/fleet", cookie=cookie)
    assert (status, json.loads(body)["text"]) == (503, "It does not answer.")


def test_a_table_is_a_file_with_a_name(fleet: FleetProcess) -> None:
    cookie = fleet.sign_in()
    status, headers, body = fleet.ask("GET", "/export/sessions.csv?site=Nord&from=1&to=2", cookie=cookie)
    assert (status, body) == (200, b"mat_id,site\r\nmat0001,Nord\r\n")
    assert headers["content-disposition"] == 'attachment; filename="acumat-sessions.csv"'
    assert headers["content-type"] == "text/csv; charset=utf-8"
    for _ in range(5):  # a refusal keeps no place
        assert fleet.ask("GET", "/export/days.csv?from=2&to=1", cookie=cookie)[0] == 409
    for _ in range(5):
        assert fleet.ask("GET", "/export/days.csv", cookie=cookie)[0] == 200
    assert fleet.ask("GET", "/export/secrets.csv", cookie=cookie)[0] == 404


def test_two_files_at_a_time_and_a_visitor_who_goes_makes_room(fleet: FleetProcess) -> None:
    cookie = fleet.sign_in()
    head = f"GET /export/days.csv?site=endless HTTP/1.1\r\nHost: 127.0.0.1:{fleet.port}\r\nCookie: {cookie}\r\n\r\n".encode()
    with fleet.connect() as first, fleet.connect() as second:
        for each in (first, second):
            each.sendall(head)
            assert each.recv(12) == b"HTTP/1.1 200"
        status, _, body = fleet.ask("GET", "/export/mats.csv", cookie=cookie)
        assert (status, json.loads(body)["reason"]) == (503, "busy")
        assert fleet.ask("GET", "/api/fleet", cookie=cookie)[0] == 200
    until(lambda: fleet.ask("GET", "/export/mats.csv", cookie=cookie)[0] == 200, "there is room again")


def test_the_cards_name_nobody(fleet: FleetProcess) -> None:
    fleet.show(overview(three()))
    (first, *_) = json.loads(fleet.ask("GET", "/api/fleet", cookie=fleet.sign_in())[2])["mats"]
    assert set(first) == {
        *("id", "site", "label", "standing", "look", "seen_s", "said_offline", "version", "layout", "calibrated_s", "sessions"),
        "missing",
    }


def program(*words: str, without: str = "") -> subprocess.CompletedProcess[str]:
    """`acumat` as from a terminal, where the package `without` is not installed."""
    hidden = f"import sys; sys.modules[{without!r}] = None; " if without else ""
    code = f"{hidden}from acumat.cli.entry import main; raise SystemExit(main())"
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
    )


def test_the_file_decides_and_what_is_wrong_with_it_is_said(tmp_path: Path) -> None:
    path = tmp_path / "fleet-web.toml"
    path.write_text('[record]\ndsn = "host=nowhere.invalid"\n')
    missing = program("web", "--fleet", str(path), without="psycopg")
    assert (missing.returncode, "pip install 'acumat[web,fleet]'" in missing.stderr) == (69, True)
    both = program("web", "--fleet", str(path), "--config", str(path))
    assert both.returncode == 2
    path.write_text("[record]\n")
    empty = program("web", "--fleet", str(path))
    assert (empty.returncode, "dsn_file" in empty.stderr) == (65, True)


def test_its_code_is_made_with_the_same_file(tmp_path: Path) -> None:
    path = tmp_path / "fleet-web.toml"
    path.write_text(f'[record]\ndsn = "host=nowhere.invalid"\n[web]\ncode_file = "{tmp_path}/code"\n')
    made = program("web-code", "--fleet", str(path), without="psycopg")
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "code").exists()


def test_a_mats_page_loads_nothing_of_a_fleet() -> None:
    code = (
        "import sys; from acumat.cli import web; from acumat.web.mat_site import MatSite; "
        "print([name for name in sys.modules if name.startswith(('acumat.fleet', 'psycopg', 'nats', 'acumat.web.fleet'))])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment())
    assert found.stdout.strip() == "[]"
