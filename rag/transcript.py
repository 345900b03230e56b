"""A stored conversation for other programs: Markdown to read, JSON to read again, and the abstracts that it cites."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rag.export import answer_markdown
from rag.showing import markdown
from rag.turns import ConversationRecord, Turn, partial


def conversation_markdown(record: ConversationRecord, turns: Sequence[Turn]) -> str:
    """Each question as a heading with its answer and sources below; the numbers count anew in each answer."""
    parts = [f"# {markdown(record.title)}\n"]
    parts += [f"## {turn.number}. {markdown(turn.question)}\n\n{answer_markdown(partial(turn))}" for turn in turns]
    return "\n".join(parts)


def conversation_dict(record: ConversationRecord, turns: Sequence[Turn]) -> dict[str, Any]:
    """JSON-ready: id, title, created, updated, and turns of number, question, status, started, seconds, error and answer."""
    return {
        "id": record.id,
        "title": record.title,
        "created": record.created,
        "updated": record.updated,
        "turns": [_turn(turn) for turn in turns],
    }


def cited_ids(turns: Sequence[Turn]) -> list[str]:
    """The ids of the abstracts that any answer cites, once each, in the order of their first mention; not what it did not count."""
    return list(dict.fromkeys(citation.abstract_id for turn in turns for citation in partial(turn).members))


def _turn(turn: Turn) -> dict[str, Any]:
    names = ("number", "question", "status", "started", "seconds", "error")
    return {name: getattr(turn, name) for name in names} | {"answer": partial(turn).to_dict()}
