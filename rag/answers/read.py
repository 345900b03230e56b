"""Reading many abstracts with a model: batches beside one another, each abstract made into a row of evidence, the most relevant first."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rag.answers.prompts import EvidencePack, Packed, Reading, json_list, json_object, pack_evidence
from rag.evidence import evidence_scores
from rag.llm import json_part
from rag.model import ModelError
from rag.questions import Question
from rag.search import Candidate

if TYPE_CHECKING:
    from rag.llm import Call, LanguageModel, Prompts

BATCH = 10  # abstracts in one request
_TOKENS = 3000  # of a batch's abstracts: more are read in further requests
_MOST_SENTENCES = 4  # of an abstract
_SAYS = 200  # characters of what an abstract says
_UNREAD_SENTENCES = 2  # of an abstract that no model has read: those that bear best on the question by our own measure


@dataclass(frozen=True, eq=False)
class EvidenceRow:
    """An abstract as it was read: its sentences that bear on the question (0-based), what they say, and how relevant it is: 3 answers,
    2 a part, 1 touches the question, 0 not at all. `by_model` is False where the model gave no row that can be used."""

    found: Candidate
    sentences: tuple[int, ...]
    says: str
    relevance: int
    by_model: bool = True

    @property
    def reading(self) -> Reading:
        """The row as it is given to the model that writes."""
        return Reading(self.found, self.sentences, self.says)


def read_batches(
    model: LanguageModel, prompts: Prompts, question: Question, found: Sequence[Candidate], call: Call, *, beside: int, reply_tokens: int
) -> Iterator[list[EvidenceRow]]:
    """The rows of each batch in their order, as they come; `beside` batches are read at a time.

    What a model does not say anything about has the relevance 0. A batch that fails has the sentences that our own measure finds.
    """
    batches = list(_batches(question, found))
    stop = threading.Event()
    part = call.part("read", stop)
    with ThreadPoolExecutor(max_workers=max(1, min(beside, len(batches))), thread_name_prefix="rag.read") as pool:
        try:
            yield from pool.map(lambda pack: _read_batch(model, prompts, question, pack, part, reply_tokens), batches)
        finally:
            stop.set()  # also where nobody wants the rest


def ranked(rows: Sequence[EvidenceRow]) -> list[EvidenceRow]:
    """The rows that bear on the question, the most relevant first; of equal ones those that were found first."""
    return sorted((one for one in rows if one.relevance), key=lambda one: -one.relevance)


def _batches(question: Question, found: Sequence[Candidate]) -> Iterator[EvidencePack]:
    left = list(found)
    while left:
        pack = pack_evidence(question, [Reading(one) for one in left[:BATCH]], _TOKENS)
        packed = {item.found.abstract.id for item in pack.items} or {left[0].abstract.id}
        left = [one for one in left if one.abstract.id not in packed]
        if pack.items:
            yield pack


def _read_batch(
    model: LanguageModel, prompts: Prompts, question: Question, pack: EvidencePack, call: Call, reply_tokens: int
) -> list[EvidenceRow]:
    rows: Mapping[str, EvidenceRow] | None = None
    if not call.stopped:
        asked = f"Abstracts:\n{pack.text}\n\nQuestion: {json.dumps(question.text, ensure_ascii=False)}"
        messages = [{"role": "system", "content": prompts.fill("read").strip()}, {"role": "user", "content": asked}]
        try:
            reply = model.complete(messages, schema=_schema(pack), call=call, max_tokens=reply_tokens)
            rows = _read_rows(reply.text, pack)
        except ModelError:
            rows = None
    if rows is None:
        return [_unread(question, item) for item in pack.items]
    return [rows.get(item.key) or EvidenceRow(item.found, (), "", 0) for item in pack.items]


def _schema(pack: EvidencePack) -> dict[str, Any]:
    row = json_object(
        key={"type": "string", "enum": [item.key for item in pack.items]},
        relevance={"type": "integer"},
        sentences=json_list({"type": "integer"}, _MOST_SENTENCES),
        says={"type": "string"},
    )
    return json_object(rows=json_list(row, len(pack.items)))


def _read_rows(text: str, pack: EvidencePack) -> dict[str, EvidenceRow] | None:
    """The rows of a reply by their keys; None where it is no list of rows."""
    try:
        data = json.loads(json_part(text))
    except (ValueError, RecursionError):
        return None
    listed = data.get("rows") if isinstance(data, Mapping) else data
    if not isinstance(listed, list):
        return None
    rows = (_row(one, pack) for one in listed if isinstance(one, Mapping))
    return {key: row for key, row in rows if row is not None}


def _row(data: Mapping[str, Any], pack: EvidencePack) -> tuple[str, EvidenceRow | None]:
    key, relevance, says, numbers = (data.get(name) for name in ("key", "relevance", "says", "sentences"))
    item = pack.by_key.get(key) if isinstance(key, str) else None
    if item is None or not isinstance(relevance, int):
        return "", None
    listed = numbers if isinstance(numbers, list) else []
    indexes = [one - 1 for one in listed if isinstance(one, int) and one - 1 in item.sentences][:_MOST_SENTENCES]
    said = " ".join(says.split())[:_SAYS] if isinstance(says, str) else ""
    return item.key, EvidenceRow(item.found, tuple(dict.fromkeys(indexes)), said, max(0, min(3, relevance)) if indexes else 0)


def _unread(question: Question, item: Packed) -> EvidenceRow:
    scores = evidence_scores(question, item.found.long, item.found.abstract.title)
    best = sorted(item.sentences, key=lambda index: -float(scores[index]))[:_UNREAD_SENTENCES]
    return EvidenceRow(item.found, tuple(sorted(best)), "", 1, by_model=False)
