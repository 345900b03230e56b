"""How chosen sentences read in an answer: cleaned, and led by a name in brackets where they do not stand by themselves."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.corpus.display import clean
from rag.corpus.names import introduced_name
from rag.flags import squeezed
from rag.lexicon import any_of
from rag.retrieve import Found

# A sentence that begins so speaks of something that stood before it.
_DANGLING = re.compile(
    r"^(?:it|its|they|their|them|this|these|that|those|such|the (?:proposed|resulting|former|latter|new|above|same|model|method|"
    rf"approach|framework|system|dataset|results?|authors?|experiments?|improvements?"
    rf"|{any_of('numbers.several')})|we|our|us|here|in (?:this|our|these)|to this|"
    rf"both|he|she|furthermore|moreover|additionally|also|however|besides|finally|{any_of('ordinals.words')}(?:ly)?|specifically|"
    r"further|then|thus|hence|therefore|as a result|in addition|extensive|experiments|experimental|results|evaluations?|empirical\w*|"
    r"surprisingly|remarkably|notably|comparing|instead|during|using|with|through|based)\b",
    re.IGNORECASE,
)

Group = list[tuple[Found, int, float]]  # sentences of one abstract, in order, with how well each bears on the question


@dataclass(frozen=True, eq=False)
class Evidence:
    """One sentence for the answer: its abstract, its index there, how well it bears on the question, and how it reads.

    `lead` is what was put before the sentence, the system's name in brackets; `text` begins with it.
    """

    found: Found
    index: int
    score: float
    text: str
    lead: str = ""

    @property
    def span(self) -> tuple[int, int]:
        """(start, end) of the sentence in the stored abstract."""
        return self.found.long.spans[self.index]


def worded(group: Sequence[tuple[Found, int, float]]) -> list[Evidence]:
    """The group's sentences cleaned for reading; the system is named in brackets where a sentence does not stand by itself."""
    result = []
    before: int | None = None
    for one, index, score in group:
        text = clean(one.long.sentence(index))
        name, lead = short_name(one), ""
        follows = before is not None and index == before + 1
        if not follows and (before is None or _DANGLING.match(text)) and squeezed(name) not in squeezed(text):
            lead = f"[{name.partition(': ')[0]}] "  # a subtitle takes words from the answer
        result.append(Evidence(one, index, score, lead + text, lead))
        before = index
    return result


def short_name(one: Found) -> str:
    """What to call an abstract in a sentence: the system that it introduces, else its label."""
    return introduced(one) or one.abstract.label


def introduced(one: Found) -> str:
    """The name of the system that an abstract introduces, empty where it introduces none."""
    return _own_name(one.abstract.text, one.abstract.title) or ""


@lru_cache(maxsize=4096)
def _own_name(text: str, title: str | None) -> str | None:
    return introduced_name(text, title)
