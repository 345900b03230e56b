"""Fit what tells that a sentence contradicts what a question takes for granted: `python -m benchmarks.fit_premises`.

A logistic regression on the features of `rag/support/contradiction.py`: the sentences that decide a false premise against those of
abstracts that bear a premise out or answer the question. False premises are those of tests/data/premises.jsonl, of the shipped
questions and of the development sets; the rest of these questions takes nothing false for granted.
Every figure is cross-validated over abstracts on two thirds of each set. `--shut` prints the last third, `--ablation` what each feature
brings, `--write` stores the weights of all.
"""

from __future__ import annotations

import json
import math
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.development import references, rows, temporary_assistant
from benchmarks.fit_answerability import fit
from benchmarks.premises import pairs
from eval.questions import DATA, load_questions
from rag.assistant import Assistant
from rag.corpus import introduced_name
from rag.embedding import read_long
from rag.model import Abstract, LogisticModel
from rag.questions import taken_for_granted
from rag.support import premise_features

FOLDS = 6
ALARMS = 0.01  # share of the questions that take nothing false for granted, of which one may be contradicted
STORED = Path(__file__).parents[1] / "rag" / "support" / "data" / "contradiction.json"
_PAIRED = 0.4  # what a question of the pairs counts, which are many and alike


@dataclass(frozen=True)
class Premise:
    """A question, the abstract that it is asked of, whether it takes something false for granted, and the features of its sentences
    with whether each is the one that decides."""

    question: str
    part: str
    group: str
    false: bool
    sentences: tuple[tuple[dict[str, float], bool], ...]

    @property
    def shut(self) -> bool:
        """True for the third that nothing is chosen on."""
        return zlib.crc32(self.question.encode()) % 3 == 0


def asked(assistant: Assistant) -> Iterator[tuple[str, str, Abstract, bool, Sequence[str]]]:
    """Question, set, abstract, whether a premise is false, and what the deciding sentences contain."""
    ids = references(assistant)
    for row in pairs():
        yield row["question"], f"pairs {row['set']}", assistant.abstract(ids[row["ref"]]), not row["holds"], [row["quote"]]
    for name in ("questions", "refusals"):
        for one in load_questions(DATA / f"{name}.jsonl"):
            refs = [*one.gold, *one.near]
            if refs and not one.history and one.members is None:
                abstract = assistant.abstract(ids.get(refs[0], ids.get(f"{refs[0][:3]}:{refs[0].rpartition(':')[2]}", refs[0])))
                yield one.question, name, abstract, one.kind == "false_premise", [quote.quote for quote in one.evidence]
    for row in rows("own_words_dev.jsonl"):
        if row["kind"] not in ("chain", "absent"):
            yield row["question"], "own words", assistant.abstract(ids[row["gold"][0]]), row["kind"] == "false_premise", [row["sentence"]]
    for row in rows("questions_dev.jsonl"):
        if row["gold"] and not row.get("history"):
            yield row["question"], "shared", assistant.abstract(ids[row["gold"][0]]), False, []


def premises(assistant: Assistant) -> Iterator[Premise]:
    """All questions with the features of the sentences that come near what they take for granted."""
    for question, part, abstract, false, quotes in asked(assistant):
        (long,) = read_long([abstract.text])
        name = introduced_name(abstract.text, abstract.title) or ""
        found = []
        for one in taken_for_granted(question):
            features = premise_features(one.text, name, abstract.title, long, claims=one.claims)
            found += [(each, any(_within(quote, long.sentence(at)) for quote in quotes)) for at, each in features.items()]
        yield Premise(question, part, abstract.id, false, tuple(found))


def _within(quote: str | None, sentence: str) -> bool:
    return bool(quote) and (str(quote)[:60] in sentence or sentence[:60] in str(quote))


def fitted(of: Sequence[Premise], without: str = "") -> LogisticModel:
    """The model of these; `without` leaves a feature out."""
    cases = [(features, one) for one in of for features, decides in one.sentences if decides or not one.false]
    counts = np.array([_PAIRED if one.false and one.part.startswith("pairs") else 1.0 for _, one in cases])
    kept = [{name: value for name, value in features.items() if name != without} for features, _ in cases]
    return fit(kept, [one.false for _, one in cases], counts)


def surest(model: LogisticModel, of: Premise) -> tuple[float, bool]:
    """The chance of the sentence that contradicts most surely, and whether it is the one that decides."""
    return max(((model.chance(features), decides) for features, decides in of.sentences), default=(0.0, False))


def held_out(of: Sequence[Premise], without: str = "") -> list[tuple[float, bool]]:
    """`surest` of each question by models that were fitted without its abstract."""
    folds = [zlib.crc32(one.group.encode()) % FOLDS for one in of]
    models = [fitted([one for one, other in zip(of, folds, strict=True) if other != fold], without) for fold in range(FOLDS)]
    return [surest(models[fold], one) for one, fold in zip(of, folds, strict=True)]


def threshold(of: Sequence[Premise], found: Sequence[tuple[float, bool]]) -> float:
    """The chance that ALARMS of the questions without a false premise reach."""
    chances = sorted((chance for one, (chance, _) in zip(of, found, strict=True) if not one.false), reverse=True)
    return chances[int(len(chances) * ALARMS)]


def report(title: str, of: Sequence[Premise], found: Sequence[tuple[float, bool]], least: float) -> None:
    """Print for each set how many false premises are contradicted, by the deciding sentence, and how many others."""
    told = []
    for part in dict.fromkeys(one.part for one in of):
        some = [(one, chance > least, decides) for one, (chance, decides) in zip(of, found, strict=True) if one.part == part]
        false = [(said, decides) for one, said, decides in some if one.false]
        others = [said for one, said, _ in some if not one.false]
        right = sum(said and decides for said, decides in false)
        told.append(f"{part} {sum(said for said, _ in false)} ({right}) of {len(false)}, wrongly {sum(others)} of {len(others)}")
    print(f"{title} above {least:.3f}: " + "; ".join(told))


def main() -> None:
    """Print the figures; with `--write` store the weights of all, moved so that the threshold is a chance of a half."""
    with temporary_assistant() as assistant:
        found = list(premises(assistant))
    opened = [one for one in found if not one.shut]
    guessed = held_out(opened)
    least = threshold(opened, guessed)
    report("cross-validated", opened, guessed, least)
    if "--ablation" in sys.argv:
        for name in sorted({name for one in opened for features, _ in one.sentences for name in features}):
            other = held_out(opened, name)
            report(f"without {name}", opened, other, threshold(opened, other))
    if "--shut" in sys.argv:
        shut = [one for one in found if one.shut]
        report("the shut third", shut, [surest(fitted(opened), one) for one in shut], least)
    if "--write" in sys.argv:
        model, least = fitted(found), threshold(found, held_out(found))
        moved = model.constant - math.log(least / (1 - least))
        weights = {name: [round(mean, 3), round(weight, 3)] for name, (mean, weight) in model.weights.items()}
        STORED.write_text(
            json.dumps({"contradiction": {"constant": round(moved, 3), "weights": weights}}, indent=2) + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
