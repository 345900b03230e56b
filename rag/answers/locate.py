"""Where the evidence that a model names stands: by the key, the number and the quote, in whatever way these are given."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from rag.answers.draft import DraftClaim, Pointer
from rag.answers.prompts import EvidencePack, Packed
from rag.model import Support, clean_text
from rag.support import Cited, check_together

_LETTERS = re.compile(r"[^\w%]+")

Place = tuple[Packed, int]  # an abstract and the 0-based index of one of its sentences


@dataclass
class Findings:
    """What is found out about the pointers of one claim."""

    places: list[Place] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    invented: int = 0
    moved: int = 0

    def blame(self, fault: str, flag: str) -> None:
        """Note what is wrong, for the model and for readers."""
        self.faults.append(fault)
        self.flags.append(flag)


def locate(draft: DraftClaim, pointer: Pointer, pack: EvidencePack, found: Findings) -> None:
    """Find the sentence that a pointer of the draft means; what is wrong with the pointer is noted."""
    item = _named(pointer, pack)
    if item is None:
        found.invented += 1
        found.blame(f"There is no abstract with the key {pointer.key!r}.", "source: unknown")
        return
    index, quote = pointer.sentence - 1, _plain(pointer.quote)
    exists = index in item.sentences
    if not quote:
        if exists:
            found.places.append((item, index))
        elif not pointer.sentence:
            found.places.append((item, _nearest(draft.text, item)))
        else:
            found.blame(f"The abstract {item.key} has no sentence {pointer.sentence}.", "source: no such sentence")
        return
    if exists and _stands(quote, item, index):
        found.places.append((item, index))
        return
    elsewhere = next((other for other in item.sentences if _stands(quote, item, other)), None)
    if elsewhere is not None and _telling(quote):
        found.moved += 1
        found.places.append((item, elsewhere))
        return
    owner = next((other for other in pack.items if other is not item and _holds(other, quote)), None)
    if owner is not None and _telling(quote):
        found.blame(f"Its quote stands in the abstract {owner.key}, not in {item.key}.", f"quote: of {owner.found.abstract.label}")
    else:
        found.blame(f"Its quote does not stand in sentence {pointer.sentence} of the abstract {item.key}.", "quote: not in the source")
    if exists:
        found.places.append((item, index))


def _named(pointer: Pointer, pack: EvidencePack) -> Packed | None:
    """The abstract that a pointer names: by its key; where that is none by the words that the pointer quotes, else by its title, its name
    or its place in the list."""
    key = pointer.key.strip().strip("[]()\"'")
    item, quote = pack.by_key.get(key), _plain(pointer.quote)
    if item is not None:
        return item
    place = int(key) if key.isdecimal() and len(key) < 4 else 0
    meant = [one for at, one in enumerate(pack.items, start=1) if at == place or _plain(key) in _names_of(one)] if key else []
    if not quote:
        return meant[0] if meant else None
    holding = [one for one in pack.items if _holds(one, quote)] if _telling(quote) else []
    return next((one for one in meant if one in holding), holding[0] if len(holding) == 1 else None)


def _names_of(item: Packed) -> tuple[str, ...]:
    return tuple(name for name in (_plain(item.found.abstract.title or ""), _plain(item.found.abstract.label)) if name)


def _nearest(text: str, item: Packed) -> int:
    """The given sentence that comes nearest to a claim whose sentence is not named."""
    return max(item.sentences, key=lambda index: support_of(text, [(item, index)]).score)


def _telling(quote: str) -> bool:
    """A quote of a word or two occurs in many sentences and identifies none of them."""
    return len(quote.split()) >= 3


def _holds(item: Packed, quote: str) -> bool:
    return any(_stands(quote, item, index) for index in item.sentences)


def _stands(quote: str, item: Packed, index: int) -> bool:
    """True where the words of the quote occur in a row in this one sentence, as it is stored or as it is shown."""
    sentence = item.found.long.sentence(index)
    return any(f" {quote} " in f" {_plain(text)} " for text in (sentence, clean_text(sentence)))


def _plain(text: str) -> str:
    """Words and figures alone, folded: models change quotation marks, dashes, case and the end of a quote."""
    return _LETTERS.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def support_of(wording: str, places: Sequence[Place]) -> Support:
    """How well sentences bear a wording out together, by our own measure."""
    items = dict.fromkeys(item for item, _ in places)
    return check_together(wording, [_cited(item, [index for other, index in places if other is item]) for item in items])


def _cited(item: Packed, indexes: Sequence[int]) -> Cited:
    spans = tuple(item.found.long.spans[index] for index in sorted(indexes))
    return Cited(item.found.abstract.text, spans, item.found.abstract.title)
