"""Claims judged by a model in batches, beside the writing of those that come after them."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

from rag.answers.prompts import EvidencePack
from rag.answers.verify import Checked, as_judged, check_claim, check_synthesis, with_verdict
from rag.model import ModelError
from rag.support import Judged, judge_claims

if TYPE_CHECKING:
    from rag.llm import Call, LanguageModel, Prompts

_BATCH = 4  # claims in one request while the model still writes; the first is judged alone, so that it can be shown early
_BESIDE = 2  # requests at a time
_LOOK = 0.05  # seconds between two looks at whether the answer was stopped

Batch = Sequence[Checked]


class Judging:
    """The claims of one answer that a model is to judge. Use it as a context: at its end nothing is asked any more.

    Batches are cut by the order of the claims alone, so that an answer does not depend on how fast anything is. `unjudged` says why a
    verdict is the local check's where the judging model gave none, "" where it gave all.
    """

    def __init__(self, model: LanguageModel, prompts: Prompts, call: Call, reply_tokens: int) -> None:
        self.unjudged = ""
        self.judged = 0
        self._model, self._prompts, self._reply_tokens = model, prompts, reply_tokens
        self._stop = threading.Event()
        self._call = call.part("judge", self._stop)
        self._open: list[Checked] = []
        self._asked = False
        self._pool = ThreadPoolExecutor(max_workers=_BESIDE, thread_name_prefix="rag.judge")
        self._running: dict[Future[list[Judged | None]], Batch] = {}

    def __enter__(self) -> Judging:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def add(self, claim: Checked) -> None:
        """A claim that is to be judged; it is sent with the others of its batch."""
        self._open.append(claim)
        if len(self._open) >= (_BATCH if self._asked else 1):
            self._send()

    def results(self, pack: EvidencePack, *, last: bool = False) -> Iterator[tuple[Checked, Checked]]:
        """Claims whose batch is judged, each before and after; with `last`, those of all batches, which are waited for."""
        if last:
            self._send()
        while self._running:
            done, _ = wait(self._running, timeout=_LOOK if last else 0, return_when=FIRST_COMPLETED)
            stopped = self._call.stopped
            for future in [one for one in self._running if one in done or stopped]:
                yield from self._verdicts(self._running.pop(future), future if future in done else None, pack)
            if not last:
                return

    def _send(self) -> None:
        if self._open:
            batch, self._open, self._asked = tuple(self._open), [], True
            items = [as_judged(one) for one in batch]
            self._running[self._pool.submit(judge_claims, self._model, self._prompts, items, self._call, self._reply_tokens)] = batch

    def _verdicts(self, batch: Batch, future: Future[list[Judged | None]] | None, pack: EvidencePack) -> Iterator[tuple[Checked, Checked]]:
        found: Sequence[Judged | None] = [None] * len(batch)
        why = "the answer was stopped"
        if future is not None:
            try:
                found, why = future.result(), "its reply was not the JSON that was asked for"
            except ModelError as error:
                why = str(error)
        self.judged += sum(one is not None for one in found)
        if None in found:
            self.unjudged = why
        for claim, verdict in zip(batch, found, strict=True):
            yield claim, _locally(claim, pack) if verdict is None else with_verdict(claim, verdict, self._model.name)


def _locally(claim: Checked, pack: EvidencePack) -> Checked:
    """The claim by our own check."""
    return check_synthesis(claim.draft, claim.of) if claim.of else check_claim(claim.draft, pack)
