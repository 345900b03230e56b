"""What comes near to a topic without being counted: told beside the count, with the words that each abstract lacks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice

from rag.answers import Answer, Claim
from rag.compare import matches, read_long, read_short, weighted
from rag.embed import dot
from rag.pool import Pool
from rag.records import Abstract
from rag.showing import counted
from rag.stated import member
from rag.words import idf, stems

GROUP = "Not counted, but near"
_MOST = 5  # abstracts that are listed
_READ = 600  # abstracts whose nearness is found, at the most: a millisecond each when they are met for the first time
# Of nearness, which members of a topic mostly exceed. An abstract that lacks one word of several needs less of it than one that
# lacks more or has but other words for the topic. Looked up on two dozen topics: below, they have a word in common and no more.
_ONE_LACKING, _MORE_LACKING = 0.4, 0.5


@dataclass(frozen=True, slots=True)
class Near:
    """An abstract that is not about a topic by the rule, the words of the topic that it lacks, and how near it comes (0 to 1)."""

    abstract: Abstract
    lacks: tuple[str, ...]
    nearness: float

    @property
    def reason(self) -> str:
        """Why it is not counted: `no word for "low-resource"`."""
        return "no word for " + " or ".join(f'"{word}"' for word in self.lacks)


def with_near(answer: Answer, pool: Pool) -> Answer:
    """The answer to a count or a list, with a claim of its own for abstracts that just miss the topic; they are no members."""
    near, lacking_one = near_topic(pool)
    if not near:
        return answer
    first = len(answer.citations) + 1
    citations = tuple(member(number, one.abstract) for number, one in enumerate(near, start=first))
    named = "; ".join(f"{one.abstract.label} ({one.reason})" for one in near)
    claim = Claim("collection", f"{named}.", tuple(one.number for one in citations), group=GROUP)
    words = len(pool.about.words) if pool.about else 0
    more = f"{counted(lacking_one, 'abstract')} {'lacks' if lacking_one == 1 else 'lack'} one of the {words} words; the nearest are listed."
    notices = (more,) if words > 1 and lacking_one > sum(len(one.lacks) == 1 for one in near) else ()
    return replace(
        answer,
        claims=(*answer.claims, claim),
        citations=(*answer.citations, *citations),
        notices=(*notices, *answer.notices),
        checks=dict(answer.checks) | {"computed": len(answer.claims) + 1, "near": len(near)},
    )


def near_topic(pool: Pool) -> tuple[list[Near], int]:
    """The nearest abstracts that are not about the topic, at most five, and how many lack one word of several.

    Near is what lacks one word of several, or whatever else it lacks the rarest, and has words of like meaning: the mean of how near
    the topic's words come to some word of the abstract, by weight, and of the nearest sentence's likeness to the topic.
    """
    if pool.about is None:
        return [], 0
    topic = pool.about.words
    rarest = max(topic, key=lambda word: (sum(map(idf, stems(word))), word))
    missing = [(one, tuple(pool.lacks(one))) for one in pool.others()]
    lacking_one = [pair for pair in missing if len(pair[1]) == 1 < len(topic)]
    rest = [pair for pair in missing if rarest in pair[1] and not len(pair[1]) == 1 < len(topic)]
    read = list(islice((*lacking_one, *rest), _READ))
    short = read_short(" ".join(topic))
    longs = read_long([f"{one.title or ''}. {one.text}" for one, _ in read])
    near = []
    for (one, lacks), long in zip(read, longs, strict=True):
        alike = float(dot(long.vectors, short.vector).max(initial=0.0))
        nearness = (float(weighted(matches(short, long).max(axis=0, initial=0.0), short.idf)) + alike) / 2
        if nearness >= (_ONE_LACKING if len(lacks) == 1 < len(topic) else _MORE_LACKING):
            near.append(Near(one, lacks, nearness))
    return sorted(near, key=lambda one: (-one.nearness, one.abstract.id))[:_MOST], len(lacking_one)
