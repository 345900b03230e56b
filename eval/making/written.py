"""Questions that a model writes about one sentence, in the words of a persona; what it says is held against that sentence by code."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from eval.making.material import Work, made
from eval.making.words import making_data
from eval.records import Question
from rag.llm import Call, LanguageModel, json_part
from rag.model import ModelError
from rag.text import folded_words

_REPLY = 400  # tokens
_LEAST = 8  # words of a sentence that is worth a question


def _schema(*names: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: {"type": "string"} for name in names},
        "required": list(names),
        "additionalProperties": False,
    }


class Writer:
    """Asks a model for questions. `dropped` counts by reason what it wrote and cannot be used; `failure` is why it was asked no more."""

    def __init__(self, model: LanguageModel, tokens: int) -> None:
        """`tokens` is what one question may use."""
        self._model, self._tokens = model, tokens
        self.dropped: Counter[str] = Counter()
        self.failure = ""

    def questions(self, works: Sequence[Work], seed: int) -> Iterator[Question]:
        """A question for each sentence, in an order by chance, by one persona after the other, each asked for when it is wanted."""
        personas = list(making_data()["personas"].items())
        pairs = [(work, sentence) for work in works for sentence, words in work.sentences if len(words) >= _LEAST]
        pairs.sort(key=lambda pair: hashlib.sha256(f"{seed}:{pair[1]}".encode()).digest())
        for place, (work, sentence) in enumerate(pairs):
            try:
                question = self.write(work, sentence, *personas[place % len(personas)])
            except ModelError as error:
                self.failure = str(error)
                return
            if question is not None:
                yield question

    def write(self, work: Work, sentence: str, persona: str, manner: str) -> Question | None:
        """The question of a persona that a sentence answers, None where it is of no use. Raises ModelError."""
        data = making_data()["model"]
        system = data["write"].format(persona=manner, copied=data["most_copied"])
        said = self._ask(system, data["write_given"].format(paper=work.paper, sentence=sentence), "question", "answer")
        question, answer = said.get("question", "").strip(), said.get("answer", "").strip()
        reason = fault(work, sentence, question, answer)
        if not reason and not self._answers(sentence, question, answer):
            reason = "the model answers it otherwise"
        if reason:
            self.dropped[reason] += 1
            return None
        tags = ["named" if work.name else "titled", "written", persona]
        return made("fact", question, work=work, quote=sentence, must=[answer], answer=answer, tags=tags)

    def _answers(self, sentence: str, question: str, answer: str) -> bool:
        """True where the model, given the sentence alone, gives the same answer."""
        data = making_data()["model"]
        said = self._ask(data["check"], data["check_given"].format(question=question, sentence=sentence), "answer")
        return _has_run(folded_words(said.get("answer", "")), folded_words(answer))

    def _ask(self, system: str, text: str, *names: str) -> dict[str, str]:
        """What the model says under these names; nothing where its reply is none."""
        messages = [{"role": "system", "content": system}, {"role": "user", "content": text}]
        reply = self._model.complete(messages, schema=_schema(*names), call=Call(self._tokens), max_tokens=_REPLY)
        try:
            found = json.loads(json_part(reply.text))
        except ValueError:
            return {}
        return {name: found[name] for name in names if isinstance(found.get(name), str)} if isinstance(found, dict) else {}


def fault(work: Work, sentence: str, question: str, answer: str) -> str:
    """What is wrong with a written question, "" where nothing is."""
    if not question.endswith("?") or not answer:
        return "unreadable reply"
    if answer not in sentence:
        return "answer not in its sentence"
    called = folded_words(work.name or work.title)
    asked = folded_words(question)
    if called and not _has_run(asked, called):
        return "names no work"
    copied = making_data()["model"]["most_copied"] + 1
    said = folded_words(sentence)
    runs = (said[at : at + copied] for at in range(len(said) - copied + 1))
    if any(_has_run(asked, one) and not _has_run(called, one) for one in runs):
        return "copies its sentence"
    return ""


def _has_run(words: Sequence[str], part: Sequence[str]) -> bool:
    return bool(part) and any(list(words[at : at + len(part)]) == list(part) for at in range(len(words) - len(part) + 1))
