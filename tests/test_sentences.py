"""Sentences: the hand-checked boundaries of the corpus, hard cases of other fields, and what must hold for any text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.model.records import Sentence
from rag.text.sentences import sentence_spans, split_sentences
from tests.cost import at_most

DATA = Path(__file__).parent / "data"
CORPUS = Path(__file__).parent.parent / "data" / "corpus"
GOLD = [json.loads(line) for line in (DATA / "sentences.jsonl").read_text(encoding="utf-8").splitlines()]
CASES = [line for line in (DATA / "sentence_cases.txt").read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]

# Text as abstracts have it: words, abbreviations, stops, brackets, quotation marks, white space of all sorts.
WORDS = "We the wav2vec x-LLaMA (SLMs) e.g. i.e. et al. vs. Fig. 2 3.14 U.S. J. Smith https://a.org/b.c water.In 5% $x$ “so” α 中文 A. 1."
SIGNS = (
    ".",
    "..",
    "...",
    "…",
    "!",
    "?",
    ";",
    ":",
    ",",
    "(",
    ")",
    "[",
    "]",
    "'",
    '"',
    "。",
    "！",
    "#",
    "-",
    "\n",
    "\n\n",
    "\t",
    "\u00a0",
    "",
)
PIECES = st.sampled_from([*WORDS.split(), *SIGNS])
TEXTS = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=60).map(" ".join), st.lists(PIECES, max_size=60).map("".join))


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize("record", GOLD, ids=lambda record: f"{record['file'][:3]}:{record['line']}")
def test_corpus_is_cut_as_read_by_hand(record: dict[str, object]) -> None:
    lines = (CORPUS / str(record["file"])).read_text(encoding="utf-8").split("\n")
    text = lines[int(str(record["line"])) - 1][int(str(record["start"])) : int(str(record["end"]))]
    assert [list(span) for span in sentence_spans(text)] == record["sentences"]


def test_gold_covers_every_abstract_of_the_corpus() -> None:
    assert len(GOLD) == len({(record["file"], record["line"]) for record in GOLD}) == 159


@pytest.mark.parametrize("case", CASES)
def test_hard_cases_of_other_fields(case: str) -> None:
    assert cut(case.replace("¦", "")) == [part.strip() for part in case.split("¦")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n\t ", []),
        ("No stop at all", ["No stop at all"]),
        ("  We test.  We go on. ", ["We test.", "We go on."]),
        ("First part\n\nSecond part", ["First part", "Second part"]),
        ("A line\nthat is wrapped. Another", ["A line\nthat is wrapped.", "Another"]),
        ("我们测试。结果很好！", ["我们测试。", "结果很好！"]),
        ("...", ["..."]),
        ("Мы измерили. Всё верно.", ["Мы измерили.", "Всё верно."]),
    ],
)
def test_edges(text: str, expected: list[str]) -> None:
    assert cut(text) == expected


def test_sentences_are_numbered_records() -> None:
    assert split_sentences("a1", "We test. It works.") == (Sentence("a1", 0, 0, 8), Sentence("a1", 1, 9, 18))


@given(TEXTS)
def test_sentences_are_in_order_trimmed_and_complete(text: str) -> None:
    spans = sentence_spans(text)
    covered = [False] * len(text)
    previous = 0
    for start, end in spans:
        assert previous <= start < end
        assert text[start:end] == text[start:end].strip()
        covered[start:end] = [True] * (end - start)
        previous = end
    assert all(inside or letter.isspace() for inside, letter in zip(covered, text, strict=True))


@given(TEXTS)
def test_white_space_around_a_text_does_not_matter(text: str) -> None:
    assert cut(text) == cut(f"\n {text} \t")


@pytest.mark.parametrize("record", GOLD[::7], ids=lambda record: f"{record['file'][:3]}:{record['line']}")
def test_a_sentence_cut_again_is_itself(record: dict[str, object]) -> None:
    lines = (CORPUS / str(record["file"])).read_text(encoding="utf-8").split("\n")
    text = lines[int(str(record["line"])) - 1][int(str(record["start"])) : int(str(record["end"]))]
    assert [cut(sentence) for sentence in cut(text)] == [[sentence] for sentence in cut(text)]


@given(st.lists(st.sampled_from(["We test it.", "Does it work?", "Results are good (95%).", "mSLAM helps."]), min_size=1, max_size=20))
def test_plain_sentences_come_back(parts: list[str]) -> None:
    assert cut(" ".join(parts)) == parts


@pytest.mark.parametrize(
    "text",
    [
        piece * (200_000 // len(piece))
        for piece in (".", "a", "A", ". ", "A. ", "(. A", "a. [", "a.A ", "x A. B", "!?", '."', "\n \n", " ", ". #", ".[1", "a.\n", "“")
    ],
    ids=lambda text: repr(text[:6]),
)
def test_long_lines_cost_linear_time(text: str) -> None:
    with at_most(3):  # 0.6 at most on the slow machine this was written on
        sentence_spans(text)
