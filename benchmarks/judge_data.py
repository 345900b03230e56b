"""What the local judge is fitted to and measured on: labelled claims, reference answers, and sentences altered by rule."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from benchmarks.altered import FALSE, TRUE, Place
from benchmarks.damage import generated
from benchmarks.development import rows
from benchmarks.title_data import CORPUS
from rag.corpus.reading import read_file
from rag.embedding.wordllama import load_wordllama, unit_rows
from rag.model.records import Abstract
from rag.support import Cited
from rag.text import sentence_spans

ROOT = Path(__file__).parent.parent
SUPPORT = ("attributionbench_dev", "check_covid_abs_dev", "check_covid_sent_dev")
OWN = ("claims", "claims_dev", "claims_fluent_dev", "answers")
_SHUT = 3  # every third claim about the corpus is shut
_SEED = 20261122
_NOT_OF_A_CLAIM = ("beside", "caused", "spliced")  # rules that need a sentence of the text


@dataclass(frozen=True, slots=True)
class Example:
    """A claim and its sources. `group` is the text that it is about: examples of a group are fitted to together or not at all.

    `altered` where a rule made it of a labelled claim; `shut` where nothing may be fitted to it.
    """

    of: str
    claim: str
    parts: tuple[Cited, ...]
    supported: bool
    kind: str
    group: str
    shut: bool = False
    altered: bool = False


def abstracts() -> list[Abstract]:
    """Those of the shipped corpus."""
    return [one for path in sorted(CORPUS.glob("*.txt")) for one in read_file(path, name=path.name).abstracts]


def sentences(text: str) -> list[str]:
    """The sentences of a text."""
    return [text[start:end].strip() for start, end in sentence_spans(text)]


def _shut(name: str) -> bool:
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % _SHUT == 0


def _whole(text: str, title: str | None = None) -> tuple[Cited, ...]:
    return (Cited(text, ((0, len(text)),), title),)


def outside(name: str) -> Iterator[Example]:
    """The claims of `support/NAME.jsonl`."""
    for row in rows(f"support/{name}.jsonl"):
        yield Example(name, row["claim"], _whole(row["doc"]), row["label"] == 1, row["label_raw"], name[:5] + row["group"])


def own(corpus: Sequence[Abstract]) -> Iterator[Example]:
    """The labelled claims about the shipped corpus, and reference answers of one abstract with what they rest on."""
    at = {f"{source.file[:3]}:{source.line}": one for one in corpus for source in one.sources}
    lines = (ROOT / "eval" / "data" / "claims.jsonl").read_text(encoding="utf-8").splitlines()
    for row in map(json.loads, lines):
        yield _about(at[f"{row['source'][:3]}:{row['source'].rpartition(':')[2]}"], "claims", row)
    for row in rows("claims_dev.jsonl"):
        yield _about(at[row["ref"]], "claims_dev", row)
    for row in rows("claims_fluent_dev.jsonl"):
        parts = [_cited(at[ref], row["sentences"]) for ref in row["refs"]]
        found = tuple(part for part in parts if part.spans)
        yield Example(
            "claims_fluent_dev", row["claim"], found, row["label"] == "supported", row["kind"], at[row["refs"][0]].id, _shut(row["id"])
        )
    for name in ("questions", "refusals"):
        for row in map(json.loads, (ROOT / "eval" / "data" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()):
            yield from _answer(at, row)


def _about(one: Abstract, name: str, row: Mapping[str, Any]) -> Example:
    return Example(name, row["claim"], _whole(one.text, one.title), row["label"] == "supported", row["kind"], one.id, _shut(row["id"]))


def _cited(one: Abstract, said: Sequence[str]) -> Cited:
    return Cited(one.text, tuple((one.text.find(part), one.text.find(part) + len(part)) for part in said if part in one.text), one.title)


def _answer(at: Mapping[str, Abstract], row: Mapping[str, Any]) -> Iterator[Example]:
    """An answer of some words that rests on one abstract, held against its evidence and against the whole."""
    refs = {one["ref"] for one in row.get("evidence", ())}
    said = row.get("answer") or ""
    if row["kind"] in ("fact", "numeric", "why", "how", "definition", "followup") and len(refs) == 1 and len(said.split()) > 6:
        one = at[min(refs)]
        part = _cited(one, [quote["quote"] for quote in row["evidence"]])
        if part.spans and said.split()[0].strip(",:") not in ("Yes", "No"):
            yield Example("answers", said, (part,), True, "answer", one.id, _shut(row["id"]))
            yield Example("answers", said, _whole(one.text, one.title), True, "answer", one.id, _shut(row["id"]))


def spoilt(examples: Sequence[Example], each: int) -> Iterator[Example]:
    """True claims made false by rule, up to so many of each."""
    for number, one in enumerate(examples):
        if one.supported:
            random = Random(f"{_SEED}{number}{one.claim}")
            text = " ".join(part.text for part in one.parts)[:4000]
            place = Place(one.claim, text, sentences(text), ())
            rules = [rule for name, rule in FALSE.items() if name not in _NOT_OF_A_CLAIM]
            for kind, said in _some(rules, place, each, random):
                yield replace(one, claim=said, supported=False, kind=kind, altered=True)


def _some(rules: Sequence[Callable[[Place, Random], str | None]], place: Place, most: int, random: Random) -> Iterator[tuple[str, str]]:
    """What up to so many of the rules make of a sentence."""
    made = 0
    for rule in random.sample(rules, len(rules)):
        said = rule(place, random)
        if made < most and said and said != place.sentence:
            made += 1
            yield rule.__name__, said


def altered(name: str, number: int) -> Iterator[Example]:
    """Sentences of so many abstracts of a collection, reworded and made false."""
    documents = [row for row in rows(f"retrieval/{name}/corpus.jsonl") if len(sentences(row["text"])) > 2]
    chosen = Random(_SEED).sample(documents, number)
    for row, near in zip(chosen, _neighbours([row["text"] for row in chosen]), strict=True):
        yield from _of_text(name, f"{name}{row['_id']}", row["text"], near)


def _neighbours(texts: Sequence[str]) -> list[list[str]]:
    vectors = unit_rows(load_wordllama().embed([text[:1500] for text in texts]))
    order = np.argsort(-(vectors @ vectors.T), axis=1, kind="stable")
    return [[said for other in row[1:4] for said in sentences(texts[other])] for row in order]


def _of_text(name: str, group: str, text: str, others: Sequence[str]) -> Iterator[Example]:
    random = Random(f"{_SEED}{group}")
    said = [one for one in sentences(text) if 7 <= len(one.split()) <= 45]
    rules = [*FALSE.values(), *(FALSE[name] for name in ("other_number", "exchanged_numbers", "exchanged_names", "limit_dropped"))]
    for sentence in random.sample(said, min(3, len(said))):
        place = Place(sentence, text, said, others)
        for supported, group_of_rules, each in ((False, rules, 4), (True, list(TRUE.values()), 2)):
            start = _reworded(place, random)
            for kind, claim in _some(group_of_rules, start, each, random):
                alone = kind not in ("joined", *_NOT_OF_A_CLAIM) and random.random() < 0.5
                at = text.find(sentence)
                spans = ((at, at + len(sentence)),) if alone and at >= 0 else ((0, len(text)),)
                if claim not in text or supported:
                    yield Example(name, claim, (Cited(text, spans),), supported, kind, group)


def _reworded(place: Place, random: Random) -> Place:
    """Half of the time, the place with its sentence said in somewhat other words."""
    if random.random() < 0.5:
        for rule in random.sample(list(TRUE.values())[1:-1], 2):
            place = replace(place, sentence=rule(place, random) or place.sentence)
    return place


def planted(corpus: Sequence[Abstract], each: int) -> list[Example]:
    """Up to so many of each kind of what `benchmarks.damage` makes of the shipped corpus: nothing is ever fitted to these."""
    kinds: dict[tuple[bool, str], list[Example]] = {}
    for case in generated(corpus):
        kind = case.kind if case.supported or case.kind != "swapped name" else f"{case.kind}: {case.how.partition(',')[0]}"
        if case.how != "verbatim":
            one = Example("planted", case.claim, _whole(case.abstract.text, case.abstract.title), case.supported, kind, case.abstract.id)
            kinds.setdefault((case.supported, kind), []).append(one)
    return [one for key in sorted(kinds) for one in Random(_SEED).sample(kinds[key], min(each, len(kinds[key])))]
