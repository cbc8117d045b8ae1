"""The report read as HTML, for the tests: its outline, its text, and everything that would ask for something else."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "br", "hr", "img", "input", "link"}
ASKS = {"href", "src", "srcset", "action", "data", "poster", "xlink:href"}


class Report(HTMLParser):
    """Fails at the first tag that is not closed where it should be."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.headings: list[str] = []
        self.figures: list[str] = []
        self.sentences: list[str] = []
        self.ids: list[str] = []
        self.tags: set[str] = set()
        self.asks: list[tuple[str, str]] = []
        self.rows: dict[str, int] = {}
        self._text = ""
        self.feed(text)
        self.close()
        assert self.open == [], self.open

    @property
    def all_text(self) -> str:
        return "\n".join(self.sentences)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._text = ""
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in ASKS or name.startswith("on"):
                self.asks.append((name, value or ""))
        if tag == "tr" and "tbody" in self.open:
            self.rows[self.figures[-1]] = self.rows.get(self.figures[-1], 0) + 1

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> at {self.getpos()}"
        text = " ".join(self._text.split())
        if tag in ("h1", "h2"):
            self.headings.append(text)
        elif tag == "figcaption":
            self.figures.append(text)
        elif tag in ("p", "li"):
            self.sentences.append(text)

    def handle_data(self, data: str) -> None:
        self._text += data
