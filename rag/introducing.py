"""Questions that ask no more than what a paper is: the sentence in which its abstract introduces the work comes first."""

from __future__ import annotations

from collections.abc import Sequence

from rag.answers import Answer
from rag.asked_for import introduces_named
from rag.corpus.introductions import introduces
from rag.extract import led
from rag.flags import squeezed
from rag.lexicon import words_of
from rag.question import Question
from rag.quoting import cited
from rag.retrieve import Found
from rag.wording import introduced
from rag.words import stem, stems

# What may be said besides the name: "summarize the CLASP paper", "what is the main idea of CLASP?".
_SAYING = frozenset(map(stem, words_of("papers", "works"))) | frozenset(
    map(
        stem,
        """summarize summarise summary summarization describe description explain explanation tell give
        overview introduce introduction propose present main key idea point contribution gist whats what's brief briefly please know
        model system method approach framework dataset corpus called""".split(),
    )
)


def introduction(blank: Answer, question: Question, found: Sequence[Found], words: int, *, more: bool = False) -> Answer | None:
    """`blank` with the sentence that introduces what the question names, then what else bears on it, at most `words` words; None where
    the question asks for anything besides."""
    if not found or not introduces_named(question, found[0].abstract):
        return None
    best = found[0]
    name = introduced(best)
    own = {*stems(name), *(part for one in question.names for part in stems(one))}
    said = [one for one in stems(question.text) if one not in own and squeezed(one) != squeezed(name)]
    if not all(one in _SAYING for one in said):
        return None
    sentences = [best.long.sentence(index) for index in range(len(best.long.spans))]
    first = next((index for index, one in enumerate(sentences) if introduces(one) and squeezed(name) in squeezed(one)), None)
    return None if first is None else cited(blank, led(question, found[:1], first, words, more=more))
