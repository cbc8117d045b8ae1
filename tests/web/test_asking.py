"""Questions to the daemon: few at a time, and none of them kept waiting by another kind."""

from __future__ import annotations

import asyncio
from pathlib import Path

from acumat.web.asking import AT_ONCE, WAITING, Asking
from tests.web.fake_daemon import FakeDaemon


def test_many_who_ask_for_the_status_at_once_share_an_answer(daemon: FakeDaemon) -> None:
    async def run() -> None:
        asking = Asking(daemon.path)
        answers = await asyncio.gather(*(asking.status() for _ in range(40)))
        assert all(each["mat"] == "test" for each in answers)
        assert daemon.statuses <= 2

    asyncio.run(run())


def test_a_status_is_never_older_than_the_question(daemon: FakeDaemon) -> None:
    async def run() -> None:
        asking = Asking(daemon.path)
        for number in range(3):
            daemon.status["frames_skipped"] = number
            assert (await asking.status())["frames_skipped"] == number

    asyncio.run(run())


def test_a_daemon_that_is_slow_gets_few_questions_and_a_stop_all_the_same(tmp_path: Path) -> None:
    async def run() -> None:
        asked: list[bytes] = []

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked.append(await reader.readline())
            await reader.read()
            writer.close()

        server = await asyncio.start_unix_server(serve, tmp_path / "control.sock")
        asking = Asking(tmp_path / "control.sock")
        waiting = [asyncio.create_task(asking.command("tare", {})) for _ in range(WAITING)]
        while len(asked) < AT_ONCE:
            await asyncio.sleep(0.01)
        assert (await asking.command("tare", {}))["reason"] == "busy"
        stop = asyncio.create_task(asking.command("stop", {}))
        while len(asked) < AT_ONCE + 1:
            await asyncio.sleep(0.01)
        assert asked[AT_ONCE] == b'{"command":"stop"}\n'
        for each in (*waiting, stop):
            each.cancel()
        await asyncio.gather(*waiting, stop, return_exceptions=True)
        server.close()
        await server.wait_closed()

    asyncio.run(run())
