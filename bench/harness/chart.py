"""Draws bars as SVG, by hand: the one chart needs no library."""

import math

_WIDTH = 760
_ROW = 30
_LEFT = 90
_RIGHT = 90
_TOP = 34


def bars(values: list[tuple[str, float]]) -> str:
    """One bar a name, longest first, on a logarithmic axis; the first of `values` stands out."""
    ours = values[0][0]
    ordered = sorted(values, key=lambda pair: -pair[1])
    low = 10 ** math.floor(math.log10(ordered[-1][1]))
    high = 10 ** math.ceil(math.log10(ordered[0][1]))
    height = _TOP + _ROW * len(ordered) + 30
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="system-ui, sans-serif" font-size="13" role="img">',
        "<title>Requests per second of processor time, logarithmic</title>",
        # Pictures in a README are shown on light and on dark pages, so the ground is drawn too.
        f'<rect width="{_WIDTH}" height="{height}" rx="6" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="20" fill="#555555">requests per second of processor time (logarithmic)</text>',
    ]
    parts += _axis(low, high, height)
    for place, (name, value) in enumerate(ordered):
        parts += _bar(place, name, value, _x(value, low, high), name == ours)
    return "\n".join([*parts, "</svg>", ""])


def _x(value: float, low: float, high: float) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * math.log(value / low) / math.log(high / low)


def _axis(low: float, high: float, height: int) -> list[str]:
    parts = []
    for power in range(round(math.log10(low)), round(math.log10(high)) + 1):
        x = _x(10.0**power, low, high)
        parts.append(f'<line x1="{x:.1f}" y1="{_TOP - 4}" x2="{x:.1f}" y2="{height - 24}" stroke="#dddddd"/>')
        parts.append(f'<text x="{x:.1f}" y="{height - 8}" text-anchor="middle" fill="#777777">{10**power:,}</text>')
    return parts


def _bar(place: int, name: str, value: float, x: float, ours: bool) -> list[str]:
    y = _TOP + _ROW * place
    colour = "#c2410c" if ours else "#64748b"
    weight = "bold" if ours else "normal"
    return [
        f'<text x="{_LEFT - 8}" y="{y + 17}" text-anchor="end" font-weight="{weight}" fill="#222222">{name}</text>',
        f'<rect x="{_LEFT}" y="{y + 3}" width="{max(x - _LEFT, 2):.1f}" height="{_ROW - 10}" rx="2" fill="{colour}"/>',
        f'<text x="{x + 6:.1f}" y="{y + 17}" fill="#222222">{value:,.0f}</text>',
    ]
