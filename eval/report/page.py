"""The page around a report: one file with its style and its script, which nothing else can add to."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from eval.report.elements import element, foreign, words

_HERE = Path(__file__).parent


def page(title: str, head: Iterable[str], sections: Iterable[tuple[str, str, str]]) -> str:
    """A whole HTML page. `title` is foreign text; `head` is safe HTML; sections are (id, name, safe HTML).

    The policy in it forbids every address, and every script but ours, by its hash: even markup that escaped all escaping
    could load nothing and run nothing.
    """
    parts = list(sections)
    links = [element("a", words(name), href=f"#{place}") for place, name, _ in parts]
    banner = element("header", element("h1", foreign(title)), *head, element("nav", *links, aria_label="Parts of this report"))
    body = [
        element("section", element("h2", words(name), id=f"{place}-title"), inside, id=place, aria_labelledby=f"{place}-title")
        for place, name, inside in parts
    ]
    skip = element("a", "To the report", href="#report", class_="skip")
    footer = element("footer", element("p", "Made by abstract-rag. This file loads nothing and can be passed on as it is."))
    main = element("main", *body, id="report", tabindex=-1)
    html = element("html", _head(title), element("body", skip, banner, main, footer, element("script", _file("report.js"))), lang="en")
    return f"<!DOCTYPE html>\n{html}\n"


def _head(title: str) -> str:
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_policy()),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", foreign(title)),
        element("style", _file("report.css")),
    )


def _policy() -> str:
    script = base64.b64encode(hashlib.sha256(_file("report.js").encode()).digest()).decode()
    return f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{script}'; base-uri 'none'; form-action 'none'"


@cache
def _file(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
