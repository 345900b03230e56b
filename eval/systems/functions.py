"""A system that is a thing of Python: `module:name` names a function, a query or chat engine of LlamaIndex, a system, or a factory."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any

from eval.systems.replies import Messages, Reply, SystemFailedError, read_reply
from rag.model import SettingsError

_METHODS = ("ask", "query", "chat", "invoke")  # with which things that answer are asked, the first that there is


class PythonSystem:
    """Asks anything that can be called or has a method to ask it. With a parameter `history` (or `chat_history`, or a second one without
    a default) it is given the turns before; without, `takes_history` is False."""

    def __init__(self, name: str, target: Any) -> None:
        """Raises SettingsError for what cannot be asked."""
        self.name, self._target = name, target
        self._call = _method(name, target)
        self._history = _history_parameter(self._call)
        self._known = threading.local()
        self.takes_history = self._history is not None

    def ask(self, question: str, history: Messages) -> Reply:
        """Ask it; what it raises is raised, and SystemFailedError for what is no reply."""
        given: Any = [dict(one) for one in history]
        if self._history == "chat_history":
            given = [_chat_message(one) for one in history]
        value = self._call(question, **{self._history: given}) if self._history else self._call(question)
        if inspect.isawaitable(value):
            value = asyncio.run(_awaited(value))
        if value is None:
            raise SystemFailedError(f"{self.name} gave None.")
        return read_reply(value)

    def close(self) -> None:
        """Close it, where it can be."""
        close = getattr(self._target, "close", None)
        if callable(close):
            close()


def load_system(name: str) -> PythonSystem:
    """The system that "module:name" names; a factory, which takes nothing, is called for it. Raises SettingsError for a name that leads
    nowhere, and for what cannot be asked."""
    module, sign, path = name.partition(":")
    if not sign or not module or not path:
        raise SettingsError(f"--system takes module:name, such as eval.systems.reference:engine, not {name!r}.")
    try:
        found: Any = import_module(module)
    except ImportError as error:
        raise SettingsError(f"--system {name}: the module cannot be imported ({error}). Is it in the folder that you are in?") from error
    for part in path.split("."):
        if not hasattr(found, part):
            raise SettingsError(f"--system {name}: {module} has no {path}.")
        found = getattr(found, part)
    return PythonSystem(name, found() if _is_factory(found) else found)


def _is_factory(found: Any) -> bool:
    if inspect.isclass(found):
        return True
    if not callable(found) or any(callable(getattr(found, one, None)) for one in _METHODS):
        return False
    return not _parameters(found)


def _method(name: str, target: Any) -> Callable[..., Any]:
    for one in _METHODS:
        method = getattr(target, one, None)
        if callable(method):
            return method  # type: ignore[no-any-return]
    if callable(target):
        return target  # type: ignore[no-any-return]
    raise SettingsError(f"--system {name}: {type(target).__name__} is no function and has none of {', '.join(_METHODS)}.")


def _parameters(call: Callable[..., Any]) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(call).parameters.values())
    except (TypeError, ValueError):  # a function of C that does not tell
        return [inspect.Parameter("question", inspect.Parameter.POSITIONAL_ONLY)]


def _history_parameter(call: Callable[..., Any]) -> str | None:
    """The name under which the turns before are given; None where they are not taken."""
    known = _parameters(call)
    named = next((one.name for one in known if one.name in ("history", "chat_history", "messages")), None)
    second = [one for one in known[1:2] if one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD]
    return named or (second[0].name if second else None)


def _chat_message(message: Any) -> Any:
    """A turn as LlamaIndex's chat engines take it."""
    from llama_index.core.llms import ChatMessage

    return ChatMessage(role=message["role"], content=message["content"])


async def _awaited(value: Any) -> Any:
    return await value
