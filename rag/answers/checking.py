"""What becomes of each claim of an answer under way: checked as it comes, judged, told once it passes, replaced where it is mended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from rag.answers.draft import DraftClaim, without_keys
from rag.answers.judging import Judging
from rag.answers.prompts import Wish
from rag.answers.task import State
from rag.answers.verify import Checked, check_claim, check_synthesis
from rag.answers.written import claim_event
from rag.model import Event

_BEYOND = 1.5  # times the words that were asked for: what a model writes after these is left out, and told


@dataclass(frozen=True, eq=False)
class Checking:
    """The claims of one answer, and the model that judges them, if one does. All that is found out is kept in `state`."""

    state: State
    judging: Judging | None

    def told(self, drafts: Iterable[DraftClaim], wish: Wish, since: int) -> Iterator[Event]:
        """Check drafts of a reply whose places begin at `since`, and tell what passes, now or with the verdicts that have come."""
        state = self.state
        for draft in drafts:
            placed = replace(draft, place=(draft.place[0] + since, draft.place[1]), of=tuple(one + since for one in draft.of))
            if state.words > _BEYOND * wish.words and not placed.heading:
                state.beyond += 1
            elif placed.heading:
                state.headings.append((placed.place, placed.heading))
            elif placed.of:
                state.sums.append(placed)  # until the claims that it sums up are judged
            else:
                yield from self._added(placed)
        if self.judging is not None:
            yield from self._replaced(self.judging.results(state.pack))

    def summed_up(self) -> Iterator[Event]:
        """Have judged what is left open; then, as it is known which claims pass, those that sum up others."""
        yield from self._settled()
        for draft in self.state.sums:
            yield from self._added(draft)
        yield from self._settled()

    def mended(self, drafts: Sequence[DraftClaim], failed: Sequence[int]) -> Iterator[Event]:
        """Check other drafts of claims that failed, `number` of them by `failed` from 1; what passes takes the old one's place."""
        places: dict[int, int] = {}  # by the identity of what is to be judged
        for draft in drafts:
            index = failed[(draft.number or 1) - 1]
            checked = self._check(replace(draft, place=self.state.checked[index].draft.place))
            if checked is not None and checked.by:
                yield from self._mend(checked, index)
            elif checked is not None and self.judging is not None:
                places[id(checked)] = index
                self.judging.add(checked)
        if self.judging is not None:
            for before, after in self.judging.results(self.state.pack, last=True):
                yield from self._mend(after, places[id(before)])

    def _added(self, draft: DraftClaim) -> Iterator[Event]:
        checked = self._check(draft)
        if checked is None:
            return
        self.state.checked.append(checked)
        self.state.counts["checked"] += 1
        self.state.words += len(checked.draft.text.split())
        if checked.passes:
            yield claim_event(checked, self.state)
        elif not checked.by and self.judging is not None:
            self.judging.add(checked)

    def _check(self, draft: DraftClaim) -> Checked | None:
        """Check a draft; None for one without words and for one that says an earlier one again."""
        state, judged = self.state, self.judging is not None
        draft = without_keys(draft, frozenset(state.pack.by_key))
        if not draft.text or any(draft.text == one.draft.text and one.passes for one in state.checked):
            return None
        if draft.of:
            return check_synthesis(draft, [one for one in state.checked if one.passes and one.draft.place[0] in draft.of], judged=judged)
        checked = check_claim(draft, state.pack, judged=judged)
        state.counts.update(invented_keys=checked.invented, moved_quotes=checked.moved)
        return checked

    def _settled(self) -> Iterator[Event]:
        if self.judging is not None:
            yield from self._replaced(self.judging.results(self.state.pack, last=True))

    def _replaced(self, results: Iterable[tuple[Checked, Checked]]) -> Iterator[Event]:
        for before, after in results:
            place = next((at for at, one in enumerate(self.state.checked) if one is before), None)
            if place is not None:  # it was not taken back meanwhile
                self.state.checked[place] = after
                if after.passes:
                    yield claim_event(after, self.state)

    def _mend(self, checked: Checked, index: int) -> Iterator[Event]:
        if checked.passes and not self.state.checked[index].passes:
            self.state.checked[index] = checked
            self.state.counts["repaired"] += 1
            yield claim_event(checked, self.state)
