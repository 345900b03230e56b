"""What a model is given to read, within its window."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.answers.prompts import Reading, count_tokens, pack_evidence
from rag.embedding.loading import load_embedder
from rag.index.generations import open_index
from rag.model.settings import Settings
from rag.questions.question import Question, read_question
from rag.search.retrieve import find_candidates

QUESTION = "How does KS-Lottery find winning tickets?"


@pytest.fixture(scope="module")
def question() -> Question:
    return read_question(QUESTION)


@pytest.fixture(scope="module")
def found(index_dir: Path, corpus: Path, question: Question) -> Iterator[list[Reading]]:
    with open_index(Settings(index_dir=index_dir, corpus=(corpus,))) as index, index.reading() as generation:
        found = find_candidates(generation, load_embedder(Settings(_env_file=None)), question.text, 8)
        yield [Reading(one) for one in found]


def test_abstracts_are_packed_in_their_order_with_all_their_sentences(question: Question, found: list[Reading]) -> None:
    packed = pack_evidence(question, found, 100_000)
    assert [item.found for item in packed.items] == [one.found for one in found]
    assert packed.left_out == 0
    for item in packed.items:
        assert [" ".join(item.found.long.sentence(index).split()) for index in item.sentences] == list(item.numbered().values())
        assert list(item.numbered()) == [str(number) for number in range(1, len(item.found.long.spans) + 1)]


def test_each_line_is_json_that_says_the_key_what_is_known_of_the_paper_and_the_sentences(question: Question, found: list[Reading]) -> None:
    packed = pack_evidence(question, found, 100_000)
    lines = [json.loads(line) for line in packed.text.split("\n")]
    assert [line["key"] for line in lines] == [item.key for item in packed.items] == list(packed.by_key)
    assert [line["sentences"] for line in lines] == [item.numbered() for item in packed.items]
    stated = [(one.title or one.label, one.date, one.authors) for one in (item.found.abstract for item in packed.items)]
    assert [(line["paper"], line.get("date"), line.get("authors")) for line in lines] == stated


def test_what_was_noted_of_an_abstract_is_given_with_the_sentences_that_were_chosen(question: Question, found: list[Reading]) -> None:
    (item,) = pack_evidence(question, [Reading(found[0].found, (2, 0), "It tests parameters.")], 100_000).items
    line = json.loads(item.line())
    assert (line["says"], list(line["sentences"])) == ("It tests parameters.", ["1", "3"])


def test_keys_are_the_same_for_the_same_question_and_differ_for_another(question: Question, found: list[Reading]) -> None:
    keys = [item.key for item in pack_evidence(question, found, 100_000).items]
    assert keys == [item.key for item in pack_evidence(question, found, 100_000).items]
    assert not set(keys) & {item.key for item in pack_evidence(read_question("Which tickets win?"), found, 100_000).items}
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("tokens", [300, 700, 1500])
def test_a_window_is_never_overrun_and_what_did_not_fit_is_counted(question: Question, found: list[Reading], tokens: int) -> None:
    packed = pack_evidence(question, found, tokens)
    assert 0 < sum(count_tokens(item.line()) for item in packed.items) <= tokens
    assert packed.left_out == len(found) - len(packed.items) > 0


def test_a_small_window_holds_the_best_sentences_of_the_first_abstract(question: Question, found: list[Reading]) -> None:
    whole = pack_evidence(question, found[:1], 100_000).items[0]
    cut = pack_evidence(question, found[:1], count_tokens(whole.line()) // 2).items[0]
    assert set(cut.sentences) < set(whole.sentences)
    assert cut.numbered().items() <= whole.numbered().items()
    assert any("find the certified winning tickets" in sentence for sentence in cut.numbered().values())


def test_no_room_is_no_evidence(question: Question, found: list[Reading]) -> None:
    assert pack_evidence(question, found, 10).items == ()
