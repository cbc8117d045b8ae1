"""The whole report: one HTML file that asks for nothing else, to be read on a phone, on paper, by day and by night."""

from __future__ import annotations

from datetime import date, datetime

from acumat.plots.scale import day_words
from acumat.plots.style import CSS
from acumat.plots.svg import element, escaped
from acumat.report.answers import did_it_help
from acumat.report.choice import Chosen
from acumat.report.known import known_and_not
from acumat.report.markup import sentences
from acumat.report.measured import balance, minutes, settling_and_breath
from acumat.report.routine import programme, regularity

HEAD = "<!doctype html>\n<!-- acumat report 1 -->\n"
"""How every report begins, by which it is known again."""
PRIVATE = "This file holds what you have answered about yourself. It stays where it is until you pass it on."
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
TITLE = "Acupressure mat: report"
PAGE_CSS = """
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem;max-width:72rem;background:var(--paper);color:var(--ink);
font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.5rem;margin:.5rem 0 0}h2{font-size:1.2rem;margin:2.2rem 0 .6rem;padding-top:.8rem;
border-top:1px solid var(--grid)}
p,ul{max-width:44rem;margin:.5rem 0}header p,footer p{color:var(--muted)}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,22rem),1fr));gap:1.6rem 2.4rem;margin:1rem 0}
@media print{body{padding:0;font-size:10pt;max-width:none}h2,section>p{break-after:avoid;break-inside:avoid}h2{margin-top:1rem}
.figures{break-before:avoid;grid-template-columns:1fr 1fr;gap:1rem 1.4rem}details:not([open]){display:none}@page{margin:15mm}}
"""


def page(chosen: Chosen, made: datetime, version: str, *, rhythm: bool) -> str:
    """The report as a text; `made` is local time. `rhythm`: the person wants to see it."""
    body = (
        minutes(chosen),
        did_it_help(chosen),
        balance(chosen),
        settling_and_breath(chosen),
        programme(chosen),
        regularity(chosen) if rhythm and chosen.days else "",
        known_and_not(chosen),
    )
    head = (
        '<meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f"<title>{TITLE}</title><style>{CSS}{PAGE_CSS}</style>"
    )
    content = "\n".join((_header(chosen), element("main", *body), _footer(made, version)))
    return f'{HEAD}<html lang="en"><head>{head}</head>\n<body>\n{content}\n</body></html>\n'


def _header(chosen: Chosen) -> str:
    whose = f" of {chosen.person}" if chosen.person is not None else ""
    days = dict.fromkeys((_in_full(chosen.first), _in_full(chosen.last)))
    return element("header", element("h1", escaped(f"{TITLE}{whose}")), element("p", escaped(" to ".join(days))))


def _footer(made: datetime, version: str) -> str:
    text = f"Made on {_in_full(made.date())} at {made:%H:%M} by acumat {version}, which is no medical device. {PRIVATE}"
    return element("footer", sentences(text))


def _in_full(day: date) -> str:
    return f"{day_words(day)} {day.year}"
