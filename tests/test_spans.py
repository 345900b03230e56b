"""The number or the name that answers is marked in its sentence, and seen in the terminal, on the page and in Markdown."""

from __future__ import annotations

import pytest

from rag.answers.extractive import extractive_answer
from rag.cli.terminal import answer_text
from rag.evidence import Extent, answering_span
from rag.model.answers import Answer
from rag.model.markup import answer_html, answer_markdown
from rag.questions import read_question
from tests.test_extract import SMALL, found
from tests.turns import draw

BLANK = Answer("How many?", "How many?", "refused")


@pytest.mark.parametrize(
    ("question", "text", "span"),
    [
        ("How many hours was it trained on?", "It was trained on 960 hours of speech.", "960"),
        ("How many languages does it cover?", "It covers 12 languages with 960 hours.", "12"),
        ("By how much does it reduce memory?", "It reduces memory by up to 73%.", "73%"),
        ("How much of the gap is left?", "It reduces the gap by 66%-73%.", "66%-73%"),
        ("How many models were combined?", "An ensemble of four models is used.", "four"),
        ("How big is the decoder?", "We train a 1.5B decoder.", "1.5B"),
        ("Which dataset was it trained on?", "It was trained on the narrated video dataset HowTo100M.", "HowTo100M"),
        ("In which year was it begun?", "It was begun in 2021 with 48 hours.", "2021"),
        ("How many hours was it trained on?", "It was trained for 3 days with 4 machines.", None),
        ("Why is it small?", "It has 18 layers.", None),
        ("How many layers are there beside the 18?", "It has 18 layers.", None),
    ],
)
def test_what_answers_is_found_where_only_one_thing_can_be_it(question: str, text: str, span: str | None) -> None:
    place = answering_span(read_question(question), text)
    assert (None if place is None else text[slice(*place)]) == span


def test_the_span_is_set_in_bold_everywhere_and_survives_json() -> None:
    answer = extractive_answer(BLANK, read_question("How many hours was SmallNet trained on?"), [found(SMALL)], Extent(120))
    assert answer is not None
    claim = answer.claims[0]
    assert claim.span is not None
    assert claim.text[slice(*claim.span)] == "960"
    assert Answer.from_dict(answer.to_dict()) == answer
    assert "on **960** hours" in answer_markdown(answer)
    assert "on <b>960</b> hours" in answer_html(answer)
    assert 'on <b class="rag-answers">960</b> hours' in draw(answer)
    drawn = answer_text(answer)
    assert "960" in {drawn.plain[one.start : one.end] for one in drawn.spans if one.style == "bold"}


def test_a_brief_answer_has_the_number_before_its_sentence() -> None:
    asked = read_question("How many hours was SmallNet trained on?")
    answer = extractive_answer(BLANK, asked, [found(SMALL)], Extent(120, length="brief"))
    assert answer is not None
    assert answer.text == "960. [SmallNet] It was trained on 960 hours of English speech. [1]"
