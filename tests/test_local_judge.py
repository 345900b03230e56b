"""What there is to judge in an answer, and the judge that needs no key."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from benchmarks.boosting import Setting, fit_trees, probabilities
from benchmarks.judge_data import Example, abstracts, planted, sentences
from eval.judges.figures import unsaid_figures
from eval.judges.local import LocalJudge
from eval.judges.reading import Reader
from eval.judges.tasks import Task, judged
from eval.judges.tiles import Tile, gaps, tiles
from eval.judges.trees import Trees
from eval.records import Decision, Question, Row, Verdict
from rag.embedding import INSTALL, MiniLM, Vectors
from rag.embedding.encoder import load_minilm
from rag.model import SettingsError
from rag.model.answers import Answer
from rag.model.records import Abstract, Citation, Claim
from rag.support import Cited

ONE = "SmallNet is a network. It has 7 layers. It was tested on 3 languages."
TWO = "BigNet is a network too. It has 90 layers."


def abstract(abstract_id: str, text: str) -> Abstract:
    """A record with nothing but its text."""
    return Abstract(abstract_id, None, text, abstract_id)


ABSTRACTS = {"a1": abstract("a1", ONE), "a2": abstract("a2", TWO)}


def citation(number: int, abstract_id: str, quote: str) -> Citation:
    start = ABSTRACTS[abstract_id].text.index(quote)
    return Citation(number, "sentence", abstract_id, abstract_id, quote, start, start + len(quote))


CITATIONS = (
    citation(1, "a1", "It has 7 layers."),
    citation(2, "a1", "It was tested on 3 languages."),
    citation(3, "a2", "It has 90 layers."),
)


def row(*claims: Claim, citations: Sequence[Citation] = CITATIONS, retrieved: tuple[str, ...] = ("a1", "a2")) -> Row:
    answer = Answer("q", "q", "answered", claims=claims, citations=tuple(citations))
    return Row(Question("q1", "fact", "q"), (), (), (), None, (), tuple((one, 1.0) for one in retrieved), answer, None, 0.1)


class Noting:
    """A judge that notes its tasks and decides all alike."""

    name = "noting"
    gatekeeper_of: frozenset[str] = frozenset()

    def __init__(self, decision: Decision = "supported") -> None:
        self.tasks: list[Task] = []
        self.decision = decision

    def decide(self, tasks: Sequence[Task]) -> list[Verdict]:
        self.tasks += tasks
        return [task.verdict(self.decision) for task in tasks]


def asked(judge: Noting) -> list[tuple[int, str, int | None, str]]:
    return [(one.claim, one.against, one.citation, one.text) for one in judge.tasks]


def held(found: Sequence[Verdict]) -> list[tuple[str, str]]:
    """What claims were held against, the question aside, and what was decided."""
    return [(one.against, one.decision) for one in found if one.against != "question"]


def test_a_claim_is_held_against_all_that_it_cites() -> None:
    judge = Noting()
    found = judged(row(Claim("evidence", "It has seven layers.", (1,))), ABSTRACTS.get, judge)
    assert asked(judge) == [(0, "cited", None, "It has 7 layers.")]
    assert held(found) == [("cited", "supported"), ("retrieved", "supported")]


def test_with_several_citations_each_stands_alone_and_is_left_out() -> None:
    judge = Noting()
    judged(row(Claim("evidence", "x", (1, 2))), ABSTRACTS.get, judge)
    seven, three = "It has 7 layers.", "It was tested on 3 languages."
    assert asked(judge) == [
        (0, "cited", None, f"{seven} {three}"),
        (0, "alone", 1, seven),
        (0, "without", 1, three),
        (0, "alone", 2, three),
        (0, "without", 2, seven),
    ]


def test_what_its_citations_do_not_bear_out_is_held_against_each_retrieved_abstract() -> None:
    judge = Noting("absent")
    found = judged(row(Claim("evidence", "x", (1,))), ABSTRACTS.get, judge)
    assert asked(judge)[1:] == [(0, "retrieved", None, ONE), (0, "retrieved", None, TWO)]
    assert held(found) == [("cited", "absent"), ("retrieved", "absent")]


def test_numbers_that_the_answer_does_not_have_and_members_are_no_evidence() -> None:
    judge = Noting("absent")
    member = Citation(4, "member", "a2", "a2", "a2", 0, 0)
    found = judged(row(Claim("evidence", "x", (9, 4)), citations=(*CITATIONS, member)), ABSTRACTS.get, judge)
    assert held(found) == [("retrieved", "absent")]


def test_claims_that_are_counted_by_code_are_not_judged() -> None:
    judge = Noting()
    assert held(judged(row(Claim("collection", "There are 2.", (1,)), Claim("absence", "No.", (1,))), ABSTRACTS.get, judge)) == []
    assert judge.tasks == []


def test_an_abstract_that_is_gone_is_judged_by_what_was_quoted() -> None:
    judge = Noting()
    judged(row(Claim("evidence", "x", (3,))), {"a1": ABSTRACTS["a1"]}.get, judge)
    assert asked(judge) == [(0, "cited", None, "It has 90 layers.")]


def test_a_claim_in_another_language_is_judged_by_its_english_wording() -> None:
    judge = Noting()
    judged(row(Claim("evidence", "Es hat 7 Schichten.", (1,), checked_as="It has seven layers.")), ABSTRACTS.get, judge)
    assert judge.tasks[0].said == "It has seven layers."


@pytest.mark.parametrize(("lead", "said"), [("[SmallNet] ", "It has seven layers."), ("[HugeNet] ", "[HugeNet] It has seven layers.")])
def test_a_lead_that_names_the_cited_abstract_is_no_statement(lead: str, said: str) -> None:
    judge = Noting()
    named = Citation(1, "sentence", "a1", "SmallNet", "It has 7 layers.", 23, 39)
    judged(row(Claim("evidence", f"{lead}It has seven layers.", (1,)), citations=(named,)), ABSTRACTS.get, judge)
    assert judge.tasks[0].said == said


@pytest.mark.parametrize(
    ("claim", "decision"),
    [
        (Claim("evidence", "It has 7 layers.", (1,)), "supported"),
        (Claim("evidence", "SmallNet has 7 layers.", (1,)), "supported"),
        (Claim("evidence", "SmallNet has 8 layers.", (1,)), "weak"),
        (Claim("evidence", "SmallNet has 90 layers.", (1,)), "weak"),
        (Claim("evidence", "The authors thank the mayor of the town.", (1,)), "absent"),
    ],
)
def test_the_local_judge_says_supported_weak_or_absent(claim: Claim, decision: str) -> None:
    assert judged(row(claim), ABSTRACTS.get, LocalJudge())[0].decision == decision


def test_the_local_judge_reads_a_text_as_it_is_shown() -> None:
    latex = abstract("a3", r"We reach 70\% accuracy with {\em SmallNet}. It is good.")
    quote = latex.text[: latex.text.index(" It is")]
    cited = Citation(1, "sentence", "a3", "a3", quote, 0, len(quote))
    claim = Claim("evidence", "We reach 70% accuracy with SmallNet.", (1,))
    assert judged(row(claim, citations=(cited,)), {"a3": latex}.get, LocalJudge())[0].decision == "supported"


JUDGE = Path(__file__).parents[1] / "eval" / "judges"
SOURCE = (
    "The decoder maps audio to text. It may improve recognition of Swedish by 12% on VoxRex. GraphNet outperforms TreeNet on small graphs."
)


def task(said: str, text: str = SOURCE) -> Task:
    return Task("q1", 0, "retrieved", None, said, (Cited(text, ((0, len(text)),)),))


def said_of(*claims: str) -> list[str]:
    return [one.decision for one in LocalJudge().decide([task(claim) for claim in claims])]


def test_the_local_judge_takes_nothing_from_the_check_that_answers_pass() -> None:
    taken = {
        (node.module, name.name)
        for path in JUDGE.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("rag.support")
        for name in node.names
    }
    assert taken == {("rag.support", "Cited"), ("rag.support", "squeeze_name")}


class Unused(MiniLM):
    """An encoder that must not be asked."""

    def embed_parts(self, texts: Sequence[str], parts: Sequence[Sequence[tuple[int, int]]]) -> list[tuple[Vectors, Vectors]]:
        raise AssertionError(texts)


def test_whole_sentences_of_the_source_are_supported_with_score_one_and_without_the_encoder() -> None:
    whole = [*sentences(SOURCE), SOURCE, "The decoder maps  audio to text."]
    found = LocalJudge(Unused(Path())).decide([task(one) for one in whole])
    assert [(one.decision, one.score) for one in found] == [("supported", 1.0)] * 5


def test_a_sentence_of_the_abstract_that_is_not_cited_is_not_verbatim() -> None:
    cited = Cited(SOURCE, ((0, SOURCE.index(" It may")),))
    found = LocalJudge().decide([Task("q1", 0, "cited", None, "GraphNet outperforms TreeNet on small graphs.", (cited,))])
    assert found[0].decision != "supported"


def test_small_changes_of_a_sentence_are_told_from_small_rewordings() -> None:
    reworded = ("According to the abstract, the decoder maps audio to text.", "GraphNet does better than TreeNet on small graphs.")
    spoilt = (
        "TreeNet outperforms GraphNet on small graphs.",
        "GraphNet does not outperform TreeNet on small graphs.",
        "It may improve recognition of Swedish by 21% on VoxRex.",
        "GraphNet always outperforms TreeNet on all graphs.",
    )
    assert said_of(*reworded) == ["supported"] * 2
    assert "supported" not in said_of(*spoilt)


def test_a_claim_without_words_and_a_source_without_words_are_absent() -> None:
    assert [(one.decision, one.score) for one in LocalJudge().decide([task("..."), task("It is so.", "")])] == [("absent", 0.0)] * 2


def test_verdicts_do_not_depend_on_order_company_or_threads() -> None:
    tasks = [task(one) for one in ("GraphNet beats TreeNet.", "Audio becomes text.", "VoxRex is Swedish.", "It improves recognition.")]
    once = LocalJudge().decide(tasks)
    assert LocalJudge().decide(tasks[::-1])[::-1] == once
    one = LocalJudge()
    with ThreadPoolExecutor(4) as threads:
        assert [verdict for (verdict,) in threads.map(lambda each: one.decide([each]), tasks)] == once


def test_without_the_encoder_the_local_judge_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eval.judges.local.load_encoder", lambda: None)
    with pytest.raises(SettingsError, match=INSTALL):
        LocalJudge()


@pytest.fixture(scope="module")
def faults() -> list[Example]:
    return planted(abstracts(), 20)


@pytest.mark.slow
def test_most_faults_that_are_planted_in_true_sentences_are_caught(faults: list[Example]) -> None:
    wrong = [one for one in faults if not one.supported]
    said = LocalJudge().decide([Task("", at, "cited", None, one.claim, one.parts) for at, one in enumerate(wrong)])
    missed: dict[str, int] = {}
    for one, verdict in zip(wrong, said, strict=True):
        missed[one.kind] = missed.get(one.kind, 0) + (verdict.decision == "supported")
    assert sum(missed.values()) <= 0.1 * len(wrong)
    assert max(missed["negated"], missed["swapped name: a name of another abstract"], missed["swapped name: sides exchanged"]) <= 2
    assert missed["over-claim"] <= 4


def test_most_rewordings_of_true_sentences_are_accepted(faults: list[Example]) -> None:
    right = [one for one in faults if one.supported]
    said = LocalJudge().decide([Task("", at, "cited", None, one.claim, one.parts) for at, one in enumerate(right)])
    assert sum(one.decision == "supported" for one in said) >= 0.75 * len(right)


@pytest.mark.parametrize(
    ("claim", "source", "unsaid"),
    [
        ("It has 8 layers.", "It has 7 layers.", ["8"]),
        ("It has seven of 7 layers.", "It has 7 layers.", []),
        ("COVID-19 and GPT-4 need 3 doses.", "Three doses.", []),
        ("A 7B model with 50,000 words, the 3rd.", "A model of 7 billion, the third, with 50000 words.", []),
        ("12.5% of them", "12 of them", ["12.5"]),
        ("It has seven layers.", "It has 8 layers.", ["seven"]),
        ("It has seven layers.", "It has eight layers and seven heads.", []),
        ("Two models and one idea are compared.", "BigNet, SmallNet and 3 ideas are compared.", []),
    ],
)
def test_figures_of_a_claim_are_looked_for_in_figures_and_words(claim: str, source: str, unsaid: list[str]) -> None:
    assert unsaid_figures(claim, [source]) == unsaid


def test_a_claim_is_cut_into_the_runs_of_words_that_its_source_has() -> None:
    reader = Reader(load_minilm())
    claim, source = reader.read("On graphs, TreeNet beats our GraphNet."), reader.read("We show that GraphNet beats TreeNet on graphs.")
    same = np.array(claim.stems)[:, None] == np.array(source.stems)[None, :]
    runs = tiles(claim, source, same)
    assert runs == (Tile(0, 6, 2), Tile(2, 5, 1), Tile(3, 4, 1), Tile(5, 3, 1))
    assert [(one.kind, one.put_in) for one in gaps(claim, source, runs)] == [
        ("outer", (0, 0)), ("turned", (2, 2)), ("turned", (3, 3)), ("turned", (4, 5)), ("outer", (6, 6)),
    ]  # fmt: skip


def test_boosted_trees_learn_what_no_line_can_tell_apart_and_come_back_from_their_file() -> None:
    table = np.array([[x, y] for x in np.linspace(0, 1, 20) for y in np.linspace(0, 1, 20)])
    labels = ((table[:, 0] > 0.5) != (table[:, 1] > 0.3)).astype(float)
    trees = fit_trees(["x", "y"], table, labels, np.ones(400), Setting(trees=40, depth=2, rate=0.3, least=5))
    assert ((probabilities(trees, table) > 0.5) == (labels == 1)).mean() >= 0.95
    again = Trees.from_dict(trees.to_dict())
    one = {"x": 0.9, "y": 0.1}
    assert again.probability(one) == trees.probability(one) == pytest.approx(float(probabilities(trees, np.array([[0.9, 0.1]]))[0]))
