"""How fresh questions are answered, by kind: the right abstract, the deciding words in the first sentence, the outcome.

`python -m benchmarks.own_words` asks `own_words_dev.jsonl` (careless wordings, chains, false premises, what is not reported), then
`questions_dev.jsonl`. Beside that, how often the best sentence is the deciding one where the right abstract is given. With `-v` it
prints each question whose deciding words are not in the first sentence.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.development import references, rows, temporary_assistant
from rag.assistant import Assistant
from rag.chat import answer_messages
from rag.embedding import read_long
from rag.evidence import evidence_scores
from rag.model import Abstract, Answer, Claim
from rag.questions import read_question


@dataclass(frozen=True, eq=False)
class Asked:
    """A question with its answer; `deciding` are regular expressions, one of which matches the words that decide, `gold` the ids.

    `chosen` says whether the best sentence of the gold abstract has those words, None where nothing decides.
    """

    kind: str
    question: str
    gold: frozenset[str]
    deciding: tuple[str, ...]
    answer: Answer
    chosen: bool | None

    @property
    def first_right(self) -> bool:
        """True where the first citation is of a gold abstract."""
        cited = [number for claim in self.answer.claims for number in claim.citations]
        return bool(cited) and self.answer.citation(cited[0]).abstract_id in self.gold

    @property
    def cited(self) -> bool:
        """True where any citation is of a gold abstract."""
        return any(one.abstract_id in self.gold for one in self.answer.citations)

    @property
    def in_first(self) -> bool:
        """True where the deciding words stand in the first sentence of an abstract that the answer gives."""
        said = (claim for claim in self.answer.claims if claim.kind == "evidence")
        return any(self._decides(claim) for claim in [*said][:1])

    @property
    def anywhere(self) -> bool:
        """True where the deciding words stand in the answer."""
        return any(map(self._decides, self.answer.claims))

    @property
    def contradicted(self) -> bool:
        """True where the deciding sentence is cited as speaking against the question."""
        against = self.answer.outcome != "answered" or any(one.kind == "absence" for one in self.answer.claims)
        return self.anywhere and (against or self.answer.text.startswith("No"))

    @property
    def words(self) -> int:
        """Words of the claims, without their [n]."""
        return sum(len(one.text.split()) for one in self.answer.claims)

    def _decides(self, claim: Claim) -> bool:
        said = [claim.text, *(self.answer.citation(number).quote for number in claim.citations)]
        right = not self.gold or any(self.answer.citation(number).abstract_id in self.gold for number in claim.citations)
        return right and any(re.search(key, text) for key in self.deciding for text in said)


def ask_all(assistant: Assistant) -> Iterator[Asked]:
    """Every question of both sets, the turns of a chain with what was answered before."""
    ids = references(assistant)

    def asked(kind: str, row: Mapping[str, Any], deciding: Sequence[str], history: Sequence[Mapping[str, Any]] = ()) -> Asked:
        answer = assistant.ask(row["question"], history)
        gold = frozenset(ids[ref] for ref in row["gold"])
        chosen = best_decides(answer.standalone_question, [assistant.abstract(one) for one in sorted(gold)], deciding)
        return Asked(kind, row["question"], gold, tuple(deciding), answer, chosen)

    for row in rows("own_words_dev.jsonl"):
        history: list[Mapping[str, Any]] = []
        for turn in row.get("turns", [row]):
            one = asked(row["kind"], turn, [turn["key"]] if turn["key"] else [], history)
            history += answer_messages(one.answer)
            yield one
    for row in rows("questions_dev.jsonl"):
        kind = f"{row['kind']}, named" if row.get("named") else row["kind"]
        yield asked(f"dev: {kind}", row, [re.escape(one["quote"]) for one in row["evidence"]], row.get("history") or ())


def best_decides(question: str, gold: Sequence[Abstract], deciding: Sequence[str]) -> bool | None:
    """Whether the best sentence of a gold abstract has the deciding words."""
    if not gold or not deciding:
        return None
    asked = read_question(question)
    for abstract in gold:
        (long,) = read_long([abstract.text])
        best = long.sentence(int(evidence_scores(asked, long, abstract.title).argmax()))
        if any(re.search(key, best) for key in deciding):
            return True
    return False


COLUMNS: Mapping[str, Callable[[Asked], bool]] = {
    "first cited": lambda one: one.first_right,
    "cited": lambda one: one.cited,
    "in first": lambda one: one.in_first,
    "anywhere": lambda one: one.anywhere,
    "best of gold": lambda one: bool(one.chosen),
    "answered": lambda one: one.answer.outcome == "answered",
    "nearest": lambda one: str(one.answer.outcome) == "nearest",
    "refused": lambda one: one.answer.outcome == "refused",
    "contradicted": lambda one: one.contradicted,
}


def main() -> None:
    """Print how many of each kind have each property, and the median length of their answers."""
    with temporary_assistant() as assistant:
        found = list(ask_all(assistant))
    print(f"{'kind':<20}{'n':>4}" + "".join(f"{name:>13}" for name in COLUMNS) + f"{'words':>7}")
    for kind in dict.fromkeys(one.kind for one in found):
        some = [one for one in found if one.kind == kind]
        figures = "".join(f"{sum(map(holds, some)):>13}" for holds in COLUMNS.values())
        print(f"{kind:<20}{len(some):>4}{figures}{median([one.words for one in some if one.answer.claims] or [0]):>7.0f}")
    if "-v" in sys.argv:
        for one in found:
            if one.deciding and not one.in_first:
                print(f"\n{one.kind}: {one.question}\n  {one.answer.outcome}: {one.answer.text[:400]}\n  wanted: {one.deciding[0]}")


if __name__ == "__main__":
    main()
