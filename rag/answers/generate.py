"""An answer written by a language model from retrieved abstracts: every claim is checked, repaired once, then dropped or flagged."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rag.answers.draft import ClaimReader, DraftClaim, read_reply, without_keys
from rag.answers.draft import Reply as Draft
from rag.answers.prompts import (
    UNREADABLE,
    EvidencePack,
    Messages,
    count_tokens,
    pack_evidence,
    repair_messages,
    repair_schema,
    write_messages,
    write_schema,
)
from rag.answers.verify import Checked, as_judged, check_claim, with_verdict
from rag.answers.written import as_drafted, claim_event, count_sentences, in_question_words, is_stated, number_claims
from rag.evidence import near_misses
from rag.llm import Call, ChatModel, Reply, Restart
from rag.model import Answer, Event, ModelError, Settings, pluralize
from rag.questions import Question
from rag.search import Candidate
from rag.support import Judged, judge_claims

_REPAIR_TOKENS = 800  # of the window, kept free for the claims that failed and what is wrong with them
_LEAST_EVIDENCE = 256  # tokens; with less there is nothing to read
_UNANSWERABLE = re.compile(r'"answerable"\s*:\s*false')
_CUT = {
    "length": "The reply was longer than the model may write (RAG_REPLY_TOKENS): the answer is incomplete.",
    "cut": "The connection to the model service broke: the answer is incomplete.",
    "late": "The model service did not finish in time (RAG_MODEL_DEADLINE): the answer is incomplete.",
    "stopped": "The answer was stopped: it is incomplete.",
    "filtered": "The model service ended the reply by its content filter: the answer is incomplete.",
}
_EARLY = {
    "length": "It was as long as it may be: raise RAG_REPLY_TOKENS.",
    "late": "It took longer than it may: ask again later, or raise RAG_MODEL_DEADLINE.",
    "cut": "The connection broke: ask again.",
}


@dataclass(frozen=True, eq=False)
class Task:
    """What is to be answered: the question, as it stands alone and as it was put, and what was found for it."""

    question: Question
    asked: str
    found: Sequence[Candidate]
    words: int


@dataclass(eq=False)
class _State:
    """What is known so far of an answer under way."""

    pack: EvidencePack
    messages: Messages
    checked: list[Checked] = field(default_factory=list)
    numbers: dict[tuple[str, int], int] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    notices: list[str] = field(default_factory=list)

    def forget(self) -> None:
        self.checked.clear()
        self.numbers.clear()


class Writer:
    """Writes one answer with one model. Make one for each question."""

    def __init__(self, model: ChatModel, settings: Settings, call: Call, judge: ChatModel | None = None) -> None:
        """`judge` is the model that says whether the cited sentences bear a claim out; without one our own check does."""
        self._model = model
        self._judge = judge
        self._settings = settings
        self._call = call

    def events(self, task: Task, *, streaming: bool) -> Iterator[Event]:
        """The claims as they are checked, then the answer, which does not depend on `streaming`.

        Raises ModelError where the service gives nothing that can be read.
        """
        state = self._prepare(task)
        keys = [item.key for item in state.pack.items]
        reply = yield from self._read(state, state.messages, write_schema(keys), streaming)
        draft = read_reply(reply.text)
        if not draft.readable and reply.complete:
            state.counts["unreadable"] += 1
            again = [*state.messages, {"role": "user", "content": UNREADABLE}]
            reply = yield from self._read(state, again, write_schema(keys), streaming)
            draft = read_reply(reply.text)
        _must_be_readable(draft, reply)
        if not state.checked:
            yield from self._told(state, draft.claims, reply.text)  # of a form that is not read as it comes
        if not draft.answerable and reply.why != "stopped":
            if state.numbers:
                yield Event("restart")
            yield Event("answer", answer=self._unanswerable(task, state, draft))
            return
        yield from self._judged(state)
        if reply.complete:
            yield from self._repair(state, keys)
        yield Event("answer", answer=self._finish(task, state, draft, reply))

    def _prepare(self, task: Task) -> _State:
        room = self._settings.model_window - self._reply_tokens - _REPAIR_TOKENS
        fixed = sum(count_tokens(one["content"]) for one in write_messages(EvidencePack(()), task.question.text, task.asked, task.words))
        packed = pack_evidence(task.question, task.found, room - fixed)
        if not packed.items:
            raise ModelError(
                f"The model's window of {self._settings.model_window} tokens leaves no room for evidence. Raise RAG_MODEL_WINDOW, "
                "or lower RAG_REPLY_TOKENS."
            )
        state = _State(packed, write_messages(packed, task.question.text, task.asked, task.words))
        if packed.left_out:
            state.counts["abstracts_left_out"] = packed.left_out
        return state

    @property
    def _reply_tokens(self) -> int:
        return min(self._settings.reply_tokens, max(128, self._settings.model_window // 2 - _LEAST_EVIDENCE))

    def _read(self, state: _State, messages: Messages, schema: Mapping[str, Any], streaming: bool) -> Generator[Event, None, Reply]:
        """Follow one reply; each claim is checked as soon as it is whole, and told if it passes."""
        reader, text = ClaimReader(), ""
        for piece in self._pieces(messages, schema, streaming):
            if isinstance(piece, Reply):
                if not streaming:
                    yield from self._told(state, reader.feed(piece.text), piece.text)
                return piece
            if isinstance(piece, Restart):
                reader, text = ClaimReader(), ""
                if state.numbers:
                    yield Event("restart")
                state.forget()
                continue
            text += piece
            yield from self._told(state, reader.feed(piece), text)
        raise ModelError("The model service ended its reply without a word.")

    def _pieces(self, messages: Messages, schema: Mapping[str, Any], streaming: bool) -> Iterable[str | Restart | Reply]:
        options: dict[str, Any] = {"schema": schema, "call": self._call, "max_tokens": self._reply_tokens}
        return self._model.stream(messages, **options) if streaming else [self._model.complete(messages, **options)]

    def _told(self, state: _State, drafts: Iterable[DraftClaim], text: str) -> Iterator[Event]:
        for draft in drafts:
            checked = self._check(state, draft)
            if checked is None:
                continue
            state.checked.append(checked)
            if checked.passes and not _UNANSWERABLE.search(text):
                yield claim_event(checked, state.checked, state.numbers)

    def _check(self, state: _State, draft: DraftClaim) -> Checked | None:
        """Check a draft; None for one without words and for one that says an earlier one again."""
        draft = without_keys(draft, frozenset(state.pack.by_key))
        if not draft.text or any(draft.text == one.draft.text and one.passes for one in state.checked):
            return None
        checked = check_claim(draft, state.pack, judged=self._judge is not None)
        state.counts.update(checked=1, invented_keys=checked.invented, moved_quotes=checked.moved)
        return checked

    def _judged(self, state: _State) -> Iterator[Event]:
        """Have the model judge what is left open, all in one request, and tell what passes."""
        places = [place for place, one in enumerate(state.checked) if not one.by]
        for place, judged in zip(places, self._verdicts(state, [state.checked[place] for place in places]), strict=True):
            state.checked[place] = judged
            if judged.passes:
                yield claim_event(judged, state.checked, state.numbers)

    def _verdicts(self, state: _State, claims: Sequence[Checked]) -> list[Checked]:
        """Claims with the verdict of the judging model; of our own check, told in a notice, where it gives none."""
        if not claims or self._judge is None:
            return list(claims)
        found: Sequence[Judged | None] = [None] * len(claims)
        why = "its reply was not the JSON that was asked for"
        if self._call.stopped:
            why = "the answer was stopped"
        else:
            try:
                found = judge_claims(self._judge, [as_judged(one) for one in claims], self._call, self._reply_tokens)
            except ModelError as error:
                why = str(error)
        state.counts["judged"] += sum(one is not None for one in found)
        if None in found:
            state.notices.append(f"What the model wrote was checked by words alone, because the judging model gave no verdict: {why}")
        return [
            check_claim(one.draft, state.pack) if verdict is None else with_verdict(one, verdict, self._judge.name)
            for one, verdict in zip(claims, found, strict=True)
        ]

    def _repair(self, state: _State, keys: Sequence[str]) -> Iterator[Event]:
        """Ask once for the claims that failed, naming what is wrong with each; what passes now takes the old one's place."""
        failed = [index for index, one in enumerate(state.checked) if not one.passes]
        if not failed:
            return
        faults = [(as_drafted(state.checked[index].draft), state.checked[index].faults) for index in failed]
        try:
            reply = self._model.complete(
                repair_messages(state.messages, faults), schema=repair_schema(keys), call=self._call, max_tokens=self._reply_tokens
            )
        except ModelError as error:
            state.notices.append(f"Sentences that failed their check could not be repaired: {error}")
            return
        tried: list[tuple[int, Checked]] = []
        for draft in read_reply(reply.text).claims:
            if draft.number is None or not 1 <= draft.number <= len(failed):
                continue
            index = failed[draft.number - 1]
            mended = self._check(state, replace(draft, place=state.checked[index].draft.place))
            tried += [] if mended is None else [(index, mended)]
        verdicts = iter(self._verdicts(state, [one for _, one in tried if not one.by]))
        for index, one in tried:
            mended = one if one.by else next(verdicts)
            if mended.passes and not state.checked[index].passes:
                state.checked[index] = mended
                state.counts["repaired"] += 1
                yield claim_event(mended, state.checked, state.numbers)

    def _finish(self, task: Task, state: _State, draft: Draft, reply: Reply) -> Answer:
        kept = [one for one in state.checked if one.passes or (self._settings.unsupported == "flag" and one.places)]
        lost = len(state.checked) - len(kept)
        state.counts["dropped"] = lost
        state.counts["flagged"] = sum(not one.passes for one in kept)
        if lost:
            state.notices.append(
                f"{count_sentences(lost)} the model wrote {'was' if lost == 1 else 'were'} left out: the sources do not bear it out."
            )
        if not reply.complete:
            state.notices.append(_CUT.get(reply.why, _CUT["cut"]))
        blank = self._blank(task, state)
        if not kept:
            return self._nothing_left(blank, reply)
        absent = [one for one in draft.missing if in_question_words(one, task.question.text, task.asked) and not is_stated(one, state.pack)]
        claims, citations = number_claims(kept, absent)
        return replace(blank, outcome="answered", claims=claims, citations=citations, incomplete=not reply.complete)

    def _nothing_left(self, blank: Answer, reply: Reply) -> Answer:
        """A stop is told as one; else the abstracts' own sentences have to do. Raises ModelError."""
        if reply.why == "stopped":
            return replace(blank, outcome="info", reason="The answer was stopped before its first sentence was checked.", incomplete=True)
        raise ModelError("Nothing that the model wrote is borne out by the abstracts that it was given.")

    def _unanswerable(self, task: Task, state: _State, draft: Draft) -> Answer:
        ours = [one for one in draft.missing if in_question_words(one, task.question.text, task.asked)]
        missing = f" What is missing: {'; '.join(ours)}." if ours else ""
        read = pluralize(len(state.pack.items), "abstract")
        reason = f"The corpus does not say: the model found no answer in what it was given to read ({read})."
        blank = self._blank(task, state)
        return replace(blank, reason=reason + missing, near_misses=near_misses(task.question, task.found))

    def _blank(self, task: Task, state: _State) -> Answer:
        usage = self._call.usage
        return Answer(
            question=task.asked,
            standalone_question=task.question.text,
            outcome="refused",
            mode="generate",
            model=self._model.name,
            usage=usage.to_dict(),
            cost=self._model.cost(usage),
            checks={name: count for name, count in sorted(state.counts.items()) if count or name == "checked"},
            notices=tuple(state.notices),
        )


def _must_be_readable(draft: Draft, reply: Reply) -> None:
    """Raise ModelError for a reply that holds nothing: declined, cut before its first claim, or not in the form asked for."""
    if draft.readable or reply.why == "stopped":
        return
    if reply.why == "filtered":
        raise ModelError("The model declined to answer, or its service's content filter did.")
    if not reply.complete:
        raise ModelError(f"The model's reply ended before its first sentence was whole. {_EARLY.get(reply.why, _EARLY['cut'])}")
    raise ModelError("The model's reply was, twice, not the JSON that was asked for.")
