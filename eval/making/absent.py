"""Questions that the corpus does not answer: details that an abstract does not report, and works that no abstract deals with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from eval.making.material import Work, made
from eval.making.numeric import counted, head_noun, is_count, is_figure
from eval.making.words import known, making_data, sliced
from eval.records import Question
from rag.model import Abstract
from rag.text import NUMBER_WORDS, folded_words, split_sentences, stem, stems

_ABSENT = "The abstract does not say."
_NOWHERE = "No abstract deals with it."


def usual_details(works: Sequence[Work]) -> Iterator[Question]:
    """What people ask about papers, of abstracts that have none of its words."""
    for work in works:
        for detail in making_data()["unanswerable"]["details"]:
            if not mentions(work.abstract, detail["words"]):
                yield _detail(work, detail["question"].format(paper=work.paper))


def others_details(works: Sequence[Work]) -> Iterator[Question]:
    """What one abstract counts, asked of another one that has a word of it, and no number beside the noun."""
    data = making_data()["unanswerable"]
    things = [(one, head, thing) for one in works for head, thing in _things(one) if head in data["quantities"]]
    for at, (owner, head, thing) in enumerate(things):
        told = set(stems(thing)) - {stem(one) for one in known("generic")}
        others = [one for one in works if one is not owner and told & _stems(one) and not numbers_near(one.abstract, head)]
        if others:
            work = others[at % len(others)]
            yield _detail(work, data["number"].format(thing=thing, paper=work.paper))


def absent_topics(abstracts: Sequence[Abstract]) -> Iterator[Question]:
    """Questions about works whose names and key words no abstract has."""
    for topic in making_data()["unanswerable"]["topics"]:
        if not any(mentions(one, topic["words"]) for one in abstracts):
            yield made("absent_topic", topic["question"], answer=_NOWHERE, answerable=False, members=None, tags=["named"])


def mentions(abstract: Abstract, words: Sequence[str]) -> bool:
    """True where the abstract or its title has one of these words; "*" at the end stands for any ending."""
    said = folded_words(f"{abstract.title or ''} {abstract.text}")
    whole = {one.rstrip("*") for one in words if not one.endswith("*")}
    begins = tuple(one.rstrip("*") for one in words if one.endswith("*"))
    return any(one in whole or (begins and one.startswith(begins)) for one in said)


def numbers_near(abstract: Abstract, noun: str) -> list[str]:
    """The sentences of an abstract that have both a number and this noun, in any form."""
    wanted = stem(noun)
    found = []
    for one in split_sentences(abstract.id, abstract.text):
        said = folded_words(abstract.text[one.start : one.end])
        if any(is_figure(word) or word in NUMBER_WORDS for word in said) and wanted in map(stem, said):
            found.append(abstract.text[one.start : one.end])
    return found


def _things(work: Work) -> Iterator[tuple[str, str]]:
    """(noun, noun phrase) of what the abstract counts, in words that may be asked of another one."""
    for sentence, words in work.sentences:
        for at, word in enumerate(words):
            if at and is_count(word.text) and (phrase := counted(words, at)) and len(phrase) <= 4:
                text = sliced(sentence, phrase)
                if text == text.casefold() and phrase[0].text not in known("scales"):
                    yield head_noun(phrase), text


def _stems(work: Work) -> set[str]:
    return set(map(stem, folded_words(work.abstract.text)))


def _detail(work: Work, text: str) -> Question:
    tag = "named" if work.name else "titled"
    return made("absent_detail", text, work=work, answer=_ABSENT, answerable=False, tags=[tag])
