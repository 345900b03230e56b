"""The one retry around the model service: what passes by itself is tried again, with waits that grow or that the service asks for."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from rag.config import Settings
from rag.llm.failures import PassingError
from rag.llm.records import Call

if TYPE_CHECKING:
    from tenacity import RetryCallState

log = logging.getLogger(__name__)

_FIRST, _LONGEST, _JITTER = 0.5, 20.0, 0.5  # seconds: the first wait, the longest, and the most that chance adds

Sleep = Callable[[float], None]


def attempts(
    settings: Settings, call: Call, until: float, clock: Callable[[], float], sleep: Sleep
) -> Iterator[AbstractContextManager[None]]:
    """Contexts to make an attempt in, one after the other, until one ends well.

    The PassingError of the last attempt is raised when there have been `RAG_MODEL_ATTEMPTS`, or when the next one would begin after
    `until`. Waits end early when the call is stopped, unless `sleep` is somebody's own.
    """
    from tenacity import Retrying, retry_if_exception_type, wait_exponential, wait_random

    growing = wait_exponential(multiplier=_FIRST, max=_LONGEST) + wait_random(0, _JITTER)

    worth: list[int] = []  # how many attempts like it each failure was worth

    def wait(state: RetryCallState) -> float:
        asked = _failure(state).after
        return growing(state) if asked is None else asked

    def stop(state: RetryCallState) -> bool:
        failure = _failure(state)
        worth.append(failure.attempts)
        few = sum(one == failure.attempts for one in worth) >= failure.attempts
        return few or state.attempt_number >= settings.model_attempts or clock() + state.upcoming_sleep > until

    def tell(state: RetryCallState) -> None:
        log.warning("%s; attempt %d in %.1f seconds", _failure(state).brief, state.attempt_number + 1, state.upcoming_sleep)

    def pause(seconds: float) -> None:
        call.stop.wait(seconds) if sleep is time.sleep else sleep(seconds)

    return iter(Retrying(retry=retry_if_exception_type(PassingError), wait=wait, stop=stop, sleep=pause, before_sleep=tell, reraise=True))


def given_up(failure: PassingError, until: float, clock: Callable[[], float], settings: Settings) -> str:
    """Why there was no other attempt, and what to do, as a sentence for an error."""
    if failure.after is not None and clock() + failure.after > until:
        return (
            f"{failure}. It asks to wait {failure.after:.0f} seconds, longer than RAG_MODEL_DEADLINE "
            f"(now {settings.model_deadline:g}) allows. Ask again later, or raise it."
        )
    return f"{failure}. It was tried up to {min(settings.model_attempts, failure.attempts)} times. Ask again later."


def _failure(state: RetryCallState) -> PassingError:
    error = state.outcome.exception() if state.outcome is not None else None
    assert isinstance(error, PassingError)
    return error
