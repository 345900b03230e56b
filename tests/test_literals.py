"""Literal mentions are looked up in the word index, and are exactly those that reading every abstract finds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import get_args

import pytest

from rag.collection.named import find_named, named_in
from rag.collection.selection import Selection
from rag.corpus.naming import names_of
from rag.index.generation import Generation
from rag.index.generations import open_index
from rag.index.ingest import bring_up_to_date
from rag.index.literals import LONG, expressions, words_of_text
from rag.model.filters import NO_FILTERS, Filters, Place, Scan, ScanKind, meets_filters
from rag.model.settings import Settings

VALUES = (
    "BERT", "bert", "wav2vec 2.0", "wav2vec2", "wav2vec-2", "GPT-4", "gpt 4", "LLaMA-2", "state-of-the-art", "fine-tun", "tun",
    "pre-", "catastrophic  forgetting", "forgetting. ", "MoE-LPR (Mixture-of-Experts", "1%", "2", "1", "the", "it is", "of", "s", "_",
    "F1", "``winning", "(ASR)", "speech", "Speech-text", "e", ":", "%", "...", "zyzzyva", "model. We", "data, and", "3.5",
    "-", "Portuguese", "español",
)  # fmt: skip
KINDS: tuple[ScanKind, ...] = ("word", "part", "spelt")

LONG_WORD = "ab" * 40_000  # longer than the word index takes
ODD = (
    ("Café Übersicht", "We name it naïve BERTé and Straße. İstanbul and ISTANBUL, DIYARBAKIR, diyarbakır."),
    ("STRASSE und café", "The cafe\u0301 is decomposed; \u212aelvin and kelvin; \u017fpeech or speech; \u00b5m and \u03bcm."),
    ("snake_case_names", "A wav_2_vec or wav2vec_2 or wav2vec.2.0; wav2vec2.00; wav2vec\u00b2; wav2vec\n2.0 and x_ _x x."),
    ("Words of क", "कि is क and a sign. 漢字かな混じり文. \u0660\u0661 digits. ﬁne ligature; fine."),
    ("Of an iota", "A \u0345 alone, \u03b1\u0345 not; \u03b9 is one."),
    (None, "BERT\u093f is odd, BERT\u0301 too; 'BERT'. BERTs_ and _BERT."),
    ("Ends with one", "First sentence ends here. " * 60 + "GPT-4. And then 4 came. GPT. 4 again."),
    ("A long one", f"Nobody writes {LONG_WORD}zebra in one word."),
)
ODD_VALUES = (
    "café", "cafe", "CAFÉ", "cafe\u0301", "strasse", "straße", "STRASSE", "istanbul", "İSTANBUL", "diyarbakır", "diyarbakir", "kelvin",
    "\u212aELVIN", "speech", "ſpeech", "\u03bcm", "μ", "wav2vec 2.0", "wav2vec2", "wav2vec_2", "wav 2 vec", "x", "_x",
    "x_", "_", "क", "कि", "漢字", "字",
    "fine", "ﬁne", "١", "BERT", "BERTs_", "bert\u0301", "GPT-4", "GPT 4", "4. And", "zebra", "abab", "aba", "ı", "İ", "i", "here. First",
    "0", "2.0", "ss", "ß", "ι",
)  # fmt: skip


@pytest.fixture(scope="module")
def shipped(index_dir: Path) -> Iterator[Generation]:
    with open_index(Settings(index_dir=index_dir)) as index, index.reading() as generation:
        yield generation


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Generation]:
    folder = tmp_path_factory.mktemp("odd")
    rows = [json.dumps({"abstract": text} | ({"title": title} if title else {})) for title, text in ODD]
    (folder / "odd.jsonl").write_text("\n".join(rows), encoding="utf-8")
    settings = Settings(index_dir=folder / "index", corpus=(folder / "odd.jsonl",), embedding="wordllama", passage_tokens=64)
    bring_up_to_date(settings)
    with open_index(settings) as index, index.reading() as generation:
        assert generation.count() == len(ODD)
        yield generation


def scans(values: tuple[str, ...]) -> list[Scan]:
    singly = [Scan(kind, (value,), place) for value, kind, place in product(values, KINDS, get_args(Place))]
    several = [Scan("word", values[start : start + 3], "anywhere") for start in range(0, len(values), 3)]
    return [*singly, *several, *(Scan(one.kind, one.values, one.place, negated=True) for one in singly[::5])]


def differing(generation: Generation, values: tuple[str, ...]) -> list[Scan]:
    every = list(generation.listing())
    read = {scan: tuple(one.id for one in every if meets_filters(Filters(scans=(scan,)), one)) for scan in scans(values)}
    return [scan for scan, found in read.items() if looked_up(generation, scan) != (found, found, len(found))]


def looked_up(generation: Generation, scan: Scan) -> tuple[tuple[str, ...], tuple[str, ...], int]:
    """What meets a condition as ids and as a list, and how many that are."""
    filters = Filters(scans=(scan,))
    return generation.matching(filters), tuple(one.id for one in generation.listing(filters)), generation.count(filters)


def test_mentions_in_the_shipped_corpus_are_those_that_a_scan_finds(shipped: Generation) -> None:
    assert differing(shipped, VALUES) == []


def test_mentions_with_odd_letters_are_those_that_a_scan_finds(odd: Generation) -> None:
    assert differing(odd, ODD_VALUES) == []


def test_mentions_in_what_was_added_are_those_that_a_scan_finds(tmp_path: Path) -> None:
    settings = Settings(index_dir=tmp_path / "index", corpus=(tmp_path,), embedding="wordllama")
    for number, (title, text) in enumerate([*ODD[:3], ("A last one", "mHuBERT and HuBERTs and a wav2vec.")]):
        (tmp_path / f"{number}.jsonl").write_text(json.dumps({"abstract": text, "title": title}), encoding="utf-8")
        bring_up_to_date(settings)
    (tmp_path / "1.jsonl").unlink()
    bring_up_to_date(settings)
    with open_index(settings) as index, index.reading() as generation:
        assert generation.count(Filters(scans=(Scan("part", ("hubert",)),))) == 1
        assert (
            differing(generation, ("hubert", "HuBERT", "wav2", "vec", "naïve", "kelvin", "elvin", "tambul", "_2", "s", "\u0130stan")) == []
        )


@pytest.mark.parametrize("containing", ["BERT", "wav2vec 2", "café", "fine-tun", "50% of", "a_b", "zyzzyva"])
def test_what_contains_a_string_is_what_a_scan_finds(shipped: Generation, odd: Generation, containing: str) -> None:
    for generation in (shipped, odd):
        fold = str.maketrans({chr(code): chr(code + 32) for code in range(65, 91)})
        wanted = [
            one.id
            for one in generation.listing()
            if any(containing.translate(fold) in (text or "").translate(fold) for text in (one.title, one.text))
        ]
        assert [one.id for one in generation.listing(containing=containing)] == wanted
        assert generation.count(containing=containing) == len(wanted)


def test_few_abstracts_are_read_for_a_mention_and_none_where_words_tell(shipped: Generation, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Sequence[int] | None] = []
    mentioning = shipped.mentioning

    def counted(scan: Scan, texts: Sequence[int] | None = None) -> tuple[str, ...]:
        read.append(texts)
        return mentioning(scan, texts)

    monkeypatch.setattr(shipped, "mentioning", counted)
    assert shipped.count(Filters(scans=(Scan("part", ("portugue",)),))) == 3
    assert shipped.count(Filters(scans=(Scan("word", ("catastrophic forgetting",), "anywhere"),))) == 10
    assert [texts is not None and len(texts) for texts in read] == [10]


def test_who_is_called_so_is_who_a_scan_finds(shipped: Generation, odd: Generation) -> None:
    for generation in (shipped, odd):
        every = Selection(generation, NO_FILTERS)
        called = [name for one in every for name in names_of(one) if name]
        inside = [" ".join(one.label.split()[1:6]) for one in every]
        for name in [*called[::3], *inside[::3], "NoSuchNet", "ks lottery", "Strasse", "...", "a language model of no one"]:
            assert named_in(name, every) == find_named(name, generation.listing()), name


def test_a_text_has_each_word_once_in_one_case() -> None:
    assert words_of_text("The BERT-base, the bert_large; İI ı Straße " + "x" * 2000) == f"the bert base bert_large ii i straße {LONG}"
    assert expressions(Scan("word", ("GPT-4",))) == [["gpt", "4"]]
    assert expressions(Scan("part", ("GPT-4", "-x"))) == [[".*gpt", "4.*"], ["x.*"]]
    assert expressions(Scan("word", ("GPT", "%"))) is None


def test_words_are_alike_wherever_patterns_take_letters_for_alike() -> None:
    cased = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000 and chr(code).swapcase() != chr(code)]
    every = "".join((*cased, "\u0131"))
    words = {one: words_of_text(one) for one in every}
    by_words: dict[str, set[str]] = {}
    for one in every:
        by_words.setdefault(words[one], set()).add(one)
    letters = [one for one in cased[::5] if words[one] and expressions(Scan("word", (one,)))]
    assert [one for one in letters if set(re.findall(re.escape(one), every, re.IGNORECASE)) != by_words[words[one]]] == []
