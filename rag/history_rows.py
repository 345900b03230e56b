"""How `history.db` is laid out, and its rows read as records."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from rag.answers import Answer, Citation, Claim
from rag.database import Row
from rag.turns import ConversationRecord, Status, Turn, partial

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
