"""The claims of an answer as they are said: under their headings, with their numbers, what answers set apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from operator import attrgetter

from rag.model.records import Claim


def sections(claims: Iterable[Claim]) -> list[tuple[str, tuple[Claim, ...]]]:
    """The claims in their order, those of one group together under its heading; a heading of "" for those of none. Rows of the answer's
    table are left out: they stand there."""
    return [(heading, tuple(part)) for heading, part in groupby((one for one in claims if not one.cells), key=attrgetter("group"))]


def numbered_text(claim: Claim) -> str:
    """The claim's text, behind its opening, followed by its citation numbers: "Yes. It uses 18 tokens. [1][2]"."""
    return opened(claim) + claim.text + (" " + "".join(f"[{number}]" for number in claim.citations) if claim.citations else "")


def opened(claim: Claim) -> str:
    """What stands before the claim's text: "Yes. ", or nothing."""
    return f"{claim.opening}. " if claim.opening else ""


def claim_pieces(claim: Claim, escape: Callable[[str], str], skip: int = 0) -> Iterator[tuple[str, bool]]:
    """The claim's opening and its text from character `skip` on, escaped, in pieces: what answers, to be set in bold, and the rest."""
    if claim.opening:
        yield escape(f"{claim.opening}."), True
        yield " ", False
    start, end = claim.span or (skip, skip)
    for piece, answers in ((claim.text[skip:start], False), (claim.text[start:end], True), (claim.text[end:], False)):
        if piece:  # white space at the edges is lost where a piece is escaped
            yield " " * piece[0].isspace() + escape(piece) + " " * (piece[-1].isspace() and not piece.isspace()), answers
