"""What is new: when abstracts came into the index, and since when is asked."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.chat.conversation import Conversation, last_visit
from rag.chat.history import History
from rag.index.catalogue import Catalogue
from rag.index.ingest import bring_up_to_date
from rag.model.answers import Answer
from rag.model.events import Clock
from rag.model.settings import Settings
from rag.questions.courtesies import resolve_since
from rag.questions.reader import read_query

MONDAY = datetime(2026, 11, 16, 9, 30, tzinfo=UTC)
TUESDAY, SATURDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=5)


def at(moment: datetime) -> Clock:
    return lambda: moment


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "corpus").mkdir()
    return Settings(index_dir=tmp_path / "index", corpus=(tmp_path / "corpus",), mode="extract")


def write(settings: Settings, name: str, *titles: str, year: int = 2020) -> None:
    rows = [json.dumps({"title": title, "abstract": f"We write about {title.lower()}.", "year": year}) for title in titles]
    (settings.corpus[0] / name).write_text("\n".join(rows) + "\n", encoding="utf-8")


def index(settings: Settings, moment: datetime) -> None:
    bring_up_to_date(settings, clock=at(moment))


@pytest.fixture
def grown(settings: Settings) -> Settings:
    """Two abstracts of Monday and one of Tuesday."""
    write(settings, "a.jsonl", "Chess", "Speech")
    index(settings, MONDAY)
    write(settings, "b.jsonl", "Speech synthesis")
    index(settings, TUESDAY)
    return settings


def ask(settings: Settings, question: str, now: datetime = SATURDAY, visited: datetime | None = None) -> Answer:
    with Assistant.open(settings, clock=at(now)) as assistant:
        return assistant.ask(question, visited=visited)


def labels(answer: Answer) -> list[str]:
    return [one.label for one in answer.members]


def test_what_came_last_is_new(grown: Settings) -> None:
    answer = ask(grown, "What's new?")
    assert answer.text == "1 of 3 abstracts came into the index last, at 09:30 UTC on 17 November 2026: Speech synthesis (2020). [1]"
    assert (labels(answer), answer.form, dict(answer.checks)) == (["Speech synthesis"], "list", {"computed": 1, "members": 1})
    assert answer.to_dict() == ask(grown, "What's new?", now=SATURDAY + timedelta(days=400)).to_dict()


def test_a_corpus_that_was_indexed_in_one_go_has_nothing_new(settings: Settings) -> None:
    write(settings, "a.jsonl", "Chess", "Speech")
    index(settings, MONDAY)
    assert ask(settings, "Is there anything new here?").text == (
        "All 2 abstracts were indexed in one go, at 09:30 UTC on 16 November 2026: none is newer than the others."
    )


@pytest.mark.parametrize(
    ("question", "begins", "found"),
    [
        ("Which papers were added since Tuesday?", "1 of 3 abstracts came into the index since Tuesday (17 November 2026, UTC): ", 1),
        ("what is new since last week", "All 3 abstracts came into the index since last week (9 November 2026, UTC): ", 3),
        (
            "how many papers were added since yesterday?",
            "None of 3 abstracts came into the index since yesterday (20 November 2026, UTC): ",
            0,
        ),
        ("Which papers about speech were added this week?", "2 of 3 abstracts, about speech, came into the index since this week", 2),
        ("What has been added in the last 5 days?", "1 of 3 abstracts came into the index since the last 5 days (16 November", 1),
        ("What's new since 17 November 2026?", "1 of 3 abstracts came into the index since 17 November 2026, UTC: Speech s", 1),
    ],
)
def test_a_time_is_said_as_the_day_that_is_meant(grown: Settings, question: str, begins: str, found: int) -> None:
    answer = ask(grown, question, now=SATURDAY + timedelta(minutes=1))
    assert (answer.outcome, answer.text[: len(begins)], len(labels(answer))) == ("answered", begins, found)


def test_a_visit_is_what_last_time_means_and_is_said_not_to_be_known(grown: Settings) -> None:
    known = ask(grown, "What's new since last time?", visited=MONDAY + timedelta(hours=1))
    assert known.text.startswith(
        "1 of 3 abstracts came into the index since you were here last, at 10:30 UTC on 16 November 2026: Speech s"
    )
    unknown = ask(grown, "What's new since last time?")
    assert labels(unknown) == ["Speech synthesis"]
    assert any("not known when you were here last" in one for one in unknown.notices)


def test_an_abstract_keeps_its_time_when_it_is_indexed_again(grown: Settings) -> None:
    write(grown, "a.jsonl", "Chess", "Speech", year=2021)
    bring_up_to_date(grown, rebuild=True, clock=at(SATURDAY))
    (grown.corpus[0] / "b.jsonl").rename(grown.corpus[0] / "c.jsonl")
    index(grown, SATURDAY)
    assert labels(ask(grown, "What's new?")) == ["Speech synthesis"]


def test_what_was_indexed_before_times_were_kept_is_not_called_new(grown: Settings) -> None:
    with closing(Catalogue(grown.index_dir / "catalogue.db")) as catalogue, catalogue.writing() as connection:
        connection.execute("UPDATE works SET first_seen = '' WHERE first_seen < '2026-11-17'")
        connection.execute("DELETE FROM kept")  # what the run that published the edition counted
    answer = ask(grown, "which papers were added since Monday?")
    assert (labels(answer), answer.notices[-1]) == (["Speech synthesis"], "Left out: 2 abstracts that came in before this was kept.")
    with closing(Catalogue(grown.index_dir / "catalogue.db")) as catalogue, catalogue.writing() as connection:
        connection.execute("UPDATE works SET first_seen = ''")
    refused = ask(grown, "What is new?")
    assert refused.outcome == "refused"
    assert (refused.reason or "").startswith("It is not known when the 3 abstracts came into the index")


def test_a_catalogue_from_before_is_migrated_without_times(tmp_path: Path) -> None:
    from rag.index.schema import MIGRATIONS

    old = Catalogue(tmp_path / "catalogue.db", create=True, migrations=MIGRATIONS[:1])
    with old.writing() as connection:
        connection.execute("INSERT INTO works (id) VALUES ('a')")
    old.close()
    with closing(Catalogue(tmp_path / "catalogue.db")) as new, new.reading() as connection:
        assert [tuple(row) for row in connection.execute("SELECT id, first_seen FROM works")] == [("a", "")]


def test_a_conversation_knows_the_visit_before(grown: Settings, tmp_path: Path) -> None:
    with Assistant.open(grown, clock=at(SATURDAY)) as assistant, History(tmp_path / "history.db") as history:
        earlier = Conversation(assistant, history, "me")
        earlier.ask("How many papers are there?")
        earlier.ask("And about speech?")
        times = [MONDAY + timedelta(minutes=20), MONDAY + timedelta(minutes=50)]
        with history.writing() as connection:
            for number, moment in enumerate(times, start=1):
                connection.execute("UPDATE turns SET started = ? WHERE number = ?", (moment.isoformat(), number))
        assert last_visit(history, "me") is None
        assert last_visit(history, "me", SATURDAY) == times[1]
        assert last_visit(history, "somebody else", SATURDAY) is None
        answer = Conversation(assistant, history, "me").ask("What's new since last time?")
    assert labels(answer) == ["Speech synthesis"]
    assert "since you were here last, at 10:20 UTC on 16 November 2026" in answer.text


@pytest.mark.parametrize(
    "question",
    [
        "What is new in BLSP?",
        "Which papers were added since June 2024?",
        "What new loss do they use?",
        "How many papers were posted in 2024?",
    ],
)
def test_what_asks_of_papers_and_not_of_the_index_is_left_alone(question: str) -> None:
    assert read_query(question).news is None


@pytest.mark.parametrize(
    ("when", "moment"),
    [
        ("since Monday", datetime(2026, 11, 16, tzinfo=UTC)),
        ("since saturday", datetime(2026, 11, 14, tzinfo=UTC)),
        ("today", datetime(2026, 11, 21, tzinfo=UTC)),
        ("this month", datetime(2026, 11, 1, tzinfo=UTC)),
        ("since last month", datetime(2026, 10, 1, tzinfo=UTC)),
        ("since last year", datetime(2025, 1, 1, tzinfo=UTC)),
        ("in the past 2 hours", datetime(2026, 11, 21, 7, 30, tzinfo=UTC)),
        ("since December", datetime(2025, 12, 1, tzinfo=UTC)),
        ("since 3 June 2024", datetime(2024, 6, 3, tzinfo=UTC)),
    ],
)
def test_times_are_read(when: str, moment: datetime) -> None:
    news = read_query(f"What's new {when}?").news
    assert news is not None
    assert resolve_since(news, SATURDAY).moment == moment
