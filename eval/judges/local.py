"""The judge that needs no key and no network. It knows nothing of the check that the assistant's answers pass: its evidence is the
encoder's state of each word, the whole abstract, and what was put in, left out and turned round between a claim and its source.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from eval.judges.features import weigh
from eval.judges.reading import Reader
from eval.judges.tasks import Task
from eval.judges.trees import load_trees
from eval.records import Verdict
from rag.embedding import INSTALL, MiniLM, load_encoder
from rag.model import SettingsError, clean_text
from rag.support import Cited
from rag.text import sentence_spans

VERSION = "4"  # of the features and weights: verdicts of other versions do not compare
_SUPPORTED = 0.5  # the score from which on a claim is supported
_MET = 0.5  # the share of a claim's content that its abstracts must deal with at all: "absent" below, if it is not supported


class LocalJudge:
    """Says of each claim how probable it is that its sources bear it out, by trees that `python -m benchmarks.fit_judge` fits.

    A sentence of the source, word for word, is supported with the score 1. It never says contradicted. Safe to use from several threads.
    """

    name = f"local-{VERSION}"
    gatekeeper_of: frozenset[str] = frozenset()  # it lets no claim into an answer

    def __init__(self, encoder: MiniLM | None = None) -> None:
        """Use this encoder, or the one that is installed; raises SettingsError where there is none."""
        chosen = encoder or load_encoder()
        if chosen is None:
            raise SettingsError(f"The local judge needs the encoder's weights. Type: {INSTALL}")
        self._reader = Reader(chosen)

    def decide(self, tasks: Sequence[Task]) -> list[Verdict]:
        """One verdict a task."""
        return [self._decide(task) for task in tasks]

    def _decide(self, task: Task) -> Verdict:
        if _verbatim(task):
            return task.verdict("supported", 1.0)
        found = weigh(self._reader, clean_text(task.said), [_cleaned(part) for part in task.parts])
        if found is None:
            return task.verdict("absent", 0.0)
        score = round(load_trees().score(found), 4)
        return task.verdict("supported" if score >= _SUPPORTED else "weak" if found["around"] >= _MET else "absent", score)


def _verbatim(task: Task) -> bool:
    """Whether each sentence of the claim is a whole sentence of what it is held against."""
    known = {one for part in task.parts for start, end in part.spans for one in _sentences(part.text[start:end])}
    said = list(_sentences(task.said))
    return bool(said) and known.issuperset(said)


def _sentences(text: str) -> Iterator[str]:
    """The sentences of a text as people read them: without residue of LaTeX, and with single spaces."""
    yield from (" ".join(clean_text(text[start:end]).split()) for start, end in sentence_spans(text))


def _cleaned(part: Cited) -> Cited:
    """The same sentences in the text as it is shown; one that reads otherwise there is put at its end."""
    text = clean_text(part.text)
    if text == part.text:
        return part
    spans = []
    for start, end in part.spans:
        said = clean_text(part.text[start:end])
        if said not in text:
            text = f"{text} {said}"
        at = text.index(said)
        spans.append((at, at + len(said)))
    return Cited(text, tuple(spans), part.title)
