"""Support judged by a model: whether the cited sentences bear out each claim, all claims in one request, with a reason for each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rag.llm import Call, LanguageModel, Message, Prompts, json_part
from rag.model import Verdict

_VERDICTS: Mapping[str, Verdict] = {"supported": "supported", "partly": "weak", "not": "absent"}
MOST_ITEMS = 16  # in one request: with more, models lose count
_REASON = 240  # characters


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


SCHEMA = _object(
    verdicts={
        "type": "array",
        "items": _object(number={"type": "integer"}, reason={"type": "string"}, verdict={"type": "string", "enum": list(_VERDICTS)}),
    }
)


@dataclass(frozen=True, slots=True)
class CitedPaper:
    """What is known of a paper besides its text, by the name of the field, and the sentences of it that are cited."""

    known: Mapping[str, str | int]
    sentences: Sequence[str]


@dataclass(frozen=True, slots=True)
class ClaimWithSources:
    """A claim and what it cites."""

    claim: str
    sources: tuple[CitedPaper, ...]

    def line(self, number: int) -> str:
        """One line of JSON: in JSON nothing that a text says can end the text."""
        sources = [{**one.known, "sentences": list(one.sentences)} for one in self.sources]
        return json.dumps({"number": number, "claim": self.claim, "sources": sources}, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Judged:
    """What a model says of a claim: its verdict, and what differs or is not said, "" where nothing is."""

    verdict: Verdict
    reason: str


def judge_claims(
    model: LanguageModel, prompts: Prompts, items: Sequence[ClaimWithSources], call: Call, max_tokens: int
) -> list[Judged | None]:
    """The verdict of each claim, None where the model gives none that can be read. Raises ModelError where the service fails."""
    found: list[Judged | None] = []
    for start in range(0, len(items), MOST_ITEMS):
        found += _judge_batch(model, prompts, items[start : start + MOST_ITEMS], call, max_tokens)
    return found


def _judge_batch(
    model: LanguageModel, prompts: Prompts, items: Sequence[ClaimWithSources], call: Call, max_tokens: int
) -> list[Judged | None]:
    lines = "\n".join(one.line(number) for number, one in enumerate(items, start=1))
    messages: list[Message] = [
        {"role": "system", "content": prompts.fill("judge").strip()},
        {"role": "user", "content": f"Items:\n{lines}"},
    ]
    reply = model.complete(messages, schema=SCHEMA, call=call, max_tokens=max_tokens)
    said = _read(reply.text)
    return [said.get(number) for number in range(1, len(items) + 1)]


def _read(text: str) -> dict[int, Judged]:
    """The verdicts of a reply by their numbers; two that differ about one claim count as the harsher."""
    try:
        data = json.loads(json_part(text))
    except (ValueError, RecursionError):
        return {}
    rows = data.get("verdicts") if isinstance(data, Mapping) else data
    found: dict[int, Judged] = {}
    for row in rows if isinstance(rows, list) else []:
        number, verdict, reason = (row.get(name) for name in ("number", "verdict", "reason")) if isinstance(row, Mapping) else (None,) * 3
        number = int(number) if isinstance(number, str) and number.strip().isdecimal() else number
        read = _VERDICTS.get(verdict.strip().casefold()) if isinstance(verdict, str) else None
        if read is None or not isinstance(number, int) or isinstance(number, bool):
            continue
        judged = Judged(read, " ".join(reason.split())[:_REASON] if isinstance(reason, str) else "")
        before = found.get(number)
        found[number] = judged if before is None or _HARSHNESS[judged.verdict] > _HARSHNESS[before.verdict] else before
    return found


_HARSHNESS: Mapping[Verdict, int] = {"supported": 0, "weak": 1, "absent": 2}
