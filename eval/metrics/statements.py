"""What is held against what in an answer that has a reference: its claims, the statements of the reference, and the question as asked."""

from __future__ import annotations

from functools import lru_cache

from eval.records import Question, Row
from rag.model import Claim, clean_text
from rag.text import sentence_spans


def has_reference(row: Row) -> bool:
    """True for answerable questions with a reference answer in words: lists, counts and false premises have their own metrics."""
    question = row.question
    counted = row.members is not None or question.number is not None
    plain = not counted and question.kind != "false_premise"
    return question.answerable and plain and bool(reference_statements(question))


def reference_statements(question: Question) -> tuple[str, ...]:
    """The statements of the reference answer, in order."""
    return statements(question.answer)


@lru_cache(maxsize=2_048)
def statements(text: str) -> tuple[str, ...]:
    """The sentences of a text, cut at semicolons too; what has no letter and no digit is none."""
    sentences = [text[start:end] for start, end in sentence_spans(text)]
    parts = [part.strip() for sentence in sentences for part in sentence.split(";")]
    return tuple(clean_text(part) for part in parts if any(map(str.isalnum, part)))


def said_claims(row: Row) -> list[tuple[int, Claim]]:
    """The claims that say something about what was asked, with their places: those about what abstracts say, or where there is none, those
    that code computed. Not what is absent, what stands beside a count, and the line above a list of sentences."""
    if row.answer is None or row.outcome not in ("answered", "nearest"):
        return []
    claims = [(place, claim) for place, claim in enumerate(row.answer.claims) if claim.kind != "absence" and not claim.aside]
    return [(place, claim) for place, claim in claims if claim.written] or claims


def said_text(row: Row) -> str:
    """These claims as one text, each behind its opening ("Yes."), in English where they have an English wording."""
    return " ".join(f"{claim.opening}. {english(claim)}" if claim.opening else english(claim) for _, claim in said_claims(row))


def english(claim: Claim) -> str:
    """A claim as it is judged: its text as it is shown, or its English wording."""
    return _whole_characters(clean_text(claim.checked_as or claim.text))


def asked(question: Question) -> str:
    """The question, of a conversation behind what the user said last before it: "what are its stages" alone names nothing.

    The system's own rewriting is not used: a system that misunderstands would then be judged by its misunderstanding.
    """
    before = [one["content"] for one in question.history if one["role"] == "user"]
    return _whole_characters(" ".join([*before[-1:], question.question]))


def _whole_characters(text: str) -> str:
    """Without lone surrogates, which no encoder takes."""
    return text.encode("utf-8", "replace").decode()
