"""What becomes of an answer at services that are odd: `python -m benchmarks.odd_services`, or with words of the kinds to ask.

Each kind replies in its own way to the requests for a plan, for the answer and for verdicts; what it would say holds the answer. For each
it is printed what was answered, by the model (`generate`) or in the abstracts' own sentences (`extract`), to a question that names its
work and to one that leans on the turn before it. No kind may end in "The corpus does not say": that count must be 0.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.odd_kinds import Kind, groups
from rag.assistant import Assistant
from rag.llm import ChatModel
from rag.model import Answer, Settings
from tests.fakes import FakeOpenAI
from tests.scripted import Content
from tests.writing import Body, claim, is_judging, is_planning, judged_items, place, plan, reply, verdicts

QUESTION = "How does KS-Lottery find winning tickets?"
LEANING = "How does it find winning tickets?"
BEFORE = (
    {"role": "user", "content": "What is KS-Lottery?"},
    {"role": "assistant", "content": "KS-Lottery is a method to identify a small subset of LLM parameters [1]."},
)
KEY_IDEA = "Our key idea is to use Kolmogorov-Smirnov Test"
THEORY = "We further theoretically prove that KS-Lottery"
OWN_WORDS = "KS-Lottery analyzes with the Kolmogorov-Smirnov Test how the distribution of parameters shifts in fine-tuning."


def good(body: Body) -> str:
    """What a good model says: a claim in its own words, and one in those of the abstract."""
    if is_planning(body):
        return plan(QUESTION, "Kolmogorov-Smirnov test of parameters before and after fine-tuning")
    if is_judging(body):
        return verdicts(*((item["number"], "supported", "") for item in judged_items(body)))
    idea, theory = place(body, KEY_IDEA), place(body, THEORY)
    cited = [(key, number, " ".join(sentence.split()[:8])) for key, number, sentence in (idea, theory)]
    return reply(claim(OWN_WORDS, cited[0]), claim(theory[2], cited[1]))


@dataclass(frozen=True)
class Outcome:
    """What became of the two questions at a kind of service, and how many requests they took."""

    kind: Kind
    answers: tuple[Answer, ...]
    requests: int

    @property
    def refused(self) -> bool:
        """True where a question was refused that the abstracts answer."""
        return any(one.outcome == "refused" or "does not say" in (one.reason or "") for one in self.answers)

    @property
    def unread(self) -> bool:
        """True where the reply holds the answer, and it was not taken from there."""
        return self.kind.readable and any(one.mode != "generate" or not one.claims for one in self.answers)

    def line(self) -> str:
        """For print."""
        said = [f"{one.mode:<8} {one.outcome:<8} {len(one.claims)}{'...' if one.incomplete else '   '}" for one in self.answers]
        sign = "REFUSED" if self.refused else "UNREAD" if self.unread else ""
        notice = next((f"  {text[:150]}" for one in self.answers for text in (*one.notices, one.reason) if text), "")
        return f"{self.kind.name:<46} {' | '.join(said)} {self.requests:>3} {sign:<7}{notice}".rstrip()


def asked(kind: Kind, folder: Path) -> Outcome:
    """Ask a service of this kind both questions."""
    done: list[int] = []

    def model(body: Body) -> Content:
        done.append(1)
        return kind.says(body, good(body)) if len(done) <= kind.only else good(body)

    with FakeOpenAI(default=model, abilities=kind.abilities) as service:
        settings = Settings(_env_file=None, **{"index_dir": folder, "openai_base_url": service.url, "model": "odd"} | dict(kind.options))
        opened = ChatModel.open(settings, sleep=lambda _: None, announce=lambda _: None)
        with Assistant.open(settings, model=opened) as assistant:
            answers = tuple(_answer(assistant, kind, *one) for one in ((QUESTION, ()), (LEANING, BEFORE)))
        return Outcome(kind, answers, len(service.chats))


def _answer(assistant: Assistant, kind: Kind, question: str, before: Sequence[dict[str, str]]) -> Answer:
    """The answer, stopped where the kind says so."""
    stop = threading.Event()
    soon = threading.Timer(1.0, stop.set)
    if kind.stops == "soon":
        soon.start()
    answer = None
    for step in assistant.stream(question, list(before), stop=stop):
        if step.claim is not None and kind.stops == "claim":
            stop.set()
        answer = step.answer or answer
    soon.cancel()
    assert answer is not None
    return answer


def measured(words: Sequence[str], folder: Path) -> list[Outcome]:
    """Ask all kinds whose names have these words, and print each outcome."""
    found = []
    for heading, kinds in groups().items():
        chosen = [kind for kind in kinds if all(word in kind.name for word in words)]
        if chosen:
            print(f"\n{heading}", flush=True)
        for kind in chosen:
            found.append(asked(kind, folder))
            print(f"  {found[-1].line()}", flush=True)
    return found


def main() -> None:
    """Print all outcomes and counts; the exit status is 1 if any question was refused."""
    with TemporaryDirectory() as folder:
        found = measured(sys.argv[1:], Path(folder))
    readable = [one for one in found if one.kind.readable]
    unread = [one.kind.name for one in readable if one.unread]
    refused = [one.kind.name for one in found if one.refused]
    print(f"\n{len(found)} kinds of service; of {len(readable)} that hold the answer {len(readable) - len(unread)} were read")
    print(f"answered in the abstracts' own sentences instead: {', '.join(unread) or 'none'}")
    print(f"refusals caused by format, stop or failure: {len(refused)}{': ' + ', '.join(refused) if refused else ''}")
    sys.exit(1 if refused else 0)


if __name__ == "__main__":
    main()
