"""Who is asked by a command: our assistant, or another system; with the corpus that the questions are about, where they are about one."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from eval.questions import refers_to_corpus
from eval.records import Question
from eval.runs import OwnAnswers, SystemAnswers
from eval.systems import ProgramSystem, PythonSystem, ServiceSystem, load_system
from rag.model import Settings, SettingsError

if TYPE_CHECKING:
    from rag.assistant import Assistant


@dataclass(frozen=True, slots=True)
class Asked:
    """What the options of a command name: one of `system`, `command` and `url`, or none for our assistant. `stdin` is what a program is
    given, `seconds` the time that a program or a service has."""

    system: str | None = None
    command: str | None = None
    url: str | None = None
    stdin: Literal["text", "json"] = "text"
    seconds: float = 120.0


@contextmanager
def answers_of(asked: Asked, settings: Settings, questions: Sequence[Question]) -> Iterator[OwnAnswers | SystemAnswers]:
    """The answers of who is asked. An index is opened, and made where there is none, only for our assistant and for questions that refer
    to abstracts. Raises SettingsError for what cannot be asked."""
    other = system_of(asked, settings)
    with opened(settings, needed=other is None or refers_to_corpus(questions)) as assistant:
        if other is None:
            assert assistant is not None
            yield OwnAnswers(assistant)
            return
        with closing(other):
            _tell_lost_turns(other, questions)
            yield SystemAnswers(other, assistant)


def system_of(asked: Asked, settings: Settings) -> PythonSystem | ProgramSystem | ServiceSystem | None:
    """The other system that is named; None for ours. Raises SettingsError where several are named, or one that cannot be asked."""
    named = [one for one in (asked.system, asked.command, asked.url) if one is not None]
    if len(named) > 1:
        raise SettingsError("Only one of --system, --command and --url can be asked.")
    if asked.system is not None:
        return load_system(asked.system)
    if asked.command is not None:
        return ProgramSystem(asked.command, given=asked.stdin, seconds=asked.seconds)
    return None if asked.url is None else ServiceSystem(asked.url, settings, seconds=asked.seconds)


def _tell_lost_turns(system: PythonSystem | ProgramSystem | ServiceSystem, questions: Sequence[Question]) -> None:
    lost = sum(bool(one.history) for one in questions)
    if lost and not system.takes_history:
        how = " --stdin json gives them." if isinstance(system, ProgramSystem) else ""
        sys.stderr.write(f"{lost} questions follow on earlier turns, which {system.name} does not take: it is asked without them.{how}\n")


@contextmanager
def opened(settings: Settings, corpus: Path | None = None, *, needed: bool) -> Iterator[Assistant | None]:
    """The assistant on a corpus: on files that are named, by an index that is made for this run alone, else, where one is needed, on that
    of the settings; None where none is."""
    from rag.assistant import Assistant
    from rag.index import bring_up_to_date

    if corpus is None and not needed:
        yield None
        return
    own = corpus is None or (corpus,) == settings.corpus
    with nullcontext("") if own else tempfile.TemporaryDirectory(prefix="abstract-rag-") as place:
        update = {"corpus": (corpus,), "index_dir": Path(place) / "index", "embedding": "wordllama"}
        chosen = settings if own else settings.model_copy(update=update)
        bring_up_to_date(chosen)
        with Assistant.open(chosen) as assistant:
            yield assistant
