"""What is to be written from what, and what is known of the answer so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rag.answers.draft import DraftClaim
from rag.answers.prompts import EvidencePack, Part, Reading, Wish
from rag.answers.verify import Checked
from rag.questions import Question
from rag.search import Candidate

Numbers = dict[tuple[str, int], int]  # (abstract id, sentence) -> citation number


def _nothing_more(missing: Sequence[str], nothing: bool) -> Sequence[Reading]:
    return ()


@dataclass(frozen=True, eq=False)
class Task:
    """What is to be answered from what, and how: all that is read, or its parts by the headings of their sections.

    `more` finds what else there is to read on what the model reports missing; it is also told whether the model found nothing at all.
    `others` are abstracts that bear on the question and are listed where the answer does not cite them.
    """

    question: Question
    readings: Sequence[Reading]
    wish: Wish
    more: Callable[[Sequence[str], bool], Sequence[Reading]] = _nothing_more
    sections: Sequence[tuple[str, Sequence[Reading]]] = ()
    others: Sequence[Candidate] = ()


@dataclass(eq=False)
class State:
    """What is known so far of an answer under way. `words` counts those of all claims that were checked, `gaps` is what is missing."""

    pack: EvidencePack
    checked: list[Checked] = field(default_factory=list)
    sums: list[DraftClaim] = field(default_factory=list)
    headings: list[tuple[tuple[int, int], str]] = field(default_factory=list)
    numbers: Numbers = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    notices: list[str] = field(default_factory=list)
    columns: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    beyond: int = 0
    words: int = 0

    def forget(self, since: int) -> None:
        """Take back the claims of the reply whose places begin there."""
        self.checked[:] = [one for one in self.checked if one.draft.place[0] < since]
        self.sums[:] = [one for one in self.sums if one.place[0] < since]
        self.headings[:] = [one for one in self.headings if one[0][0] < since or one[0][1] < 0]
        self.words = sum(len(one.draft.text.split()) for one in self.checked)
        self.numbers.clear()


def parts_of(*, english: bool, operation: str, table: bool) -> frozenset[Part]:
    """Which parts an answer may have besides plain claims."""
    several = operation in ("survey", "agree", "compare", "list", "count", "rank")
    named: list[tuple[Part, bool]] = [
        ("english", not english),
        ("synthesis", several),
        ("headings", operation in ("survey", "agree") and not table),
        ("table", table),
    ]
    return frozenset(part for part, so in named if so)
