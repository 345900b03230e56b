"""The one reading of a question: operation, conditions, topic, form of the answer, and what is not understood."""

from __future__ import annotations

import datetime
import re
import time
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.model.filters import Range, Scan, day_number
from rag.questions.query import Asked, Operation, Order, Query, Tally, Topic
from rag.questions.reader import read_query
from rag.questions.tokens import Tokens

TODAY = datetime.date(2026, 11, 21)
WORDINGS = Path(__file__).parent / "data" / "wordings.tsv"
_COUNTED = re.compile(r"(authors|upvotes|comments)(>=|<=|=)(\d+)(?:\.\.(\d+))?")
_KINDS = {"word": "text", "title": "title"}
# Read as not understood, and so not counted: an aside that takes back what was said.
SAFE = {"how many papers are there from each side of 2020, before it I mean"}


def read(text: str) -> Query:
    return read_query(text, today=TODAY)


def rows() -> list[tuple[str, str, str, str]]:
    lines = WORDINGS.read_text(encoding="utf-8").splitlines()
    found = [line.split("\t") for line in lines if not line.startswith("#")]
    return [(text, operation, conditions, topic) for text, operation, conditions, topic in found]


def conditions(said: str) -> set[Range | Scan]:
    """The conditions that a line of the wordings names: "2024-03..", "upvotes>=11 2023..", "missing:title"."""
    found: set[Range | Scan] = set()
    for one in re.findall(r"(?:word|title):.+|\S+", said):
        kind, _, value = one.partition(":")
        if counted := _COUNTED.fullmatch(one):
            low, high = int(counted[3]), int(counted[4] or counted[3])
            found.add(Range(counted[1], None if counted[2] == "<=" else low, None if counted[2] == ">=" else high))  # type: ignore[arg-type]
        elif one in ("titled", "dated"):
            found.add(Scan("missing", ("title" if one == "titled" else "date",), negated=True))
        elif kind in _KINDS:
            found.add(Scan("word", (value,), _KINDS[kind]))  # type: ignore[arg-type]
        elif kind == "not":
            found.add(Range("year", int(value), int(value), outside=True))
        elif value:
            found.add(Scan(kind, (value,)))
        else:
            found |= _dates(one)
    return found


def _dates(said: str) -> set[Range | Scan]:
    first, between, last = said.partition("..")
    last = last if between else first
    if all(len(one) in (0, 4) for one in (first, last)):
        return {Range("year", int(first) if first else None, int(last) if last else None)}
    low = [Range("first_day", low=day_number(first, "first"))] if first else []
    return {*low, *([Range("last_day", high=day_number(last, "last"))] if last else [])}


def plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


@pytest.mark.parametrize(("text", "operation", "said", "topic"), rows(), ids=[row[0] for row in rows()])
def test_a_wording_is_read(text: str, operation: str, said: str, topic: str) -> None:
    query = read(text)
    if text in SAFE:
        assert query.unread
        return
    assert (query.operation, query.unread) == (operation, ())
    assert said == "*" or {*query.filters.ranges, *query.filters.scans} == conditions(said)
    assert topic == "*" or plain(query.topic.text) == plain(topic)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("papers on Chinese or Mandarin, but not about speech", Topic((("Chinese", "Mandarin"),), ("speech",))),
        ("parsing papers, leaving out English", Topic((("parsing",),), ("English",))),
        ("Which papers are about speech and text together?", Topic((("speech and text together",),))),
        ("non-speech papers", Topic((), ("speech",))),
        ("swahili, hausa, zulu: anything?", Topic((("swahili", "hausa", "zulu"),))),
        ("which papers study further pre-training an already trained model?", Topic((("further pre-training an already trained model",),))),
    ],
)
def test_a_topic_keeps_its_words_and_its_alternatives(text: str, topic: Topic) -> None:
    assert read(text).topic == topic


@pytest.mark.parametrize(
    ("text", "order", "limit"),
    [
        ("the five most upvoted papers", Order("upvotes"), 5),
        ("What is the second most upvoted paper?", Order("upvotes", skip=1), None),
        ("oldest 3?", Order("date", descending=False), 3),
        ("Which paper has the fewest authors?", Order("authors", descending=False), None),
        ("papers sorted by date, oldest first", Order("date", descending=False), 10),
        ("papers on tokenizers, newest first", Order("date"), 10),
    ],
)
def test_an_order_is_read(text: str, order: Order, limit: int | None) -> None:
    query = read(text)
    assert (query.operation, query.order, query.limit) == ("rank", order, limit)


@pytest.mark.parametrize(
    ("text", "tally"),
    [
        ("papers per month in 2023", Tally(group="month")),
        ("Which year has the most papers?", Tally(group="year", extreme="most")),
        ("median upvotes of the 2024 papers", Tally(statistic="median", field="upvotes")),
    ],
)
def test_a_tally_is_read(text: str, tally: Tally) -> None:
    assert read(text).tally == tally


def test_two_topics_or_two_conditions_are_held_against_each_other() -> None:
    topics = read("are there more papers on speech or on text?").tally
    years = read("more papers in 2023 or in 2024?").tally
    assert topics is not None
    assert years is not None
    assert [topic.text for _, topic in topics.sides] == ["speech", "text"]
    assert [filters.ranges for filters, _ in years.sides] == [(Range("year", 2023, 2023),), (Range("year", 2024, 2024),)]


def test_which_of_two_came_first_is_decided_by_their_dates(assistant: Assistant) -> None:
    query = read("which came first, wav2vec or XLSR?")
    assert (query.operation, query.order, query.names) == ("rank", Order("date", descending=False), ("wav2vec", "XLSR"))
    answer = assistant.ask("Which came first, UzBERT or AudioPaLM?")
    assert answer.claims[0].text.startswith("UzBERT")
    assert (answer.form, answer.claims[0].kind) == ("superlative", "collection")


@pytest.mark.parametrize(
    ("text", "length", "shape", "limit"),
    [
        ("What is HuBERT, in one sentence?", "brief", "prose", None),
        ("Just the number: papers on Korean", "brief", "prose", None),
        ("What do papers say about scaling, in three bullets?", "normal", "bullets", 3),
        ("Explain distillation in three sentences", "normal", "prose", 3),
        ("papers per year as a table", "normal", "table", None),
        ("Explain distillation in detail", "long", "prose", None),
        ("What is HuBERT?", "normal", "prose", None),
    ],
)
def test_the_form_of_the_answer_is_read_and_not_searched_for(text: str, length: str, shape: str, limit: int | None) -> None:
    query = read(text)
    assert (query.length, query.shape, query.limit) == (length, shape, limit)
    assert not re.search(r"sentence|just the number|bullets|table|detail", query.sought or "", re.IGNORECASE)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("Why does CLIP forget?", Asked("reason")),
        ("How many GPU hours does HyperCloning save?", Asked("number", "GPU hours")),
        ("On how many TPUs was AudioPaLM trained?", Asked("number", "TPUs")),
        ("What batch size did the CLASP authors train with?", Asked("number", "batch size")),
        ("number of speakers in fluent speech commands", Asked("number", "speakers")),
        ("By how much did accuracy rise?", Asked("number")),
        ("How long is a clip?", Asked("number")),
        ("Which optimizer was used for SpeechT5?", Asked("name", "optimizer")),
        ("Which LLM does BLSP-KD hook its audio up to?", Asked("name", "LLM")),
        ("Name the frozen speech encoder in BLSP.", Asked("name", "frozen speech encoder")),
        ("Who wrote it?", Asked("name")),
        ("Why is it so?", Asked("reason")),
        ("When was it released?", Asked("date")),
        ("How does it work?", Asked("way")),
        ("What does KS-Lottery do?", Asked("thing")),
        ("Does it work?", Asked("yesno")),
        ("What makes the larger model slower?", Asked("reason")),
    ],
)
def test_what_kind_of_thing_answers_is_read_with_its_noun(text: str, asked: Asked) -> None:
    assert read(text).asked == asked


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Which papers use corpora from 2018?", ("from 2018",)),
        ("how many papers on parsing, 17", ("17",)),
    ],
)
def test_what_is_not_understood_is_told_and_nothing_is_counted(assistant: Assistant, text: str, left: tuple[str, ...]) -> None:
    assert set(left) <= set(read(text).unread)
    answer = assistant.ask(text)
    assert (answer.outcome, answer.claims) == ("refused", ())
    assert all(f'"{one}"' in (answer.reason or "") for one in left)
    assert answer.near_misses


@pytest.mark.parametrize("word", ["wich", "whcih", "papres", "befor", "lsit", "abuot"])
def test_a_function_word_may_have_one_wrong_letter(word: str) -> None:
    assert Tokens(word).words[0].word in ("which", "papers", "before", "list", "about")


@pytest.mark.parametrize("word", ["speach", "wav2vec", "than", "tree", "form"])
def test_other_words_stay_as_they_are(word: str) -> None:
    assert Tokens(word).words[0].word == word


def test_a_condition_and_a_topic_can_be_taken_out(assistant: Assistant) -> None:
    question = "Which papers from 2024 are about speech translation?"
    whole = assistant.ask(question)
    *chips, _ = whole.filters
    assert chips == ["year = 2024", "about speech translation"]
    assert assistant.ask(question, ignored=["about speech translation"]).filters[:-1] == ("year = 2024",)
    assert assistant.ask(question, ignored=["year = 2024"]).filters[:-1] == ("about speech translation",)


def test_the_reading_is_told_first(assistant: Assistant) -> None:
    step = assistant.ask("Which papers from 2024 are about speech translation?", explain=True).trace[0]
    told = step.facts
    assert (told["operation"], told["topic"], told["conditions"]) == ("list", "speech translation", ["year = 2024"])
    assert 0 < float(str(told["confidence"])) <= 1


@pytest.mark.parametrize(
    "unit", ["since 2024 ", "not ", "2024 or ", "with authors ", "papers mention X or ", "(", "how many of the ", "'a ", "1-"]
)
def test_a_long_question_is_read_in_time_that_grows_with_its_length(unit: str) -> None:
    read("warm up?")
    started = time.process_time()
    read((unit * 4000)[:4000])
    assert time.process_time() - started < 4


OPERATIONS: tuple[Operation, ...] = ("fact", "yesno", "define", "list", "count")


@pytest.mark.parametrize("text", ["", "?", "...", "x", "2024", "not", "'", "“"])
def test_any_text_has_a_reading(text: str) -> None:
    assert read(text).operation in (*OPERATIONS, "chat", "survey", "rank")


@pytest.mark.parametrize(
    ("text", "scan"),
    [
        ("How many abstracts contain the word BERT (as a string, in any case; titles not counted)?", Scan("part", ("BERT",), "text")),
        ("Which abstracts mention T5, in titles or abstracts, as a whole word?", Scan("word", ("T5",), "anywhere")),
        ("Which papers in the listing have a colon in their title?", Scan("part", (":",), "title")),
        ("How many papers in the collection have an exclamation mark in the title?", Scan("part", ("!",), "title")),
    ],
)
def test_settings_of_a_mention_stand_in_any_order_and_a_sign_is_named(text: str, scan: Scan) -> None:
    query = read(text)
    assert (query.filters.scans, query.topic, query.unread) == ((scan,), Topic(), ())
