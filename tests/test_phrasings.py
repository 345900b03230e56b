"""Questions about the collection in the words of many people, written before the rules that read them were looked at.

Every expected number and member is computed here from the fields of the stored abstracts, by a rule beside its question.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import fmean, median

import pytest

from rag.answers import Answer
from rag.assistant import Assistant
from rag.config import Settings
from rag.records import Abstract

Paper = Abstract
Rule = Callable[[Paper], bool]


@pytest.fixture(scope="module")
def assistant(index_dir: Path, corpus: Path) -> Iterator[Assistant]:
    with Assistant.open(Settings(index_dir=index_dir, corpus=(corpus,), mode="extract")) as opened:
        yield opened


def has(word: str) -> Rule:
    pattern = re.compile(rf"(?<!\w){re.escape(word).replace(chr(92) + ' ', chr(92) + 's+')}(?!\w)", re.IGNORECASE)
    return lambda one: bool(pattern.search(one.text))


def titled(word: str) -> Rule:
    pattern = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)
    return lambda one: bool(pattern.search(one.title or ""))


def year(one: Paper) -> int:
    return one.year or 0


def month(one: Paper) -> int:
    return int(one.date[5:7]) if one.date else 0


def day(one: Paper) -> str:
    return one.date or ""


def authors(one: Paper) -> int:
    return one.authors or 0


def upvotes(one: Paper) -> int:
    return one.upvotes or 0


def comments(one: Paper) -> int:
    return one.comments or 0


def listing(one: Paper) -> str:
    return one.sources[0].file[:3]


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

ALL: Rule = lambda p: True  # noqa: E731
BESTS: list[tuple[str, Rule, str, bool, int]] = [
    ("top 3 papers by upvotes", ALL, "upvotes", True, 3),
    ("the three most upvoted", ALL, "upvotes", True, 3),
    ("Which paper did people like the most?", ALL, "upvotes", True, 1),
    ("what's the newest entry", ALL, "date", True, 1),
    ("earliest paper from 2021?", lambda p: year(p) == 2021, "date", False, 1),
    ("Give me the five latest works", ALL, "date", True, 5),
    ("which item has the highest number of comments", ALL, "comments", True, 1),
    ("paper with the longest author list", ALL, "authors", True, 1),
    ("most discussed paper", ALL, "comments", True, 1),
    ("which 2024 paper is the most popular", lambda p: year(p) == 2024, "upvotes", True, 1),
    ("the 2 oldest abstracts that mention wav2vec", has("wav2vec"), "date", False, 2),
    ("which of the 2023 papers has the least authors", lambda p: year(p) == 2023, "authors", False, 1),
    ("Which paper got the fewest upvotes?", ALL, "upvotes", False, 1),
    ("What is the most recent work by three authors?", lambda p: authors(p) == 3, "date", True, 1),
    ("sort the papers from 2019 by number of authors and show the first two", lambda p: year(p) == 2019, "authors", True, 2),
    ("which paper came out last in 2020", lambda p: year(p) == 2020, "date", True, 1),
    ("name the two papers with the most comments", ALL, "comments", True, 2),
    ("biggest team behind a paper", ALL, "authors", True, 1),
    # written later, before any of them was asked
    ("What's the all-time most liked paper?", ALL, "upvotes", True, 1),
    ("most recent 4 papers please", ALL, "date", True, 4),
    ("Who has the most co-authors? I mean which paper", ALL, "authors", True, 1),
    ("of the papers from 2022, which one is the oldest?", lambda p: year(p) == 2022, "date", False, 1),
    ("which abstract mentioning HuBERT is the newest?", has("HuBERT"), "date", True, 1),
    ("5 papers with the largest author teams", ALL, "authors", True, 5),
    ("Which of your papers received the most comments?", ALL, "comments", True, 1),
    ("list the top five 2023 papers by number of authors", lambda p: year(p) == 2023, "authors", True, 5),
    # a third set, written after the rules were widened and before any of it was asked
    ("which is the oldest item in the collection?", ALL, "date", False, 1),
    ("What was the first paper posted in 2022?", lambda p: year(p) == 2022, "date", False, 1),
    ("who got the most upvotes in 2023?", lambda p: year(p) == 2023, "upvotes", True, 1),
    ("Show me the 3 papers that have the highest upvote count", ALL, "upvotes", True, 3),
    ("What is the largest number of authors on a paper?", ALL, "authors", True, 1),
    ("the single most commented entry of 2024", lambda p: year(p) == 2024, "comments", True, 1),
]

TABLES: list[tuple[str, Callable[[Paper], str | None]]] = [
    ("papers per year", lambda p: p.date[:4] if p.date else None),
    ("how many papers came out each year?", lambda p: p.date[:4] if p.date else None),
    ("Break the papers down by year.", lambda p: p.date[:4] if p.date else None),
    ("how are the abstracts distributed over the files?", lambda p: p.sources[0].file),
    ("count of entries for each listing", lambda p: p.sources[0].file),
    # written later, before any of them was asked
    ("Can you give me a year-by-year count of the papers?", lambda p: p.date[:4] if p.date else None),
    ("number of papers for every year", lambda p: p.date[:4] if p.date else None),
    ("how many papers does each file contain", lambda p: p.sources[0].file),
]

FIGURES: list[tuple[str, Callable[[list[Paper]], float]]] = [
    ("average number of upvotes", lambda papers: fmean(p.upvotes for p in papers if p.upvotes is not None)),
    ("How many authors does a paper have on average?", lambda papers: fmean(p.authors for p in papers if p.authors is not None)),
    ("what is the mean number of comments a paper gets", lambda papers: fmean(p.comments for p in papers if p.comments is not None)),
    ("median author count for papers from 2024", lambda papers: median(p.authors for p in papers if p.authors and p.year == 2024)),
    # written later, before any of them was asked
    (
        "On average, how many upvotes do papers from 2024 get?",
        lambda papers: fmean(p.upvotes for p in papers if p.upvotes and p.year == 2024),
    ),
    ("typical number of authors per paper", lambda papers: fmean(p.authors for p in papers if p.authors is not None)),
]

VERSUS: list[tuple[str, Rule, Rule]] = [
    ("are there more papers from 2023 or 2024?", lambda p: year(p) == 2023, lambda p: year(p) == 2024),
    ("Did more papers come out in 2021 or in 2022?", lambda p: year(p) == 2021, lambda p: year(p) == 2022),
    ("Do more abstracts mention HuBERT or Whisper?", has("HuBERT"), has("Whisper")),
    # written later, before any of them was asked
    ("Which are more common, papers with one author or papers with two authors?", lambda p: authors(p) == 1, lambda p: authors(p) == 2),
    ("Were there fewer papers in 2019 than in 2020?", lambda p: year(p) == 2019, lambda p: year(p) == 2020),
    # a third set, written after the rules were widened and before any of it was asked
    ("Which year has more papers, 2020 or 2022?", lambda p: year(p) == 2020, lambda p: year(p) == 2022),
    ("Are single-author papers more numerous than two-author papers?", lambda p: authors(p) == 1, lambda p: authors(p) == 2),
]

CONTENT = [
    "How many hours of speech were used to train the 2021 XLS-R model?",
    "Which languages does the benchmark from 2024 cover?",
    "What word error rate do the authors report with 2 microphones?",
    "How many languages does the largest multilingual model support?",
    "which dataset has the most speakers",
    "How many parameters does the smallest model have?",
    "What changed in speech translation since 2019?",
    "How many annotators wrote comments on each sample?",
    "Which models beat Whisper by more than 20 percent?",
    "How is a single speaker separated from a mixture of two people?",
    "What is the average number of phonemes per word?",
    "how does the model count objects in an image?",
    "Why do models trained before 2020 fail on accented speech?",
    "which tokens are the most frequent in the training data",
    "How many layers of wav2vec 2.0 are frozen during fine-tuning?",
    "What is the highest accuracy reached on SLURP?",
    "Who won the 2022 challenge?",
    "Which of the five methods is the fastest?",
    "Are there any benefits of self-supervision with 10 minutes of labels?",
    "How much data from 2019 to 2021 was collected from Twitter?",
    "what percentage of tweets mention vaccines?",
    "How many votes does the majority voting scheme use?",
    "Does listing the top 5 hypotheses help the reranker?",
    "Which newest techniques reduce catastrophic forgetting?",
    "How many Wikipedia articles were translated in 2020?",
    "what are the earliest layers of HuBERT good for",
    "Is there a gap between male and female speakers in 2023 systems?",
    "How many experts are activated per token?",
    "Which authors propose a model with 3 encoders?",
    "how many times faster is the distilled model than the teacher",
    "Which items do users in the 2023 dataset click most?",
    "How many works of Shakespeare are in the training set?",
    "What do reviewers comment on the most?",
    "How many people took part in the listening test?",
    "Which entries of the confusion matrix are largest?",
    "where does forgetting occur during fine-tuning",
    "Is the spring 2024 update of the model better than GPT-4?",
    "How many documents from 2019 are in the retrieval corpus of the QA system?",
    "Are there more parameters in the encoder or the decoder?",
    "Do more languages help or hurt translation?",
    "what does everything in the loss function from equation 2 mean",
    "Which sentences were written by two people?",
    "Which of these methods was the first to use 3 codebooks?",
    "What is the largest number of speakers in a mixture?",
    "Are two encoders more accurate than one encoder?",
    "How many votes do annotators cast per sample in 2023?",
    "Who got the most points in the shared task of 2023?",
    "What was first shown by researchers in 2019?",
]


def number(answer: Answer) -> int | None:
    """The number that the claim begins with."""
    found = re.search(r"corpus has ([\d,]+) abstract", answer.claims[0].text) if answer.claims else None
    return int(found[1].replace(",", "")) if found else None


def members(assistant: Assistant, rule: Rule) -> list[str]:
    return [one.id for one in assistant.abstracts() if rule(one)]


def same(answer: Answer, right: list[str]) -> bool:
    """The members that are cited are the right ones; of many, the first thirty are cited and all are counted."""
    cited = {one.abstract_id for one in answer.citations}
    return cited <= set(right) and len(cited) == min(30, len(right)) and answer.checks.get("members", len(right)) == len(right)


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


@pytest.mark.parametrize(("question", "rule", "key", "descending", "take"), BESTS, ids=[row[0] for row in BESTS])
def test_a_superlative(assistant: Assistant, question: str, rule: Rule, key: str, descending: bool, take: int) -> None:
    answer = assistant.ask(question)
    assert answer.form == "superlative", answer.text
    stated = [one for one in assistant.abstracts() if rule(one) and getattr(one, key) is not None]
    values = sorted((getattr(one, key) for one in stated), reverse=descending)
    last = values[take - 1]
    surely = {one.id for one in stated if getattr(one, key) in values[:take] and getattr(one, key) != last}
    cited = {one.abstract_id for one in answer.citations}
    assert surely <= cited <= surely | {one.id for one in stated if getattr(one, key) == last}, answer.text
    assert len(cited) >= take


@pytest.mark.parametrize(("question", "key"), TABLES, ids=[row[0] for row in TABLES])
def test_a_table(assistant: Assistant, question: str, key: Callable[[Paper], str | None]) -> None:
    counts = Counter(key(one) for one in assistant.abstracts() if key(one) is not None)
    table = assistant.ask(question).table
    assert table is not None
    assert [row[1] for row in table[1:]] == [str(counts[one]) for one in sorted(counts, key=str)]


@pytest.mark.parametrize(("question", "figure"), FIGURES, ids=[row[0] for row in FIGURES])
def test_a_figure(assistant: Assistant, question: str, figure: Callable[[list[Paper]], float]) -> None:
    value = f"{figure(assistant.abstracts()):.2f}".rstrip("0").rstrip(".")
    assert re.search(rf" is {re.escape(value)}0? \(", assistant.ask(question).claims[0].text)


@pytest.mark.parametrize(("question", "one", "other"), VERSUS, ids=[row[0] for row in VERSUS])
def test_two_counts_held_against_each_other(assistant: Assistant, question: str, one: Rule, other: Rule) -> None:
    answer = assistant.ask(question)
    counts = [str(len(members(assistant, rule))) for rule in (one, other)]
    assert answer.table is not None
    assert {row[1] for row in answer.table[1:]} == set(counts), answer.text


@pytest.mark.parametrize("question", CONTENT)
def test_a_question_about_content_stays_one(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    assert answer.form not in ("count", "list", "superlative"), answer.text
    assert not answer.filters
    assert all(claim.kind != "collection" for claim in answer.claims)
