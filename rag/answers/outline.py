"""The outline of a literature review: which abstracts stand in which section, made by a model from what was noted of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rag.answers.prompts import Reading, json_list, json_object
from rag.answers.read import EvidenceRow
from rag.llm import json_part
from rag.model import ModelError
from rag.questions import Question

if TYPE_CHECKING:
    from rag.llm import Call, LanguageModel, Prompts

_MOST_SECTIONS = 6
_HEADING = 60  # characters
_TOKENS = 2000

Section = tuple[str, Sequence[Reading]]


def make_outline(model: LanguageModel, prompts: Prompts, question: Question, rows: Sequence[EvidenceRow], call: Call) -> list[Section]:
    """The sections of a review in reading order, each with its heading and what it is written from; none where the model gives none.

    An abstract that the model puts nowhere is not written about.
    """
    keys = {f"p{place}": row for place, row in enumerate(rows, start=1)}
    notes = ({"key": key, "paper": row.found.abstract.label, "says": row.says} for key, row in keys.items())
    lines = "\n".join(json.dumps(one, ensure_ascii=False) for one in notes)
    asked = f"Notes:\n{lines}\n\nQuestion: {json.dumps(question.text, ensure_ascii=False)}"
    messages = [{"role": "system", "content": prompts.fill("outline").strip()}, {"role": "user", "content": asked}]
    listed = json_list({"type": "string", "enum": list(keys)}, len(keys))
    section = json_object(heading={"type": "string"}, keys=listed)
    schema = json_object(sections=json_list(section, _MOST_SECTIONS))
    try:
        reply = model.complete(messages, schema=schema, call=call, max_tokens=_TOKENS)
        data = json.loads(json_part(reply.text))
    except (ModelError, ValueError, RecursionError):
        return []
    sections = data.get("sections") if isinstance(data, Mapping) else None
    return list(_sections(sections, dict(keys))) if isinstance(sections, list) else []


def _sections(listed: Sequence[object], left: dict[str, EvidenceRow]) -> Sequence[Section]:
    """Each abstract stands in the first section that names it."""
    found = []
    for one in listed[:_MOST_SECTIONS]:
        heading, keys = (one.get("heading"), one.get("keys")) if isinstance(one, Mapping) else (None, None)
        if isinstance(heading, str) and isinstance(keys, list):
            rows = [left.pop(key) for key in dict.fromkeys(key for key in keys if isinstance(key, str)) if key in left]
            found += [(" ".join(heading.split())[:_HEADING], [row.reading for row in rows])] if rows else []
    return found
