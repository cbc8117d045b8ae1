"""Processes beside the page: one at a time, few in waiting, and none that outlives its purpose."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import pytest
from starlette.routing import Router

from acumat.own_process import own_process
from acumat.web import children
from acumat.web.children import NICE, WAITING, ChildError, Children
from acumat.web.past import PastPages
from tests.broker import PATIENCE_S


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Modules in it can be run, by whom the path leads to it: as by the command of a release, which sets no environment."""
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def written(folder: Path, name: str, text: str) -> str:
    (folder / f"{name}.py").write_text(text)
    return name


async def ran(made: Children, module: str, *arguments: str, given: bytes = b"") -> bytes:
    with TemporaryFile() as file:
        file.write(given)
        file.seek(0)
        async with made.run(module, *arguments, given=file) as out:
            return out.read()


def test_a_child_gets_its_input_and_its_output_is_read_from_the_beginning(folder: Path) -> None:
    name = written(folder, "echo", "import sys; sys.stdout.write(sys.argv[1] + sys.stdin.read())")
    assert asyncio.run(ran(Children(own_process), name, "--a=b", given=b"c")) == b"--a=bc"


def test_a_child_leaves_the_processor_to_the_daemon(folder: Path) -> None:
    wanted = min(19, os.nice(0) + NICE)
    name = written(folder, "waits", f"import os, time\nwhile os.nice(0) != {wanted}: time.sleep(0.01)\nprint('x', end='')")
    assert asyncio.run(ran(Children(own_process), name)) == b"x"


def test_an_argument_that_no_process_takes_is_a_sentence(folder: Path) -> None:
    with pytest.raises(ChildError):
        asyncio.run(ran(Children(own_process), written(folder, "echo", ""), "a\0b"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import sys; print('acumat: This does not go.', file=sys.stderr); sys.exit(3)", "This does not go."),
        ("raise ValueError('a secret')", children.FAILED),
        ("import sys; sys.exit(1)", children.FAILED),
    ],
)
def test_a_child_that_fails_is_a_sentence(folder: Path, text: str, said: str) -> None:
    with pytest.raises(ChildError) as found:
        asyncio.run(ran(Children(own_process), written(folder, "fails", text)))
    assert (found.value.reason, str(found.value)) == ("failed", said)


def test_a_child_that_hangs_is_ended(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "PATIENCE_S", 0.5)
    with pytest.raises(ChildError) as found:
        asyncio.run(ran(Children(own_process), written(folder, "hangs", "import time; time.sleep(10_000)")))
    assert found.value.reason == "timeout"


def test_a_child_whose_visitor_goes_is_ended_and_the_next_has_its_turn(folder: Path) -> None:
    hangs = written(folder, "hangs", f"open({str(folder / 'begun')!r}, 'w').close(); import time; time.sleep(10_000)")
    echo = written(folder, "echo", "print('x', end='')")

    async def run() -> bytes:
        made = Children(own_process)
        first = asyncio.create_task(ran(made, hangs))
        while not (folder / "begun").exists():
            await asyncio.sleep(0.01)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        return await ran(made, echo)

    assert asyncio.run(run()) == b"x"


def test_more_than_a_few_are_turned_away_and_the_others_come_one_after_another(folder: Path) -> None:
    marks = folder / "marks"
    marks.mkdir()
    alone = f"import os, sys; d = {str(marks)!r}; os.mkdir(d + '/now'); print('x', end=''); os.rmdir(d + '/now')"
    name = written(folder, "alone", alone)

    async def run() -> list[object]:
        made = Children(own_process)
        return list(await asyncio.gather(*(ran(made, name) for _ in range(WAITING + 2)), return_exceptions=True))

    found = asyncio.run(run())
    assert found[:WAITING] == [b"x"] * WAITING
    assert [getattr(each, "reason", None) for each in found[WAITING:]] == ["busy"] * 2


def test_a_drawing_ends_with_the_visitor_who_wished_for_it(folder: Path) -> None:
    """Else somebody who turns pages quickly would fill the places with drawings that nobody looks at."""
    text = f"import os, time; os.symlink(str(os.getpid()), {str(folder / 'pid')!r}); time.sleep(1e6)"
    written(folder, "waits", text)
    pages = PastPages(folder, None, lambda _module, *_arguments: own_process("waits"))
    sent: list[Any] = []
    pids: list[Path] = []

    async def receive() -> dict[str, Any]:
        while not (folder / "pid").is_symlink():
            await asyncio.sleep(0.01)
        pids.append((folder / "pid").readlink())
        (folder / "pid").unlink()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    async def all_of_it() -> None:
        scope = {"type": "http", "method": "GET", "path": "/api/plots", "query_string": b"", "headers": []}
        async with asyncio.timeout(PATIENCE_S):
            for _ in range(WAITING + 2):
                await Router(pages.routes)(scope, receive, send)

    asyncio.run(all_of_it())
    assert sent == ["http.response.start", "http.response.body"] * (WAITING + 2)
    assert not [each for each in pids if Path("/proc", each).exists()]
