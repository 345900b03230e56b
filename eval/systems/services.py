"""A system that is served: any address that speaks the OpenAI protocol, with what it says of its sources beside the text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from eval.systems.columns import fields_in
from eval.systems.replies import Messages, Reply, SystemFailedError, reply_of
from rag.llm import WholeReplies
from rag.model import Settings

_BESIDE = ("contexts", "cited", "context_ids", "refused", "cost")  # what may stand in the message, or beside the choices
_FILTERED = ("content_filter", "safety", "refusal")


class ServiceSystem:
    """Asks for chat completions. Contexts are taken from the reply: a field `context`, `contexts`, `citations`, `sources` and the like
    (`eval/data/columns.toml`) in the message, or at the top of the document."""

    takes_history = True

    def __init__(self, url: str, settings: Settings, *, seconds: float = 120.0) -> None:
        """`RAG_MODEL` is asked for, without it the first model that the server lists. Our key goes along only where OPENAI_BASE_URL, or by
        default OpenAI, is at the same host. Raises SettingsError for an address that is none."""
        chosen = settings.model_copy(
            update={
                "openai_base_url": url,
                "openai_api_key": settings.openai_api_key if _same_host(url, settings) else None,
                "model_deadline": seconds,
            }
        )
        self._replies = WholeReplies(chosen)
        self.name = f"{settings.model} at {self._replies.host}" if settings.model else self._replies.host

    def ask(self, question: str, history: Messages) -> Reply:
        """Ask the service; raises ModelError where it cannot be used, SystemFailedError where it gives no answer."""
        turns = [{"role": one["role"], "content": one["content"]} for one in history]
        return _reply(self._replies.ask([*turns, {"role": "user", "content": question}]))

    def close(self) -> None:
        """Give the connections back."""
        self._replies.close()


def _reply(data: Mapping[str, Any]) -> Reply:
    choice = data["choices"][0]
    message = choice.get("message")
    if not isinstance(message, Mapping):
        raise SystemFailedError("The service sent a choice without a message.")
    beside, _ = fields_in({name: value for name, value in data.items() if name != "choices"})
    inside, _ = fields_in(message)
    content = message.get("content")
    if isinstance(content, list):  # parts
        content = "".join(str(one.get("text", "")) for one in content if isinstance(one, Mapping))
    refused = bool(message.get("refusal")) or str(choice.get("finish_reason")) in _FILTERED
    found = {name: one[name] for one in (beside, inside) for name in _BESIDE if name in one}
    found |= {"answer": content or message.get("refusal") or "", "refused": refused or found.get("refused")}
    usage = data.get("usage")
    return reply_of({**found, "usage": usage if isinstance(usage, Mapping) else {}, "model": data.get("model")})


def _same_host(url: str, settings: Settings) -> bool:
    own = settings.openai_base_url or "https://api.openai.com/v1"
    return urlsplit(url).netloc.rpartition("@")[2] == urlsplit(own).netloc.rpartition("@")[2]
