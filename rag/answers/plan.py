"""The plan of an answer, made by a model: the question as it stands by itself, what is asked of which papers, and what to search for."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from rag.answers.prompts import Messages, count_tokens
from rag.llm import json_part
from rag.model import ModelError, Range
from rag.questions import Operation, Order
from rag.support import numbers_in, proper_names, squeeze_name
from rag.text import is_english

if TYPE_CHECKING:
    from rag.llm import Call, LanguageModel, Prompts

PLANNED: tuple[Operation, ...] = ("fact", "yesno", "define", "list", "count", "rank", "compare", "survey", "agree")
_Field = Literal["year", "authors", "upvotes", "comments"]
_FIELDS: tuple[_Field, ...] = get_args(_Field)
_ORDERS: Mapping[str, Order] = {
    "newest": Order("date"),
    "oldest": Order("date", descending=False),
    "most upvoted": Order("upvotes"),
    "most commented": Order("comments"),
    "most authors": Order("authors"),
    "fewest authors": Order("authors", descending=False),
}
_LENGTHS = ("brief", "normal", "long")
_SHAPES = ("prose", "bullets", "table")


def _schema() -> dict[str, Any]:
    text = {"type": "string"}
    texts = {"type": "array", "items": text, "maxItems": _MOST}
    bound = {"type": ["integer", "null"]}
    condition = {"field": {"type": "string", "enum": list(_FIELDS)}, "from": bound, "to": bound}
    fields: dict[str, Any] = {
        "question": text,
        "operation": {"type": "string", "enum": list(PLANNED)},
        "topic": text,
        "not_about": text,
        "conditions": {"type": "array", "items": _object(condition), "maxItems": _MOST},
        "order": {"type": "string", "enum": ["", *_ORDERS]},
        "limit": {"type": "integer"},
        "sides": texts,
        "length": {"type": "string", "enum": list(_LENGTHS)},
        "shape": {"type": "string", "enum": list(_SHAPES)},
        "form": text,
        "revises": {"type": "boolean"},
        "searches": texts,
    }
    return _object(fields)


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), "required": list(properties), "additionalProperties": False}


_MARKER = re.compile(r"(?<!\s)\s*\[\d+\]")
_LONGER = 300  # characters that a standalone question may be longer than the question
_TOKENS = 2000  # a model that thinks before it answers needs more than the plan
_MOST = 5  # searches, sides, conditions
_LONGEST = 300  # characters of each
PATIENCE = 20.0  # seconds: what was found without a plan is worth more than one that comes later


SCHEMA = _schema()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a model makes of a question: its text as it stands by itself, in English, what is asked, and what to search for, best first.

    `operation` is None, and a text is empty, where the model said nothing that can be one. Nothing of it is held against the corpus yet:
    `rag.answers.planned_query` does that. `said` is the conversation that it was made from.
    """

    question: str
    searches: tuple[str, ...] = ()
    operation: Operation | None = None
    topic: str = ""
    not_about: str = ""
    conditions: tuple[Range, ...] = ()
    order: Order | None = None
    limit: int = 0
    sides: tuple[str, ...] = ()
    length: Literal["brief", "normal", "long"] = "normal"
    shape: Literal["prose", "bullets", "table"] = "prose"
    form: str = ""
    revises: bool = False
    said: str = field(default="", repr=False)


class Planning:
    """A plan under way in a thread of its own, so that what can be found without it is looked for meanwhile."""

    def __init__(
        self, model: LanguageModel, prompts: Prompts, question: str, read: str, history: Sequence[Mapping[str, str]], call: Call
    ) -> None:
        self._stop = threading.Event()
        self._plan: Plan | None = None
        asked = (model, prompts, question, read, history, call.part("plan", self._stop))
        self._thread = threading.Thread(target=self._run, args=asked, name="rag.plan", daemon=True)
        self._thread.start()

    def _run(self, *asked: Any) -> None:
        self._plan = make_plan(*asked)

    def result(self, patience: float = PATIENCE) -> Plan | None:
        """The plan; None where the model fails or takes longer than this many seconds, and its call is ended."""
        self._thread.join(patience)
        self._stop.set()
        return self._plan


def make_plan(
    model: LanguageModel, prompts: Prompts, question: str, read: str, history: Sequence[Mapping[str, str]], call: Call
) -> Plan | None:
    """The plan, or None where the model fails or its question is another one. `read` is how the question was read without a model."""
    try:
        reply = model.complete(plan_messages(prompts, question, read, history), schema=SCHEMA, call=call, max_tokens=_TOKENS)
    except ModelError:
        return None
    try:
        found = json.loads(json_part(reply.text))
        said = " ".join(str(found["question"]).split())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    talk = " ".join([question, read, *(str(one["content"]) for one in history)])
    return None if _drifts(said, question, talk) else _as_plan(said, found, talk)


def _as_plan(question: str, found: Mapping[str, Any], talk: str) -> Plan:
    operation, limit, order = found.get("operation"), found.get("limit"), found.get("order")
    conditions = found.get("conditions")
    return Plan(
        question,
        searches=_texts(found.get("searches")),
        operation=operation if operation in PLANNED else None,
        topic=_text(found.get("topic")),
        not_about=_text(found.get("not_about")),
        conditions=tuple(filter(None, map(_condition, conditions[:_MOST]))) if isinstance(conditions, list) else (),
        order=_ORDERS.get(order) if isinstance(order, str) else None,
        limit=_number(limit) or 0,
        sides=_texts(found.get("sides")),
        length=cast(Any, found.get("length")) if found.get("length") in _LENGTHS else "normal",
        shape=cast(Any, found.get("shape")) if found.get("shape") in _SHAPES else "prose",
        form=_text(found.get("form")),
        revises=found.get("revises") is True,
        said=talk,
    )


def _condition(data: object) -> Range | None:
    name, low, high = (data.get(one) for one in ("field", "from", "to")) if isinstance(data, Mapping) else (None, None, None)
    least, most = _number(low), _number(high)
    return Range(name, least, most) if name in _FIELDS and (least, most) != (None, None) else None


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _text(value: object) -> str:
    return " ".join(value.split())[:_LONGEST] if isinstance(value, str) else ""


def _texts(values: object) -> tuple[str, ...]:
    """Texts with letters or figures in them, each once, the first few."""
    texts = map(_text, values) if isinstance(values, list) else ()
    return tuple(dict.fromkeys(one for one in texts if any(map(str.isalnum, one))))[:_MOST]


def plan_messages(prompts: Prompts, question: str, read: str, history: Sequence[Mapping[str, str]]) -> Messages:
    """The request for a plan; `history` has no citation markers."""
    turns = [{"role": str(one["role"]), "content": str(one["content"])} for one in history]
    lines = [f"Conversation:\n{json.dumps(turns, ensure_ascii=False)}"] if turns else []
    lines.append(f"Last question: {json.dumps(question, ensure_ascii=False)}")
    if read != question:
        lines.append(f"What it may refer to, by rules that can be wrong: {json.dumps(read, ensure_ascii=False)}")
    return [{"role": "system", "content": prompts.fill("plan")}, {"role": "user", "content": "\n\n".join(lines)}]


def recent(history: Sequence[Mapping[str, Any]], tokens: int) -> list[dict[str, str]]:
    """The last messages, as many as fit into `tokens`, without citation markers: [1] of an earlier answer means nothing here."""
    kept: list[dict[str, str]] = []
    for message in reversed(history):
        content = _MARKER.sub("", str(message["content"]))
        tokens -= count_tokens(content)
        if tokens < 0:
            break
        kept.append({"role": str(message["role"]), "content": content})
    return kept[::-1]


def _drifts(said: str, question: str, talk: str) -> bool:
    """True where the standalone question brings in a figure or a name that nobody said, or loses one of the question.

    What is said in other words is the model's to decide: it knows the languages and the field. Of what is said in another language only
    names with a capital or a figure within are compared: other capitals may be grammar.
    """
    if not said or len(said) > len(question) + _LONGER:
        return True
    told, spoken, odd = squeeze_name(said), squeeze_name(talk), not is_english(talk)
    invented = figures_of(said) - figures_of(talk) or {name for name in _names(said, odd=odd) if squeeze_name(name) not in spoken}
    asked = _MARKER.sub("", question)
    lost = figures_of(asked) - figures_of(said) or {name for name in _names(asked, odd=odd) if squeeze_name(name) not in told}
    return bool(invented or lost)


def figures_of(text: str) -> set[str]:
    """The numbers of a text that are written in figures; "the two" counts nothing that must stay."""
    return {value for value, raw in numbers_in(text).items() if raw[:1].isdigit()}


def _names(text: str, *, odd: bool) -> list[str]:
    return [name for name in proper_names(text) if not (odd and name[1:].islower())]
