"""Hybrid retrieval over the real index of the shipped corpus."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import permutations
from pathlib import Path

import pytest

from rag import Assistant
from rag.corpus.draft import make_abstract
from rag.index.ingest import bring_up_to_date
from rag.model.filters import Filters, Range
from rag.model.settings import Settings
from rag.search.retrieve import ENCODER, NOTHING, STATIC, Parts

Paper = tuple[str, str]  # title and text

BOGS = "Do peat bogs store carbon?"
FENS = "Fens, mires and swamps hold greenhouse gas in wet soil."


def test_every_abstract_gets_one_hit_and_the_best_come_first(assistant: Assistant) -> None:
    hits = assistant.retrieve("speech translation", limit=500)
    ids = [hit.abstract_id for hit in hits]
    assert len(ids) == len(set(ids)) == 159
    assert [hit.fused for hit in hits] == sorted((hit.fused for hit in hits), reverse=True)
    assert hits[0].fused <= 1


@pytest.mark.parametrize("limit", [1, 7, 60, 120])
def test_a_limit_cuts_the_same_ranking(assistant: Assistant, limit: int) -> None:
    whole = assistant.retrieve("How are speech encoders pretrained?", limit=120)
    assert assistant.retrieve("How are speech encoders pretrained?", limit=limit) == whole[:limit]


@pytest.mark.parametrize("name", ["KS-Lottery", "CoWPiRec", "TencentPretrain", "DMDNet"])
def test_a_name_finds_its_abstract_first(assistant: Assistant, name: str) -> None:
    best = assistant.retrieve(f"What does {name} do?", limit=1)[0]
    abstract = assistant.abstract(best.abstract_id)
    assert name in f"{abstract.title} {abstract.text}"
    assert (best.title, best.label, best.external_ids) == (abstract.title, abstract.label, abstract.external_ids)


def test_a_hit_is_a_passage_of_its_abstract_with_both_scores(assistant: Assistant) -> None:
    hit = assistant.retrieve("KS-Lottery winning tickets", limit=1)[0]
    text = assistant.abstract(hit.abstract_id).text
    assert (hit.passage.start, hit.passage.end, hit.passage.first) == (0, len(text), 0)
    assert hit.lexical > 0
    assert 0 < hit.dense <= 1


def test_a_text_without_a_shared_word_ranks_by_meaning(assistant: Assistant) -> None:
    hits = assistant.retrieve("qqqzzz", limit=5)
    assert [hit.lexical for hit in hits] == [0.0] * 5


def test_filters_choose_before_ranking(assistant: Assistant) -> None:
    wanted = {one.id for one in assistant.abstracts() if one.year == 2023 and (one.upvotes or 0) >= 5}
    filters = Filters((Range("year", 2023, 2023), Range("upvotes", 5)))
    assert {hit.abstract_id for hit in assistant.retrieve("speech", filters=filters)} == wanted != set()
    assert assistant.retrieve("speech", year=(1900, 1901)) == []


def test_the_same_query_gives_the_same_hits(assistant: Assistant) -> None:
    assert assistant.retrieve("multilingual pretraining") == assistant.retrieve("multilingual pretraining")


def ranking(folder: Path, question: str, papers: list[Paper], embedding: str = "wordllama") -> list[tuple[Paper, float]]:
    """The papers as an index of nothing else ranks them, each with its score."""
    listing = folder / "papers.bib"
    entries = (f"@article{{k{number}, title={{{title}}}, abstract={{{text}}}}}" for number, (title, text) in enumerate(papers))
    listing.write_text("\n".join(entries), encoding="utf-8")
    settings = Settings(index_dir=folder / "index", corpus=(listing,), mode="extract", embedding=embedding)
    bring_up_to_date(settings)
    with Assistant.open(settings) as assistant:
        hits = assistant.retrieve(question)
        stored = [assistant.abstract(hit.abstract_id) for hit in hits]
    return [((one.title or "", one.text), hit.fused) for one, hit in zip(stored, hits, strict=True)]


# In each pair all other parts together are for the second paper, or leave the two all but equal.
@pytest.mark.parametrize(
    ("question", "better", "worse", "others"),
    [
        pytest.param(
            BOGS,
            ("Tax law", "Peat bogs store carbon. A violin was tuned by hand."),
            ("Peat", "Peatland and fens hold carbon dioxide. Swamps and bogs keep it."),
            [],
            id="the words of the question over others like them",
        ),
        pytest.param(
            BOGS,
            ("Peat", "Carbon taxes are in store for bogs of paper. Wetlands keep CO2."),
            ("Peat", "Carbon taxes are in store for bogs of paper. Peat peat peat."),
            [],
            id="the meaning of the whole over a repeated word",
        ),
        pytest.param(
            BOGS,
            ("Do bogs store carbon?", "Peat holds carbon in wet soil. Moors are wet."),
            ("Do bogs store carbon?", "Bogs store water. A violin was tuned by hand."),
            [("Courts", "Courts changed the tax law.")],
            id="more words of the question, wherever they stand",
        ),
        pytest.param(
            BOGS,
            ("Wetlands", "Peat bogs store carbon. Courts changed the tax law. A violin was tuned."),
            ("Wetlands", "Bogs changed the tax law. Peat was tuned for carbon. Courts store a violin."),
            [],
            id="one sentence that says it over words here and there",
        ),
        pytest.param(
            "Is automatic speech recognition solved?",
            ("Progress", "ASR is solved in quiet rooms."),
            ("Progress", "Speech is solved in quiet rooms."),
            [("History", "Automatic speech recognition (ASR) is studied here.")],
            id="an acronym that another paper explains",
        ),
    ],
)
def test_each_part_of_the_score_decides_where_the_others_do_not(
    question: str, better: Paper, worse: Paper, others: list[Paper], tmp_path: Path
) -> None:
    ranked = [paper for paper, _ in ranking(tmp_path, question, [worse, better, *others])]
    assert [one for one in ranked if one not in others] == [better, worse]


def test_abstracts_of_the_same_score_stand_in_the_order_of_their_ids(tmp_path: Path) -> None:
    papers = [("Pets", " ".join(("We keep pets.", *order))) for order in permutations(("Cats purr.", "Dogs bark.", "Birds sing."))]
    ranked = ranking(tmp_path, "Do cats purr?", papers)
    assert len({score for _, score in ranked}) == 1
    ids = [make_abstract(file="a", line=1, start=0, end=1, title=title, text=text).id for (title, text), _ in ranked]
    assert len(set(ids)) == len(papers)
    assert ids == sorted(ids)


@pytest.mark.parametrize("name", [one.name for one in fields(Parts)])
@pytest.mark.parametrize("weights", [ENCODER, STATIC])
def test_each_part_raises_the_score_by_its_weight(name: str, weights: Parts) -> None:
    raised = replace(NOTHING, **{name: 0.5}).score(weights)
    assert raised == pytest.approx(0.5 * getattr(weights, name) / weights.all)
    assert raised > 0 or (name, weights) == ("sentence", STATIC)
