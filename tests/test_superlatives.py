"""Superlatives, tables, averages and compared counts of papers, and questions that only look like them, as many people put them.

Written before the rules that read them were looked at.
Every expected number and member is computed here from the fields of the stored abstracts, by a rule beside its question.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from statistics import fmean, median

import pytest

from rag.assistant import Assistant
from tests.rules import Paper, Rule, authors, has, members, year

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
    assert answer.form == "survey" or all(claim.kind != "collection" for claim in answer.claims)  # a survey says first what there is
