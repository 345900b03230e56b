"""Turns of a stored conversation: as records, as rows of `history.db`, and as messages for the next question."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from rag.embedding import load_wordllama
from rag.index import Row
from rag.model import Answer, Citation, Claim, strip_controls

# Turns of a stored conversation, and the history that the next question is asked with.

Status = Literal["running", "done", "stopped", "failed", "interrupted"]
Thumb = Literal["up", "down"]
Message = dict[str, Any]

TITLE = 200  # characters
_DEFAULT_TITLE = 60
_MARKER = re.compile(r"(?<!\s)\s*\[\d+\]")
_NOTICES: dict[Status, str] = {
    "running": "This answer is not finished yet.",
    "stopped": "This answer was stopped before it was finished.",
    "failed": "This answer could not be finished.",
    "interrupted": "This answer was interrupted: the program ended before it was finished. Ask again for the whole of it.",
}


@dataclass(frozen=True, slots=True)
class ConversationRecord:
    """What is known of a stored conversation without its turns. Times are ISO 8601 in UTC; `turns` is how many there are."""

    id: str
    owner: str
    title: str
    created: str
    updated: str
    turns: int = 0


@dataclass(frozen=True, slots=True)
class Turn:
    """One question, as it was typed, and what became of it; `number` counts from 1 in its conversation.

    `claims` and `citations` are what there is so far, of the answer once there is one. A turn is "interrupted" where the
    process that wrote it is gone. `options` are those that the question was asked with, `error` is why it failed.
    """

    id: str
    number: int
    question: str
    status: Status
    started: str
    answer: Answer | None = None
    claims: tuple[Claim, ...] = ()
    citations: tuple[Citation, ...] = ()
    seconds: float | None = None
    error: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    thumb: Thumb | None = None
    comment: str = ""


def partial(turn: Turn) -> Answer:
    """The turn's answer; where it has none, its claims so far as an incomplete one with a notice that says why."""
    if turn.answer is not None:
        return turn.answer
    notices = [_NOTICES.get(turn.status, ""), turn.error or ""]
    asked = " ".join(turn.question.split())
    return Answer(
        question=asked,
        standalone_question=asked,
        outcome="answered" if turn.claims else "info",
        claims=turn.claims,
        citations=turn.citations,
        notices=tuple(notice for notice in notices if notice),
        incomplete=True,
    )


def shorten(text: str, limit: int) -> str:
    """`text` on one line, without characters that steer a terminal, cut at a word to at most `limit` characters."""
    line = " ".join(strip_controls(text.encode("utf-8", "replace").decode("utf-8")).split())
    if len(line) <= limit:
        return line
    cut = line[: limit - 1]
    head = cut if line[limit - 1].isspace() else cut.rpartition(" ")[0] or cut
    return head.rstrip(" ,;:.-") + "…"


def default_title(question: str) -> str:
    """What a conversation is called after its first question."""
    return shorten(question, _DEFAULT_TITLE)


def answer_messages(answer: Answer) -> list[Message]:
    """A question and its answer as messages of role and content, with what a follow-up may refer to.

    The content has no [n]. The user's message has "standalone", the question as it was understood; the assistant's has
    "citations", each with number, abstract_id and label, and with "aside" where it stands beside what was counted. A model
    service takes role and content alone.
    """
    members = {one.number for one in answer.members}
    cited = [
        {"number": one.number, "abstract_id": one.abstract_id, "label": one.label} | ({} if one.number in members else {"aside": True})
        for one in answer.citations
    ]
    said = " ".join(claim.text for claim in answer.claims if not claim.aside) or answer.reason or ""
    return [
        {"role": "user", "content": _MARKER.sub("", answer.question), "standalone": answer.standalone_question},
        {"role": "assistant", "content": _MARKER.sub("", said), "citations": cited},
    ]


def messages(turns: Sequence[Turn], tokens: int) -> list[Message]:
    """The newest turns as `answer_messages`, oldest first, at most `tokens` tokens of content by wordllama's tokenizer.

    A turn is kept whole or not at all; of the newest one an answer that is too long loses its end. Turns that ended
    without an answer are left out.
    """
    kept: list[list[Message]] = []
    left = tokens
    for pair in _pairs(turns):
        sizes = [_count(message["content"]) for message in pair]
        if sum(sizes) > left:
            if not kept and sizes[0] <= left:
                kept.append([pair[0], pair[1] | {"content": _beginning(pair[1]["content"], left - sizes[0])}])
            break
        kept.append(pair)
        left -= sum(sizes)
    return [message for pair in reversed(kept) for message in pair]


def _pairs(turns: Sequence[Turn]) -> Iterator[list[Message]]:
    """The messages of each turn that has an answer or a part of one, the newest first."""
    for turn in reversed(turns):
        answer = partial(turn)
        if turn.answer is not None or answer.claims:
            yield answer_messages(answer)


def _count(text: str) -> int:
    return load_wordllama().count_tokens(text)


def _beginning(text: str, tokens: int) -> str:
    """As many words of a text as have at most so many tokens."""
    words = text.split(" ")
    low, high = 0, len(words)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _count(" ".join(words[:middle])) <= tokens else (low, middle - 1)
    return " ".join(words[:low])


# The schema of `history.db`, and its rows read as records.

_UNTITLED = "New conversation"

_FIRST = """
CREATE TABLE conversations (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, title TEXT NOT NULL,
    created TEXT NOT NULL, updated TEXT NOT NULL
);
CREATE INDEX conversations_owner ON conversations (owner, updated);

-- `writer` is the lease of the process that answers; a running turn without a living one was interrupted. Options and answer are JSON.
CREATE TABLE turns (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    conversation INTEGER NOT NULL REFERENCES conversations (number) ON DELETE CASCADE,
    question TEXT NOT NULL, options TEXT NOT NULL, status TEXT NOT NULL CHECK (status IN ('running', 'done', 'stopped', 'failed')),
    writer TEXT NOT NULL, started TEXT NOT NULL, seconds REAL, error TEXT, answer TEXT,
    thumb TEXT CHECK (thumb IN ('up', 'down')), comment TEXT NOT NULL DEFAULT ''
);
CREATE INDEX turns_conversation ON turns (conversation);

-- What a turn has said so far: JSON of one claim and its citations. An answer has them itself, and then there are none here.
CREATE TABLE claims (
    turn INTEGER NOT NULL REFERENCES turns (number) ON DELETE CASCADE, position INTEGER NOT NULL, said TEXT NOT NULL,
    PRIMARY KEY (turn, position)
) WITHOUT ROWID;
"""

MIGRATIONS: tuple[str, ...] = (_FIRST,)

RECORD = "SELECT c.*, (SELECT count(*) FROM turns t WHERE t.conversation = c.number) AS turns FROM conversations c"
OWNED_TURN = "SELECT t.* FROM turns t JOIN conversations c ON c.number = t.conversation WHERE c.owner = :owner"


def record_of(row: Row) -> ConversationRecord:
    """The record in a row of RECORD."""
    return ConversationRecord(row["id"], row["owner"], row["title"] or _UNTITLED, row["created"], row["updated"], row["turns"])


def turn_of(row: Row, said: Sequence[str], number: int, living: Collection[str]) -> Turn:
    """The record in a row of turns and its stored claims; `living` are the writers that still are.

    Raises ValueError, KeyError or TypeError where a stored answer is none.
    """
    status: Status = "interrupted" if row["status"] == "running" and row["writer"] not in living else row["status"]
    answer = _answer(row)
    claims, citations = (answer.claims, answer.citations) if answer else _said(said)
    return Turn(
        id=row["id"],
        number=number,
        question=row["question"],
        status=status,
        started=row["started"],
        answer=answer,
        claims=claims,
        citations=citations,
        seconds=row["seconds"],
        error=row["error"],
        options=json.loads(row["options"]),
        thumb=row["thumb"],
        comment=row["comment"],
    )


def feedback_row(turn: Turn, before: Sequence[Turn]) -> dict[str, Any]:
    """A judged turn as `History.feedback_rows` gives it."""
    answer = partial(turn)
    return {
        "id": turn.id,
        "question": turn.question,
        "kind": "followup" if before else "feedback",
        "history": [message for one in before for message in _messages(one)],
        "thumb": turn.thumb,
        "comment": turn.comment,
        "outcome": answer.outcome,
        "answer": answer.text,
        "evidence": [_evidence(one) for one in answer.members],
    }


def _answer(row: Row) -> Answer | None:
    if row["answer"] is None:
        return None
    return replace(Answer.from_dict(json.loads(row["answer"])), seconds=row["seconds"] or 0.0)


def _said(said: Sequence[str]) -> tuple[tuple[Claim, ...], tuple[Citation, ...]]:
    """Stored claims and what they cite, each citation once, by number."""
    parts = [Answer.from_dict({"question": "", "standalone_question": "", "outcome": "answered", **json.loads(one)}) for one in said]
    cited = {one.number: one for part in parts for one in part.citations}
    return tuple(claim for part in parts for claim in part.claims), tuple(cited[number] for number in sorted(cited))


def _messages(turn: Turn) -> list[Mapping[str, str]]:
    return [{"role": "user", "content": turn.question}, {"role": "assistant", "content": partial(turn).text}]


def _evidence(citation: Citation) -> dict[str, str]:
    place = f"{citation.sources[0].file}:{citation.sources[0].line}" if citation.sources else ""
    return {"abstract_id": citation.abstract_id, "ref": place, "quote": citation.quote}
