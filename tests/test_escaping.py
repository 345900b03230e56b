"""Documents' text on its way to people: cleaned, and unable to steer a terminal, Markdown or HTML."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.model.display import display_text, escape_html, escape_markdown, locations, pluralize, strip_controls
from rag.model.records import Source


@pytest.mark.parametrize(
    "hostile",
    ["\x1b[2J\x1b[31mred", "\x9b2Jred", "\x1b]0;title\x07red", "\u202edesrever\u202c", "zero\u200bwidth", "bell\x07 and\x08 back\x7f"],
)
def test_nothing_that_a_terminal_obeys_is_shown(hostile: str) -> None:
    assert re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e]", display_text(hostile)) is None


def test_shown_text_is_cleaned_and_on_one_line() -> None:
    assert display_text("Qu\\'ebec reaches 95\\%\nof  it") == "Québec reaches 95% of it"


def test_letters_of_every_script_survive() -> None:
    assert strip_controls("Zoë, 音声認識, नमस्ते, 😀\n\tnext") == "Zoë, 音声認識, नमस्ते, 😀\n\tnext"


@given(st.text(max_size=80))
def test_markdown_leaves_no_mark_unescaped(text: str) -> None:
    escaped = escape_markdown(text)
    without_escapes = re.sub(r"\\[\\`*_{}\[\]<>#!|~$&@:.+=)-]", "", escaped)
    assert re.search(r"[`*_{}\[\]<>#!|~$&@]|://", without_escapes) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("![x](http://a.b/c.png)", r"\!\[x\](http\://a.b/c.png)"),
        ("<img src=x onerror=alert(1)>", r"\<img src=x onerror=alert(1)\>"),
        ("www.example.org", r"www\.example.org"),
        ("# big", r"\# big"),
        ("1. one", r"1\. one"),
        ("- item", r"\- item"),
    ],
)
def test_markdown_of_documents_is_text(text: str, expected: str) -> None:
    assert escape_markdown(text) == expected


@given(st.text(max_size=80))
def test_markup_leaves_no_tag_and_no_quote(text: str) -> None:
    assert not set(escape_html(text)) & set("<>\"'")


def test_places_name_every_file_and_line() -> None:
    assert locations([Source("a.txt", 3, 0, 9), Source("b\x1b[1m.txt", 12, 4, 9)]) == "a.txt:3, b[1m.txt:12"


@pytest.mark.parametrize(("number", "expected"), [(0, "0 files"), (1, "1 file"), (1200, "1,200 files")])
def test_counted_things_agree_with_their_number(number: int, expected: str) -> None:
    assert pluralize(number, "file") == expected
