"""Hostile files: a sample of the list of faults and of the files of a grammar, each read or explained beside an honest file."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.fuzz import hostile_file, walk
from benchmarks.reliability import Fault
from benchmarks.reliability.files import FAULTS
from rag.corpus.reading import read_text
from tests.cost import at_most


@pytest.mark.parametrize("fault", [one for one in FAULTS if one.sampled], ids=lambda one: one.name)
def test_a_fault_is_survived(fault: Fault, tmp_path: Path) -> None:
    if missing := fault.needs():
        pytest.skip(missing)
    for seed in range(fault.sampled):
        assert fault.attempt(tmp_path, seed) == ""


def test_there_are_many_faults_and_no_two_have_one_name() -> None:
    assert len({one.name for one in FAULTS}) == len(FAULTS) >= 45


def test_files_of_a_grammar_are_read_or_explained() -> None:
    seen = list(walk(20_000, 150))
    assert [f"{one.number} {one.name}: {one.wrong}" for one in seen if one.wrong] == []
    assert 30 < sum(bool(one.reading.abstracts) for one in seen) < 140
    assert hostile_file(20_000) == hostile_file(20_000) != hostile_file(20_001)


@pytest.mark.parametrize(
    "text",
    [
        "@misc{a,title={" + "{ " * 45_000 + "x" + " }" * 45_000 + "}}",
        '@misc{a,title={T},author={"{' + "A and " * 30_000 + "B}}}",
        "Title: A\nAbstract: b\n" + " more words here\n" * 60_000,
        "Title: A\nAuthors: " + "(" * 90_000 + ")" * 90_000 + "\nAbstract: C\n",
        "Abstract: a" + "\u0301\u0327" * 90_000 + " b c.\n",
    ],
    ids=["braces", "authors", "lines", "brackets", "accents"],
)
def test_what_is_nested_or_repeated_takes_time_in_its_length(text: str) -> None:
    with at_most(2):
        assert len(read_text(text, name="a").abstracts) == 1


def test_names_of_bibtex_that_double_each_other_stop_at_a_budget() -> None:
    levels = "".join(f"@string{{a{n} = {' # '.join([f'a{n - 1}'] * 10)}}}\n" for n in range(1, 9))
    entries = "@misc{b, title = {Bees}, note = a8}\n" + "@misc{c, title = {Wasps}, note = a4 # a3}\n" * 200
    with at_most(2):
        reading = read_text('@string{a0 = "aaaaaaaaaa"}\n' + levels + entries, name="a.bib")
    assert {one.title for one in reading.abstracts} == {"Bees", "Wasps"}
    assert reading.problems[0].reason == "names (@string) that stand for too long a text: it stands for nothing"
    (short,) = read_text("@string{a = {Bee}}\n@string{b = a # {s}}\n@misc{c, title = b # { dance}}\n", name="a.bib").abstracts
    assert short.title == "Bees dance"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.ris", "TY  - JOUR\nPY  - 2020\n" * 5_000),
        ("a.jsonl", "{\n" * 5_000 + '{"title": "T"}\n'),
        ("a.bib", "@misc{a, title={T}}\n" * 3_000),
        ("a.csv", "title,abstract\n" + "a,b,c\n" * 5_000),
        ("a.txt", f"Abstract: {'word ' * 9000}\n" + "x\n" * 5_000),
    ],
)
def test_every_reader_keeps_a_few_hundred_problems_and_counts_the_rest(name: str, text: str) -> None:
    problems = read_text(text, name=name).problems
    assert 100 < len(problems) < 700
    assert problems[-1].reason.startswith("and ")
    counted = int(problems[-1].reason.split()[1].replace(",", ""))
    assert len(problems) - 1 + counted in (3_000 - 1, 5_000, 10_000, 10_000 - 1)
