"""Counts and lists of papers, in the words of many people, written before the rules that read them were looked at.

Every expected number and member is computed here from the fields of the stored abstracts, by a rule beside its question.
"""

from __future__ import annotations

import pytest

from rag.assistant import Assistant
from tests.rules import Rule, authors, comments, day, has, listing, members, number, same, titled, upvotes, year

COUNTS: list[tuple[str, Rule]] = [
    ("how many works were released in 2022", lambda p: year(p) == 2022),
    ("count the entries dated 2021", lambda p: year(p) == 2021),
    ("Could you tell me how many of the items have at least five authors?", lambda p: authors(p) >= 5),
    ("number of single-author abstracts", lambda p: authors(p) == 1),
    ("How many of these were written alone?", lambda p: authors(p) == 1),
    ("how many studies have more than 20 upvotes", lambda p: upvotes(p) > 20),
    ("How many abstracts have no date?", lambda p: p.date is None),
    ("How many entries are undated?", lambda p: p.date is None),
    ("what share of the papers is from 2024?", lambda p: year(p) == 2024),
    ("How many came out between 2019 and 2021?", lambda p: 2019 <= year(p) <= 2021),
    ("how many papers appeared in the spring of 2024", lambda p: "2024-03" <= day(p) < "2024-06"),
    ("papers before March 2024: how many?", lambda p: "" < day(p) < "2024-03"),
    ("I'd like to know the number of papers after 2022.", lambda p: year(p) > 2022),
    ("How many mention LibriSpeech?", has("LibriSpeech")),
    ("how many abstracts talk about Whisper by name", has("Whisper")),
    ("In how many abstracts do the words 'self-supervised' appear?", has("self-supervised")),
    ("how many abstracts use the word zero-shot", has("zero-shot")),
    ("How many entries are in listing 003?", lambda p: listing(p) == "003"),
    ("how many abstracts come from the second listing", lambda p: listing(p) == "001"),
    ("How many 2023 papers with three authors do we have?", lambda p: year(p) == 2023 and authors(p) == 3),
    ("how many papers have neither upvotes nor comments", lambda p: not p.upvotes and not p.comments),
    ("How many papers were written by more than ten people and got upvotes?", lambda p: authors(p) > 10 and p.upvotes is not None),
    ("Of the papers from 2023, how many mention wav2vec?", lambda p: year(p) == 2023 and has("wav2vec")(p)),
    ("how many abstracts posted in 2024 don't mention speech?", lambda p: year(p) == 2024 and not has("speech")(p)),
    ("What's the total number of abstracts in the collection?", lambda p: True),
    ("how many papers got no comments at all?", lambda p: not p.comments),
    ("What percentage of entries has fewer than four authors?", lambda p: 0 < authors(p) < 4),
    ("how many two-author papers are there", lambda p: authors(p) == 2),
    ("How many papers have a title?", lambda p: p.title is not None),
    ("how many papers lack a title", lambda p: p.title is None),
    ("how many articles since June 2024?", lambda p: day(p) >= "2024-06"),
    ("How many titles contain the word speech?", titled("speech")),
    ("how many papers aren't from 2023", lambda p: year(p) not in (0, 2023)),
    ("Please count all papers that have 7 or 8 authors", lambda p: authors(p) in (7, 8)),
    ("how many were uploaded in the first quarter of 2023", lambda p: "2023-01" <= day(p) < "2023-04"),
    # written later, before any of them was asked
    ("tell me the number of publications from the year 2019", lambda p: year(p) == 2019),
    ("How many papers in total were posted in autumn 2023?", lambda p: "2023-09" <= day(p) < "2023-12"),
    ("how many submissions have a lone author", lambda p: authors(p) == 1),
    ("Roughly how many of your papers are older than 2022?", lambda p: 0 < year(p) < 2022),
    ("how many papers w/o upvotes", lambda p: p.upvotes is None),
    ("How many papers from 2021 through 2023 have at most four authors?", lambda p: 2021 <= year(p) <= 2023 and 0 < authors(p) <= 4),
    ("count of abstracts with the term 'benchmark'", has("benchmark")),
    ("How many abstracts never mention the word model?", lambda p: not has("model")(p)),
    ("what fraction of the entries come with upvotes?", lambda p: p.upvotes is not None),
    ("How many of the 2024 papers were upvoted?", lambda p: year(p) == 2024 and p.upvotes is not None),
    ("how many papers are by 3 or 6 authors", lambda p: authors(p) in (3, 6)),
    ("How many documents mention Arabic somewhere in the text?", has("Arabic")),
    ("In how many of the papers since 2023 is ChatGPT mentioned?", lambda p: year(p) >= 2023 and has("ChatGPT")(p)),
    # a third set, written after the rules were widened and before any of it was asked
    ("how big is the share of papers with five or more authors?", lambda p: authors(p) >= 5),
    ("How many papers exist from January 2023?", lambda p: day(p).startswith("2023-01")),
    ("how many papers do not have any upvotes", lambda p: p.upvotes is None),
    ("How many of the papers posted in 2024 have a single comment?", lambda p: year(p) == 2024 and comments(p) == 1),
    ("in how many entries can the word translation be found?", has("translation")),
    ("Total papers from 2020 and 2021?", lambda p: year(p) in (2020, 2021)),
    ("how many papers were put out by teams of more than 12 authors", lambda p: authors(p) > 12),
    ("count papers mentioning Llama", has("Llama")),
]

LISTS: list[tuple[str, Rule]] = [
    ("list papers by two people", lambda p: authors(p) == 2),
    ("Show me everything written by a single author", lambda p: authors(p) == 1),
    ('give me the abstracts that contain the word "Catalan"', has("Catalan")),
    ('which works say "knowledge distillation"', has("knowledge distillation")),
    ("Are there any papers from 2018?", lambda p: year(p) == 2018),
    ("do any papers mention LoRA", has("LoRA")),
    ("is there a paper with 30 authors?", lambda p: authors(p) == 30),
    ("name the papers that received more than 20 upvotes", lambda p: upvotes(p) > 20),
    ("papers w/ over 50 upvotes", lambda p: upvotes(p) > 50),
    ("which studies were published in October 2020?", lambda p: day(p).startswith("2020-10")),
    ("what do you have from November 2018", lambda p: day(p).startswith("2018-11")),
    ("Any 2019 papers?", lambda p: year(p) == 2019),
    ("2019 papers with more than four authors", lambda p: year(p) == 2019 and authors(p) > 4),
    ("I am looking for papers by exactly 9 authors", lambda p: authors(p) == 9),
    ("which items drew at least five comments", lambda p: comments(p) >= 5),
    ("Which entries have between 10 and 60 upvotes?", lambda p: 10 <= upvotes(p) <= 60),
    ("Can you list the papers posted in summer 2022?", lambda p: "2022-06" <= day(p) < "2022-09"),
    ("show the abstracts from file 001", lambda p: listing(p) == "001"),
    ("which of the abstracts have neither a title nor a date", lambda p: p.title is None and p.date is None),
    ("Which papers mention both HuBERT and Whisper?", lambda p: has("HuBERT")(p) and has("Whisper")(p)),
    ("Which abstracts mention HuBERT but not wav2vec?", lambda p: has("HuBERT")(p) and not has("wav2vec")(p)),
    ("papers from 2020 without upvotes", lambda p: year(p) == 2020 and p.upvotes is None),
    ("which ones were posted in 2021 and have more than 6 authors", lambda p: year(p) == 2021 and authors(p) > 6),
    ("Tell me which papers date from before 2020.", lambda p: 0 < year(p) < 2020),
    ("papers of at least fifteen authors", lambda p: authors(p) >= 15),
    ("everything from July 2025", lambda p: day(p).startswith("2025-07")),
    ("which titles include the word emotion", titled("emotion")),
    ("upvoted papers from 2022", lambda p: year(p) == 2022 and p.upvotes is not None),
    ("Papers published later than August 2025?", lambda p: day(p) >= "2025-09"),
    ("show solo-authored works", lambda p: authors(p) == 1),
    ("Where is Common Voice mentioned?", has("Common Voice")),
    ("which entries that are in the third listing have over 15 authors", lambda p: listing(p) == "002" and authors(p) > 15),
    ("which papers have exactly 3 upvotes", lambda p: upvotes(p) == 3),
    ("Which papers with comments have no upvotes?", lambda p: bool(p.comments) and not p.upvotes),
    ("Find papers with a dozen authors or more", lambda p: authors(p) >= 12),
    # written later, before any of them was asked
    ("pull up the papers with 8+ authors from 2022", lambda p: year(p) == 2022 and authors(p) >= 8),
    ("what was published in May 2025?", lambda p: day(p).startswith("2025-05")),
    ("got anything from 2019?", lambda p: year(p) == 2019),
    ("papers by one author", lambda p: authors(p) == 1),
    ("Which publications carry more than five comments?", lambda p: comments(p) > 5),
    ("do we have papers newer than July 2025", lambda p: day(p) >= "2025-08"),
    ("Show papers posted on or after September 2025", lambda p: day(p) >= "2025-09"),
    ("Are there abstracts in which the name Wikipedia shows up?", has("Wikipedia")),
    ("I need a list of 2023 papers whose abstract mentions 'multilingual'", lambda p: year(p) == 2023 and has("multilingual")(p)),
    ("2020 or 2021 papers with fewer than three authors", lambda p: year(p) in (2020, 2021) and 0 < authors(p) < 3),
    ("Does any entry have more than 80 upvotes?", lambda p: upvotes(p) > 80),
    # a third set, written after the rules were widened and before any of it was asked
    ("papers that came out in winter 2023", lambda p: "2023-12" <= day(p) < "2024-03"),
    ("What papers do you have with more than 25 authors?", lambda p: authors(p) > 25),
    ("Which papers have been upvoted 55 times?", lambda p: upvotes(p) == 55),
    ("anything by two authors in 2023?", lambda p: year(p) == 2023 and authors(p) == 2),
    ("Let me see all works from 2018", lambda p: year(p) == 2018),
    ('papers whose title has the word "benchmark" in it', titled("benchmark")),
    ("Which of the papers have at least 10 upvotes and at least 2 comments?", lambda p: upvotes(p) >= 10 and comments(p) >= 2),
]


@pytest.mark.parametrize(("question", "rule"), COUNTS, ids=[row[0] for row in COUNTS])
def test_a_count(assistant: Assistant, question: str, rule: Rule) -> None:
    answer = assistant.ask(question)
    right = members(assistant, rule)
    assert (answer.form, number(answer)) == ("count", len(right)), answer.text
    assert same(answer, right)


@pytest.mark.parametrize(("question", "rule"), LISTS, ids=[row[0] for row in LISTS])
def test_a_list(assistant: Assistant, question: str, rule: Rule) -> None:
    answer = assistant.ask(question)
    assert answer.form == "list", answer.text
    assert same(answer, members(assistant, rule)), (answer.filters, answer.text)
