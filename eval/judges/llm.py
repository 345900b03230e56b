"""The judge that asks a model: each claim is split into statements, each judged against the sources; what was judged once is kept."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from pathlib import Path
from random import Random
from statistics import fmean
from typing import Self

from eval.judges.prompt import JUDGE, SCHEMA, VERSION, Heard, Item, Judgement, messages, read_items
from eval.judges.tasks import Task
from eval.records import Decision, Spent, Verdict
from eval.statistics import pair_agreement
from rag.answers import count_tokens
from rag.llm import Call, ChatModel, Usage
from rag.model import ModelError, RagError, Settings, SettingsError

# The cache of verdicts on disk, keyed by claims, texts, model, prompt and repeat.


class VerdictCache:
    """Judgements by key: one line of JSON each, appended and never changed, so that a killed run loses at most its last line.

    Without a folder it is kept in memory only. Threads and processes may share a folder. `failures` counts what could not be
    written: it is kept in memory.
    """

    def __init__(self, folder: Path | None) -> None:
        """Read what is there; raises RagError where the folder cannot be used."""
        self._known: dict[str, Judgement] = {}
        self._lock = threading.Lock()
        self._path = None if folder is None else folder / "llm-verdicts.jsonl"
        self.failures = 0
        if self._path is not None:
            self._read(self._path)

    def get(self, model: str, item: Item, repeat: int) -> Judgement | None:
        """What the model said of it in this repeat."""
        return self._known.get(_key(model, item, repeat))

    def put(self, model: str, item: Item, repeat: int, judgement: Judgement) -> None:
        """Remember it."""
        key = _key(model, item, repeat)
        row = json.dumps({"key": key, "statements": judgement.to_list()}, ensure_ascii=False)
        with self._lock:
            self._known[key] = judgement
            if self._path is None:
                return
            try:
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(f"\n{row}\n")  # the line feed before it ends a line that a killed run left unfinished
            except OSError:
                self.failures += 1

    def _read(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lines = path.read_text(encoding="utf-8", errors="replace").split("\n") if path.exists() else []
        except OSError as error:
            raise RagError(f"The judge's cache {path} cannot be used: {error}. Choose another folder.") from error
        for line in lines:
            try:
                row = json.loads(line)
                judgement = Judgement.read(row["statements"])
                if judgement is not None:
                    self._known[row["key"]] = judgement
            except (ValueError, TypeError, KeyError, RecursionError):
                continue  # empty, or unfinished when a run was killed


def _key(model: str, item: Item, repeat: int) -> str:
    return hashlib.sha256(json.dumps([model, VERSION, item.claim, item.text, repeat]).encode()).hexdigest()


# The judge that asks a model: any OpenAI-compatible one splits each claim into statements and judges each against the text.

_MOST_ITEMS = 16  # in one request: with more, models lose count
_AN_ITEM = 60  # tokens of a reply for each item, beside its claim said twice
_AROUND = 64  # tokens of a request around its messages; the schema, too, may be put into words there
_HARSHNESS: dict[Decision, int] = {"supported": 0, "weak": 1, "absent": 2}
_INCOMPLETE = {
    "length": "The model's reply was longer than it may be (RAG_REPLY_TOKENS).",
    "filtered": "The model declined to judge it, or its service's content filter did.",
}

Found = dict[Item, Judgement | str]  # a str is why there is no judgement


class LlmJudge:
    """Judges by a model, each claim against its text alone; what stays without a verdict is "unscored" with the reason.

    A claim is "supported" if all its statements are, "absent" if nothing of any is, else "weak"; the score is the share that
    is supported. With `repeats` each claim is judged so often, among others in another order, and the majority decides, a tie
    going to the harsher decision. Threads may share a judge.
    """

    def __init__(self, model: ChatModel, settings: Settings, *, cache: Path | None = None, repeats: int = 1) -> None:
        """`cache` is a folder for what was judged. Raises SettingsError for `repeats` below 1, ModelError where no model is named
        and the server lists none, RagError for a cache that cannot be used."""
        if repeats < 1:
            raise SettingsError(f"The repeats of a judge must be at least 1, not {repeats}.")
        self._model, self._settings, self._repeats = model, settings, repeats
        self._cache = VerdictCache(cache)
        self._lock = threading.Lock()
        self._usage = Usage()
        self._decided: dict[Item, list[Decision]] = {}
        self.model = model.name
        self.name = f"llm-{self.model}-{VERSION}"
        self.gatekeeper_of = frozenset({self.model})
        self._counts: Counter[str] = Counter()

    @classmethod
    def open(cls, settings: Settings, *, cache: Path | None = None, repeats: int = 1) -> LlmJudge:
        """The judge by the model that the settings name; raises SettingsError where they name no service, and as `__init__`."""
        if not settings.has_model:
            raise SettingsError(
                "The judge llm needs a model service: set OPENAI_API_KEY, or OPENAI_BASE_URL to the address of an OpenAI-compatible "
                "server. Without one, use the judge local."
            )
        return cls(ChatModel.open(settings), settings, cache=cache, repeats=repeats)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the model's connections back."""
        self._model.close()

    @property
    def usage(self) -> Usage:
        """What was sent and received so far; the cache costs nothing."""
        return self._usage

    @property
    def cost(self) -> float | None:
        """US dollars so far; None where the price of the model is not known."""
        return self._model.cost(self._usage)

    @property
    def counts(self) -> Mapping[str, int]:
        """How often it happened so far: "requests", "cached" and "asked_again" judgements, "unknown_ids" in replies, judgements that
        stayed "missing", "cache_failures" (judgements that could not be written)."""
        with self._lock:
            return Counter({**self._counts, "cache_failures": self._cache.failures})

    @property
    def agreement(self) -> float | None:
        """The share of pairs of repeats that decided the same; None where nothing was judged twice."""
        with self._lock:
            return pair_agreement(self._decided.values())

    @property
    def spent(self) -> Spent:
        """All of that so far, in one record. What was sent costs nothing where it was nothing."""
        with self._lock:
            pairs = [one == other for said in self._decided.values() for one, other in combinations(said, 2)]
            usage = self._usage
        cost = self._model.cost(usage) if usage.total else 0.0
        counts = {name: count for name, count in self.counts.items() if count and name != "requests"}
        return Spent(usage.requests, usage.prompt_tokens, usage.completion_tokens, cost, counts, sum(pairs), len(pairs))

    def decide(self, tasks: Sequence[Task]) -> list[Verdict]:
        """One verdict a task. The same claim and text are judged once."""
        items = [Item.of(task) for task in tasks]
        asked = list(dict.fromkeys(item for item in items if item.claim.strip() and item.text))
        rounds = [self._round(asked, repeat) for repeat in range(self._repeats)]
        with self._lock:
            for item in asked:
                self._decided[item] = [said.decision for found in rounds if isinstance(said := found[item], Judgement)]
        return [
            _combined(task, [found[item] for found in rounds])
            if item in rounds[0]
            else task.verdict("absent", 0.0, why="There is no claim, or no text to hold it against.")
            for task, item in zip(tasks, items, strict=True)
        ]

    def _round(self, items: Sequence[Item], repeat: int) -> Found:
        """Judge items once: from the cache, else by the model."""
        known = {item: self._cache.get(self.model, item, repeat) for item in items}
        found: Found = {item: said for item, said in known.items() if said is not None}
        self._count(cached=len(found))
        rest = [item for item in items if item not in found]
        if repeat:
            Random(repeat).shuffle(rest)  # the same request again would be given the same reply
        batches = [batch for batch in self._batches(rest) if batch]
        with ThreadPoolExecutor(self._settings.model_concurrency) as pool:
            for judged in pool.map(lambda batch: self._judged(batch, repeat), batches):
                found |= judged
        too_long = "The claim and its text do not fit into the model's window (RAG_MODEL_WINDOW)."
        return {item: found.get(item, too_long) for item in items}

    def _batches(self, items: Sequence[Item]) -> Iterator[list[Item]]:
        """Cut into requests that fit the window, and whose replies will; an item that is too long by itself is left out."""
        room = self._settings.model_window - self._reply_tokens - count_tokens(JUDGE + json.dumps(SCHEMA)) - _AROUND
        batch: list[Item] = []
        taken = said = 0
        for item in items:
            size, reply = count_tokens(item.line()), 2 * count_tokens(item.claim) + _AN_ITEM
            if size > room:
                continue
            if batch and (taken + size > room or said + reply > self._reply_tokens or len(batch) == _MOST_ITEMS):
                yield batch
                batch, taken, said = [], 0, 0
            batch.append(item)
            taken, said = taken + size, said + reply
        yield batch

    @property
    def _reply_tokens(self) -> int:
        return min(self._settings.reply_tokens, self._settings.model_window // 4)

    def _judged(self, batch: Sequence[Item], repeat: int) -> Found:
        """Ask for a batch, and once more for what has no judgement; in halves where the reply was declined or cut."""
        try:
            heard, whole = self._ask(batch)
        except ModelError as error:
            return self._kept(batch, {}, {item.id: str(error) for item in batch}, repeat)
        judgements, problems = dict(heard.judgements), dict(heard.problems)
        rest = [item for item in batch if item.id in problems]
        half = len(rest) if whole else (len(rest) + 1) // 2
        for start in range(0, len(rest), half or 1):
            part = rest[start : start + half]
            self._count(asked_again=len(part))
            try:
                again, _ = self._ask(part)
            except ModelError as error:
                problems |= {item.id: str(error) for item in part}
                continue
            judgements |= again.judgements
            problems |= again.problems
        return self._kept(batch, judgements, problems, repeat)

    def _kept(self, batch: Sequence[Item], judgements: Mapping[str, Judgement], problems: Mapping[str, str], repeat: int) -> Found:
        found: Found = {}
        for item in batch:
            judgement = judgements.get(item.id)
            if judgement is not None:
                self._cache.put(self.model, item, repeat, judgement)
            found[item] = judgement or problems[item.id]
        self._count(missing=sum(isinstance(one, str) for one in found.values()))
        return found

    def _ask(self, items: Sequence[Item]) -> tuple[Heard, bool]:
        """One request; also whether its reply is whole. Raises ModelError."""
        call = Call(self._settings.question_tokens)
        try:
            reply = self._model.complete(messages(items), schema=SCHEMA, call=call, max_tokens=self._reply_tokens)
        finally:
            with self._lock:
                self._usage += call.usage
            self._count(requests=1)
        otherwise = "" if reply.complete else _INCOMPLETE.get(reply.why, "The model's reply was cut.")
        heard = read_items(reply.text, [item.id for item in items], otherwise)
        self._count(unknown_ids=heard.unknown)
        return heard, reply.complete

    def _count(self, **more: int) -> None:
        with self._lock:
            self._counts.update(more)


def _combined(task: Task, found: Sequence[Judgement | str]) -> Verdict:
    """The majority of the repeats, those without a judgement left aside."""
    said = [one for one in found if isinstance(one, Judgement)]
    reasons = [one for one in found if isinstance(one, str)]
    if not said:
        return task.verdict("unscored", why=reasons[0])
    counts = Counter(one.decision for one in said)
    decision = max(counts, key=lambda one: (counts[one], _HARSHNESS[one]))
    flags = next(one.flags for one in said if one.decision == decision)
    why = f"{len(reasons)} of {len(found)} repeats gave no verdict: {reasons[0]}" if reasons else ""
    return task.verdict(decision, fmean(one.score for one in said), flags, why)
