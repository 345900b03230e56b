"""A model's claims held against what it was given: each way in which one can be wrong is caught."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.answers.draft import DraftClaim, Pointer
from rag.answers.prompts import EvidencePack, Packed, Reading, pack_evidence
from rag.answers.verify import Checked, check_claim
from rag.embedding.loading import load_embedder
from rag.index.generations import open_index
from rag.model.settings import Settings
from rag.questions.question import read_question
from rag.search.retrieve import find_candidates

Source = tuple[Packed, int]


@pytest.fixture(scope="module")
def given(index_dir: Path, corpus: Path) -> Iterator[EvidencePack]:
    with open_index(Settings(index_dir=index_dir, corpus=(corpus,))) as index, index.reading() as generation:
        question = read_question("How does KS-Lottery find winning tickets in multilingual fine-tuning?")
        found = find_candidates(generation, load_embedder(Settings(_env_file=None)), question.text, 8)
        yield pack_evidence(question, [Reading(one) for one in found], 100_000)


def where(given: EvidencePack, words: str) -> Source:
    """The sentence that holds these words."""
    return next((item, index) for item in given.items for index in item.sentences if words in item.found.long.sentence(index))


def pointer(source: Source, quote: str, sentence: int | None = None) -> Pointer:
    item, index = source
    return Pointer(item.key, index + 1 if sentence is None else sentence, quote)


def claim(text: str, *pointers: Pointer, english: str = "") -> DraftClaim:
    return DraftClaim(text, english, pointers)


@pytest.fixture
def source(given: EvidencePack) -> Source:
    return where(given, "Kolmogorov-Smirnov Test")


@pytest.fixture
def said(source: Source) -> str:
    item, index = source
    return item.found.long.sentence(index)


def checked(given: EvidencePack, text: str, *pointers: Pointer) -> Checked:
    return check_claim(claim(text, *pointers), given)


def test_a_sentence_with_itself_as_evidence_passes(given: EvidencePack, source: Source, said: str) -> None:
    found = checked(given, said, pointer(source, " ".join(said.split()[:6])))
    assert (found.passes, found.places, found.faults, found.flags) == (True, (source,), (), ())


@pytest.mark.parametrize(
    "change", [str.upper, lambda quote: f"“{quote}…”", lambda quote: quote.replace("-", " – "), lambda quote: quote + "."]
)
def test_a_quote_may_differ_in_case_dashes_and_quotation_marks(given: EvidencePack, source: Source, said: str, change: object) -> None:
    assert callable(change)
    assert checked(given, said, pointer(source, change("Kolmogorov-Smirnov Test"))).passes


def test_an_invented_key_is_a_fault_and_counted(given: EvidencePack, source: Source, said: str) -> None:
    found = checked(given, said, Pointer("zzzz", 1, "x"))
    assert (found.passes, found.places, found.invented, found.support.verdict) == (False, (), 1, "absent")
    beside = checked(given, said, Pointer("zzzz", 1, "x"), pointer(source, "Kolmogorov-Smirnov Test"))
    assert (beside.passes, beside.places, beside.invented) == (False, (source,), 1)


def test_a_place_in_the_list_or_a_title_is_a_key_where_the_quote_stands_there(given: EvidencePack, source: Source, said: str) -> None:
    item, index = source
    place, quote = given.items.index(item) + 1, " ".join(said.split()[:8])
    assert checked(given, said, Pointer(str(place), index + 1, quote)).passes
    assert checked(given, said, Pointer(f"[{place}]", index + 1, quote)).passes
    assert checked(given, said, Pointer(str(place + 1), index + 1, quote)).passes  # the quote says which abstract is meant
    assert checked(given, said, Pointer("nope", index + 1, quote)).passes
    assert checked(given, said, Pointer("nope", index + 1, "Our key")).invented == 1
    assert checked(given, said, Pointer(str(place), 0, "")).places == ((item, index),)  # as prose with marks names it
    titled = next(one for one in given.items if one.found.abstract.title)
    first = titled.found.long.sentence(0)
    assert checked(given, first, Pointer(titled.found.abstract.title or "", 1, " ".join(first.split()[:8]))).passes


def test_a_claim_without_evidence_does_not_pass(given: EvidencePack, said: str) -> None:
    assert checked(given, said).flags == ("source: none",)


@pytest.mark.parametrize("number", [-1, 99])
def test_a_sentence_that_does_not_exist_is_a_fault(given: EvidencePack, source: Source, said: str, number: int) -> None:
    found = checked(given, said, pointer(source, "", number))
    assert (found.passes, found.flags[0]) == (False, "source: no such sentence")


def test_a_quote_of_another_sentence_of_the_abstract_moves_the_citation_there(given: EvidencePack, source: Source, said: str) -> None:
    item, index = source
    found = checked(given, said, pointer(source, "use Kolmogorov-Smirnov Test to analyze", (index + 1) % len(item.sentences) + 1))
    assert (found.passes, found.places, found.moved) == (True, (source,), 1)


def test_a_fabricated_quote_is_caught(given: EvidencePack, source: Source, said: str) -> None:
    found = checked(given, said, pointer(source, "selects tickets by a genetic algorithm"))
    assert (found.passes, found.flags) == (False, ("quote: not in the source",))


def test_a_real_quote_from_another_abstract_is_caught(given: EvidencePack, source: Source, said: str) -> None:
    other = next(item for item in given.items if item is not source[0])
    quote = " ".join(other.found.long.sentence(0).split()[:9])
    found = checked(given, said, pointer(source, quote))
    assert not found.passes
    assert found.flags[0].startswith("quote: of ")
    assert other.key in found.faults[0]


def test_words_stitched_from_two_sentences_are_caught(given: EvidencePack, source: Source, said: str) -> None:
    item, index = source
    neighbour = item.found.long.sentence(index + 1 if index + 1 < len(item.sentences) else index - 1)
    stitched = " ".join([*said.split()[-4:], *neighbour.split()[:4]])
    assert checked(given, said, pointer(source, stitched)).flags == ("quote: not in the source",)


def test_a_number_a_name_or_a_negation_that_the_source_lacks_is_caught(given: EvidencePack, source: Source, said: str) -> None:
    evidence = pointer(source, "Kolmogorov-Smirnov Test")
    for text, flag in (
        (said.rstrip(".") + " in 48 languages.", "number: 48"),
        (said.replace("Kolmogorov-Smirnov", "Anderson-Darling"), "name: Anderson-Darling"),
    ):
        found = checked(given, text, evidence)
        assert not found.passes
        assert any(one.startswith(flag) for one in found.flags), found.flags


def test_a_claim_about_something_else_is_not_borne_out_by_a_real_quote(given: EvidencePack, source: Source) -> None:
    found = checked(given, "The corpus was annotated by paid students of medicine.", pointer(source, "Kolmogorov-Smirnov Test"))
    assert (found.passes, found.support.verdict) == (False, "absent")


def test_a_sentence_of_one_abstract_cited_to_another_is_caught(given: EvidencePack, source: Source, said: str) -> None:
    other = next(item for item in given.items if item is not source[0])
    found = checked(given, said, pointer((other, 1), ""))
    assert not found.passes
    assert any(source[0].key in fault for fault in found.faults)


def test_evidence_that_adds_nothing_is_not_cited(given: EvidencePack, source: Source, said: str) -> None:
    other = next(item for item in given.items if item is not source[0])
    found = checked(given, said, pointer(source, "Kolmogorov-Smirnov Test"), pointer((other, 0), ""))
    assert (found.passes, found.places) == (True, (source,))


def test_a_claim_in_another_language_is_checked_in_its_english_wording(given: EvidencePack, source: Source, said: str) -> None:
    german = "KS-Lottery verwendet den Kolmogorov-Smirnov-Test, um die Verteilung der Parameter vor und nach dem Training zu vergleichen."
    english = said.replace("Our key idea is to use", "KS-Lottery uses the")
    found = check_claim(claim(german, pointer(source, "Kolmogorov-Smirnov Test"), english=english), given)
    assert (found.passes, found.checked_as) == (True, english)


def test_the_english_wording_must_have_the_numbers_and_names_of_the_claim(given: EvidencePack, source: Source, said: str) -> None:
    german = "LottoNet9 verwendet den Test in 48 Sprachen, um die Verteilung der Parameter zu vergleichen."
    found = check_claim(claim(german, pointer(source, "Kolmogorov-Smirnov Test"), english=said), given)
    assert not found.passes
    assert {"number: 48", "name: LottoNet9"} <= set(found.flags)


def test_an_english_claim_is_not_checked_in_other_words_than_its_own(given: EvidencePack, source: Source, said: str) -> None:
    found = check_claim(claim("The tickets are drawn by the mayor of the town.", pointer(source, ""), english=said), given)
    assert (found.passes, found.checked_as) == (False, None)
