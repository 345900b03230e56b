"""A judge measured on labelled claims: counts worked by hand, files that cannot be used, what is stored, the local judge's figures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from eval.judges.labelled import load_labelled
from eval.judges.local import LocalJudge
from eval.judges.tasks import Task
from eval.judges.validation import Measured, Share, Validation, measured_error, validate, validate_command, validation_table
from eval.questions import QuestionSetError, References
from eval.records import Verdict
from eval.statistics.rates import area, area_interval, pair_agreement, wilson
from rag.assistant import Assistant
from rag.model.errors import RagError
from tests.judging_model import always, judge

SHIPPED = Path(__file__).parents[1] / "eval" / "data" / "claims.jsonl"


class Oracle:
    """Says what the text says: "supported 0.9" is a decision and a score, "unscored" a failure. Remembers what it was asked."""

    gatekeeper_of: frozenset[str] = frozenset()

    def __init__(self, name: str = "oracle") -> None:
        self.name = name
        self.asked: list[Task] = []

    def decide(self, tasks: Sequence[Task]) -> list[Verdict]:
        self.asked += tasks
        said = [one.text.split() for one in tasks]
        return [one.verdict(words[0], float(words[1]) if len(words) > 1 else None) for one, words in zip(tasks, said, strict=True)]


def write(path: Path, *rows: dict[str, Any] | str) -> Path:
    path.write_text("".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in rows), encoding="utf-8")
    return path


def said(doc: str, label: object, kind: str | None = None) -> dict[str, Any]:
    return {"claim": "It is so.", "doc": doc, "label": label} | ({"kind": kind} if kind else {})


ROWS = [
    said("supported 0.9", "supported", "paraphrase"),
    said("supported 0.6", 1, "paraphrase"),
    said("weak 0.5", "supported", "plain"),
    said("unscored", 1, "plain"),
    said("absent 0.1", "unsupported", "wrong_number"),
    said("weak 0.5", 0, "wrong number"),
    said("supported 0.7", "refuted", "overclaim"),
    said("unscored", 0, "overclaim"),
]


def test_the_figures_of_a_small_file_are_those_worked_out_by_hand(tmp_path: Path) -> None:
    found = validate(Oracle(), [write(tmp_path / "a.jsonl", *ROWS)])
    # positives 0.9, 0.6, 0.5 against negatives 0.1, 0.5, 0.7: 3 + 2 + 1.5 of 9 pairs are in order
    assert found.overall == Measured(
        "all",
        n=8,
        unscored=2,
        auc=6.5 / 9,
        sensitivity=Share(2, 3),
        specificity=Share(2, 3),
        accepted={"paraphrase": Share(2, 2), "plain": Share(0, 1)},
        caught={"over-claim": Share(0, 1), "wrong number": Share(2, 2)},
    )
    assert found.overall.balanced_accuracy == pytest.approx(2 / 3)
    assert found.judge == "oracle"


def test_files_are_measured_apart_and_together(tmp_path: Path) -> None:
    first, second = write(tmp_path / "a.jsonl", *ROWS[:3]), write(tmp_path / "b.jsonl", *ROWS[3:])
    found = validate(Oracle(), [first, second])
    assert [(one.name, one.n, one.unscored, one.auc) for one in found.files] == [("a.jsonl", 3, 0, None), ("b.jsonl", 5, 2, None)]
    assert found.files[0].balanced_accuracy is None
    assert found.files[0].specificity.value is None
    assert found.overall == validate(Oracle(), [write(tmp_path / "c.jsonl", *ROWS)]).overall


def test_the_labels_have_one_fingerprint_whatever_the_names_and_order_of_their_files(tmp_path: Path) -> None:
    first, second = write(tmp_path / "a.jsonl", *ROWS[:3]), write(tmp_path / "b.jsonl", *ROWS[3:])
    copy = write(tmp_path / "copy.jsonl", *ROWS[:3])
    labels = validate(Oracle(), [first, second]).labels
    assert validate(Oracle(), [second, copy]).labels == labels
    assert validate(Oracle(), [first]).labels != labels


def test_a_claim_is_held_against_the_whole_text(tmp_path: Path) -> None:
    oracle = Oracle()
    validate(oracle, [write(tmp_path / "a.jsonl", said("weak 0.5 One. Two.", 1))])
    assert [(one.said, one.text, one.against, one.citation) for one in oracle.asked] == [
        ("It is so.", "weak 0.5 One. Two.", "retrieved", None)
    ]


def test_an_abstract_is_found_by_its_reference_or_its_source(assistant: Assistant, tmp_path: Path) -> None:
    claim = {"claim": "It is so.", "label": "supported"}
    path = write(tmp_path / "a.jsonl", {**claim, "ref": "002:66"}, {**claim, "source": "002_0b0d09165d2d35c4.txt:66"})
    first, second = load_labelled(path, References(assistant))
    assert first == second
    assert "125M" in first.text


def test_the_corpus_of_the_settings_is_opened_only_where_a_row_refers_to_it(surroundings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    by_reference = write(surroundings / "a.jsonl", {"claim": "It is so.", "ref": "002:66", "label": 1})
    assert validate(LocalJudge(), [by_reference]).overall.n == 1
    monkeypatch.setenv("RAG_CORPUS", str(surroundings / "nowhere"))
    monkeypatch.setenv("RAG_INDEX_DIR", str(surroundings / "none"))
    assert validate(LocalJudge(), [write(surroundings / "b.jsonl", said("It is so.", 1))]).overall.n == 1
    with pytest.raises(RagError):
        validate(LocalJudge(), [by_reference])


WRONG = [
    ("[]", "it is not a JSON object but list"),
    ("{half", "Expecting property name"),
    ({"claim": "", "doc": "x", "label": 1}, '"claim" must be a text that is not empty'),
    ({"claim": "x", "label": 1}, 'it must have one of "doc", "ref" and "source", not none'),
    ({"claim": "x", "doc": "y", "ref": "002:66", "label": 1}, "not doc and ref"),
    ({"claim": "x", "doc": "y"}, '"label" must be "supported", another text, 1 or 0, not None'),
    ({"claim": "x", "doc": "y", "label": 2}, "not 2"),
    ({"claim": "x", "doc": "y", "label": 0.5}, "not 0.5"),
    ({"claim": "x", "doc": "y", "label": " "}, "not ' '"),
    ({"claim": "x", "doc": "y", "label": 1, "kind": 3}, '"kind" must be a text, not 3'),
    ({"claim": "x", "ref": "002:9999", "label": 1}, "names no abstract of the index"),
]


@pytest.mark.parametrize(("row", "reason"), WRONG)
def test_a_row_that_cannot_be_used_is_named_by_its_line(assistant: Assistant, tmp_path: Path, row: Any, reason: str) -> None:
    path = write(tmp_path / "a.jsonl", said("weak 0.5", 1), "", row)
    with pytest.raises(QuestionSetError) as raised:
        validate(Oracle(), [path], assistant)
    assert f"{path} has lines that cannot be used:\n  line 3: " in str(raised.value)
    assert reason in str(raised.value)


def test_of_many_wrong_rows_the_first_ten_are_listed(tmp_path: Path) -> None:
    with pytest.raises(QuestionSetError) as raised:
        validate(Oracle(), [write(tmp_path / "a.jsonl", *["[]"] * 12)])
    assert str(raised.value).count("\n") == 11
    assert str(raised.value).endswith("and 2 more")


def test_files_without_claims_or_that_are_not_there_are_errors(tmp_path: Path) -> None:
    with pytest.raises(QuestionSetError, match="no labelled claims"):
        validate(Oracle(), [write(tmp_path / "empty.jsonl")])
    with pytest.raises(QuestionSetError, match="cannot be read"):
        validate(Oracle(), [tmp_path / "none.jsonl"])
    with pytest.raises(RagError, match="name one or more files"):
        validate(Oracle(), [])


def test_signs_that_end_a_line_elsewhere_may_stand_in_a_text(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", json.dumps(said("weak 0.5 one\u2028two\x85three", 1), ensure_ascii=False))
    assert validate(Oracle(), [path]).overall.n == 1


def test_what_was_measured_is_stored_and_found_by_the_judges_name(tmp_path: Path) -> None:
    path, out = write(tmp_path / "a.jsonl", *ROWS), tmp_path / "runs" / ".judges"
    done = validate_command([path], Oracle("llm-meta/llama-3:8b-1f"), out)
    assert [one.name for one in out.iterdir()] == ["llm-meta-llama-3-8b-1f.json"]
    assert measured_error("llm-meta/llama-3:8b-1f", out) == done
    assert measured_error("llm-meta-llama-3-8b-1f", out) is None
    assert measured_error("llm-other", out) is None
    assert Validation.from_dict(json.loads(json.dumps(done.to_dict()))) == done


def test_the_users_own_measurement_comes_before_the_shipped_one(tmp_path: Path) -> None:
    name = LocalJudge.name
    shipped = measured_error(name, tmp_path)
    assert shipped is not None
    mine = validate_command([write(tmp_path / "a.jsonl", *ROWS)], Oracle(name), tmp_path)
    assert measured_error(name, tmp_path) == mine != shipped


def test_a_stored_measurement_that_is_damaged_is_an_error_that_names_it(tmp_path: Path) -> None:
    for content in ("{half", "[]", '{"judge": "oracle"}'):
        (tmp_path / "oracle.json").write_text(content, encoding="utf-8")
        with pytest.raises(RagError, match=r"oracle\.json does not hold"):
            measured_error("oracle", tmp_path)


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RagError, match="cannot be stored"):
        validate_command([write(tmp_path / "a.jsonl", *ROWS)], Oracle(), tmp_path / "file")


def test_the_table_shows_every_figure_with_its_interval(tmp_path: Path) -> None:
    found = validate(Oracle(), [write(tmp_path / "a.jsonl", *ROWS), write(tmp_path / "only_supported.jsonl", ROWS[0])])
    assert [" ".join(line.split()) for line in validation_table(found)] == [
        f"The judge oracle on labelled claims ({found.labels}), with 95 % intervals:",
        "",
        "file n unscored AUC balanced supported accepted unsupported caught",
        "a.jsonl 8 2 0.722 [0.281, 1.000] 0.667 2 of 3, 67% [21%, 94%] 2 of 3, 67% [21%, 94%]",
        "only_supported.jsonl 1 0 none none 1 of 1, 100% [21%, 100%] none",
        "all 9 2 0.792 [0.436, 1.000] 0.708 3 of 4, 75% [30%, 95%] 2 of 3, 67% [21%, 94%]",
        "",
        "supported, accepted, by kind",
        "paraphrase 3 of 3, 100% [44%, 100%]",
        "plain 0 of 1, 0% [0%, 79%]",
        "",
        "unsupported, caught, by kind",
        "over-claim 0 of 1, 0% [0%, 79%]",
        "wrong number 2 of 2, 100% [34%, 100%]",
    ]


def test_a_judge_that_asks_a_model_is_measured_in_the_same_way(tmp_path: Path) -> None:
    rows = [{"claim": f"Claim {n}.", "doc": "A text.", "label": n % 2} for n in range(20)]
    with judge(default=always("supported")) as (judged, _):
        found = validate(judged, [write(tmp_path / "a.jsonl", *rows)])
    assert (found.overall.sensitivity, found.overall.specificity, found.overall.auc) == (Share(10, 10), Share(0, 10), 0.5)
    with judge(default="garbage") as (judged, _):
        found = validate(judged, [tmp_path / "a.jsonl"])
    assert (found.overall.n, found.overall.unscored, found.overall.sensitivity) == (20, 20, Share(0, 0))


def test_the_area_counts_a_tie_half_and_needs_both_sides() -> None:
    assert area([0.8, 0.5], [0.5, 0.2]) == 3.5 / 4
    assert (area([1.0], [0.0]), area([0.0], [1.0]), area([0.5], [0.5])) == (1.0, 0.0, 0.5)
    assert (area([], [0.5]), area([0.5], [])) == (None, None)


def test_the_interval_of_an_area_is_that_worked_out_by_hand() -> None:
    """Of 0.8 from 2 and 3: Q1 = 0.8 / 1.2, Q2 = 1.28 / 1.8, variance = (0.16 + 0.026667 + 2 * 0.071111) / 6 = 0.054815."""
    low, high = area_interval(0.8, 2, 3)
    assert low == pytest.approx(0.8 - 1.96 * 0.234126, abs=1e-5)
    assert high == 1.0
    assert area_interval(0.8, 200, 300) == pytest.approx((0.8 - 1.96 * 0.021106, 0.8 + 1.96 * 0.021106), abs=1e-4)
    assert area_interval(1.0, 5, 5) == (1.0, 1.0)


def test_wilsons_interval_is_the_published_one() -> None:
    """20 of 100, as worked in Brown, Cai and DasGupta (2001)."""
    assert wilson(20, 100) == pytest.approx((0.1334, 0.2888), abs=5e-4)
    assert (Share(0, 0).interval, wilson(0, 9)[0], wilson(9, 9)[1]) == ((0.0, 1.0), 0.0, 1.0)


def test_agreement_is_the_share_of_equal_pairs() -> None:
    assert pair_agreement([["a", "a", "b"], ["a", "a"], ["b"], []]) == 2 / 4
    assert pair_agreement([["a"], []]) is None


def test_the_shipped_measurement_is_that_of_the_shipped_claims(assistant: Assistant, tmp_path: Path) -> None:
    stored, found = measured_error(LocalJudge.name, tmp_path), validate(LocalJudge(), [SHIPPED], assistant)
    assert stored is not None, "eval/data/judge-local-N.json is missing for this version of the local judge"
    assert stored.labels == found.labels, "eval/data/claims.jsonl has changed: measure the local judge again"
    assert stored.overall.auc == pytest.approx(found.overall.auc, abs=0.005)
    for one, other in ((stored.overall.sensitivity, found.overall.sensitivity), (stored.overall.specificity, found.overall.specificity)):
        assert (one.of, abs(one.right - other.right) <= 1) == (other.of, True)


def test_the_local_judge_tells_the_development_claims_apart(assistant: Assistant, shared: Path) -> None:
    found = validate(LocalJudge(), [shared / "data" / "claims_dev.jsonl"], assistant).overall
    assert (found.n, found.unscored) == (80, 0)
    assert found.auc is not None
    assert found.auc >= 0.9
    assert found.balanced_accuracy is not None
    assert found.balanced_accuracy >= 0.75
    for kind in ("wrong number", "swapped name", "invented", "misattributed"):
        assert found.caught[kind].of - found.caught[kind].right <= 1, kind
