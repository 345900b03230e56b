"""What a system is asked and what it replies, whatever form the reply has: a text, a mapping, or a response of LlamaIndex."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from eval.systems.columns import context_fields, fields_in
from rag.model import Answer, RagError

Messages = Sequence[Mapping[str, str]]  # the turns before, as role and content


class SystemFailedError(RagError):
    """A system gave no answer; the message says why."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A text that a system says it was given. `id` is the system's own name for its source, "" where it told none."""

    text: str
    id: str = ""
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What a system said. [1] in `answer` is the first of `cited`, or where that is empty of `contexts`, in their order.

    `refused` is True where the system says itself that it has no answer; else the words decide. `usage` are tokens
    ("prompt_tokens", "completion_tokens"), `cost` US dollars, `seconds` its own time; each only where it is known.
    """

    answer: str
    contexts: tuple[Passage, ...] = ()
    cited: tuple[Passage, ...] = ()
    refused: bool = False
    model: str | None = None
    usage: Mapping[str, int] = field(default_factory=dict)
    cost: float | None = None
    seconds: float | None = None


class System(Protocol):
    """Anything that answers questions. `name` stands in the manifest of its runs, so it holds no key and no path."""

    name: str

    def ask(self, question: str, history: Messages) -> Reply:
        """Answer a question; what it raises is the row's error."""
        ...


def read_reply(value: Any) -> Reply:
    """The reply in whatever form it came: a text; a mapping with an answer and perhaps contexts, citations, usage, under the names of
    `eval/data/columns.toml`; a response of LlamaIndex; an answer of this project; a `Reply`.

    Raises SystemFailedError for anything else, for a mapping without an answer and for one that tells an error.
    """
    if isinstance(value, Reply):
        return value
    if hasattr(value, "get_response"):  # LlamaIndex's streaming response
        value = value.get_response()
    if isinstance(value, str):
        return Reply(value)
    if isinstance(value, Answer):  # of this project: what it cites is told sentence by sentence
        cited = tuple(Passage(one.quote, one.abstract_id, one.title) for one in value.citations)
        return Reply(value.text, cited, (), value.outcome == "refused", value.model, value.usage, value.cost)
    if isinstance(value, Mapping):
        return _of_mapping(value)
    if hasattr(value, "source_nodes") and hasattr(value, "response"):
        return Reply(str(value.response or ""), passages(value.source_nodes))
    raise SystemFailedError(f"The system gave {type(value).__name__}, which is neither a text, a mapping nor a response of LlamaIndex.")


def _of_mapping(data: Mapping[Any, Any]) -> Reply:
    found, _ = fields_in(data)
    if found.get("error"):
        raise SystemFailedError(f"The system told an error: {found['error']}")
    return reply_of(found, list(map(str, data)))


def reply_of(found: Mapping[str, Any], names: Sequence[str] = ()) -> Reply:
    """The reply in fields that are known; raises SystemFailedError where they have no answer. `names` are told then."""
    listed = listed_answer(found.get("answers"))
    answer = found.get("answer", listed)
    refused = truth(found.get("refused")) or found.get("outcome") == "refused" or (answer == "" and listed == "")
    if answer is None and not refused:
        raise SystemFailedError(f"There is no answer among: {', '.join(names) or 'nothing'}.")
    if isinstance(answer, Mapping) and "content" in answer:
        answer = answer["content"]
    if not isinstance(answer, str | None):
        raise SystemFailedError(f"The answer is no text but {type(answer).__name__}.")
    contexts, cited = passages(found.get("contexts")), passages(found.get("cited"))
    return Reply(
        answer or "",
        _named(contexts, found.get("context_ids"), found.get("context_titles")) or cited,
        cited if contexts else (),
        refused,
        None if found.get("model") is None else str(found["model"]),
        _usage(found.get("usage")),
        amount(found.get("cost")),
        amount(found.get("seconds")),
    )


def listed_answer(value: Any) -> str | None:
    """The answer in Hugging Face's form, {"text": [...]} or a list: the first that is not blank, "" for an empty list, which says that
    there is none; None for anything else."""
    texts = value.get("text") if isinstance(value, Mapping) else value
    if isinstance(texts, str):
        return texts
    if not isinstance(texts, list | tuple) or not all(isinstance(one, str) for one in texts):
        return None
    return next((one for one in texts if one.strip()), "")


def passages(value: Any) -> tuple[Passage, ...]:
    """Texts, objects with a text, nodes and documents as passages, in their order; a single one as a list of one."""
    if value is None:
        return ()
    if isinstance(value, Mapping):
        value = _listed(value)
    if isinstance(value, list | tuple):
        return tuple(map(_passage, value))
    return (_passage(value),)


def _listed(value: Mapping[Any, Any]) -> list[Any]:
    """The contexts of an object: itself, those in lists side by side ({"title": [...], "sentences": [...]}), or in a list of its own."""
    found = context_fields(value)
    if found and all(isinstance(one, list | tuple) for one in found.values()) and len(set(map(len, found.values()))) == 1:
        return [dict(zip(found, row, strict=True)) for row in zip(*found.values(), strict=True)]
    return [value] if found else list(next((one for one in value.values() if isinstance(one, list | tuple)), ()))


def _passage(item: Any) -> Passage:
    """One context. A text without a blank that is an address names a source whose text was not told."""
    if isinstance(item, str):
        return Passage("", item.strip()) if "://" in item and not item.strip().count(" ") else Passage(item)
    if hasattr(item, "node"):  # LlamaIndex's node with its score
        item = item.node
    if hasattr(item, "get_content"):
        metadata = getattr(item, "metadata", None) or {}
        source = getattr(item, "ref_doc_id", None) or getattr(item, "node_id", "")
        return Passage(str(getattr(item, "text", "") or item.get_content()), str(source or ""), context_fields(metadata).get("title"))
    if hasattr(item, "page_content"):
        item = {**(getattr(item, "metadata", None) or {}), "text": item.page_content}
    if isinstance(item, Mapping):
        found = context_fields(item)
        text = found.get("text", "")
        said = " ".join(map(str, text)) if isinstance(text, list | tuple) else str(text)
        return Passage(said, str(found.get("id", "")), None if found.get("title") is None else str(found["title"]))
    if isinstance(item, list | tuple) and item and all(isinstance(one, str) for one in item):
        return Passage(" ".join(item))
    raise SystemFailedError(f"A context is neither a text nor an object with one, but {item!r:.80}.")


def _named(found: tuple[Passage, ...], ids: Any, titles: Any) -> tuple[Passage, ...]:
    """The contexts with the ids and titles that stand beside them; without, where those are not as many."""
    if isinstance(ids, list | tuple) and len(ids) == len(found):
        found = tuple(replace(one, id=str(name)) for one, name in zip(found, ids, strict=True))
    if isinstance(titles, list | tuple) and len(titles) == len(found):
        found = tuple(replace(one, title=None if title is None else str(title)) for one, title in zip(found, titles, strict=True))
    return found


def truth(value: Any) -> bool:
    """True for what says yes, as a word too."""
    return value is True or str(value).strip().casefold() in ("true", "1", "yes")


def amount(value: Any) -> float | None:
    """A number, as a word too; None for what is none."""
    try:
        number = None if value is None or isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None
    return number if number is not None and 0 <= number < float("inf") else None


def _usage(value: Any) -> dict[str, int]:
    """Counts of tokens by their names, without what is none."""
    counts = value.items() if isinstance(value, Mapping) else ()
    return {str(name): int(count) for name, count in counts if amount(count) is not None and not isinstance(count, str)}
