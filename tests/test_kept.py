"""What is worked out of an edition once is what reading it gives, whatever came and went in between."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.index import kept
from rag.index.catalogue import Catalogue
from rag.index.generation import Generation
from rag.index.generations import open_index
from rag.index.ingest import bring_up_to_date
from rag.index.kept import known_names, known_sample, known_themes
from rag.index.layout import Layout
from rag.index.near_names import LEAST_LIKENESS, Names
from rag.model.settings import Settings
from rag.text.names import Forms, count_names

FROGS = [f"We present FrogJumper-{number}. Tree frogs jump, and tree frogs sing with GPT-4." for number in range(4)]
TOADS = ["We present ToadWalker. Old toads walk slowly.", "Here FROGJUMPER-1 meets ToadWalker."]


def write(path: Path, texts: list[str]) -> None:
    path.write_text("".join(json.dumps({"abstract": one}) + "\n" for one in texts), encoding="utf-8")


def run(corpus: Path) -> Settings:
    settings = Settings(index_dir=corpus.parent / "index", corpus=(corpus,), embedding="wordllama")
    bring_up_to_date(settings)
    return settings


@contextmanager
def reading(settings: Settings) -> Iterator[Generation]:
    with open_index(settings) as index, index.reading() as generation:
        yield generation


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    write(folder / "frogs.jsonl", FROGS)
    return folder


def read_afresh(generation: Generation) -> Forms:
    return kept._names(generation.listing())


def test_names_are_those_of_the_abstracts_after_files_came_changed_and_went(corpus: Path) -> None:
    with reading(run(corpus)) as generation:
        assert generation.kept("names/1") == read_afresh(generation)
        assert generation.kept("names/1")["frogjumper1"] == {"FrogJumper-1": 1}
    write(corpus / "toads.jsonl", TOADS)
    with reading(run(corpus)) as generation:
        assert generation.kept("names/1") == read_afresh(generation)
        assert generation.kept("names/1")["frogjumper1"] == {"FrogJumper-1": 1, "FROGJUMPER-1": 1}
    write(corpus / "frogs.jsonl", FROGS[2:])
    with reading(run(corpus)) as generation:
        assert generation.kept("names/1") == read_afresh(generation)
        assert generation.kept("names/1")["frogjumper1"] == {"FROGJUMPER-1": 1}
        assert "frogjumper0" not in generation.kept("names/1")


def test_files_and_arrivals_are_those_of_the_abstracts_after_files_came_changed_and_went(corpus: Path) -> None:
    for name, texts in (("frogs", FROGS), ("toads", [*TOADS, FROGS[0]]), ("frogs", FROGS[2:]), ("toads", FROGS[3:]), ("more", FROGS)):
        write(corpus / f"{name}.jsonl", texts)
        with reading(run(corpus)) as generation:
            listed = list(generation.listing())
            files = Counter(file for one in listed for file in {source.file for source in one.sources})
            assert generation.kept("sources/1") == files
            assert sum(generation.kept("arrivals/1").values()) == len(listed)
            moments = {moment: len(generation.arrived(moment)) for moment in generation.kept("arrivals/1")}
            came = list(generation.kept("arrivals/1").values())
            assert list(moments.values()) == [sum(came[place:]) for place in range(len(came))]


def test_themes_are_found_anew_where_the_first_abstracts_are_others(corpus: Path) -> None:
    with reading(run(corpus)) as generation:
        assert [(one.phrase, one.number) for one in known_themes(generation)] == [("frogs sing", 4)]
    write(corpus / "frogs.jsonl", FROGS[1:])
    with reading(run(corpus)) as generation:
        assert [(one.phrase, one.number) for one in known_themes(generation)] == [("frogs sing", 3)]


def test_what_a_later_file_does_not_change_is_taken_over(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_SAMPLED", len(FROGS))
    run(corpus)
    monkeypatch.setattr(kept, "_find_themes", lambda _: pytest.fail("The first abstracts are the same"))
    write(corpus / "toads.jsonl", TOADS)
    with reading(run(corpus)) as generation:
        assert [(one.phrase, one.number) for one in known_themes(generation)] == [("frogs sing", 4)]


def test_an_edition_of_an_earlier_version_is_read_and_completed_by_the_next_run(corpus: Path) -> None:
    settings = run(corpus)
    with closing(Catalogue(Layout(settings.index_dir).catalogue)) as catalogue, catalogue.writing() as connection:
        connection.execute("DELETE FROM kept")
    with reading(settings) as generation:
        assert generation.kept("names/1") is None
        assert known_names(generation).nearest("frogjumpr1") == "FrogJumper-1"
        assert [one.phrase for one in known_themes(generation)] == ["frogs sing"]
        assert generation.kept("names/1") is None
    with reading(run(corpus)) as generation:
        assert generation.kept("names/1") == read_afresh(generation)


def test_a_large_corpus_without_stored_names_is_not_read_for_them(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = run(corpus)
    with closing(Catalogue(Layout(settings.index_dir).catalogue)) as catalogue, catalogue.writing() as connection:
        connection.execute("DELETE FROM kept")
    monkeypatch.setattr(kept, "_SAMPLED", 1)
    with reading(settings) as generation:
        assert known_names(generation).nearest("frogjumpr1") is None


def test_only_the_editions_that_are_there_are_kept(corpus: Path) -> None:
    run(corpus)
    write(corpus / "toads.jsonl", TOADS)
    settings = run(corpus)
    with reading(settings) as generation, generation.catalogue.reading() as connection:
        assert {row[0] for row in connection.execute("SELECT edition FROM kept")} == {generation.edition}


def test_the_sample_of_a_large_corpus_is_stored_as_it_is_taken(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "WHOLE", 2)
    monkeypatch.setattr(kept, "_BACKGROUND", 2)
    with reading(run(corpus)) as generation:
        taken = kept._take_sample(generation)
        stored = known_sample(generation)
        assert json.loads(json.dumps(taken)) == generation.kept("sample/1")["value"]
        assert (stored.vocabulary.size, stored.vocabulary.frequencies["frog"], len(stored.background)) == (4, 4, 2)
        assert list(stored.background) == [one.id for one in generation.listing()][::2]


def forms(names: list[str]) -> Forms:
    return {name: {name: 1} for name in names}


@given(st.lists(st.text("abcé12λ", min_size=4, max_size=12), max_size=30), st.text("abcé12λ", min_size=4, max_size=12))
def test_the_nearest_name_is_the_one_that_comparing_all_finds(names: list[str], asked: str) -> None:
    near = get_close_matches(asked, list(dict.fromkeys(names)), n=1, cutoff=LEAST_LIKENESS)
    assert get_close_matches(asked, Names(forms(names))._similar(asked), n=1, cutoff=LEAST_LIKENESS) == near


def test_a_name_is_offered_as_it_is_most_often_written() -> None:
    counted: Forms = {}
    count_names(["The HuBERT works.", "We use HuBERT and Hubert.", "On HUBERT."], counted)
    assert Names(counted).nearest("rubert") == "HuBERT"
    count_names(["The HuBERT works.", "We use HuBERT and Hubert."], counted, -1)
    assert counted == {"hubert": {"HUBERT": 1}}
    assert Names({}).nearest("rubert") is None


def test_a_misspelt_word_of_a_large_corpus_is_looked_for_among_all_its_words(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "WHOLE", 2)
    monkeypatch.setattr(kept, "_VOCABULARY", 1)
    write(corpus / "toads.jsonl", [f"{one} Salamanders hibernate." for one in TOADS])
    with reading(run(corpus)) as generation:
        sampled = known_sample(generation).vocabulary
        every = replace(sampled, beginning=generation.words_beginning)
        assert [one.corrected("hibernat") for one in (sampled, every)] == ["hibernat", "hibernate"]
        assert [one.corrected("Salamandres") for one in (sampled, every)] == ["Salamandres", "salamanders"]
        assert [one.is_unknown("toadwalker") for one in (sampled, every)] == [True, False]
        assert every.is_unknown("zyzzyva")
