"""The colours and lines of the plots, for light and dark pages and for paper. Every pair reaches WCAG's AA."""

from __future__ import annotations

LIGHT = {
    "paper": "#ffffff",
    "ink": "#1c1e21",
    "muted": "#565b62",
    "grid": "#d7dade",
    "mark": "#0b5fa5",
    "limit": "#5d7052",
    "band": "#eaf2e6",
    "trend": "#a53f00",
}
DARK = {
    "paper": "#16181c",
    "ink": "#eceef1",
    "muted": "#b3b9c2",
    "grid": "#3b4048",
    "mark": "#74b9ff",
    "limit": "#93ab85",
    "band": "#232d22",
    "trend": "#ffab66",
}

RULES = """
svg.plot{display:block;width:100%;height:auto;max-width:560px;font:12px system-ui,sans-serif}
svg.plot .words{fill:var(--muted)}svg.plot .small{font-size:10px}svg.plot .unit{fill:var(--ink)}
svg.plot .grid{stroke:var(--grid);fill:none}svg.plot .axis{stroke:var(--muted);fill:none}
svg.plot .mark{fill:var(--mark)}svg.plot .none{fill:var(--muted)}
svg.plot .ring{fill:none;stroke:var(--ink);stroke-width:1.3}
svg.plot .join{stroke:var(--muted);stroke-width:1.2;fill:none}
svg.plot .stairs{stroke:var(--muted);stroke-width:1.5;fill:none}
svg.plot .band{fill:var(--band)}svg.plot .limit{stroke:var(--limit);stroke-dasharray:4 3;fill:none}
svg.plot .trend{stroke:var(--trend);stroke-width:2;stroke-dasharray:7 4;fill:none}
figure.plot{margin:0;min-width:0;break-inside:avoid}
figure.plot figcaption{font-weight:600;margin:0 0 .4em}
figure.plot .note{color:var(--muted);font-size:.9em;margin:.3em 0 0}
figure.plot details{margin:.3em 0 0;font-size:.9em}
figure.plot summary{cursor:pointer;padding:.6rem 0;color:var(--mark)}
figure.plot .scroll{overflow:auto;max-height:24rem}
figure.plot table{border-collapse:collapse;width:100%}
figure.plot caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
figure.plot th,figure.plot td{text-align:left;font-weight:400;padding:.2rem .6rem .2rem 0;border-bottom:1px solid var(--grid)}
figure.plot thead th{font-weight:600}
"""


def _colours(colours: dict[str, str]) -> str:
    return "".join(f"--{name}:{colour};" for name, colour in colours.items())


CSS = (
    f":root{{color-scheme:light dark;{_colours(LIGHT)}}}\n"
    f"@media(prefers-color-scheme:dark){{:root{{{_colours(DARK)}}}}}\n"
    f"{RULES}"
    f"@media print{{:root{{color-scheme:light;{_colours(LIGHT)}}}figure.plot .scroll{{max-height:none;overflow:visible}}\n"
    "figure.plot:has(details[open]){break-inside:auto;grid-column:1/-1}figure.plot tr{break-inside:avoid}}\n"
)
