"""Answers about the whole corpus, held against what the lines of its listing state."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from statistics import fmean, median

import pytest

from rag.assistant import Assistant
from rag.chat import answer_messages
from rag.collection.named import find_named
from rag.index.ingest import bring_up_to_date
from rag.model.answers import Answer
from rag.model.filters import Filters, Range
from rag.model.markup import answer_html, answer_markdown
from rag.model.settings import Settings
from rag.questions.reader import read_query
from tests.conftest import REPOSITORY
from tests.listing_reference import Rule, read_lines
from tests.rules import number

LINES = read_lines(REPOSITORY / "data" / "corpus")


@pytest.fixture(scope="module")
def references(assistant: Assistant) -> dict[str, str]:
    return {one.id: f"{source.file[:3]}:{source.line}" for one in assistant.abstracts() for source in one.sources}


def cited(answer: Answer, references: dict[str, str]) -> list[str]:
    return [references[one.abstract_id] for one in answer.citations]


def said(answer: Answer) -> int:
    """The number that the claim begins with."""
    found = number(answer)
    assert found is not None, answer.claims[0].text
    return found


COUNTS: list[tuple[str, Rule]] = [
    ("How many of the listed papers from 2024 have exactly two authors?", lambda one: one.year == 2024 and one.authors == 2),
    ("how many papers are from 2018?", lambda one: one.year == 2018),
    ("How many papers were posted in 2021?", lambda one: one.year == 2021),
    ("Number of papers since 2024?", lambda one: one.year >= 2024),
    ("How many papers were posted before 2020?", lambda one: one.year < 2020),
    ("How many papers were published after 2023 with more than 10 authors?", lambda one: one.year > 2023 and one.authors > 10),
    ("How many papers from 2018 or 2021 are there?", lambda one: one.year in (2018, 2021)),
    ("How many papers between 2019 and 2020 have one author?", lambda one: one.year in (2019, 2020) and one.authors == 1),
    ("how many papers from June 2024", lambda one: one.date.startswith("2024-06")),
    ("How many papers posted after June 2024?", lambda one: one.date > "2024-06-31"),
    ("How many papers were posted in May?", lambda one: one.month == 5),
    ("How many papers were posted between March and June 2023?", lambda one: "2023-03-01" <= one.date <= "2023-06-30"),
    ("How many papers are from the second half of 2022?", lambda one: "2022-07-01" <= one.date <= "2022-12-31"),
    ("How many papers are not from 2024?", lambda one: one.year != 2024),
    ("How many papers do not have two authors?", lambda one: one.authors != 2),
    ("How many papers have between 3 and 5 authors?", lambda one: 3 <= one.authors <= 5),
    ("How many papers have at most two authors?", lambda one: one.authors <= 2),
    ("How many papers have fewer than three authors?", lambda one: one.authors < 3),
    ("How many papers have 10 or more authors?", lambda one: one.authors >= 10),
    ("How many papers have at least one comment?", lambda one: (one.comments or 0) >= 1),
    ("How many papers have more than 5 upvotes?", lambda one: (one.upvotes or 0) > 5),
    ("How many papers show an upvote number?", lambda one: one.upvotes is not None),
    ("How many papers of 2023 have comments?", lambda one: one.year == 2023 and one.comments is not None),
    (
        "How many papers from 2024 have upvotes but no comments?",
        lambda one: one.year == 2024 and one.upvotes is not None and not one.comments,
    ),
    ("How many papers have an inferred date?", lambda one: one.inferred),
    ("How many papers have 2019 authors?", lambda one: one.authors == 2019),
    ("How many papers posted in December have a single author?", lambda one: one.month == 12 and one.authors == 1),
]


@pytest.mark.parametrize(("question", "rule"), COUNTS, ids=[question for question, _ in COUNTS])
def test_a_count_is_that_of_the_listing_and_cites_its_members(
    assistant: Assistant, references: dict[str, str], question: str, rule: Rule
) -> None:
    right = [one.ref for one in LINES if rule(one)]
    answer = assistant.ask(question)
    assert (answer.outcome, [claim.kind for claim in answer.claims]) == ("answered", ["collection"])
    assert said(answer) == len(right)
    assert cited(answer, references) == right[:30]
    assert answer.form == "count"
    assert f"{len(right)} of 159 abstracts match" in answer.filters
    assert answer.checks == {"computed": 1, "members": len(right)}
    assert all(one.kind == "member" for one in answer.citations)


LISTS: list[tuple[str, Rule]] = [
    ("which abstracts are from 2018", lambda one: one.year == 2018),
    ("Papers with 2 authors from 2023", lambda one: one.year == 2023 and one.authors == 2),
    ("List the papers with more than twenty authors.", lambda one: one.authors > 20),
    ("single-author papers", lambda one: one.authors == 1),
    ("What came out in January 2024?", lambda one: one.date.startswith("2024-01")),
    ("show me all papers posted on 26 Oct 2025", lambda one: one.date == "2025-10-26"),
    ("papers from 2019 not by two authors", lambda one: one.year == 2019 and one.authors != 2),
    ("Are there any papers by 7 authors from 2019?", lambda one: one.year == 2019 and one.authors == 7),
    ("which ones got ten or more upvotes?", lambda one: (one.upvotes or 0) >= 10),
]


@pytest.mark.parametrize(("question", "rule"), LISTS, ids=[question for question, _ in LISTS])
def test_a_list_has_the_members_of_the_listing(assistant: Assistant, references: dict[str, str], question: str, rule: Rule) -> None:
    answer = assistant.ask(question)
    assert cited(answer, references) == [one.ref for one in LINES if rule(one)][:30]
    assert answer.form == "list"


def occurrences(assistant: Assistant, pattern: str, title: bool = False) -> set[str]:
    texts = [(one.id, (one.title or "") if title else one.text) for one in assistant.abstracts()]
    return {identity for identity, text in texts if re.search(pattern, text, re.IGNORECASE)}


@pytest.mark.parametrize(
    ("question", "pattern"),
    [
        ("In how many abstracts does Portuguese occur?", r"\bPortuguese\b"),
        ("How many abstracts mention HuBERT?", r"\bHuBERT\b"),
        ("Which abstracts contain the phrase 'catastrophic forgetting'?", r"\bcatastrophic\s+forgetting\b"),
        ("How many abstracts contain the string vec?", r"vec"),
        ("How many abstracts mention Spanish or French?", r"\b(?:Spanish|French)\b"),
        ("abstracts that mention wav2vec 2.0", r"\bwav2vec\s+2\.0\b"),
        ("In which abstracts is LibriSpeech mentioned?", r"\bLibriSpeech\b"),
    ],
)
def test_a_literal_mention_is_a_scan_of_the_stored_text(assistant: Assistant, question: str, pattern: str) -> None:
    answer = assistant.ask(question)
    assert {one.abstract_id for one in answer.citations} == occurrences(assistant, pattern)
    assert "(as a word" in answer.claims[0].text


def test_a_mention_that_is_denied_and_one_in_titles(assistant: Assistant) -> None:
    without = assistant.ask("How many abstracts do not mention speech?")
    assert said(without) == 159 - len(occurrences(assistant, r"\bspeech\b"))
    titles = assistant.ask("Which titles contain a question mark?")
    assert {one.abstract_id for one in titles.citations} == occurrences(assistant, r"\?", title=True)


def test_what_a_looser_reading_of_a_mention_would_add_is_told(assistant: Assistant) -> None:
    answer = assistant.ask("How many abstracts mention BERT?")
    word, part = occurrences(assistant, r"(?<!\w)BERT(?!\w)"), occurrences(assistant, "BERT")
    assert said(answer) == len(word)
    assert f"{len(part - word)} more have it as a part of a longer word." in answer.notices


def best(rule: Rule, key: str, *, descending: bool = True) -> list[str]:
    stated = [one for one in LINES if rule(one) and getattr(one, key) is not None]
    return [one.ref for one in sorted(stated, key=lambda one: getattr(one, key), reverse=descending)]


@pytest.mark.parametrize(
    ("question", "key", "descending", "year", "skip"),
    [
        ("Which paper has the most upvotes?", "upvotes", True, None, 0),
        ("What is the second most upvoted paper?", "upvotes", True, None, 1),
        ("Which paper was commented on the most?", "comments", True, None, 0),
        ("Which paper has the largest number of authors?", "authors", True, None, 0),
        ("fewest authors among the 2020 papers?", "authors", False, 2020, 0),
        ("Which 2021 paper has the most authors?", "authors", True, 2021, 0),
        ("What's the oldest paper you have?", "date", False, None, 0),
        ("What is the most recent paper?", "date", True, None, 0),
        ("What is the last paper of 2022?", "date", True, 2022, 0),
        ("Which paper from 2024 was posted first?", "date", False, 2024, 0),
    ],
)
def test_a_superlative_is_that_of_the_listing_with_its_value(
    assistant: Assistant, references: dict[str, str], question: str, key: str, descending: bool, year: int | None, skip: int
) -> None:
    order = best(lambda one: year is None or one.year == year, key, descending=descending)
    answer = assistant.ask(question)
    assert cited(answer, references) == [order[skip]]
    assert answer.form == "superlative"
    value = getattr(next(one for one in LINES if one.ref == order[skip]), key)
    if key != "date":
        assert f" {value} {key.removesuffix('s')}" in answer.claims[0].text
    else:
        assert str(int(value[8:])) in answer.claims[0].text


def test_the_value_of_a_superlative_is_quoted_from_its_line(assistant: Assistant, corpus: Path) -> None:
    answer = assistant.ask("Which paper has the most upvotes, and how many?")
    [one] = answer.citations
    line = (corpus / one.sources[0].file).read_text(encoding="utf-8").splitlines()[one.sources[0].line - 1]
    assert (one.kind, one.quote, line[one.start : one.end]) == ("field", "95", "95")
    newest = assistant.ask("What is the most recent paper?").citations[0]
    assert (newest.kind, newest.quote) == ("field", "Oct 26")


def test_without_the_files_a_value_is_cited_by_its_paper(index_dir: Path, tmp_path: Path) -> None:
    with Assistant.open(Settings(index_dir=index_dir, corpus=(tmp_path / "gone",), mode="extract")) as assistant:
        assert assistant.ask("Which paper has the most upvotes?").citations[0].kind == "member"


def test_the_five_most_upvoted_come_in_order_with_a_table(assistant: Assistant, references: dict[str, str]) -> None:
    answer = assistant.ask("the five most upvoted")
    order = sorted((one for one in LINES if one.upvotes is not None), key=lambda one: -(one.upvotes or 0))
    assert [one.upvotes for one in order[:5]] == [int(row[2]) for row in answer.table[1:]] if answer.table else False
    assert set(cited(answer, references)) == {one.ref for one in order[:5]}
    assert "121 abstracts state no upvotes and are left out." in answer.notices


def test_equal_values_share_a_place_and_it_is_said(assistant: Assistant, references: dict[str, str]) -> None:
    answer = assistant.ask("Which paper has the fewest authors?")
    assert set(cited(answer, references)) == {one.ref for one in LINES if one.authors == 1}
    assert "3 share the place: they are equal." in answer.notices


def test_papers_per_year_are_a_table(assistant: Assistant) -> None:
    counts = Counter(one.year for one in LINES)
    answer = assistant.ask("How many papers are there per year?")
    assert answer.table == (("Year", "Abstracts"), *((str(year), str(counts[year])) for year in sorted(counts)))
    assert "Left out: 39 abstracts without a stated date." in answer.notices
    assert len(answer.citations) == 30
    assert any(one.startswith("The first 30 of 120 are cited.") for one in answer.notices)


def test_the_year_with_the_most_papers_and_the_month(assistant: Assistant) -> None:
    years, months = Counter(one.year for one in LINES), Counter(one.month for one in LINES)
    assert assistant.ask("Which year has the most papers?").claims[0].text == f"2024 has the most abstracts: {max(years.values())}."
    assert f": {max(months.values())}" in assistant.ask("In which month were the most papers posted?").claims[0].text


def test_papers_per_file_count_every_abstract(assistant: Assistant) -> None:
    table = assistant.ask("number of abstracts per file").table
    assert table is not None
    assert [row[1] for row in table[1:]] == ["10", "10", "120", "19"]


@pytest.mark.parametrize(
    ("question", "said_number"),
    [
        ("What is the average number of upvotes?", f"{fmean(one.upvotes for one in LINES if one.upvotes is not None):.2f}"),
        ("median number of authors", f"{median(one.authors for one in LINES):g}"),
        ("How many upvotes do the 2023 papers have in total?", str(sum(one.upvotes or 0 for one in LINES if one.year == 2023))),
        ("mean number of authors per paper in 2024", f"{fmean(one.authors for one in LINES if one.year == 2024):.2f}"),
    ],
)
def test_averages_and_sums_are_over_what_is_stated(assistant: Assistant, question: str, said_number: str) -> None:
    assert f" is {said_number} (" in assistant.ask(question).claims[0].text


def test_a_share_is_told_with_its_number(assistant: Assistant) -> None:
    text = assistant.ask("What percentage of papers are from 2020?").claims[0].text
    assert text.startswith("9 papers (of 159, 5.7%) dated 2020: ")


def test_everything_is_counted_where_no_condition_is_stated(assistant: Assistant) -> None:
    answer = assistant.ask("How many papers are there?")
    assert (said(answer), len(answer.citations), answer.filters) == (159, 30, ())
    assert "The first 30 of 159 are cited." in answer.notices


# titles and files


def test_untitled_abstracts_are_those_of_the_two_author_pages(assistant: Assistant, references: dict[str, str]) -> None:
    answer = assistant.ask("How many abstracts come without a title?")
    assert said(answer) == 20
    assert {one[:3] for one in cited(answer, references)} == {"000", "001"}


def test_a_file_is_named_by_its_beginning(assistant: Assistant) -> None:
    assert said(assistant.ask("How many abstracts are in file 003?")) == 19
    assert said(assistant.ask("How many papers are not from file 002?")) == 39


# topics


def test_a_topic_is_decided_by_words_title_and_meaning_which_is_said(assistant: Assistant) -> None:
    answer = assistant.ask("How many papers are about speech translation?")
    assert 'What is "speech translation" is judged by words, title and meaning; the most relevant come first.' in answer.notices
    assert len(answer.members) == said(answer) >= 7
    for one in answer.members:
        abstract = assistant.abstract(one.abstract_id)
        assert re.search(r"translat", f"{abstract.title} {abstract.text}", re.IGNORECASE)


def test_the_latest_paper_on_a_topic_has_the_topics_word(assistant: Assistant) -> None:
    answer = assistant.ask("latest paper on prosody")
    having = [one for one in assistant.abstracts() if one.date and re.search("prosod", f"{one.title} {one.text}", re.IGNORECASE)]
    assert answer.citations[0].abstract_id == max(having, key=lambda one: one.date or "").id


# dates that were inferred, and conditions that leave nothing


def test_inferred_dates_are_told(assistant: Assistant) -> None:
    notices = assistant.ask("How many papers do you have from 2025?").notices
    assert "19 of these dates are inferred: the sources print no year for them." in notices
    assert assistant.ask("How many papers are from 2020?").notices == (
        "39 abstracts that would match otherwise state no date and are left out.",
    )


def test_nothing_left_is_said_with_what_the_nearest_condition_would_leave(assistant: Assistant) -> None:
    answer = assistant.ask("How many papers from 2024 have exactly 40 authors?")
    assert (answer.outcome, said(answer), answer.citations) == ("answered", 0, ())
    assert 'Without "authors = 40", 33 abstracts would match.' in answer.notices
    assert any(one.startswith("The nearest with any is authors = ") for one in answer.notices)


def test_a_year_that_no_paper_has_gives_the_nearest_year(assistant: Assistant) -> None:
    answer = assistant.ask("Which papers are from 2016?")
    assert said(answer) == 0
    assert "The nearest with any is year = 2018: 2 abstracts." in answer.notices


def test_a_question_about_content_keeps_its_condition_and_is_never_relaxed(assistant: Assistant) -> None:
    answer = assistant.ask("How do papers from 2023 recognise speech?")
    assert answer.citations
    assert {one.date[:4] for one in answer.citations if one.date} == {"2023"}
    assert answer.filters == ("year = 2023", "26 of 159 abstracts match")
    none = assistant.ask("What do papers from 2011 say about speech recognition?")
    assert (none.outcome, none.claims) == ("refused", ())
    assert (none.reason or "").startswith("The corpus does not say: it has no abstract dated 2011.")
    assert none.near_misses


def test_a_field_that_the_corpus_lacks_is_told(tmp_path: Path) -> None:
    (tmp_path / "papers.txt").write_text(
        "Abstract:We present SmallNet, a compact speech encoder trained on 960 hours of English speech. It reduces the error rate.\n"
        "Abstract:We study translation of rare languages with small models. Results improve by two points on average.\n",
        encoding="utf-8",
    )
    settings = Settings(index_dir=tmp_path / "index", corpus=(tmp_path / "papers.txt",), mode="extract")
    bring_up_to_date(settings)
    with Assistant.open(settings) as assistant:
        counted = assistant.ask("Which paper has the most upvotes?")
        assert (counted.outcome, counted.reason) == ("refused", "The corpus does not say: none of its 2 abstracts states upvotes.")
        content = assistant.ask("What do papers from 2023 say about a speech encoder?")
        assert content.filters == ()
        assert 'No abstract of the corpus states what "year = 2023" asks for: it was not applied.' in content.notices


# one paper


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (
            "Who wrote AudioPaLM?",
            "The corpus does not name the authors of AudioPaLM: A Large Language Model That Can Speak and Listen, only that there are 30.",
        ),
        ("How many upvotes does AudioPaLM have?", "AudioPaLM: A Large Language Model That Can Speak and Listen has 55 upvotes."),
        ("When was VoiceLDM posted?", "VoiceLDM: Text-to-Speech with Environmental Context is dated 24 September 2023."),
        (
            "How many authors does SpeechT5 have?",
            "SpeechT5: Unified-Modal Encoder-Decoder Pre-Training for Spoken Language Processing has 14 authors.",
        ),
    ],
)
def test_what_the_listing_states_of_one_paper_is_looked_up(assistant: Assistant, question: str, text: str) -> None:
    answer = assistant.ask(question)
    assert (answer.claims[0].text, answer.citations[0].kind) == (text, "field")


def test_what_it_does_not_state_of_one_is_said(assistant: Assistant) -> None:
    answer = assistant.ask("How many upvotes does VoiceLDM have?")
    assert answer.claims[0].kind == "absence"
    assert answer.claims[0].text.startswith("The corpus states no upvotes for VoiceLDM")


def test_authors_that_are_not_named_are_not_guessed(assistant: Assistant) -> None:
    answer = assistant.ask("Who are the authors of KS-Lottery?")
    assert (answer.claims[0].kind, answer.claims[0].text) == ("absence", "The corpus does not name the authors of KS-Lottery.")


@pytest.mark.parametrize(
    ("question", "form", "members"),
    [
        ("list speech papers from 2022", "list", 9),
        ("show me all papers about toxicity from 2023", "list", None),
        ("are there papers on music from 2024?", "any", 0),
    ],
)
def test_a_topic_with_conditions_lists_every_member_by_the_rule(
    assistant: Assistant, question: str, form: str, members: int | None
) -> None:
    asked = read_query(question)
    assert (asked.operation, asked.exists) == ("list", form == "any")
    answer = assistant.ask(question)
    assert answer.claims[0].kind == "collection"
    assert members is None or len(answer.citations) == members


@pytest.mark.parametrize("question", ["which papers from 2023 propose a way to reduce repetition?", "which papers from 2022 use wav2vec?"])
def test_what_papers_do_is_read_in_them(question: str) -> None:
    assert read_query(question).operation == "list"


def test_a_name_that_no_paper_has_is_left_to_retrieval(assistant: Assistant) -> None:
    assert find_named("NoSuchNet", assistant.abstracts()) == []
    assert assistant.ask("How many authors does NoSuchNet have?").outcome == "refused"


# follow-ups, courtesies, other modes, rendering


def talk(assistant: Assistant, *questions: str) -> Answer:
    history: list[dict[str, object]] = []
    for question in questions[:-1]:
        history += answer_messages(assistant.ask(question, history))
    return assistant.ask(questions[-1], history)


@pytest.mark.parametrize(
    ("questions", "rule"),
    [
        (("How many listed papers from 2024 have exactly two authors?", "and in 2023?"), lambda one: one.year == 2023 and one.authors == 2),
        (("How many papers are from 2020?", "what about 2019?"), lambda one: one.year == 2019),
        (("How many papers are from 2020?", "and with two authors?"), lambda one: one.year == 2020 and one.authors == 2),
        (("How many papers from 2020 have two authors?", "and three authors?"), lambda one: one.year == 2020 and one.authors == 3),
        (("Which papers are from 2021?", "which of them have ten authors?"), lambda one: one.year == 2021 and one.authors == 10),
        (("Which papers are from 2021?", "How many of these have upvotes?"), lambda one: one.year == 2021 and one.upvotes is not None),
        (("hi", "How many papers are from 2019?"), lambda one: one.year == 2019),
    ],
)
def test_a_follow_up_counts_again(assistant: Assistant, references: dict[str, str], questions: tuple[str, ...], rule: Rule) -> None:
    answer = talk(assistant, *questions)
    assert cited(answer, references) == [one.ref for one in LINES if rule(one)]
    assert said(answer) == len(answer.citations)


def test_a_follow_up_about_what_was_cited_stays_among_it(assistant: Assistant) -> None:
    answer = talk(assistant, "the five most upvoted papers", "which of them has the fewest authors?")
    assert "among 5 abstracts named before" in answer.filters
    assert len(answer.citations) == 5


@pytest.mark.parametrize("text", ["hi", "Hello!", "Good morning", "thanks!", "Thank you very much.", "bye"])
def test_a_greeting_is_answered_in_kind(assistant: Assistant, text: str) -> None:
    answer = assistant.ask(text)
    assert (answer.outcome, answer.form, answer.citations) == ("info", "small talk", ())
    assert answer.reason


@pytest.mark.parametrize("text", ["What can you do?", "who are you", "help", "How does this work?", "what can I ask you?"])
def test_the_assistant_says_what_it_can_do(assistant: Assistant, text: str) -> None:
    answer = assistant.ask(text)
    assert (answer.outcome, answer.form) == ("info", "about")
    assert "159 paper abstracts" in answer.text


@pytest.mark.parametrize(
    "text", ["What is in this corpus?", "what is this corpus about", "give me an overview", "What topics do you cover?"]
)
def test_the_corpus_is_described_with_counts_and_themes(assistant: Assistant, text: str) -> None:
    answer = assistant.ask(text)
    assert (answer.outcome, answer.form) == ("info", "about")
    assert answer.text.startswith("The corpus has 159 abstracts from 4 files")
    assert "120 state a date, from 2018 to 2025; the year of 19 of these is inferred." in answer.text
    assert answer.table is not None
    assert answer.table[0] == ("Year", "Abstracts")
    assert len(answer.citations) >= 6
    again = assistant.ask(text)
    assert (again.claims, again.citations) == (answer.claims, answer.citations)


def test_a_count_needs_no_model_where_one_is_configured(index_dir: Path, corpus: Path) -> None:
    settings = Settings(index_dir=index_dir, corpus=(corpus,), mode="generate", openai_base_url="http://127.0.0.1:9/v1", model="none")
    with Assistant.open(settings) as assistant:
        answer = assistant.ask("How many papers are from 2020?")
        assert (answer.outcome, answer.mode, said(answer)) == ("answered", "extract", 9)
        assert assistant.ask("hello").outcome == "info"


def test_streaming_tells_the_same_answer(assistant: Assistant) -> None:
    events = list(assistant.stream("the five most upvoted papers"))
    assert [one.kind for one in events] == ["found", "claim", "answer"]
    assert events[-1].answer == assistant.ask("the five most upvoted papers")


def test_answers_read_back_and_render(assistant: Assistant) -> None:
    answer = assistant.ask("top 3 papers by comments")
    assert Answer.from_dict(answer.to_dict()) == answer
    markdown, html = answer_markdown(answer), answer_html(answer)
    assert "|  | Paper | Comments |" in markdown
    assert markdown.count("\n1. ") == 1
    assert "<th>Comments</th>" in html


def test_conditions_given_with_a_question_join_those_it_states(assistant: Assistant, references: dict[str, str]) -> None:
    answer = assistant.ask("How many papers have two authors?", year=(2023, 2024))
    assert cited(answer, references) == [one.ref for one in LINES if one.authors == 2 and 2023 <= one.year <= 2024]
    more = assistant.ask("How many papers are from 2020?", filters=Filters((Range("authors", 3, 3),)))
    assert cited(more, references) == [one.ref for one in LINES if one.authors == 3 and one.year == 2020]


def test_the_same_question_gives_the_same_bytes(assistant: Assistant) -> None:
    assert assistant.ask("papers per year").to_dict() == assistant.ask("papers per year").to_dict()


def test_what_is_not_about_a_topic_is_the_rest(assistant: Assistant) -> None:
    about, rest = (assistant.ask(f"How many papers are {negated}about speech?") for negated in ("", "not "))
    assert about.checks["members"] + rest.checks["members"] == 159
    assert "not about speech" in rest.claims[0].text
    assert assistant.ask("Which papers from 2023 are not about speech?").claims[0].kind == "collection"
