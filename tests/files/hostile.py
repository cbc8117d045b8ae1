"""Files as people, editors, disks and loggers spoil them: values that belong nowhere, and bytes that got lost or turned."""

from __future__ import annotations

import gzip
import re
from random import Random

NUMBERS = ("0", "-1", "1e400", "-1e308", "1e-320", "nan", "-inf", "9" * 19, "-" + "9" * 400, "9" * 5000, "0x" + "f" * 3000)
VALUES = (
    *NUMBERS,
    '""',
    '"a\\u0000b"',
    '"\\u001b[2J"',
    '"' + "x" * 3000 + '"',
    "'/dev/zero'",
    "'/'",
    "true",
    "[]",
    "{}",
    "[[], {}, 1]",
    "[" * 600 + "]" * 600,
    "[\n" * 2000 + "]\n" * 2000,
    "2026-02-30",
    "0001-01-01T00:00:00",
    "9999-12-31T23:59:59-23:59",
    "07:32:00",
    "{a = {b = {c = 1}}}",
)
CELLS = (*NUMBERS, "", " ", "x", "\x00", "1_0", "0x10", "é", "99999999999", "-32769", "1;2", "r2c1=no_answer", "=;=", "\r")
CHUNKS = (
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\x00",
    b"\xc3",
    b"\n",
    b"\r\n",
    b'"""',
    b"[[",
    b"]]",
    b"= =",
    b"a." * 1500,
    b"," * 900,
)


def spoiled_toml(random: Random, content: bytes) -> bytes:
    """A TOML text with one to three things wrong."""
    for _ in range(random.randint(1, 3)):
        kind = random.randrange(4)
        lines = content.split(b"\n")
        keys = [number for number, line in enumerate(lines) if re.match(rb"#?[a-z_]+ *=", line)]
        if kind == 0 and keys:
            number = random.choice(keys)
            key = lines[number].lstrip(b"#").split(b"=")[0]
            lines[number] = key + b"= " + random.choice(VALUES).encode()
            content = b"\n".join(lines)
        elif kind == 1 and len(lines) > 1:
            lines.insert(random.randrange(len(lines)), random.choice(lines).lstrip(b"# "))
            content = b"\n".join(lines)
        else:
            content = spoiled_bytes(random, content)
    return content


def spoiled_rows(random: Random, content: bytes) -> bytes:
    """The rows of a recording with up to five cells, lines or bytes wrong."""
    lines = content.split(b"\n")
    for _ in range(random.randint(1, 5)):
        number = random.randrange(len(lines))
        cells = lines[number].split(b",")
        kind = random.randrange(4)
        if kind == 0:
            cells[random.randrange(len(cells))] = random.choice(CELLS).encode()
        elif kind == 1:
            cells.insert(random.randrange(len(cells)), random.choice(CELLS).encode())
        elif kind == 2:
            cells = random.choice(lines).split(b",")
        lines[number] = b",".join(cells)
    content = b"\n".join(lines)
    return spoiled_bytes(random, content) if random.random() < 0.3 else content


def spoiled_bytes(random: Random, content: bytes) -> bytes:
    """Bytes turned, lost, doubled or put in."""
    at = random.randrange(len(content) + 1)
    length = min(random.choice((1, 2, 7, 60, 900)), len(content))
    match random.randrange(5):
        case 0 if content:
            at = min(at, len(content) - 1)
            return content[:at] + bytes([content[at] ^ 1 << random.randrange(8)]) + content[at + 1 :]
        case 1:
            return content[:at] + content[at + length :]
        case 2:
            return content[:at] + content[at : at + length] * random.choice((2, 40)) + content[at + length :]
        case 3:
            return content[:at]
        case _:
            return content[:at] + random.choice(CHUNKS) + content[at:]


def packed(random: Random, content: bytes) -> bytes:
    """A gzip file of it, now and then spoiled itself."""
    whole = gzip.compress(content, 1)
    return spoiled_bytes(random, whole) if random.random() < 0.4 else whole
