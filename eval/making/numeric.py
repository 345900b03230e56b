"""Questions that a number answers: counts of things, percentages, and what a system gains."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from eval.making.material import Work, made
from eval.making.words import Word, find_name, known, making_data, plain, run, sliced
from eval.records import Question
from rag.text import NUMBER_WORDS

_MOST_NOUNS = 4  # words of the thing that is counted, "of ..." aside
_LEAST = 3  # "two stages" is a figure of speech as often as a figure
_NEAR = 3  # words before "on 12 tasks" that say what is done on them


def numeric_questions(work: Work) -> Iterator[Question]:
    """A question for each number whose noun phrase says what it counts or measures."""
    for sentence, words in work.sentences:
        if sum(is_figure(one.text) for one in words) > 3:
            continue  # a table in words: which figure is meant is hard to say
        for at, word in enumerate(words):
            if word.text.endswith("%"):
                yield from _shares(work, sentence, words, at)
            elif is_count(word.text) and at and not words[at - 1].last:
                yield from _counts(work, sentence, words, at)


def is_figure(text: str) -> bool:
    """True for a word with a digit."""
    return any(char.isdigit() for char in text)


def is_count(text: str) -> bool:
    """True for a whole number of three or more, in digits or words: "34", "1,200", "ten"."""
    bare = text.replace(",", "")
    value = int(bare) if bare.isascii() and bare.isdigit() and len(bare) < 12 else NUMBER_WORDS.get(text.casefold(), 0)
    return value >= _LEAST and text[:1] != "0"


def counted(words: Sequence[Word], at: int) -> list[Word]:
    """The noun phrase after the number at `at`, "of ..." included: "hours of raw speech data"; none where it is none."""
    if words[at].last:
        return []
    phrase = run(words, at + 1, known("ends_phrase") | {"and"}, most=9)
    texts = [one.text.casefold() for one in phrase]
    nouns = texts[: texts.index("of")] if "of" in texts else texts
    if not 1 <= len(nouns) <= _MOST_NOUNS or not _plural(nouns[-1]) or any(is_figure(one) or one in NUMBER_WORDS for one in texts):
        return []
    if texts[-1] == "of" or (nouns[-1] in known("not_things") and "of" not in texts) or any(one in known("vague") for one in texts):
        return []
    return phrase


def head_noun(words: Sequence[Word]) -> str:
    """The noun that is counted: "hours" of "hours of speech"."""
    texts = [one.text.casefold() for one in words]
    return texts[texts.index("of") - 1 if "of" in texts else -1]


def _plural(noun: str) -> bool:
    return len(noun) > 3 and noun.endswith("s") and not noun.endswith("ss")


def _counts(work: Work, sentence: str, words: Sequence[Word], at: int) -> Iterator[Question]:
    before = words[at - 1].text
    scaled = at + 1 if at + 1 < len(words) and words[at + 1].text in known("scales") else at
    phrase = counted(words, scaled)
    if not phrase or (before[:1].isupper() and at > 1) or is_figure(before) or "-" in phrase[0].text[:1]:
        return
    thing, number = sliced(sentence, phrase), sliced(sentence, words[at : scaled + 1])
    text = _count_form(work, words, at).format(thing=thing, paper=work.paper, **_own(work, words, at))
    yield made("numeric", text, work=work, quote=sentence, must=[number], answer=f"{number} {thing}", tags=[_tag(work)])


def _count_form(work: Work, words: Sequence[Word], at: int) -> str:
    data = making_data()["numeric"]
    if _own(work, words, at):
        return str(data["contains_form"])
    place = at - 1
    while place > 0 and words[place].text.casefold() in known("quantifiers"):
        place -= 1
    last, before = words[place].text.casefold(), {one.text.casefold() for one in words[max(0, place - _NEAR) : place] if not one.last}
    if last in data["collected"]:
        return str(data["collected_form"])
    if last in ("on", "across") and before & set(data["tested"]):
        return str(data["tested_form"])
    return str(data["trained_form" if last in ("on", "across") and words[place - 1].text.casefold() in data["trained"] else "counted_form"])


def _own(work: Work, words: Sequence[Word], at: int) -> dict[str, str]:
    """The name and the verb where the sentence says that the named system contains so many: "HateCOT contains over 52,000 samples"."""
    verbs = making_data()["verbs"]
    place = at - 1
    while place >= 0 and words[place].text.casefold() in known("quantifiers"):
        place -= 1
    verb = verbs.get(words[place].text) if place >= 0 else None
    if verb and work.name and any(end == place for _, end in find_name(words, work.name)):
        return {"name": work.name, "verb": verb}
    return {}


def _shares(work: Work, sentence: str, words: Sequence[Word], at: int) -> Iterator[Question]:
    """ "by 12 %" after what a system does, "an improvement of 5 %", "an accuracy of 92 %"."""
    place = at - 1
    while place >= 0 and words[place].text.casefold() in known("quantifiers"):
        place -= 1
    if place < 2 or sum(one.text.endswith("%") for one in words) > 1:
        return
    rest = _rest(sentence, words, at + 1)
    data = making_data()["numeric"]
    values = {"paper": work.paper, "rest": rest}
    must = [words[at].text]
    if words[place].text == "by" and (done := _deed(work, sentence, words, place)):
        yield made("numeric", data["by_form"].format(**values, **done), work=work, quote=sentence, must=must, tags=["named"])
    elif words[place].text == "of" and (noun := _noun_before(words, place)):
        last = noun[-1].text.casefold()
        form = "measure_form" if last not in known("gains") else "gains_form" if last.endswith("s") else "gain_form"
        values["thing"] = sliced(sentence, noun)
        yield made("numeric", data[form].format(**values), work=work, quote=sentence, must=must, tags=[_tag(work)])


def _deed(work: Work, sentence: str, words: Sequence[Word], until: int) -> dict[str, str] | None:
    """What the named system does before "by": its verb and the object."""
    verbs = making_data()["verbs"] | making_data()["outdoes"]
    for _, end in find_name(words[:until], work.name) if work.name else ():
        if end < until - 1 and words[end].text in verbs:
            whole = words[end + 1 : until]
            if not any(one.last for one in whole):
                return {"name": work.name, "verb": verbs[words[end].text], "object": sliced(sentence, whole)}
    return None


def _noun_before(words: Sequence[Word], place: int) -> list[Word]:
    """The noun phrase before "of", if what it names is a measure or a gain."""
    begin = place
    stops = (
        known("ends_phrase") | known("articles") | {"and", "of", "an", "a", "average", "achieves", "reaches", "report", "reports", "yields"}
    )
    while begin and place - begin < _MOST_NOUNS and words[begin - 1].text.casefold() not in stops and not words[begin - 1].last:
        begin -= 1
    noun = plain(words[begin:place])
    telling = known("measures") | known("gains")
    return noun if noun and noun[-1].text.casefold() in telling else []


def _rest(sentence: str, words: Sequence[Word], begin: int) -> str:
    """ " on the MGSM benchmark": what follows a figure up to the end of its clause, where it says of what the figure is."""
    if begin >= len(words) or words[begin - 1].last or words[begin].text.casefold() not in known("opens_rest") | {"over", "compared"}:
        return ""
    both = frozenset[str]() if any(one.text in ("both", "between") for one in words[begin:]) else frozenset({"and"})
    return " " + sliced(sentence, phrase) if (phrase := run(words, begin, known("ends_long") | both, most=14)) else ""


def _tag(work: Work) -> str:
    return "named" if work.name else "titled"
