"""What a model that reads or writes is given: abstracts under opaque keys, the messages of its requests, the schemas of its replies."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any, Literal

from rag.answers.draft import MOST_CLAIMS
from rag.embedding import load_wordllama
from rag.evidence import evidence_scores
from rag.llm import Prompts
from rag.model import Abstract
from rag.questions import Question
from rag.search import Candidate

# The evidence in a prompt: the retrieved abstracts under opaque keys, with numbered sentences, as many as the context window holds.

_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # no l, o, 0, 1, which a model may misread
_KEY = 4  # letters of a key: a million different ones


@dataclass(frozen=True, eq=False)
class Packed:
    """One abstract as it is given to a model: its key, the 0-based indexes of the sentences that are given, and what was noted of it."""

    key: str
    found: Candidate
    sentences: tuple[int, ...]
    says: str = ""

    def numbered(self) -> dict[str, str]:
        """The sentences as the model sees them, under their 1-based numbers, each on one line."""
        return {str(index + 1): " ".join(self.found.long.sentence(index).split()) for index in self.sentences}

    def line(self) -> str:
        """The abstract as one line of JSON: in JSON nothing that a document says can end the document."""
        said = {"says": self.says} if self.says else {}
        return json.dumps({"key": self.key} | about_paper(self.found.abstract) | said | {"sentences": self.numbered()}, ensure_ascii=False)

    def noted(self) -> str:
        """The abstract as one line of JSON without its sentences: what was noted of it has to do."""
        return json.dumps({"key": self.key} | about_paper(self.found.abstract) | {"says": self.says}, ensure_ascii=False)


@dataclass(frozen=True, eq=False)
class EvidencePack:
    """All that a model is given to read, best first, and how many retrieved abstracts did not fit."""

    items: tuple[Packed, ...]
    left_out: int = 0

    @property
    def by_key(self) -> Mapping[str, Packed]:
        """The abstracts by their keys."""
        return {item.key: item for item in self.items}

    @property
    def text(self) -> str:
        """One line of JSON an abstract."""
        return "\n".join(item.line() for item in self.items)


def about_paper(abstract: Abstract) -> dict[str, str | int]:
    """What is known of a paper besides its text: its name, its date, the number of its authors; what is not known is left out."""
    known = {"paper": abstract.title or abstract.label, "name": abstract.label, "date": abstract.date, "authors": abstract.authors}
    if abstract.label == known["paper"]:
        del known["name"]
    return {name: value for name, value in known.items() if value is not None}


@dataclass(frozen=True, eq=False)
class Reading:
    """An abstract that a model is to be given, its sentences that it is given (0-based, None for all), and what was noted of it."""

    found: Candidate
    sentences: tuple[int, ...] | None = None
    says: str = ""


def pack_evidence(question: Question, readings: Sequence[Reading], tokens: int, taken: Collection[str] = ()) -> EvidencePack:
    """Pack abstracts whole, in their order, while they fit into `tokens` (Llama tokens of their JSON), under keys that are not `taken`.

    One that does not fit is left out and the next one tried; only the first is cut, to its sentences that bear best on
    the question, so that there is something to read however small the window is.
    """
    items: list[Packed] = []
    left, used = tokens, set(taken)
    for one in readings:
        key = _key(question.text, one.found.abstract.id, used)
        every = tuple(range(len(one.found.long.spans)))
        whole = Packed(key, one.found, every if one.sentences is None else tuple(sorted(one.sentences)), one.says)
        item = whole if items or count_tokens(whole.line()) <= left else _cut(question, whole, left)
        size = count_tokens(item.line())
        if size <= left and item.sentences:
            items.append(item)
            used.add(key)
            left -= size
    return EvidencePack(tuple(items), len(readings) - len(items))


def count_tokens(text: str) -> int:
    """Tokens of a text by Llama's tokenizer: near enough to any other's to keep within a window."""
    return load_wordllama().count_tokens(text)


def _cut(question: Question, whole: Packed, tokens: int) -> Packed:
    scores = evidence_scores(question, whole.found.long, whole.found.abstract.title)
    kept: list[int] = []
    for index in sorted(whole.sentences, key=lambda index: (-float(scores[index]), index)):
        tried = replace(whole, sentences=tuple(sorted([*kept, index])))
        if count_tokens(tried.line()) <= tokens:
            kept.append(index)
    return replace(whole, sentences=tuple(sorted(kept)))


def _key(question: str, abstract_id: str, taken: Collection[str]) -> str:
    """A key that means nothing, differs from question to question, and is the same on every run."""
    for attempt in range(1000):
        digest = blake2b(f"{question}\n{abstract_id}\n{attempt}".encode("utf-8", "replace"), digest_size=_KEY).digest()
        key = "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest)
        if key not in taken:
            return key
    raise AssertionError("a thousand keys were taken")


# The requests, and the JSON schemas of their replies.

Messages = list[dict[str, str]]
Part = Literal["english", "synthesis", "headings", "table"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What an answer is to be like: at most so many words, with which parts besides plain claims, and in what form, as the user put it.

    `asked` is the question as the user put it, in whose language the answer is. `before` is the last question and answer where these are
    to be put in another way; `section` is the heading of the part that is written now; `known` is what stands in the answer already.
    """

    asked: str
    words: int
    parts: frozenset[Part] = frozenset()
    form: str = ""
    before: tuple[str, str] | None = None
    section: str = ""
    known: tuple[str, ...] = ()


_PARTS: tuple[Part, ...] = ("english", "synthesis", "headings", "table")


def write_messages(prompts: Prompts, pack: EvidencePack, question: str, wish: Wish) -> Messages:
    """The request for an answer; the abstracts stand first, so that a service may keep them for the next request."""
    lines = [f"Abstracts:\n{pack.text}", f"Question: {_quoted(question)}"]
    if wish.asked != question:
        lines.append(f"The user put it so (answer in this language): {_quoted(wish.asked)}")
    if wish.before is not None:
        said = [{"question": wish.before[0], "answer": wish.before[1]}]
        lines.append(f"The last question and its answer, which the user wants in another way: {json.dumps(said, ensure_ascii=False)}")
    if wish.form:
        lines.append(f"The form that the user asked for: {_quoted(wish.form)}")
    if wish.section:
        lines.append(f"Write now only the section {_quoted(wish.section)} of the answer.")
    if wish.known:
        lines.append(f"The answer says already (do not say it again; write what follows): {json.dumps(wish.known, ensure_ascii=False)}")
    kinds = "".join(prompts.fill(f"write_{one}") for one in _PARTS if one in wish.parts)
    told = prompts.fill("write", words=wish.words, kinds=kinds).strip()
    return [{"role": "system", "content": told}, {"role": "user", "content": "\n\n".join(lines)}]


def repair_messages(before: Messages, prompts: Prompts, failed: Sequence[tuple[Mapping[str, Any], Sequence[str]]]) -> Messages:
    """A request with the claims that failed, as the model wrote them, and what is wrong with each."""
    faults = "\n".join(f"{number}. {said_in(claim)} — {' '.join(why)}" for number, (claim, why) in enumerate(failed, start=1))
    reply = json.dumps({"claims": [claim for claim, _ in failed], "missing": [], "answerable": True}, ensure_ascii=False)
    told = prompts.fill("repair", faults=faults).strip()
    return [*before, {"role": "assistant", "content": reply}, {"role": "user", "content": told}]


def said_in(claim: Mapping[str, Any]) -> str:
    """The words of a claim in the form in which a model writes it."""
    return str(claim.get("text") or " | ".join(claim.get("cells") or ()))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def write_schema(keys: Sequence[str], parts: frozenset[Part]) -> dict[str, Any]:
    """The schema of an answer; keys other than those given are outside it."""
    columns = {"columns": json_list(_TEXT, _MOST_COLUMNS)} if "table" in parts else {}
    return json_object(
        **columns,
        claims=json_list(_any_claim(keys, parts), MOST_CLAIMS),
        missing=json_list(_TEXT, _MOST_MISSING),
        answerable={"type": "boolean"},  # last: it is seen from the evidence, and the first claim comes sooner
    )


def repair_schema(keys: Sequence[str], parts: frozenset[Part]) -> dict[str, Any]:
    """The schema of a repair."""
    return json_object(claims=json_list(_any_claim(keys, parts - {"headings"}, number={"type": "integer"}), MOST_CLAIMS))


_TEXT: dict[str, Any] = {"type": "string"}
_MOST_EVIDENCE, _MOST_SUMMED, _MOST_MISSING, _MOST_COLUMNS = 4, 8, 3, 6  # small models fill a list without a bound until time is over


def _any_claim(keys: Sequence[str], parts: frozenset[Part], **more: Any) -> dict[str, Any]:
    """A claim with evidence, first; or one of the other things that may stand in the list."""
    pointer = json_object(key={"type": "string", "enum": list(keys)}, sentence={"type": "integer"}, quote=_TEXT)
    evidence = {"evidence": json_list(pointer, _MOST_EVIDENCE)}
    said = {"text": _TEXT} | ({"english": _TEXT} if "english" in parts else {})
    kinds = [json_object(**more, **evidence, **said)]
    kinds += [json_object(**more, claims=json_list({"type": "integer"}, _MOST_SUMMED), **said)] if "synthesis" in parts else []
    kinds += [json_object(heading=_TEXT)] if "headings" in parts else []
    kinds += [json_object(**more, **evidence, cells=json_list(_TEXT, _MOST_COLUMNS))] if "table" in parts else []
    return kinds[0] if len(kinds) == 1 else {"anyOf": kinds}


def json_list(item: Mapping[str, Any], most: int) -> dict[str, Any]:
    """The schema of a list of at most so many items."""
    return {"type": "array", "items": item, "maxItems": most}


def json_object(**properties: Any) -> dict[str, Any]:
    """The schema of an object with just these fields."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
