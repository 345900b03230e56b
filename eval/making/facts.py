"""Questions about what a system does: its subject, verb and object, asked for one of them, or of yes and no."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from eval.making.material import Work, made
from eval.making.words import Word, find_name, known, making_data, plain, run, sliced
from eval.records import Question

_MEANS = ("by", "through", "via")
_LEAST = 2  # words of an object that is asked for, and of what follows it


@dataclass(frozen=True, slots=True)
class Deed:
    """A sentence "SUBJECT VERB OBJECT REST": the subject as a question calls it, the verb as it stands and as an infinitive."""

    sentence: str
    subject: str
    said: str
    verb: str
    object: list[Word]
    rest: list[Word]

    @property
    def object_text(self) -> str:
        """The object, its article included."""
        return sliced(self.sentence, self.object)

    @property
    def bare_object(self) -> list[Word]:
        """The object without its article and praise."""
        return plain(self.object)

    @property
    def rest_text(self) -> str:
        """ " to enhance the multilingual capability", or ""."""
        return " " + sliced(self.sentence, self.rest) if self.rest else ""


def fact_questions(work: Work) -> Iterator[Question]:
    """What a system uses or contains, and for what."""
    for deed in [*deeds(work, making_data()["verbs"]), *authors_deeds(work)]:
        thing = deed.bare_object
        if len(thing) < _LEAST or len(deed.rest) < _LEAST or thing[-1].text.casefold() in known("vague_objects"):
            continue
        form = making_data()["facts"]["what" if deed.subject else "authors"]
        text = form.format(subject=deed.subject, paper=work.paper, verb=deed.verb, rest=deed.rest_text)
        must = sliced(deed.sentence, thing)
        yield made("fact", text, work=work, quote=deed.sentence, must=[must], answer=must, tags=[_tag(work)])


def how_questions(work: Work) -> Iterator[Question]:
    """How a system does what it does: "... by freezing the encoder"."""
    for deed in [*deeds(work, making_data()["verbs"]), *authors_deeds(work)]:
        if _tells_means(deed):
            form = making_data()["facts"]["how" if deed.subject else "authors_how"]
            text = form.format(subject=deed.subject, paper=work.paper, verb=deed.verb, object=deed.object_text)
            way = sliced(deed.sentence, deed.rest[1:])
            yield made("how", text, work=work, quote=deed.sentence, must=[way], answer=sliced(deed.sentence, deed.rest), tags=[_tag(work)])


def yesno_questions(work: Work) -> Iterator[Question]:
    """Whether a system does what its abstract says it does."""
    for deed in deeds(work, making_data()["verbs"]):
        if len(deed.bare_object) >= _LEAST:
            text = making_data()["facts"]["does"].format(subject=deed.subject, verb=deed.verb, object=deed.object_text, rest=deed.rest_text)
            yield made("yesno", text, work=work, quote=deed.sentence, answer=f"Yes. {deed.sentence}", tags=[_tag(work), "yes"])


def comparison_questions(work: Work) -> Iterator[Question]:
    """How a system does beside another one, and whether it is the better or the worse of the two."""
    forms = making_data()["comparison"]
    for deed in deeds(work, making_data()["outdoes"]):
        if not deed.object or len(deed.object) > 9 or not work.name:
            continue
        values = {"name": deed.subject, "other": deed.object_text, "verb": deed.verb, "rest": deed.rest_text}
        given = {"work": work, "quote": deed.sentence}
        yield made("comparison", forms["compares"].format(**values), must=[deed.said], tags=["named"], **given)  # type: ignore[arg-type]
        yield made("yesno", forms["better"].format(**values), answer=f"Yes. {deed.sentence}", tags=["named", "yes"], **given)  # type: ignore[arg-type]
        yield made("yesno", forms["worse"].format(**values), answer=f"No. {deed.sentence}", tags=["named", "no"], **given)  # type: ignore[arg-type]


def deeds(work: Work, verbs: dict[str, str]) -> Iterator[Deed]:
    """Every clause in which the system of the abstract does one of these things."""
    for sentence, words in work.sentences:
        for subject, at in _subjects(work, words):
            place = at + 1 if at < len(words) and (words[at].text.endswith("ly") or words[at].text == "also") else at
            if place >= len(words) or words[place].text not in verbs or words[place].last:
                continue
            if (deed := _deed(sentence, words, place, subject, verbs[words[place].text])) is not None:
                yield deed
                break


def authors_deeds(work: Work) -> Iterator[Deed]:
    """What the authors say that they do, "we train a model to ..."; the subject is empty."""
    data = making_data()["authors"]
    for sentence, words in work.sentences:
        at = next((at for at, one in enumerate(words) if one.text in ("we", "We")), len(words))
        place = at + 1
        while place < len(words) and (words[place].text in data["adverbs"] or words[place].text.endswith("ly")):
            place += 1
        if place < len(words) and words[place].text in data["verbs"] and not words[place].last:
            deed = _deed(sentence, words, place, "", words[place].text)
            if deed is not None:
                yield deed


def _deed(sentence: str, words: Sequence[Word], place: int, subject: str, verb: str) -> Deed | None:
    """The clause whose verb stands at `place`; None where it has no object, or speaks of something that was said before."""
    thing = run(words, place + 1, known("ends_phrase"), most=14)
    after = place + 1 + len(thing)
    while after < len(words) and words[after].aside and thing and not thing[-1].last:
        thing_ended, after = words[after].last, after + 1
        if thing_ended:
            after = len(words)
    rest = _rest(words, after) if thing and not thing[-1].last else []
    deed = Deed(sentence, subject, words[place].text, verb, thing, rest)
    return deed if thing and not _mentions_vague([*thing, *rest]) and not _tells_evidence(deed) else None


def _rest(words: Sequence[Word], begin: int) -> list[Word]:
    if begin >= len(words) or words[begin].text.casefold() not in known("opens_rest"):
        return []
    both = any(one.text in ("both", "between") for one in words[begin:])
    return run(words, begin, known("ends_long") if both else known("ends_rest"), most=16)


def _subjects(work: Work, words: Sequence[Word]) -> Iterator[tuple[str, int]]:
    """(what the subject is called, the word after it) wherever the system of the abstract may be the subject of a clause."""
    for begin, end in find_name(words, work.name) if work.name else ():
        if begin == 0 or words[begin].first or words[begin - 1].text.casefold() in known("before_subject"):
            if end < len(words) and words[end].text.casefold() in known("things"):
                end += 1
            if words[end - 1].last and end < len(words) and words[end].text == "which":
                end += 1
            elif words[end - 1].last:
                continue
            yield work.name, end
    for at, word in enumerate(words[1:4], start=1):
        if word.text in known("things") and words[at - 1].text.casefold() in known("own") and not word.last:
            form = making_data()["facts"]["unnamed"]
            yield work.name or form.format(thing=word.text, paper=work.paper), at + 1


def _tells_means(deed: Deed) -> bool:
    """ "by freezing the encoder", "through a two-stage process"; not "by 5 %" nor "through experiments"."""
    if len(deed.rest) <= _LEAST or deed.rest[0].text not in _MEANS:
        return False
    way = [one.text.casefold() for one in deed.rest[1:]]
    return not _is_amount(way[0]) and not known("vague_objects") & {way[0], way[1], way[-1]}


def _tells_evidence(deed: Deed) -> bool:
    """ "through experiments on ...": how something was shown, not how it is done."""
    return len(deed.rest) > 1 and deed.rest[0].text in _MEANS and not _tells_means(deed) and not _is_amount(deed.rest[1].text)


def _is_amount(word: str) -> bool:
    return any(char.isdigit() for char in word)


def _mentions_vague(words: Sequence[Word]) -> bool:
    return any(one.text.casefold() in known("vague") for one in words)


def _tag(work: Work) -> str:
    return "named" if work.name else "titled"
