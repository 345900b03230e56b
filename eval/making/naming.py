"""Questions about names: what a thing is called, what it is, and what its letters stand for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from eval.making.material import Work, made
from eval.making.words import Word, find_name, known, making_data, plain, run, sliced
from eval.records import Question
from rag.text import folded_words, usual_acronyms

_LEAST, _MOST = 6, 26  # words of a description that is asked for by it
_WHOLE = 3  # words at least of what something is


def name_questions(work: Work) -> Iterator[Question]:
    """What the thing is called that an abstract describes where it introduces it: "we present NAME, a model that ..."."""
    for sentence, described in _descriptions(work):
        if _LEAST <= len(described) <= _MOST and not any(one.text.casefold() in known("vague") for one in described):
            text = making_data()["names"]["called"].format(thing=sliced(sentence, plain(described)))
            yield made("fact", text, work=work, quote=sentence, must=[work.name], answer=work.name, tags=["unnamed", "name"])


def definition_questions(work: Work) -> Iterator[Question]:
    """What a system is, and what letters stand for."""
    forms = making_data()["definition"]
    for sentence, described in _descriptions(work):
        kind = plain(run(described, 0, known("ends_phrase"))) if described else []
        if len(kind) >= _WHOLE and not sentence[kind[-1].end :].lstrip().startswith("("):
            must = sliced(sentence, kind)
            yield made(
                "definition", forms["what"].format(name=work.name), work=work, quote=sentence, must=[must], answer=must, tags=["named"]
            )
            break
    for sentence, words in work.sentences:
        for short, long in _acronyms(sentence, words):
            own = short.casefold() == work.name.casefold()
            text = forms["own" if own else "short"].format(short=short, paper=work.paper)
            yield made("definition", text, work=work, quote=sentence, must=[long], answer=long, tags=[_tag(work), "acronym"])


def _descriptions(work: Work) -> Iterator[tuple[str, list[Word]]]:
    """What follows the name in apposition, or after "is", without its article: "NAME, a method to ...", "NAME is a method ..."."""
    for sentence, words in work.sentences:
        for _, end in find_name(words, work.name) if work.name else ():
            if end < len(words) and words[end].text in ("is", "are") and not words[end - 1].last:
                begin = end + 1
            elif end < len(words) and words[end - 1].last and sentence[words[end - 1].end] in ",–—:":
                begin = end
            else:
                continue
            if begin < len(words) and words[begin].text in ("a", "an", "the") and not words[begin].last:
                yield sentence, run(words, begin + 1, known("ends_long"), most=_MOST)
                break


def _acronyms(sentence: str, words: Sequence[Word]) -> Iterator[tuple[str, str]]:
    """(short, long) as they stand, for each "long form (SHORT)" of the sentence whose letters are the initials of the long form."""
    found = {one.short: one.long for one in usual_acronyms([sentence]) if one.initials}
    for at, word in enumerate(words):
        short = word.text.removesuffix("s") if word.text[-2:-1].isupper() else word.text
        long = found.get(short.casefold())
        if long is None or not word.aside or not at:
            continue
        begin = at - 1
        while begin > 0 and len(folded_words(sliced(sentence, words[begin:at]))) < len(long):
            begin -= 1
        spelled = sliced(sentence, words[begin:at])
        if tuple(folded_words(spelled)) == tuple(long):
            yield short, spelled


def _tag(work: Work) -> str:
    return "named" if work.name else "titled"
