"""Answers and abstracts as a terminal shows them: wrapped, readable, and deaf to what documents say."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console
from rich.text import Text

from rag.cli.terminal import console_for, print_abstract, print_answer, print_block, print_listed, print_problem, print_trace
from rag.model.answers import Answer
from rag.model.records import Abstract, Citation, Claim, NearMiss, Problem, Source, TraceStep

TEXT = "We train a model. It reaches 3.1\\% on the test set. More is left for later."
START, END = TEXT.index("It reaches"), TEXT.index(" More")
PLACE = (Source("listing.txt", 12, 0, 80),)
PAPER = Abstract(id="6140b94eda05", title="A Model", text=TEXT, label="A Model", date="2024-06", authors=2, upvotes=1, sources=PLACE)
CITATION = Citation(
    number=1,
    kind="sentence",
    abstract_id=PAPER.id,
    label="A Model",
    quote=TEXT[START:END],
    start=START,
    end=END,
    sources=PLACE,
    date="2024-06",
)
ANSWER = Answer(
    question="q",
    standalone_question="q",
    outcome="answered",
    claims=(Claim("evidence", "A Model reaches 3.1\\% on the test set.", (1,)),),
    citations=(CITATION,),
    filters=("year = 2024",),
)


def piped() -> Console:
    return console_for(io.StringIO())


def terminal(width: int = 40) -> Console:
    return Console(
        file=io.StringIO(), force_terminal=True, width=width, markup=False, emoji=False, highlight=False, color_system="standard"
    )


def written(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_an_answer_in_a_pipe_is_text_sources_and_quotes_on_whole_lines() -> None:
    console = piped()
    print_answer(console, ANSWER)
    assert written(console) == (
        "A Model reaches 3.1% on the test set. [1]\n\n"
        "Applied: year = 2024\n\n"
        "[1] A Model · 2024-06 · listing.txt:12\n"
        "    “It reaches 3.1% on the test set.”\n"
    )


def test_a_terminal_gets_lines_of_its_width_in_bold_and_dim_only() -> None:
    console = terminal(40)
    print_answer(console, ANSWER)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", written(console)).splitlines()
    assert max(map(len, lines)) <= 40
    assert set(re.findall(r"\x1b\[([0-9;]*)m", written(console))) == {"0", "1", "2"}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (replace(ANSWER, notices=("The corpus has changed since it was indexed (a.txt).",)), "Bring the index up to date with: rag index"),
        (replace(ANSWER, filters=(), checks={"members": 159}), "See all with: rag papers"),
        (replace(ANSWER, filters=("year = 2019..", "91 of 159 abstracts match"), checks={"members": 91}), "rag papers --year 2019.."),
        (replace(ANSWER, filters=("year not 2019", "91 match"), checks={"members": 91}), "See all of the corpus with: rag papers"),
    ],
)
def test_a_terminal_is_told_what_to_type(answer: Answer, said: str) -> None:
    console = piped()
    print_answer(console, answer)
    assert f"{said}\n" in written(console)


def test_a_refusal_shows_its_reason_and_what_came_closest() -> None:
    console = piped()
    miss = NearMiss(PAPER.id, "A Model", "It is about something else.", 0.2, PLACE)
    print_answer(console, Answer("q", "q", "refused", reason="No abstract says so.", near_misses=(miss,)))
    assert written(console) == (
        "No abstract says so.\n\nClosest in the corpus:\n-   A Model · listing.txt:12\n    “It is about something else.”\n"
    )


def test_a_table_is_tabs_in_a_pipe_and_columns_in_a_terminal() -> None:
    answer = Answer("q", "q", "answered", table=(("paper", "upvotes"), ("A\tModel", "3")))
    console, wide = piped(), terminal(60)
    print_answer(console, answer)
    print_answer(wide, answer)
    assert written(console) == "paper\tupvotes\nA Model\t3\n"
    assert re.search(r"A Model +3", written(wide))


def test_the_evidence_is_bold_in_the_cleaned_text() -> None:
    console = terminal(100)
    print_abstract(console, PAPER, [(START, END)])
    assert "We train a model. \x1b[1mIt reaches 3.1% on the test set.\x1b[0m More is left for later." in written(console)


def test_an_abstract_without_evidence_is_shown_with_what_its_source_states() -> None:
    console = piped()
    print_abstract(console, PAPER)
    assert written(console).splitlines()[:2] == ["A Model", "rag:6140b94eda05 · 2024-06 · 2 authors · 1 upvote · listing.txt:12"]
    assert "3.1% on the test set. More" in written(console)


def test_documents_cannot_steer_the_terminal_or_bring_markup() -> None:
    hostile = "[bold red]x[/] :warning: \x1b]0;owned\x07\x1b[2J\x9b31m end"
    console = piped()
    sources = (Source(hostile, 1, 0, 9),)
    print_abstract(console, Abstract(id="1", title=hostile, text=hostile, label=hostile, venue=hostile, sources=sources))
    print_problem(console, Problem(hostile, 1, hostile, hostile))
    print_listed(console, Abstract(id="1", title=None, text="x", label=hostile, sources=sources))
    assert re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", written(console)) is None
    assert written(console).count("[bold red]x[/] :warning:") == 9


def test_a_long_lead_hangs_the_lines_behind_it() -> None:
    console = terminal(40)
    print_block(console, Text("one two three four five six"), lead="6140b94eda05  ")
    assert written(console) == "6140b94eda05  one two three four five\n              six\n"


FOUND = [
    {"label": "A Model", "score": 0.75, "lexical": 12.5, "dense": 0.5},
    {"label": "A Model of a Model that has a Long Name", "score": 0.1, "lexical": 0.0, "dense": 0.25},
]
TRACE = (
    TraceStep("read", {"form": "how", "names": ["A Model", "B"], "conditions": [], "collection query": {"form": "count", "by": None}}),
    TraceStep("search", {"for": "a model", "found": FOUND}),
    TraceStep("decide", {"chance of an answer": 0.831, "refused": False}),
    TraceStep("answer", {"by": "extraction", "words": 120}),
)


def test_a_trace_is_a_block_for_each_stage_with_its_facts() -> None:
    console = piped()
    print_trace(console, TRACE)
    assert written(console) == (
        "\nHow this came about\n"
        "\nread\n    form: how\n    names: A Model, B\n    conditions: none\n    collection query: form count\n"
        "\nsearch\n    for: a model\n    found:\n"
        "label\tscore\tlexical\tdense\nA Model\t0.750\t12.500\t0.500\n"
        "A Model of a Model that has a Long Name\t0.100\t0.000\t0.250\n"
        "\ndecide\n    chance of an answer: 0.831\n    refused: no\n"
        "\nanswer\n    by: extraction\n    words: 120\n"
    )


def test_a_trace_in_a_terminal_is_wrapped_to_its_width() -> None:
    console = terminal(44)
    print_trace(console, (*TRACE, TraceStep("read", {"question": "How does a model " * 9})))
    lines = re.sub(r"\x1b\[[0-9;]*m", "", written(console)).splitlines()
    assert max(map(len, lines)) <= 44
    assert re.search(r"(?m)^    A Model +0\.750 +12\.500 +0\.500 *$", "\n".join(lines))
    assert set(re.findall(r"\x1b\[([0-9;]*)m", written(console))) == {"0", "1", "2"}


def test_an_answer_without_a_trace_prints_nothing_of_it() -> None:
    console = piped()
    print_trace(console, ANSWER.trace)
    assert written(console) == ""


def test_what_a_trace_quotes_cannot_steer_the_terminal_or_bring_markup() -> None:
    hostile = "[bold red]x[/] :warning: \x1b]0;owned\x07\x1b[2J\x9b31m \n\r end"
    facts = {hostile: hostile, "names": [hostile], "query": {hostile: hostile}, "found": [{hostile: hostile}, {hostile: hostile}]}
    plain, wide = piped(), terminal(200)
    for console in (plain, wide):
        print_trace(console, (TraceStep(hostile, facts),))
        assert re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", re.sub(r"\x1b\[[012]m", "", written(console))) is None
        assert written(console).count("[bold red]x[/] :warning:") == 9
