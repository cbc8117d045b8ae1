"""Draws the pictures of docs/hardware.md; `python -m tests.docs.draw_hardware` writes them. Placements are the layouts' own."""

from __future__ import annotations

from pathlib import Path

from acumat_hw.layout import PRESETS, Layout, grid

FOLDER = Path(__file__).parents[2] / "docs" / "hardware"

STYLE = """<style>
  text { font: 13px system-ui, sans-serif; fill: #1b1b1b }
  .small { font-size: 11px } .title { font-size: 15px; font-weight: 600 }
  .page { fill: #ffffff } .part { fill: #f2efe8; stroke: #55524a; stroke-width: 1.5 } .pad { fill: #d9e6f2; stroke: #2b5d8a }
  .line { fill: none; stroke: #55524a; stroke-width: 1.5 } .dash { stroke-dasharray: 5 4 } .fill { fill: #55524a }
  .vcc { fill: none; stroke: #c0392b; stroke-width: 2 } .gnd { fill: none; stroke: #444444; stroke-width: 2 }
  .sda { fill: none; stroke: #1f6fb2; stroke-width: 2 } .scl { fill: none; stroke: #1e8449; stroke-width: 2 }
  .sig { fill: none; stroke: #7d3c98; stroke-width: 2 }
  @media (prefers-color-scheme: dark) {
    text { fill: #ececec } .page { fill: #161616 }
    .part { fill: #2a2925; stroke: #b5b0a4 } .pad { fill: #1d3448; stroke: #7fb2dd }
    .line { stroke: #b5b0a4 } .fill { fill: #b5b0a4 } .vcc { stroke: #ff7b6b } .gnd { stroke: #bdbdbd } .sda { stroke: #6db5f0 }
    .scl { stroke: #63c986 } .sig { stroke: #c893e0 }
  }
</style>"""


class Picture:
    """An SVG that grows part by part. Coordinates are pixels, y downwards."""

    def __init__(self, width: int, height: int, title: str) -> None:
        self._parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="{title}">',
            STYLE,
            f'<rect class="page" width="{width}" height="{height}"/>',
        ]

    def box(self, x: float, y: float, w: float, h: float, kind: str = "part", radius: int = 4) -> None:
        self._parts.append(f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}" rx="{radius}"/>')

    def text(self, x: float, y: float, words: str, *, at: str = "start", kind: str = "") -> None:
        of = f' class="{kind}"' if kind else ""
        self._parts.append(f'<text{of} x="{x:g}" y="{y:g}" text-anchor="{at}">{words}</text>')

    def wire(self, kind: str, *points: tuple[float, float]) -> None:
        places = " ".join(f"{x:g},{y:g}" for x, y in points)
        self._parts.append(f'<polyline class="{kind}" points="{places}"/>')

    def dot(self, x: float, y: float) -> None:
        self._parts.append(f'<circle class="fill" cx="{x:g}" cy="{y:g}" r="3.5"/>')

    def ground(self, x: float, y: float) -> None:
        for half, down in ((12, 0), (8, 5), (4, 10)):
            self.wire("gnd", (x - half, y + down), (x + half, y + down))

    def resistor(self, x: float, y: float, *, upright: bool) -> None:
        """Centred on x, y; 44 long."""
        self.box(*((x - 8, y - 22, 16, 44) if upright else (x - 22, y - 8, 44, 16)), radius=1)

    def done(self) -> str:
        return "\n".join([*self._parts, "</svg>\n"])


def placement(layout: Layout) -> str:
    """The mat from above, head end up, with each sensor's place, name and input."""
    scale, left, top, pad_mm = 0.62, 110, 74, 60.0
    width, height = layout.width_mm * scale, layout.length_mm * scale
    title = (
        f"{layout.name}: {len(layout.sensors)} sensors under a mat of {layout.length_mm / 10:g} x {layout.width_mm / 10:g} cm"
    )
    picture = Picture(round(width) + 220, round(height) + 130, title)
    picture.text(left + width / 2, 24, title, at="middle", kind="title")
    picture.text(left + width / 2, top - 16, "head end", at="middle")
    picture.box(left, top, width, height, radius=14)
    picture.text(left - 8, top + height / 2, "left", at="end")
    picture.text(left + width + 8, top + height / 2, "right")
    pad = pad_mm * scale
    for sensor in layout.sensors:
        x, y = left + width / 2 + sensor.x_mm * scale, top + height / 2 - sensor.y_mm * scale
        picture.box(x - pad / 2, y - pad / 2, pad, pad, "pad", radius=3)
        picture.text(x, y - 2, sensor.name, at="middle", kind="small")
        picture.text(x, y + 11, f"{sensor.chip:02x}.{sensor.channel}", at="middle", kind="small")
    for y_mm in sorted({sensor.y_mm for sensor in layout.sensors}):
        y = top + height / 2 - y_mm * scale
        picture.text(left + width + 60, y + 4, f"{layout.length_mm / 2 - y_mm:g} mm", kind="small")
    for x_mm in sorted({sensor.x_mm for sensor in layout.sensors}):
        x = left + width / 2 + x_mm * scale
        picture.text(x, top + height + 18, f"{layout.width_mm / 2 + x_mm:.0f} mm", at="middle", kind="small")
    words = "Squares of 60 mm collect the force. 48.0 is chip 0x48, input A0; millimetres from the left edge and the head end."
    for row, line in enumerate((words[:60], words[60:])):
        picture.text(left + width / 2, top + height + 36 + 14 * row, line.strip(), at="middle", kind="small")
    return picture.done()


def wiring() -> str:
    """Pi, two converters, one divider in full, and the panel."""
    p = Picture(980, 730, "Wiring of the acumat")
    p.text(20, 26, "Wiring: two converters for eight sensors, one of the eight dividers in full, and the panel", kind="title")
    _pi(p)
    rails = (("vcc", 250, 90, 90, 427), ("sda", 272, 130, 130, 399), ("scl", 294, 170, 161, 371), ("gnd", 316, 210, 133, 343))
    for kind, x, y, start, end in rails:
        p.wire(kind, (190, y), (x, y))
        p.wire(kind, (x, start), (x, end))
        p.dot(x, y)
    for address, top, addr in ((0x48, 60, ("gnd", 316)), (0x49, 270, ("vcc", 250))):
        _converter(p, address, top, addr)
    _divider(p)
    _panel(p)
    return p.done()


def _pi(p: Picture) -> None:
    p.box(20, 50, 170, 650)
    p.text(105, 72, "Raspberry Pi", at="middle")
    rows = (
        (90, "3.3 V (1)"), (130, "SDA, GPIO 2 (3)"), (170, "SCL, GPIO 3 (5)"), (210, "GND (6)"), (500, "GPIO 17 (11)"),
        (560, "GPIO 27 (13)"), (640, "GPIO 22 (15)"),
    )  # fmt: skip
    for y, name in rows:
        p.text(182, y + 4, name, at="end")
    p.text(105, 690, "(header pin)", at="middle", kind="small")


def _converter(p: Picture, address: int, top: int, addr: tuple[str, int]) -> None:
    p.box(400, top, 150, 180)
    p.text(475, top + 20, f"ADS1115 at 0x{address:02x}", at="middle")
    pins = (("VDD", "vcc", 250), ("GND", "gnd", 316), ("SCL", "scl", 294), ("SDA", "sda", 272), ("ADDR", *addr))
    for row, (name, kind, rail) in enumerate(pins):
        y = top + 45 + 28 * row
        p.wire(kind, (rail, y), (400, y))
        p.dot(rail, y)
        p.text(408, y + 4, name)
    for channel in range(4):
        y = top + 45 + 28 * channel
        p.text(542, y + 4, f"A{channel}", at="end")
        if (address, channel) != (0x48, 0):
            p.wire("sig", (550, y), (590, y))
    if address == 0x48:
        p.text(596, top + 105, "A1 to A3: a divider", kind="small")
        p.text(596, top + 119, "each, as for A0", kind="small")
    else:
        p.text(596, top + 91, "A0 to A3: likewise", kind="small")


def _divider(p: Picture) -> None:
    x, bleed = 800, 880
    p.text(x, 56, "3.3 V", at="middle")
    p.wire("vcc", (x, 62), (x, 98))
    p.box(738, 76, 222, 100, "line dash", radius=8)
    p.wire("line", (x, 86), (bleed, 86), (bleed, 166), (x, 166))
    p.resistor(x, 126, upright=True)
    p.wire("line", (x - 16, 142), (x + 16, 108))
    p.wire("sig", (x, 148), (x, 214))
    p.resistor(bleed, 126, upright=True)
    for y in (86, 166):
        p.dot(x, y)
    p.text(786, 130, "FSR", at="end")
    p.text(892, 122, "bleed", kind="small")
    p.text(892, 136, "470 kΩ", kind="small")
    p.text(812, 192, "dashed: on the pad,", kind="small")
    p.text(812, 206, "at the end of its two wires", kind="small")
    p.wire("sig", (550, 105), (718, 105), (718, 214), (x, 214))
    p.dot(x, 214)
    p.wire("gnd", (x, 214), (x, 290))
    p.resistor(x, 252, upright=True)
    p.text(816, 250, "R_m 3.3 kΩ, 1 %")
    p.text(816, 266, "beside the converter", kind="small")
    p.ground(x, 290)


def _panel(p: Picture) -> None:
    p.wire("sig", (190, 500), (420, 500))
    p.wire("line", (420, 500), (462, 484))
    p.dot(420, 500)
    p.dot(464, 500)
    p.wire("gnd", (464, 500), (540, 500), (540, 512))
    p.ground(540, 512)
    p.text(442, 476, "button", at="middle")
    p.wire("sig", (190, 560), (424, 560))
    p.resistor(300, 560, upright=False)
    p.text(300, 546, "1 kΩ", at="middle", kind="small")
    p.wire("line", (424, 548), (424, 572), (446, 560), (424, 548))
    p.wire("line", (446, 548), (446, 572))
    p.wire("gnd", (446, 560), (540, 560), (540, 572))
    p.ground(540, 572)
    p.text(436, 540, "LED", at="middle")
    p.wire("sig", (190, 640), (424, 640))
    p.resistor(300, 640, upright=False)
    p.text(300, 626, "1 kΩ", at="middle", kind="small")
    p.wire("line", (424, 622), (424, 658))
    p.wire("line", (424, 632), (450, 616), (450, 608), (620, 608))
    p.wire("gnd", (424, 648), (450, 664), (450, 680))
    p.wire("gnd", (439, 664), (450, 664), (446, 653))
    p.ground(450, 680)
    p.text(466, 656, "NPN, such as BC547", kind="small")
    p.box(620, 590, 110, 36)
    p.text(675, 613, "buzzer", at="middle")
    p.wire("vcc", (730, 608), (780, 608))
    p.text(788, 612, "3.3 V")


def pictures() -> dict[str, str]:
    """Every picture by file name."""
    placements = {
        f"placement-{preset}.svg": placement(grid(rows, columns, rm_ohm=3300.0)) for preset, (rows, columns) in PRESETS.items()
    }
    return {"wiring.svg": wiring(), **placements}


def write() -> None:
    """All of them, where docs/hardware.md shows them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pictures().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
