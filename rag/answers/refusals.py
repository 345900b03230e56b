"""What is said where nothing answers plainly: refusals with their reason, what comes nearest, and corrections of a false premise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.answers.extractive import cite_sentences
from rag.evidence import Answerability, Evidence, introduced_system, is_named, near_misses, short_name
from rag.model import Answer, Claim, clean_text
from rag.questions import Question, taken_for_granted
from rag.search import Candidate
from rag.support import contradictions, squeeze_name

# Reasons of refusals: the corpus has nothing on the topic, or the abstract does not report the detail.

_MOST_NAMED = 3  # names in one reason
_MOST_WORDS = 20  # of a question that is said again


def not_discussed(label: str, asked: str) -> str:
    """The reason where the corpus has the abstract and it mentions nothing of what a yes-no question asks."""
    return f"{label} is in the corpus, but its abstract does not say whether this is so: {asked}."


def refusal_reason(question: Question, judged: Answerability, best: Candidate | None, corpus: int) -> str:
    """What is missing. `best` is the abstract that comes nearest; `corpus` counts all abstracts.

    The thing that is asked for is named only where the abstract does not have its word; else what is asked is said as it was put.
    """
    here = best is not None and (judged.here or is_named(question, best.abstract))
    if best is not None and here:
        its = f"{best.abstract.label} is in the corpus, but its abstract"
        if judged.unknown:
            return f"{its} does not mention {_join_names(judged.unknown)}."
        return f"{its} does not report this: {judged.lacking}." if judged.lacking else f"{its} may not say this: {_put(question)}"
    if judged.unknown:
        return f"The corpus does not say: none of the abstracts that come nearest mentions {_join_names(judged.unknown)}."
    if judged.lacking and judged.detail < judged.topic:
        return f"The corpus does not say: the abstracts that come nearest do not report this: {judged.lacking}."
    return f"The corpus does not say: none of its {corpus} abstracts bears on this question closely enough to answer it."


def _put(question: Question) -> str:
    """The question as it was put, its beginning where it is long."""
    words = question.text.rstrip(" ?.!").split()
    return " ".join(words) + "." if len(words) <= _MOST_WORDS else f"{' '.join(words[:_MOST_WORDS])} ..."


def _join_names(names: Sequence[str]) -> str:
    return " and ".join(names[:_MOST_NAMED])


# Refusals, and what comes nearest, as records.

_PREMISE_SHARE = 0.5  # of the presupposition, by weight, that an abstract which the question does not name must mention
_DOUBT = "This may not be the answer"
DOUBT_WORDS = 45  # at most, of an answer, that go to the line of doubt


def nearest_answer(answer: Answer, reason: str) -> Answer:
    """An answer as what only comes nearest: a line that says so and what is missing goes before its sentences."""
    doubt = Claim("absence", f"{_DOUBT}: {reason}", (1,))
    return replace(answer, outcome="nearest", reason=reason, claims=(doubt, *answer.claims))


def refusal_answer(blank: Answer, question: Question, judged: Answerability, found: Sequence[Candidate], corpus: int) -> Answer:
    """`blank` as a refusal, with its reason and near misses. `corpus` counts all abstracts."""
    why = refusal_reason(question, judged, found[0] if found else None, corpus)
    return replace(blank, outcome="refused", reason=why, near_misses=near_misses(question, found))


def correction_answer(blank: Answer, question: Question, found: Sequence[Candidate]) -> Answer | None:
    """`blank` as a refusal that cites the contradicting sentences, where an abstract contradicts what the question takes for granted;
    else None.

    An abstract that the question does not name must mention most of what is taken for granted to contradict it.
    """
    if not found:
        return None
    best, title = found[0], found[0].abstract.title
    name = introduced_system(best)
    judged = [contradictions(one.text, name, title, best.long, claims=one.claims) for one in taken_for_granted(question.text)]
    against = max(judged, key=lambda some: some[0].chance if some else 0.0, default=[])
    text = squeeze_name(f"{title or ''} {best.abstract.text}")
    named = any(squeeze_name(one) in text for one in question.names)
    if not against or (against[0].share < _PREMISE_SHARE and not named):
        return None
    reason = f"The premise does not hold: the abstract of {short_name(best)} says otherwise."
    answer = cite_sentences(blank, [Evidence(best, one.index, one.share, clean_text(best.long.sentence(one.index))) for one in against])
    claims = (Claim("absence", reason, (1,)), *answer.claims)
    return replace(answer, outcome="refused", reason=reason, claims=claims, near_misses=near_misses(question, found[1:]))
