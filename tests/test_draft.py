"""Reading a model's reply: claim by claim as it grows, and whatever else it may be."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answers.claim_reader import ClaimReader
from rag.answers.draft import DraftClaim, Pointer, plain_claim, read_reply, without_keys


def claim(text: str, *evidence: tuple[str, int, str], english: str = "") -> dict[str, Any]:
    pointers = [{"key": key, "sentence": number, "quote": quote} for key, number, quote in evidence]
    return {"text": text, "english": english, "evidence": pointers}


def reply(*claims: dict[str, Any], answerable: object = True, missing: object = ()) -> str:
    return json.dumps({"answerable": answerable, "claims": claims, "missing": missing})


TWO = reply(
    claim('The "A" \\ model {wins}.', ("abcd", 1, "a [b] {c}")), claim("It loses.", ("efgh", 2, "x"), ("abcd", 1, "y")), missing=["rate"]
)


def test_a_reply_gives_its_claims_with_their_evidence() -> None:
    read = read_reply(TWO)
    assert (read.readable, read.answerable, read.missing) == (True, True, ("rate",))
    assert read.claims == (
        DraftClaim('The "A" \\ model {wins}.', "", (Pointer("abcd", 1, "a [b] {c}"),), (0, 0)),
        DraftClaim("It loses.", "", (Pointer("efgh", 2, "x"), Pointer("abcd", 1, "y")), (1, 0)),
    )


@given(st.lists(st.integers(1, 40), max_size=60))
def test_claims_do_not_depend_on_how_a_reply_is_cut_into_pieces(sizes: list[int]) -> None:
    reader, position = ClaimReader(), 0
    found: list[DraftClaim] = []
    for size in [*sizes, len(TWO)]:
        found += reader.feed(TWO[position : position + size])
        position += size
    assert tuple(found) == read_reply(TWO).claims


def test_a_claim_is_told_with_the_brace_that_ends_it() -> None:
    reader = ClaimReader()
    end = TWO.index("}]}") + len("}]}")
    assert list(reader.feed(TWO[: end - 1])) == []
    assert [one.text for one in reader.feed(TWO[end - 1 : end])] == ['The "A" \\ model {wins}.']


@pytest.mark.parametrize(
    "text",
    [
        f"Sure! Here it is:\n```json\n{TWO}\n```\nAnything else?",
        f'<think>Perhaps {{\'claims\': [{{"text": "no"}}]}}?</think>\n{TWO}',
        json.dumps({"answer": json.loads(TWO)}),
        json.dumps(json.loads(TWO), indent=3, ensure_ascii=False),
        TWO + TWO,
    ],
)
def test_wrapping_around_the_object_does_not_matter(text: str) -> None:
    assert [one.text for one in read_reply(text).claims] == ['The "A" \\ model {wins}.', "It loses."]


def test_of_a_reply_that_was_cut_the_whole_claims_are_kept() -> None:
    cut = ClaimReader().feed(TWO[: TWO.index("loses")])
    assert [one.text for one in cut] == ['The "A" \\ model {wins}.']


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I cannot help with that.",
        "<html><body>{}</body></html>",
        "{" * 5000,
        "[" * 5000,
        '{"claims": ',
        "<think>on and on",
        "[1, 2, 3]",
    ],
)
def test_what_is_no_reply_is_not_readable(text: str) -> None:
    assert read_reply(text) == read_reply("")
    assert not read_reply(text).readable


@pytest.mark.parametrize(
    "data",
    [
        {"claims": [{"text": 5}, {"evidence": []}, [], "x", None, {"text": " "}]},
        {"claims": {"text": "x"}, "answerable": "yes"},
        {"answerable": False, "claims": None, "missing": {"a": 1}},
    ],
)
def test_fields_of_the_wrong_kind_are_no_claims(data: dict[str, object]) -> None:
    read = read_reply(json.dumps(data))
    assert (read.claims, read.answerable, read.missing) == ((), False, ())


def test_pointers_of_the_wrong_kind_point_nowhere() -> None:
    data = {"claims": [{"text": "x y.", "evidence": [{"key": 7, "sentence": "2", "quote": None}, 5, {"sentence": True}]}]}
    assert read_reply(json.dumps(data)).claims[0].pointers == (Pointer("7", 2, ""), Pointer("None", 0, ""))


def test_a_claim_of_two_sentences_is_two_claims_with_the_same_evidence() -> None:
    read = read_reply(reply(claim("A wins. B loses.", ("abcd", 1, "q"), english="")))
    assert [(one.text, one.place, one.pointers) for one in read.claims] == [
        ("A wins.", (0, 0), (Pointer("abcd", 1, "q"),)),
        ("B loses.", (0, 1), (Pointer("abcd", 1, "q"),)),
    ]


ONE = claim("A wins.", ("abcd", 1, "q"))


@pytest.mark.parametrize(
    "text", [json.dumps([ONE]), f"```json\n{json.dumps([ONE])}\n```", f"<think>[]</think>{json.dumps([ONE])}", json.dumps(ONE)]
)
def test_a_bare_list_of_claims_or_one_claim_alone_is_read(text: str) -> None:
    read = read_reply(text)
    assert (read.readable, read.answerable, [one.text for one in read.claims]) == (True, True, ["A wins."])


@pytest.mark.parametrize(
    "text",
    [
        "{'claims': [{'text': 'A wins.', 'evidence': [{'key': 'abcd', 'sentence': 1, 'quote': 'q',},],}], 'answerable': True}",
        '{"claims": [{"text": "A wins.", /* so it is */ "evidence": [{"key": "abcd", "sentence": 1, "quote": "q"}]}',
        json.dumps(json.dumps({"claims": [ONE]})),
        json.dumps({"response": {"claims": [ONE]}}),
        json.dumps({"answerable": "true", "claims": [ONE]}),
    ],
)
def test_json_that_is_nearly_right_is_mended(text: str) -> None:
    read = read_reply(text)
    assert (read.readable, read.answerable, [(one.text, one.pointers) for one in read.claims]) == (
        True,
        True,
        [("A wins.", (Pointer("abcd", 1, "q"),))],
    )


def test_prose_with_marks_is_read_sentence_by_sentence() -> None:
    read = read_reply("A wins. [1]\nB loses [2, x3fq]. And that is all.")
    assert [(one.text, [pointer.key for pointer in one.pointers]) for one in read.claims] == [
        ("A wins.", ["1"]),
        ("B loses.", ["2", "x3fq"]),
        ("And that is all.", []),
    ]
    assert not read_reply("A wins, as everybody knows.").readable


def test_evidence_may_be_named_in_one_word() -> None:
    read = read_reply(json.dumps({"claims": [{"text": "A wins.", "evidence": ["abcd:2", "[efgh]"]}]}))
    assert read.claims[0].pointers == (Pointer("abcd", 2, ""), Pointer("efgh", 0, ""))


def test_claims_may_sum_up_others_stand_under_headings_and_be_rows_of_a_table() -> None:
    said = [
        {"heading": "Ways:"},
        ONE,
        {"claims": [2, 0, "x"], "text": "All win."},
        {"evidence": [], "cells": ["A", "-", "by **far**", "x"]},
    ]
    text = json.dumps({"columns": ["Work", "Data", "How"], "answerable": True, "claims": said})
    read = read_reply(text)
    assert [(one.heading, one.text, one.of, one.cells) for one in read.claims] == [
        ("Ways", "", (), ()),
        ("", "A wins.", (), ()),
        ("", "All win.", (1,), ()),
        ("", "Work: A; How: by far", (), ("A", "-", "by far")),
    ]
    assert read.columns == ("Work", "Data", "How")
    assert tuple(ClaimReader().feed(text)) == read.claims


def test_no_more_than_forty_claims_are_read_and_the_others_are_counted() -> None:
    read = read_reply(reply(*[claim(f"Claim {index}.") for index in range(90)]))
    assert (len(read.claims), read.beyond) == (40, 50)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A <b>bold</b> claim<script>alert(1)</script>.", "A bold claimalert(1)."),
        ("See [this](http://evil.example) ![x](http://evil.example/y.png) now [1][2, 3].", "See this x now."),
        ("**Two**\nlines\tand \u202ehidden\x1b[31m ones", "Two lines and hidden[31m ones"),
    ],
)
def test_a_claim_is_plain_text_on_one_line(text: str, expected: str) -> None:
    assert plain_claim(text) == expected


def test_keys_are_taken_out_of_a_claim() -> None:
    found = without_keys(DraftClaim("LLaSE uses tokens (x3fq:2), says [ab2c].", "", ()), frozenset({"x3fq", "ab2c"}))
    assert found.text == "LLaSE uses tokens, says."
