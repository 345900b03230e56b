"""A model's reply as the whole JSON document that its server sends: with what else stands in it beside the text."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rag.llm.endpoint import Endpoint, LateError, StoppedError
from rag.llm.failures import FEW, PassingError, RefusedError, Sleep, attempts, given_up
from rag.llm.protocol import TooMuchError
from rag.llm.records import Call, Message, Usage
from rag.model import ModelError, Settings

ANNOUNCEMENT = "Questions are put to {model} at {host}: they and earlier turns are sent there."


class WholeReplies:
    """Asks an OpenAI-compatible server and gives each reply as it is, for servers that say more than a text, such as what they retrieved.

    With the retries, time limits and checks of a model that writes; nothing is asked of the reply's form. Share it between threads.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        sleep: Sleep = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        announce: Callable[[str], None] | None = None,
    ) -> None:
        """Makes no request; raises SettingsError for an address or a key that cannot be one."""
        self._settings, self._sleep, self._clock, self._announce = settings, sleep, clock, announce
        self._endpoint = Endpoint(settings, clock)
        self._name = settings.model or ""

    @property
    def host(self) -> str:
        """Where it is served, "host" or "host:port"."""
        return self._endpoint.host

    def ask(self, messages: Sequence[Message], call: Call | None = None) -> Mapping[str, Any]:
        """The document of a completion, which has a first choice. Raises ModelError where the server cannot be used."""
        call = call or Call(2**62)
        until = self._clock() + self._settings.model_deadline
        try:
            for attempt in attempts(self._settings, call, until, self._clock, self._sleep):
                with attempt:
                    return self._once(messages, call, until)
        except PassingError as failure:
            raise ModelError(given_up(failure, until, self._clock, self._settings)) from None
        except RefusedError as refused:
            raise ModelError(f"{self.host} refuses the request ({refused.status}): {refused.words}.") from None
        except (StoppedError, LateError):
            raise ModelError(f"{self.host} did not answer within {self._settings.model_deadline:g} seconds.") from None
        except TooMuchError:
            raise ModelError(f"{self.host} sent more than anyone can want.") from None
        raise AssertionError("attempts end with a return or an error")

    def close(self) -> None:
        """Give the connections back."""
        self._endpoint.close()

    def _once(self, messages: Sequence[Message], call: Call, until: float) -> Mapping[str, Any]:
        model = self._named(call, until)
        self._endpoint.announce(model, ANNOUNCEMENT, self._announce)
        body = {"model": model, "messages": [dict(one) for one in messages]}
        data = self._endpoint.document(lambda client: client.chat.completions.with_streaming_response.create(**body), call, until)
        choices = data.get("choices")
        if not isinstance(choices, list) or not choices or not isinstance(choices[0], Mapping):
            raise PassingError(f"{self.host} sent no choice", attempts=FEW)
        call.add(Usage(1))
        return data  # type: ignore[no-any-return]

    def _named(self, call: Call, until: float) -> str:
        """The model of the settings, else the first that the server lists; a server that lists none is asked for "default"."""
        if not self._name:
            try:
                self._name = next(iter(self._endpoint.models(call, until)), "default")
            except RefusedError:
                self._name = "default"
        return self._name
