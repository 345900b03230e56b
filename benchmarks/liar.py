"""What the evaluation says of a model that sends only altered sentences: `python -m benchmarks.liar [--limit 120]`.

A scripted model on loopback answers every question by sentences of the abstracts that it is given, each made false by rule (a figure, a
name, a verb's sense, an over-claim). What passes the check of the answers is judged by the local judge of the evaluation. The truth is 0 %.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from random import Random
from statistics import fmean
from typing import Any

from benchmarks.damaged import negated, over_claimed, swapped_name, wrong_number
from benchmarks.development import temporary_settings
from eval import evaluate, load_questions
from eval.judges import LocalJudge
from eval.report import trust_lines
from eval.runs import Run
from rag.assistant import Assistant
from rag.support import proper_names
from tests.fakes import FakeOpenAI
from tests.writing import all_rows, claim, given, is_planning, is_reading, is_repair, reply, same_question

_SENTENCES = 4  # of an answer


class Liar:
    """Writes answers of altered sentences, and remembers them with what was done to each."""

    def __init__(self) -> None:
        self.told: dict[str, str] = {}

    def write(self, body: Mapping[str, Any]) -> str:
        """The reply to a request."""
        if is_planning(body):
            return same_question(body)
        if is_reading(body):
            return all_rows(body)
        if is_repair(body):
            return reply()
        return reply(*self._claims(body))

    def _claims(self, body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        made = 0
        for key, sentences in given(body).items():
            text = " ".join(sentences.values())
            for number, sentence in sentences.items():
                altered = self._altered(sentence, text)
                if altered is not None and made < _SENTENCES:
                    made += 1
                    yield claim(altered, (key, int(number), " ".join(sentence.split()[:8])))

    def _altered(self, sentence: str, text: str) -> str | None:
        chance = Random(hashlib.sha256(sentence.encode()).digest())
        others = [name for name in proper_names(text) if name not in sentence]
        ways = {
            "wrong number": lambda: wrong_number(sentence, text, chance),
            "swapped name": lambda: swapped_name(sentence, text, others, chance),
            "negated": lambda: negated(sentence, chance),
            "over-claim": lambda: over_claimed(sentence, chance),
        }
        for kind in sorted(ways, key=lambda _: chance.random()):
            for _, said in ways[kind]():
                if said != sentence:
                    self.told[" ".join(said.split())] = kind
                    return said
        return None


def claims(run: Run) -> list[list[str]]:
    """The claims with citations, by answer."""
    answers = [[" ".join(one.text.split()) for one in row.answer.claims if one.kind == "evidence"] for row in run.rows if row.answer]
    return [one for one in answers if one]


def main() -> None:
    """Ask, judge, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--limit", type=int, default=120)
    questions = load_questions()[: parser.parse_args().limit]
    liar = Liar()
    with FakeOpenAI(default=liar.write) as service, temporary_settings() as settings:
        writing = settings.model_copy(update={"openai_base_url": service.url, "judge": "local", "mode": "generate"})
        with Assistant.open(writing) as assistant:
            run = evaluate(questions, assistant, LocalJudge())
    said = claims(run)
    altered = Counter(liar.told[one] for answer in said for one in answer if one in liar.told)
    truth = fmean(1 - sum(one in liar.told for one in answer) / len(answer) for answer in said)
    print(f"Altered sentences among {sum(map(len, said))} claims, the others being verbatim: {dict(altered)}")
    print(f"In truth {truth:.1%} of an answer's claims are faithful, in the mean over answers, and none in the model's own words.")
    for line in trust_lines(run.corrected, run.metrics):
        print(line)


if __name__ == "__main__":
    sys.exit(main())
