"""HTML as text, made of balanced elements, and drawings that need no library; foreign words pass through `foreign`."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

from rag.model import escape_html

# HTML as text, made of balanced elements. Words of documents, questions and models pass through `foreign`, ours through `words`.

Attribute = str | int | float | bool | None
_VOID = frozenset({"meta", "input", "br"})  # of HTML alone: in a drawing every element must be closed


def foreign(text: object) -> str:
    """Text that we did not write, cleaned and escaped."""
    return _escaped(str(text))


@lru_cache(maxsize=4_096)
def _escaped(text: str) -> str:
    return escape_html(text)  # a label or quote stands at many places of a page


def words(text: object) -> str:
    """Our own text, escaped and otherwise as it is."""
    return html.escape(str(text), quote=True)


def element(name: str, /, *inside: str, **attributes: Attribute) -> str:
    """One element around HTML that is already safe.

    Attributes are escaped here: `class_` is "class", `aria_label` "aria-label"; True stands without a value, None and False
    are left out.
    """
    given = "".join(_attribute(key, value) for key, value in attributes.items() if value is not None and value is not False)
    return f"<{name}{given}>" if name in _VOID else f"<{name}{given}>{''.join(inside)}</{name}>"


def _attribute(key: str, value: Attribute) -> str:
    key = key.rstrip("_").replace("_", "-")
    return f" {key}" if value is True else f' {key}="{html.escape(str(value), quote=True)}"'


def folded(summary: str, *inside: str, **attributes: Attribute) -> str:
    """A part that opens at a click, without a script."""
    return element("details", element("summary", summary), *inside, **attributes)


def table(caption: str, heads: Iterable[str], rows: Iterable[Iterable[str]], *, class_: str | None = None) -> str:
    """A table that scrolls sideways by itself where the page is narrow. Heads and cells come as elements."""
    head = element("thead", element("tr", *heads))
    body = element("tbody", *(element("tr", *row) for row in rows))
    inside = element("table", element("caption", element("span", words(caption))), head, body, class_=class_)
    return element("div", inside, class_="scroll", role="region", aria_label=caption, tabindex=0)


def column(name: str, **attributes: Attribute) -> str:
    """The head of a column."""
    return element("th", words(name), scope="col", **attributes)


def row_head(inside: str, **attributes: Attribute) -> str:
    """The head of a row, of safe HTML."""
    return element("th", inside, scope="row", **attributes)


def cell(inside: str, **attributes: Attribute) -> str:
    """A cell of safe HTML."""
    return element("td", inside, **attributes)


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Names and what they stand for; the names are ours, the rest is safe HTML."""
    return element("dl", *(element("div", element("dt", words(name)), element("dd", inside)) for name, inside in pairs), class_="facts")


# Drawings that need no library: inline SVG, and bars of plain elements. What they show is said in words beside them.

_WIDTH, _HEIGHT = 360, 150
_LEFT, _RIGHT, _TOP, _FOOT = 6, 6, 18, 24
_BINS = 12


def whisker(value: float, low: float, high: float, top: float) -> str:
    """A value as a dot on its 95 % interval, on a line from 0 to `top`. The words beside it say the same."""

    def place(number: float) -> str:
        return f"{6 + 188 * min(max(number / top, 0), 1) if top else 6:.1f}"

    ticks = [element("line", x1=place(top * part), x2=place(top * part), y1=15, y2=19, class_="axis") for part in (0, 0.25, 0.5, 0.75, 1)]
    return element(
        "svg",
        element("line", x1=6, x2=194, y1=17, y2=17, class_="axis"),
        *ticks,
        element("line", x1=place(low), x2=place(high), y1=8, y2=8, class_="whisker"),
        *(element("line", x1=place(end), x2=place(end), y1=2, y2=14, class_="whisker") for end in (low, high)),
        element("circle", cx=place(value), cy=8, r=3.5, class_="dot"),
        viewBox="0 0 200 20",
        class_="whiskers",
        aria_hidden="true",
    )


def bar(title: str, parts: Mapping[str, int]) -> str:
    """A bar of parts with its counts, each part in words below it; nothing but words where there is nothing to show."""
    total = sum(parts.values())
    heading = element("p", element("b", words(title)), f" {total:,} {'question' if total == 1 else 'questions'}", class_="bar-title")
    if not total:
        return heading
    shown = [(name, count) for name, count in parts.items() if count]
    pieces = [element("span", class_=f"part {_class(name)}", style=f"flex-grow:{count}") for name, count in shown]
    items = [
        element(
            "li", element("span", class_=f"key {_class(name)}", aria_hidden="true"), words(f"{name}: {count:,} ({_percent(count, total)})")
        )
        for name, count in shown
    ]
    return heading + element("div", *pieces, class_="bar", aria_hidden="true") + element("ul", *items, class_="legend")


def _class(name: str) -> str:
    return "outcome-" + name.replace(" ", "-")


def _percent(count: int, total: int) -> str:
    share = 100 * count / total
    return f"{share:.0f}\u202f%" if share in (0, 100) or 1 <= share <= 99 else f"{share:.1f}\u202f%"


def histogram(values: Sequence[float], title: str, write: Callable[[float], str], *, top: float | None = None) -> str:
    """How values are spread: bars with their counts, from 0, and the same in words. `top` is the highest possible value."""
    if not values:
        return element("figure", element("figcaption", element("b", words(title)), words(" Nothing to show.")))
    said = spread(values, write)
    edges = _edges(values, top)
    counts = _counts(values, edges)
    picture = element(
        "svg", *_bars(counts), *_axis(edges, values, write), viewBox=f"0 0 {_WIDTH} {_HEIGHT}", role="img", aria_label=f"{title}: {said}"
    )
    return element("figure", element("figcaption", element("b", words(title)), " ", words(said)), picture)


def spread(values: Sequence[float], write: Callable[[float], str]) -> str:
    """The lowest, middle, 95th of 100 and highest of values, in words."""
    ordered = sorted(values)

    def at(share: float) -> str:
        return write(ordered[max(0, math.ceil(share * len(ordered)) - 1)])

    things = "question" if len(ordered) == 1 else "questions"
    return f"{len(ordered):,} {things}: from {at(0)} to {at(1)}, half at {at(0.5)} or less, 95\u202f% at {at(0.95)} or less."


def curve(points: Sequence[tuple[float, float]], title: str, lead: str) -> str:
    """Shares by shares as a line from (0, 0) to (1, 1), with the values at some places in words behind `lead`."""
    if not points:
        return element("figure", element("figcaption", element("b", words(title)), words(" Nothing to show.")))
    places = sorted({max(1, math.ceil(len(points) * part)) - 1 for part in (0.25, 0.5, 0.75, 1)})
    said = lead + ", ".join(f"{points[place][1]:.0%} of the first {points[place][0]:.0%}" for place in places)
    wide, high = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _FOOT
    path = " ".join(f"{_LEFT + wide * x:.1f},{_TOP + high * (1 - y):.1f}" for x, y in points)
    base = element("line", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=_TOP + high, y2=_TOP + high, class_="axis")
    picture = element(
        "svg",
        base,
        element("polyline", points=path, class_="curve"),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        role="img",
        aria_label=f"{title}: {said}",
    )
    return element("figure", element("figcaption", element("b", words(title)), " ", words(said)), picture)


def _edges(values: Sequence[float], top: float | None) -> list[float]:
    """Equal steps from 0; without a `top`, to where all but a few outliers are, which the last bar takes in."""
    if top is not None:
        return [top * index / 10 for index in range(11)]
    ordered = sorted(values)
    usual = ordered[max(0, math.ceil(0.98 * len(ordered)) - 1)] or ordered[-1] or 1.0
    step = _round_step(usual / _BINS)
    return [step * index for index in range(math.ceil(usual / step + 1e-9) + 1)]


def _round_step(raw: float) -> float:
    """The next of 1, 2, 2.5, 5 and 10 times a power of ten."""
    power: float = 10.0 ** math.floor(math.log10(raw))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw - 1e-12)


def _counts(values: Sequence[float], edges: Sequence[float]) -> list[int]:
    counts = [0] * (len(edges) - 1)
    for value in values:
        counts[min(len(counts) - 1, max(0, math.floor(value / edges[1] + 1e-9)))] += 1
    return counts


def _bars(counts: Sequence[int]) -> list[str]:
    width = (_WIDTH - _LEFT - _RIGHT) / len(counts)
    room = _HEIGHT - _TOP - _FOOT
    drawn = []
    for index, count in enumerate(counts):
        height = max(1.5, room * count / max(counts)) if count else 0
        left, up = _LEFT + index * width, _HEIGHT - _FOOT - height
        if count:
            drawn.append(
                element("rect", x=f"{left + 1:.1f}", y=f"{up:.1f}", width=f"{width - 2:.1f}", height=f"{height:.1f}", class_="column")
            )
            drawn.append(element("text", f"{count:,}", x=f"{left + width / 2:.1f}", y=f"{up - 4:.1f}", class_="count"))
    return drawn


def _axis(edges: Sequence[float], values: Sequence[float], write: Callable[[float], str]) -> list[str]:
    floor = _HEIGHT - _FOOT
    middle = edges[len(edges) // 2]
    at_middle = _LEFT + (_WIDTH - _LEFT - _RIGHT) * (len(edges) // 2) / (len(edges) - 1)
    more = " or more" if max(values) > edges[-1] + 1e-9 else ""
    last = write(edges[-2]) + more if more else write(edges[-1])
    return [
        element("line", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=floor, y2=floor, class_="axis"),
        element("text", words(write(0.0)), x=_LEFT, y=_HEIGHT - 7, class_="first"),
        element("text", words(write(middle)), x=f"{at_middle:.1f}", y=_HEIGHT - 7, class_="count") if len(edges) > 4 else "",
        element("text", words(last), x=_WIDTH - _RIGHT, y=_HEIGHT - 7, class_="last"),
    ]
