"""An answer written by a language model: each claim is checked, judged, repaired once, then kept, dropped or flagged."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace

from rag.answers.checking import Checking
from rag.answers.claim_reader import ClaimReader
from rag.answers.draft import Reply as Draft
from rag.answers.draft import read_reply
from rag.answers.judging import Judging
from rag.answers.prompts import (
    EvidencePack,
    Messages,
    Reading,
    Wish,
    count_tokens,
    pack_evidence,
    repair_messages,
    repair_schema,
    write_messages,
    write_schema,
)
from rag.answers.task import State, Task
from rag.answers.verify import Checked
from rag.answers.written import as_drafted, in_question_words, written_answer
from rag.llm import Call, LanguageModel, Prompts, Reply, Restart, TooLongError
from rag.model import Answer, Event, ModelError, Settings

_REPAIR_TOKENS = 800  # of the window, kept free for the claims that failed and what is wrong with them
_LEAST_EVIDENCE = 256  # tokens; with less there is nothing to read
_COUNTED = 0.85  # of a window, by our count of tokens: a service's own may be higher
_NEXT = 1000  # what the places of a further reply's claims begin with: no reply has as many
_UNANSWERABLE = re.compile(r'"answerable"\s*:\s*"?false')
_EARLY = {
    "length": "It was as long as it may be: raise RAG_REPLY_TOKENS.",
    "late": "It took longer than it may: ask again later, or raise RAG_MODEL_DEADLINE.",
    "cut": "The connection broke: ask again.",
    "repeats": "It said the same again and again, as small models do: a larger model, or RAG_MODE=extract, serves better.",
}


class Writer:
    """Writes one answer with one model. Make one for each question."""

    def __init__(self, model: LanguageModel, prompts: Prompts, settings: Settings, call: Call, judge: LanguageModel | None = None) -> None:
        """`judge` is the model that says whether the cited sentences bear a claim out; without one our own check does."""
        self._model, self._prompts, self._settings, self._call = model, prompts, settings, call
        self._window = settings.model_window
        self._judging = None if judge is None else Judging(judge, prompts, call, self._reply_tokens)

    @property
    def _reply_tokens(self) -> int:
        return min(self._settings.reply_tokens, max(128, self._window // 2 - _LEAST_EVIDENCE))

    def events(self, task: Task) -> Iterator[Event]:
        """The claims as they are checked, then the answer; its outcome is "refused" where the model says that nothing answers.

        Raises ModelError where the service gives nothing that can be used.
        """
        with self._judging or nullcontext():
            state = State(EvidencePack(()))
            draft, reply = yield from self._drafts(task, state)
            if draft.answerable or reply.why == "stopped":
                yield from self._checking(state).summed_up()
                if reply.complete:
                    yield from self._repaired(task, state)
        if self._judging is not None:
            state.counts["judged"] += self._judging.judged
            if self._judging.unjudged:
                why = self._judging.unjudged
                state.notices.append(f"What the model wrote was checked by words alone, because the judging model gave no verdict: {why}")
        blank = self._blank(task, state)
        yield Event("answer", answer=written_answer(blank, task, state, draft, reply, flag=self._settings.unsupported == "flag"))

    def _checking(self, state: State) -> Checking:
        return Checking(state, self._judging)

    def _drafts(self, task: Task, state: State) -> Generator[Event, None, tuple[Draft, Reply]]:
        """The model's reply, section by section; and one more, from what else is found, where it finds no answer or something missing."""
        if task.sections:
            return (yield from self._in_sections(task, state))
        draft, reply = yield from self._draft(task, state, task.readings, task.wish, 0)
        state.gaps = tuple(one for one in draft.missing if in_question_words(one, task.question.text, task.wish.asked))
        if not reply.complete or (draft.answerable and not state.gaps):
            return draft, reply
        known = {item.found.abstract.id for item in state.pack.items}
        further = [one for one in task.more(state.gaps, not draft.answerable) if one.found.abstract.id not in known]
        if not further:
            return draft, reply
        said = tuple(one.draft.text for one in state.checked)
        state.words //= 2  # what was missing has room besides
        try:
            second, again = yield from self._draft(task, state, further, replace(task.wish, known=said), _NEXT)
        except ModelError:
            return draft, reply
        if not second.answerable:
            return draft, reply
        state.gaps = tuple(one for one in state.gaps if one in second.missing) if draft.answerable else second.missing
        return second, again

    def _in_sections(self, task: Task, state: State) -> Generator[Event, None, tuple[Draft, Reply]]:
        """One reply for each section. Those that fail are left out, unless none is left."""
        found: list[tuple[Draft, Reply]] = []
        failure: ModelError | None = None
        words = max(60, task.wish.words // len(task.sections))
        for place, (heading, readings) in enumerate(task.sections):
            wish = replace(task.wish, section=heading, words=words, known=tuple(one.draft.text for one in state.checked[:3]))
            state.headings.append(((place * _NEXT, -1), heading))
            state.words = 0
            try:
                found.append((yield from self._draft(task, state, readings, wish, place * _NEXT)))
            except ModelError as error:
                failure = error
            if found and found[-1][1].why == "stopped":
                break
        usable = [one for one in found if one[0].answerable] or found
        if not usable:
            raise failure or ModelError("The model wrote no section.")
        cut = next((one for one in found if not one[1].complete), None)
        return cut or usable[-1]

    def _draft(
        self, task: Task, state: State, readings: Sequence[Reading], wish: Wish, since: int
    ) -> Generator[Event, None, tuple[Draft, Reply]]:
        """`_draft_once`; once more with fewer abstracts where the model cannot take in as much as the settings say."""
        before = state.pack
        try:
            return (yield from self._draft_once(task, state, readings, wish, since))
        except TooLongError as error:
            window = round(_COUNTED * (error.window or self._window / 2))
            if window >= self._window:
                raise
            self._window, state.pack = window, before
            state.notices.append(f"The model takes in fewer tokens than RAG_MODEL_WINDOW says: it was given what fits into {window}.")
            return (yield from self._draft_once(task, state, readings, wish, since))

    def _draft_once(
        self, task: Task, state: State, readings: Sequence[Reading], wish: Wish, since: int
    ) -> Generator[Event, None, tuple[Draft, Reply]]:
        """One reply to one request for claims; asked for once more where it is nothing that can be read. Its claims' places begin at
        `since`. Raises ModelError where there is nothing to read in it."""
        pack = self._packed(task, state, readings, wish)
        messages = write_messages(self._prompts, pack, task.question.text, wish)
        schema = write_schema([item.key for item in pack.items], wish.parts)
        state.pack = EvidencePack((*state.pack.items, *pack.items), state.pack.left_out + pack.left_out)
        before = len(state.checked)
        for asked in (messages, [*messages, {"role": "user", "content": self._prompts.fill("unreadable").strip()}]):
            reply = yield from self._read(state, asked, schema, wish, since)
            if "</think>" in reply.text and not reply.text.lstrip().startswith("<think>") and len(state.checked) > before:
                state.forget(since)  # claims of thoughts that could not be known as such
                yield Event("restart")
            draft = read_reply(reply.text) if reply.complete else Draft(bool(state.checked[before:]), True, (), ())
            if len(state.checked) == before and reply.complete:  # of a form that is not read as it comes
                state.columns = state.columns or draft.columns
                if draft.answerable:
                    yield from self._checking(state).told(draft.claims, wish, since)
            state.beyond += draft.beyond
            if draft.readable or not reply.complete:
                break
            state.counts["unreadable"] += 1
        _must_be_readable(draft, reply)
        if not draft.answerable and len(state.checked) > before:
            state.forget(since)
            yield Event("restart")
        return draft, reply

    def _packed(self, task: Task, state: State, readings: Sequence[Reading], wish: Wish) -> EvidencePack:
        room = self._window - self._reply_tokens - _REPAIR_TOKENS
        bare = write_messages(self._prompts, EvidencePack(()), task.question.text, wish)
        fixed = sum(count_tokens(one["content"]) for one in bare)
        packed = pack_evidence(task.question, readings, room - fixed, state.pack.by_key)
        if not packed.items:
            raise ModelError(
                f"The model's window of {self._window} tokens leaves no room for evidence. Raise RAG_MODEL_WINDOW, "
                "or lower RAG_REPLY_TOKENS."
            )
        return packed

    def _read(self, state: State, messages: Messages, schema: dict[str, object], wish: Wish, since: int) -> Generator[Event, None, Reply]:
        """Follow one reply; each claim is checked as soon as it is whole, and told once it passes."""
        reader = ClaimReader()
        for piece in self._model.stream(messages, schema=schema, call=self._call.part("write"), max_tokens=self._reply_tokens):
            if isinstance(piece, Reply):
                return piece
            if isinstance(piece, Restart):
                reader = ClaimReader()
                if state.numbers:
                    yield Event("restart")
                state.forget(since)
                continue
            found = list(reader.feed(piece))
            state.columns = state.columns or (reader.columns if found else ())
            if not _UNANSWERABLE.search(reader.text):
                yield from self._checking(state).told(found, wish, since)
        raise ModelError("The model service ended its reply without a word.")

    def _repaired(self, task: Task, state: State) -> Iterator[Event]:
        """Ask once for the claims that failed, naming what is wrong with each; what passes now takes the old one's place."""
        failed = [index for index, one in enumerate(state.checked) if not one.passes]
        if not failed:
            return
        pack = self._concerned(state, [state.checked[index] for index in failed])
        faults = [(as_drafted(state.checked[index].draft), state.checked[index].faults) for index in failed]
        before = write_messages(self._prompts, pack, task.question.text, task.wish)
        schema = repair_schema([item.key for item in pack.items], task.wish.parts)
        call = self._call.part("repair")
        try:
            reply = self._model.complete(
                repair_messages(before, self._prompts, faults), schema=schema, call=call, max_tokens=self._reply_tokens
            )
        except ModelError as error:
            state.notices.append(f"Sentences that failed their check could not be repaired: {error}")
            return
        drafts = read_reply(reply.text, state.columns).claims
        yield from self._checking(state).mended(
            [one for one in drafts if one.number is not None and 1 <= one.number <= len(failed)], failed
        )

    def _concerned(self, state: State, failed: Sequence[Checked]) -> EvidencePack:
        """The abstracts that failed claims cite or that their faults name; all that fit where they name none."""
        named = {pointer.key for one in failed for pointer in one.draft.pointers} | {item.key for one in failed for item, _ in one.places}
        told = " ".join(fault for one in failed for fault in one.faults)
        items = tuple(item for item in state.pack.items if item.key in named or item.key in told)
        return EvidencePack(items or state.pack.items)

    def _blank(self, task: Task, state: State) -> Answer:
        usage = self._call.usage
        if state.pack.left_out:
            state.counts["abstracts_left_out"] = state.pack.left_out
        return Answer(
            question=task.wish.asked,
            standalone_question=task.question.text,
            outcome="refused",
            mode="generate",
            model=self._model.name,
            usage=usage.to_dict(),
            stages={name: one.to_dict() for name, one in self._call.stages.items()},
            cost=self._model.cost(usage),
            checks={name: count for name, count in sorted(state.counts.items()) if count or name == "checked"},
            read=len(state.pack.items),
            prompts=self._prompts.version,
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
