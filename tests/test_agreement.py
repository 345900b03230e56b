"""Agreement and disagreement: abstracts' sentences on one point, put to a side only where that is sure."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from rag.answers.surveys import AGREES, DISAGREES, MENTIONS
from rag.assistant import Assistant
from rag.cli.terminal import answer_text
from rag.index.ingest import bring_up_to_date
from rag.model.answers import Answer
from rag.model.settings import Settings
from rag.questions.reader import read_query
from rag.support.clauses import Stance, stance
from tests.turns import draw

PAPERS = {
    "AlphaNet": "We train AlphaNet. Our experiments show that spectral augmentation (SA) improves accuracy on all tasks.",
    "BetaNet": "BetaNet is a model of speech. We find that spectral augmentation hurts accuracy for short inputs.",
    "GammaNet": "GammaNet is trained with spectral augmentation and dropout. It is small.",
    "DeltaNet": "DeltaNet plays chess. It wins against strong players.",
}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("agreement")
    (folder / "corpus").mkdir()
    rows = [json.dumps({"title": title, "abstract": text}) for title, text in PAPERS.items()]
    (folder / "corpus" / "papers.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    settings = Settings(index_dir=folder / "index", corpus=(folder / "corpus",), mode="extract")
    bring_up_to_date(settings)
    with Assistant.open(settings) as opened:
        yield opened


def sides(answer: Answer) -> list[tuple[str, str]]:
    return [(claim.group, answer.citation(claim.citations[0]).label) for claim in answer.claims if claim.group]


def test_those_that_say_so_stand_beside_those_that_say_otherwise(assistant: Assistant) -> None:
    answer = assistant.ask("Do papers agree that spectral augmentation improves accuracy?")
    assert sides(answer) == [(AGREES, "AlphaNet"), (DISAGREES, "BetaNet"), (MENTIONS, "GammaNet")]
    lead = answer.claims[0]
    assert (lead.kind, lead.citations, lead.aside) == ("collection", (1, 2), False)
    assert lead.text == "On “spectral augmentation improves accuracy”: 1 abstract says so, 1 abstract says otherwise."
    assert all(one.verdict == "supported" and one.kind == "evidence" for one in answer.claims[1:])
    assert {one.number for one in answer.members} == {1, 2, 3}


def test_the_headings_are_seen_in_the_terminal_and_on_the_page(assistant: Assistant) -> None:
    answer = assistant.ask("Is there disagreement on whether spectral augmentation improves accuracy?")
    assert "\n\nSays otherwise: [BetaNet] We find" in answer_text(answer).plain
    assert '<b class="rag-group">Says otherwise</b><b class="rag-lead">BetaNet</b> We find' in draw(answer)


def test_where_no_side_is_sure_none_is_named(assistant: Assistant) -> None:
    answer = assistant.ask("Is there a consensus on spectral augmentation?")
    assert {group for group, _ in sides(answer)} == {MENTIONS}
    assert answer.notices == ("No sentence surely takes a side: whether these abstracts agree is for their reader to judge.",)


def test_what_no_abstract_speaks_of_is_refused(assistant: Assistant) -> None:
    assert assistant.ask("Do papers agree that vaccines cause autism?").outcome == "refused"


@pytest.mark.parametrize(
    ("question", "point"),
    [
        ("Do the papers agree that larger models are better?", "larger models are better"),
        ("do abstracts disagree on whether tuning helps", "tuning helps"),
        ("Is there any disagreement among the papers about continued pretraining?", "continued pretraining"),
        ("What speaks for and against frozen encoders?", "frozen encoders help"),
        ("Evidence for and against the claim that tuning hurts", "tuning hurts"),
        ("Do dMel and FocalCodec agree on the codec?", None),
        ("How do the two papers differ?", None),
        ("Which papers are about agreement?", None),
    ],
)
def test_the_point_of_a_question_is_read(question: str, point: str | None) -> None:
    assert (read_query(question).point or None) == point


@pytest.mark.parametrize(
    ("statement", "sentence", "side"),
    [
        ("multilingual pretraining hurts performance", "We show that multilingual pre-training outperforms monolingual.", "reverse"),
        ("multilingual pretraining hurts performance", "Multilingual pretraining degrades performance.", "same"),
        ("tuning reduces errors", "We find that tuning increases errors.", "reverse"),
        ("pretraining on more data improves accuracy", "Removing parallel structures in the pre-training data reduces accuracy.", None),
        ("tuning helps", "We investigate whether tuning helps.", None),
        ("tuning helps", "Tuning is used for all models.", None),
        ("tuning", "We show that tuning hurts.", None),
        ("tuning improves robustness", "Tuning improves fluency.", None),
        ("tuning improves accuracy", "Compared with distillation of a larger teacher, tuning improves accuracy.", "same"),
    ],
)  # fmt: skip
def test_a_side_is_told_only_where_it_is_sure(statement: str, sentence: str, side: Stance | None) -> None:
    assert stance(statement, sentence) == side
