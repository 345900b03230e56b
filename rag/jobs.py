"""An answer under way in a thread of its own: it can be followed, followed again from the start, and stopped from any thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Condition, Thread
from threading import Event as Stop

from rag.answers import Answer
from rag.events import Event


class Job:
    """One answer that is being made.

    `work` gets the stop event and gives the steps, the last of which holds the answer; it runs at once, in a daemon thread.
    """

    def __init__(self, work: Callable[[Stop], Iterator[Event]]) -> None:
        self._steps: list[Event] = []
        self._changed = Condition()
        self._stop = Stop()
        self._error: BaseException | None = None
        self._done = False
        self._thread = Thread(target=self._run, args=(work,), name="answer", daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        """True once there is an answer or an error."""
        with self._changed:
            return self._done

    @property
    def steps(self) -> tuple[Event, ...]:
        """What was told since the last restart."""
        with self._changed:
            last = max((index for index, step in enumerate(self._steps) if step.kind == "restart"), default=-1)
            return tuple(self._steps[last + 1 :])

    def stop(self) -> None:
        """Ask it to end; what was checked so far becomes the answer, said to be incomplete."""
        self._stop.set()

    def follow(self, start: int = 0) -> Iterator[Event]:
        """All steps from the given one on, those told already and those to come, until the answer. Raises what the work raised."""
        index = start
        while True:
            with self._changed:
                while len(self._steps) <= index and not self._done:
                    self._changed.wait()
                fresh, done, error = self._steps[index:], self._done, self._error
            yield from fresh
            index += len(fresh)
            if done and index >= len(self._steps):
                if error is not None:
                    raise error
                return

    def answer(self, timeout: float | None = None) -> Answer:
        """Wait for the answer. Raises TimeoutError after `timeout` seconds, and whatever the work raised."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._done, timeout):
                raise TimeoutError(f"There is no answer yet after {timeout} seconds.")
            if self._error is not None:
                raise self._error
            answer = self._steps[-1].answer
        assert answer is not None, "the last step of an answer holds it"
        return answer

    def _run(self, work: Callable[[Stop], Iterator[Event]]) -> None:
        try:
            for step in work(self._stop):
                with self._changed:
                    self._steps.append(step)
                    self._changed.notify_all()
        except BaseException as error:  # noqa: BLE001 - handed on to those who wait for the answer
            self._error = error
        finally:
            with self._changed:
                self._done = True
                self._changed.notify_all()
