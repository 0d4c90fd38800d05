"""A chart of a run: requests per second of all contestants, a panel per operation, in light and dark mode."""

from collections.abc import Iterator, Sequence
from html import escape

from catalogue import FLOOR
from limits import LIMITS
from operations import CREATE, HISTORY, LIST, MIX, READ, UPDATE
from results import Results
from targets import CONNECTIONS

SVG = "http://www.w3.org/2000/svg"
PANELS = (CREATE, READ, UPDATE, LIST, HISTORY, MIX)
COLUMNS = 2
PANEL, NAMES, FIGURES = 420, 150, 52
ROW, HEAD, FOOT = 17, 30, 26
STYLE = """\
    text { font: 11px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328 }
    .name { text-anchor: end } .ours, .head { font-weight: 600 } .head { font-size: 13px } .note { fill: #59636e }
    rect { fill: #afb8c1 } rect.ours { fill: #0969da } rect.floor { fill: #d1d9e0 }
    line { stroke: #1f2328; opacity: .6 }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 } .note { fill: #9198a1 }
      rect { fill: #57606a } rect.ours { fill: #4493f8 } rect.floor { fill: #3d444d } line { stroke: #e6edf3 }
    }"""
NOTE = (
    f"Requests per second at {CONNECTIONS} connections: median, and range from the lowest to the highest round. "
    "floor: no database. pocketbase: not durable per commit."
)

Bar = tuple[str, float, float, float]
"""A contestant with its median, lowest and highest rate."""


def draw(results: Results) -> str | None:
    panels = {operation: bars for operation in PANELS if (bars := _bars(results, operation))}
    if not panels:
        return None
    height_of_panel = HEAD + ROW * max(map(len, panels.values()))
    rows = -(-len(panels) // COLUMNS)
    width, height = PANEL * COLUMNS, rows * height_of_panel + FOOT
    return "\n".join(
        (
            f'<svg xmlns="{SVG}" viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
            f"  <title>{NOTE}</title>\n  <style>\n{STYLE}\n  </style>",
            *(
                line
                for place, (operation, bars) in enumerate(panels.items())
                for line in _panel(operation, bars, place % COLUMNS * PANEL, place // COLUMNS * height_of_panel)
            ),
            f'  <text class="note" x="8" y="{height - 8}">{NOTE}</text>\n</svg>\n',
        )
    )


def _bars(results: Results, operation: str) -> Sequence[Bar]:
    bars = []
    for name in results.contestants():
        median = results.median(operation, CONNECTIONS, name, lambda m: m.rate)
        if name not in LIMITS and median is not None:
            rates = [m.rate for m in results.of(operation, CONNECTIONS, name)]
            bars.append((name, median, min(rates), max(rates)))
    return sorted(bars, key=lambda bar: -bar[1])


def _panel(operation: str, bars: Sequence[Bar], left: int, top: int) -> Iterator[str]:
    yield f'  <text class="head" x="{left + NAMES}" y="{top + 20}">{escape(operation)}</text>'
    scale = (PANEL - NAMES - FIGURES) / max(highest for *_, highest in bars)
    for number, bar in enumerate(bars):
        yield from _bar(bar, left, top + HEAD + number * ROW, scale)


def _bar(bar: Bar, left: int, top: int, scale: float) -> Iterator[str]:
    name, median, lowest, highest = bar
    start, middle, baseline = left + NAMES, top + ROW / 2 - 1, top + ROW - 5
    kind = "ours" if name.startswith("tasktrail") else "floor" if name == FLOOR else "other"
    yield f'  <text class="name {kind}" x="{start - 6}" y="{baseline}">{escape(name)}</text>'
    yield f'  <rect class="{kind}" x="{start}" y="{top}" width="{median * scale:.1f}" height="{ROW - 3}" rx="2"/>'
    ends = (start + lowest * scale, start + highest * scale)
    yield f'  <line x1="{ends[0]:.1f}" y1="{middle}" x2="{ends[1]:.1f}" y2="{middle}"/>'
    yield f'  <text class="{kind}" x="{ends[1] + 5:.1f}" y="{baseline}">{median:,.0f}</text>'
