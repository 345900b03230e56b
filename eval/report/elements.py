"""HTML as text, made of balanced elements. Words of documents, questions and models pass through `foreign`, ours through `words`."""

from __future__ import annotations

import html
from collections.abc import Iterable

from rag.showing import markup

Attribute = str | int | float | bool | None
_VOID = frozenset({"meta", "input", "br"})  # of HTML alone: in a drawing every element must be closed


def foreign(text: object) -> str:
    """Text that we did not write, cleaned and escaped."""
    return markup(str(text))


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
