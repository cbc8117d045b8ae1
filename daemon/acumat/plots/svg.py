"""Elements of SVG and HTML as text, with everything escaped that comes from outside."""

from __future__ import annotations

import html
import re

NO_TEXT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML document may hold: control characters, halves of surrogate pairs."""

Value = str | int | float


def escaped(text: str) -> str:
    """Text for an element or an attribute."""
    return html.escape(NO_TEXT.sub("\ufffd", text))


def element(name: str, *children: str, **attributes: Value) -> str:
    """An element with its children, which are markup already. `class_` is class, `stroke_width` is stroke-width."""
    given = "".join(f' {key.rstrip("_").replace("_", "-")}="{_value(each)}"' for key, each in attributes.items())
    return f"<{name}{given}>{''.join(children)}</{name}>" if children else f"<{name}{given}/>"


def words(text: str, x: float, y: float, anchor: str = "start", class_: str = "words") -> str:
    """A line of text in a picture, with its baseline at `y`; `anchor` is start, middle or end."""
    return element("text", escaped(text), class_=class_, x=x, y=y, text_anchor=anchor)


def picture(name: str, title: str, description: str, size: tuple[int, int], *parts: str) -> str:
    """A whole SVG. `name` is its id and leads the ids of its title and description, so that a page can hold many."""
    ids = f"{name}-title", f"{name}-text"
    return element(
        "svg",
        element("title", escaped(title), id=ids[0]),
        element("desc", escaped(description), id=ids[1]),
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        class_="plot",
        id=name,
        role="img",
        aria_labelledby=" ".join(ids),
        viewBox=f"0 0 {size[0]} {size[1]}",
    )


def _value(value: Value) -> str:
    if isinstance(value, str):
        return escaped(value)
    return f"{value:.1f}".removesuffix(".0")
