"""The whole page: `acumat web --fleet` before a real PostgreSQL that goes and comes back."""

from __future__ import annotations

import json
from pathlib import Path

from tests.broker import until
from tests.fleet.engines import postgres
from tests.fleet.overview.filled import Filled
from tests.web.process import WebProcess


class FleetPage(WebProcess):
    """With a file of its own that names the database."""

    def __init__(self, folder: Path, dsn: str) -> None:
        super().__init__(folder)
        self.config.write_text(f'[record]\ndsn = "{dsn} password=secret"\n[web]\ncode_file = "{self.code_file}"\n')

    @property
    def command(self) -> list[str]:
        return ["acumat.cli.main", "web", "--port", "0", "--fleet", str(self.config)]


def test_a_visitor_sees_the_record_through_a_crash_of_its_database(tmp_path: Path) -> None:
    with postgres() as server:
        filled = Filled(server.dsn)
        filled.mat("one", site="Nord", label="Room 1")
        filled.seen("one")
        filled.session("one", 1, filled.ago(hours=1))
        page = FleetPage(tmp_path, server.dsn)
        page.make_code()
        page.start()
        try:
            cookie = page.sign_in()

            def answer(path: str) -> tuple[int, bytes]:
                status, _, body = page.ask("GET", path, cookie=cookie)
                return status, body

            status, body = answer("/api/fleet")
            assert (status, [each["label"] for each in json.loads(body)["mats"]]) == (200, ["Room 1"])
            status, body = answer("/api/fleet/one?language=de")
            assert (status, json.loads(body)["plots"][0]["title"]) == (200, "Minuten nach Tagen, 28 Tage")
            status, body = answer("/export/sessions.csv")
            assert (status, body.count(b"\r\n")) == (200, 2)
            server.stop_immediately()
            status, body = answer("/api/fleet/one")
            assert (status, json.loads(body)["reason"] in ("record_away", "record_starting")) == (503, True)
            assert answer("/export/sessions.csv")[0] == 503
            server.start()
            until(lambda: answer("/api/fleet/one")[0] == 200, "the page goes on by itself")
            assert [answer(each)[0] for each in ("/api/fleet", "/export/days.csv")] == [200, 200]
            logged = page.logged()
            assert ("the record answers again" in logged, "secret" in logged, "Traceback" in logged) == (True, False, False)
        finally:
            assert page.stop() in (0, -15)
