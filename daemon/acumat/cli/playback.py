"""The process that plays one recording for the page: it reads the request and the files, and writes JSON lines.

It is a separate process because it reads files from strangers: it has little memory and the lowest priority, its folder is
removed afterwards, and it can be ended at any moment. Its input is a line of JSON, the TOML file, and the CSV file to the end.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import sys
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NoReturn

from acumat.contract.documents import encode
from acumat.detect.parameters import Parameters
from acumat.explain.playback import SHIPPED, SHIPPED_FOLDER, playback
from acumat.strict_json import NotJsonError, read_json
from acumat_hw.errors import InputError
from acumat_hw.recording import description_path, open_recording
from acumat_hw.text_file import MAX_BYTES as DESCRIPTION_MOST_BYTES

HEAD_MOST_BYTES = 4096
MEMORY_BYTES = 48 << 20
"""Limit on its own data, of which it needs less than 20 MB. Together with the page it stays below the limit of
acumat-web.service."""
CPU_S = 1800
"""The longest accepted recording takes ten minutes on the slowest board."""
LAST_TO_GO = 1000
"""When memory runs out, the kernel ends this process before the page, and never the daemon."""
NICE = 10
"""A tenth of the daemon's share of processor time when both compute."""
STEM = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,60}")
NO_REQUEST = "This is no request for a recording."


def main() -> int:
    """Play the requested recording; if that is impossible, one line says why."""
    _stay_small()
    try:
        path = _received(sys.stdin.buffer)
        for line in playback(open_recording(path), Parameters()):
            sys.stdout.write(line + "\n")
    except InputError as error:
        return _refuse(str(error))
    except OSError:
        return _refuse("There is no room for this recording here; play it with: acumat replay FILE")
    except MemoryError:
        return _refuse("Playing this recording takes more memory than it may have here; play it with: acumat replay FILE")
    return 0


def _stay_small() -> None:
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):  # what this system does not let us give away we keep
        os.nice(NICE)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(LAST_TO_GO))


def _received(file: BinaryIO) -> Path:
    """The requested recording; files of the request are written into the current folder."""
    try:
        head = read_json(file.readline(HEAD_MOST_BYTES).decode("utf-8"))
    except (UnicodeDecodeError, NotJsonError) as error:
        raise InputError(NO_REQUEST) from error
    if not isinstance(head, dict):
        raise InputError(NO_REQUEST)
    if "shipped" in head:
        if head["shipped"] not in SHIPPED:
            raise InputError(f"There is no such recording here; there are {', '.join(SHIPPED)}.")
        return SHIPPED_FOLDER / f"{head['shipped']}.csv.gz"
    name, length = head.get("name"), head.get("description_bytes")
    if not isinstance(name, str) or not isinstance(length, int) or not 0 < length <= DESCRIPTION_MOST_BYTES:
        raise InputError("A recording is two files: NAME.csv or NAME.csv.gz, and NAME.toml of at most 256 KiB. Choose both.")
    path = _named(name)
    description_path(path).write_bytes(file.read(length))
    with path.open("wb") as rows:
        shutil.copyfileobj(file, rows)
    return path


def _named(name: str) -> Path:
    """The file's own name, as messages show it, if it is a plain one."""
    ending = ".csv.gz" if name.endswith(".csv.gz") else ".csv"
    stem = name.removesuffix(ending)
    return Path(f"{stem if STEM.fullmatch(stem) else 'recording'}{ending}")


def _refuse(text: str) -> int:
    sys.stdout.write(encode({"kind": "refused", "text": text}) + "\n")
    return 0


def _run() -> NoReturn:
    code = 1
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:  # the page needs no more
        pass
    finally:
        os._exit(code)  # nothing is left to do: not even the memory of the recording has to be released


if __name__ == "__main__":
    _run()
