"""Vectors on a real Chroma server: the answers of embedded Chroma, from rows that several editions share."""

from __future__ import annotations

import json
import os
import signal
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from benchmarks.synthetic import write_corpus
from benchmarks.unchanged import digest
from eval.questions import load_questions
from rag.assistant import Assistant
from rag.embedding import load_wordllama
from rag.embedding.wordllama import unit_rows
from rag.index.catalogue import Catalogue
from rag.index.chroma_server import Collection, collection_name
from rag.index.generation import Generation
from rag.index.generations import open_index
from rag.index.ingest import bring_up_to_date, check_index, remove_source
from rag.index.layout import Layout
from rag.index.manifest import read_manifest
from rag.model.errors import IndexDamagedError, RagError, SettingsError
from rag.model.filters import NO_FILTERS, Filters
from rag.model.settings import Settings
from tests.chroma_server import ChromaServer
from tests.processes import finished, python, threads

MANY = 300  # more than are embedded in one batch


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    with ChromaServer(tmp_path_factory.mktemp("chroma") / "data") as one:
        yield one


@pytest.fixture
def own(tmp_path: Path) -> Iterator[ChromaServer]:
    """A server that a test may kill."""
    with ChromaServer(tmp_path / "chroma") as one:
        yield one


@pytest.fixture
def settings(tmp_path: Path, server: ChromaServer) -> Settings:
    return made(tmp_path, server.url)


def made(folder: Path, url: str | None, count: int = MANY) -> Settings:
    """The settings of a small corpus, and its files; nothing is indexed."""
    corpus = folder / "corpus"
    corpus.mkdir(exist_ok=True)
    write_corpus(corpus / "papers.jsonl", count, seed=3)
    return Settings(index_dir=folder / "index", corpus=(corpus,), embedding="wordllama", chroma_url=url, mode="extract", _env_file=None)


def add(settings: Settings, name: str, count: int, seed: int) -> None:
    path = settings.index_dir.parent / name
    write_corpus(path, count, seed=seed)
    bring_up_to_date(settings, [path], add=True)


def collection_of(settings: Settings) -> Collection:
    layout = Layout(settings.index_dir)
    manifest = read_manifest(layout.generation(layout.current_name() or ""))
    return Collection(settings.chroma_url or "", manifest.collection)


def nearest(generation: Generation, question: str, limit: int, filters: Filters = NO_FILTERS) -> list[str]:
    """The nearest passages by comparing all, exactly."""
    every = sorted(generation.passage_ids(filters))
    cosines = generation.vectors(every) @ load_wordllama().embed([question])[0]
    return sorted(every, key=lambda one: (-cosines[every.index(one)], one))[:limit]


def found(settings: Settings, question: str, limit: int, filters: Filters = NO_FILTERS) -> tuple[list[str], list[str]]:
    """What the server's vectors give, and what comparing all gives."""
    with open_index(settings) as index, index.reading() as generation:
        hits = generation.search_dense(load_wordllama().embed([question])[0], limit, filters)
        return [one for one, _ in hits], nearest(generation, question, limit, filters)


def is_nearly(hits: list[str], exact: list[str], count: int) -> bool:
    """True where these are all, in their order, but for one of a hundred: the server's graph may not lead to every row."""
    return len(exact) == count and len(hits) >= 0.99 * count and hits == [one for one in exact if one in set(hits)]


def test_answers_are_those_of_embedded_chroma_before_and_after_changes(corpus: Path, server: ChromaServer, tmp_path: Path) -> None:
    more = tmp_path / "more.jsonl"
    write_corpus(more, 20, seed=9)
    there = Settings(index_dir=tmp_path / "there", corpus=(corpus,), chroma_url=server.url, mode="extract", _env_file=None)
    here = there.model_copy(update={"index_dir": tmp_path / "here", "chroma_url": None})
    questions = load_questions()[::17]

    def said(settings: Settings) -> list[str]:
        check_index(settings)
        with Assistant.open(settings) as assistant:
            return [digest(assistant.ask(one.question, one.history)) for one in questions]

    for settings in (there, here):
        bring_up_to_date(settings)
    first = said(there)
    assert first == said(here)
    for settings in (there, here):
        bring_up_to_date(settings, [more], add=True)
    assert said(there) == said(here)
    for settings in (there, here):
        remove_source(settings, more.name)
    assert said(there) == said(here) == first


def test_a_generation_says_which_collection_it_has_and_nothing_of_the_address(settings: Settings) -> None:
    bring_up_to_date(settings)
    layout = Layout(settings.index_dir)
    generation = layout.generation(layout.current_name() or "")
    manifest = read_manifest(generation)
    with closing(Catalogue(layout.catalogue)) as catalogue:
        assert (manifest.store, manifest.collection) == ("served", collection_name(catalogue.number, manifest.recipe.rule))
    assert sorted(path.name for path in generation.iterdir()) == ["manifest.json", "tantivy"]
    assert "127.0.0.1" not in (generation / "manifest.json").read_text()
    check_index(settings)


def test_what_is_removed_is_found_no_more_and_its_rows_serve_it_when_it_comes_back(settings: Settings) -> None:
    bring_up_to_date(settings)
    add(settings, "few.jsonl", 20, seed=500)
    only = Filters(sources=("few.jsonl",))
    assert [len(one) for one in found(settings, "models", 400, only)] == [20, 20]
    with open_index(settings) as index, index.reading() as before:
        remove_source(settings, "few.jsonl")
        hits, exact = found(settings, "models", 400)
        assert is_nearly(hits, exact, MANY)
        with closing(collection_of(settings)) as rows:
            assert rows.count() == MANY + 20
        vector = load_wordllama().embed(["models"])[0]
        assert len(before.search_dense(vector, 400)) == MANY + 20  # who read the edition before goes on seeing it
    add(settings, "few.jsonl", 20, seed=500)
    hits, exact = found(settings, "models", 400)
    assert is_nearly(hits, exact, MANY + 20)
    check_index(settings)


def test_conditions_that_leave_few_or_many_choose_before_the_nearest_are_taken(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    bring_up_to_date(settings)
    add(settings, "few.jsonl", 20, seed=500)
    for few in (1000, 5):  # compared one by one, and asked of the server
        monkeypatch.setattr("rag.index.vectors._FEW", few)
        for only, count in ((Filters(sources=("few.jsonl",)), 20), (Filters(sources=("papers.jsonl",)), MANY)):
            hits, exact = found(settings, "models", 10, only)
            assert hits == exact
            assert len(found(settings, "models", 500, only)[0]) == count
    monkeypatch.setattr("rag.index.vectors._MOST_ASKED", 10)  # beyond that many all are compared
    hits, exact = found(settings, "models", 10, Filters(sources=("few.jsonl",)))
    assert hits == exact


def test_rows_that_the_catalogue_has_forgotten_are_deleted_once_they_are_many(settings: Settings) -> None:
    bring_up_to_date(settings)
    add(settings, "many.jsonl", 100, seed=500)
    remove_source(settings, "many.jsonl")
    with closing(collection_of(settings)) as rows:
        assert rows.count() == MANY + 100
    add(settings, "few.jsonl", 1, seed=600)
    with closing(collection_of(settings)) as rows:
        assert rows.count() <= MANY + 2  # the catalogue keeps the text of the highest number
    check_index(settings)


def test_rows_that_the_server_has_lost_are_told_and_written_again_without_embedding(settings: Settings) -> None:
    bring_up_to_date(settings)
    with closing(collection_of(settings)) as rows:
        lost = next(rows.all_keys())[:7]
        rows.remove(lost)
        assert not rows.having(lost).any()
    with pytest.raises(IndexDamagedError, match="7 passages too many or too few among the vectors"):
        check_index(settings)
    assert bring_up_to_date(settings).embedded == 0
    check_index(settings)


def test_a_collection_that_is_gone_is_told_and_made_again_without_embedding(settings: Settings) -> None:
    bring_up_to_date(settings)
    with closing(collection_of(settings)) as rows:
        rows._api.delete_collection(rows._name)
    with pytest.raises(IndexDamagedError, match=r"has no collection rag-.*Type: rag index"):
        found(settings, "models", 3)
    assert bring_up_to_date(settings).embedded == 0
    check_index(settings)


def test_vectors_move_to_a_server_and_back_without_embedding(tmp_path: Path, server: ChromaServer) -> None:
    settings = made(tmp_path, None)
    stores = []
    for url in (None, server.url, None):
        moved = settings.model_copy(update={"chroma_url": url})
        report = bring_up_to_date(moved)
        check_index(moved)
        layout = Layout(moved.index_dir)
        stores.append((read_manifest(layout.generation(layout.current_name() or "")).store, report.embedded))
    assert stores == [("chroma", MANY), ("served", 0), ("chroma", 0)]


def test_without_the_address_it_is_said_what_to_set(settings: Settings) -> None:
    bring_up_to_date(settings)
    with pytest.raises(RagError, match=r"RAG_CHROMA_URL is not set.*rag index"):
        found(settings.model_copy(update={"chroma_url": None}), "models", 3)


@pytest.mark.parametrize("count", [MANY, 1100])  # the vectors of many are sent by a process beside the run
def test_a_run_goes_on_where_the_server_is_killed_in_the_middle_of_it_and_started_again(
    own: ChromaServer, tmp_path: Path, count: int
) -> None:
    settings = made(tmp_path, own.url, count)
    killed: list[int] = []

    def progress(stage: str, done: int, total: int) -> None:
        if stage == "embed" and 0 < done < total and not killed:
            own.kill()
            killed.append(done)
            own.start(wait=False)

    assert bring_up_to_date(settings, progress=progress).embedded == count
    assert killed == [256]
    check_index(settings)
    hits, exact = found(settings, "models", count)
    assert is_nearly(hits, exact, len(exact))


def test_a_run_that_is_killed_is_gone_on_with_and_readers_see_the_edition_before(settings: Settings, server: ChromaServer) -> None:
    bring_up_to_date(settings)
    write_corpus(settings.corpus[0] / "more.jsonl", MANY, seed=4)
    code = """
import os, signal, sys
from pathlib import Path
from rag.index.ingest import bring_up_to_date
from rag.model.settings import Settings
def progress(stage, done, total):
    if stage == "embed" and done:
        os.kill(os.getpid(), signal.SIGKILL)
settings = Settings(index_dir=Path(sys.argv[1]), corpus=sys.argv[2], embedding="wordllama", chroma_url=sys.argv[3], _env_file=None)
bring_up_to_date(settings, progress=progress)
"""
    assert finished(python(code, settings.index_dir, settings.corpus[0], server.url), check=False).returncode == -signal.SIGKILL
    with closing(collection_of(settings)) as rows:
        assert rows.count() == MANY + 256  # what was committed before it was killed
    hits, exact = found(settings, "models", 2 * MANY)
    assert is_nearly(hits, exact, MANY)
    assert bring_up_to_date(settings).embedded == MANY - 256
    hits, exact = found(settings, "models", 2 * MANY)
    assert is_nearly(hits, exact, 2 * MANY)
    check_index(settings)


def test_a_forked_child_searches_on(settings: Settings) -> None:
    bring_up_to_date(settings)
    vector = load_wordllama().embed(["models"])[0]
    with open_index(settings) as index, index.reading() as generation:
        expected = [one for one, _ in generation.search_dense(vector, 3)]
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            os.write(writing, " ".join(one for one, _ in generation.search_dense(vector, 3)).encode())
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as answer:
            assert answer.read().split() == expected
        os.waitpid(child, 0)
        assert [one for one, _ in generation.search_dense(vector, 3)] == expected


def test_where_the_server_is_away_questions_of_nearness_say_so_and_lists_are_answered(own: ChromaServer, tmp_path: Path) -> None:
    settings = made(tmp_path, own.url)
    bring_up_to_date(settings)
    own.kill()
    told = rf"The Chroma server at 127\.0\.0\.1:{own.port} cannot be reached .*chroma run .*RAG_CHROMA_URL"
    with Assistant.open(settings) as assistant:
        with pytest.raises(RagError, match=told):
            assistant.ask("How do models learn?")
        assert assistant.ask("How many papers are there?").outcome == "answered"
    for work in (lambda: check_index(settings), lambda: bring_up_to_date(settings)):
        with pytest.raises(RagError, match=told):
            work()
    own.start()
    check_index(settings)


def test_a_run_without_a_server_keeps_what_it_read_and_the_next_goes_on(own: ChromaServer, tmp_path: Path) -> None:
    own.kill()
    settings = made(tmp_path, own.url)
    with pytest.raises(RagError, match="cannot be reached"):
        bring_up_to_date(settings)
    own.start()
    assert bring_up_to_date(settings).abstracts == MANY


def test_a_request_that_fails_in_passing_is_made_again_after_waits_that_grow(own: ChromaServer) -> None:
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            own.start()

    with closing(Collection(own.url, "rag-1-a", create=True, sleep=sleep)) as rows:
        own.kill()
        assert rows.count() == 0
        assert (len(waits), waits) == (3, sorted(waits))
        own.kill()
        with pytest.raises(RagError, match="cannot be reached"):
            rows.count()
        assert len(waits) == 6


@pytest.mark.parametrize("count", [2, 600])
def test_rows_come_back_as_they_were_written_one_of_zeros_among_them(server: ChromaServer, count: int) -> None:
    vectors = unit_rows(np.random.default_rng(0).normal(size=(count, 16)).astype(np.float32))
    vectors[0] = 0
    keys = np.arange(count, dtype=np.int64) << 24
    with closing(Collection(server.url, f"rag-2-{count}", create=True)) as rows:
        rows.add(keys, vectors)
        rows.add(keys[:1], vectors[:1])
        assert rows.count() == count
        assert np.concatenate(list(rows.all_keys())).tolist() == keys.tolist()
        assert rows.having(np.array([0, 1, keys[-1]])).tolist() == [True, False, True]
        near = rows.nearest(vectors[-1], count)
        assert sorted(near) == keys.tolist()
        assert near[0] == keys[-1]
        rows.remove(keys[:2])
        assert rows.count() == count - 2


@pytest.mark.parametrize("address", ["127.0.0.1:8000", "ftp://host", "http://me:hunter2@host:port"])
def test_an_address_that_is_none_is_told_without_a_password(settings: Settings, address: str) -> None:
    with pytest.raises(SettingsError, match=r"RAG_CHROMA_URL cannot be .* such as http://127") as caught:
        bring_up_to_date(settings.model_copy(update={"chroma_url": address}))
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in repr(Settings(chroma_url="http://me:hunter2@host"))


MODEL = {
    "id": "00000000-0000-0000-0000-000000000001",
    "name": "rag-1-a",
    "configuration_json": {"embedding_function": {"type": "known", "name": "default", "config": {}}},
    "metadata": None,
    "dimension": 4,
    "tenant": "default_tenant",
    "database": "default_database",
    "version": 0,
    "log_position": 0,
}


@contextmanager
def answering(reply: object, status: int = 200, kind: str = "application/json") -> Iterator[str]:
    """The address of a server that describes a collection to those who may know, and gives one reply to whatever else it is asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            allowed = self.headers["authorization"] == f"Basic {b64encode(b'me:hunter2').decode()}"
            model = allowed and self.path.endswith("/collections/rag-1-a")
            data = (json.dumps(MODEL) if model else reply if isinstance(reply, str) else json.dumps(reply)).encode()
            self.send_response(200 if model else status)
            self.send_header("content-type", "application/json" if model else kind)
            self.send_header("content-length", str(len(data)))
            if 300 <= status < 400 and not model:
                self.send_header("location", "http://127.0.0.1:9/")
            self.end_headers()
            self.wfile.write(data)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as serving, threads(serving.serve_forever):
        try:
            yield f"http://me:hunter2@127.0.0.1:{serving.server_port}"
        finally:
            serving.shutdown()


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        ({"ids": [["1", "x"]], "distances": [[0.1, 0.2]]}, "a row is called 'x'"),
        ({"ids": [["1", 2]], "distances": [[0.1, 0.2]]}, "a row is called '2'"),
        ({"ids": [["99999999999999999999"]], "distances": [[0.1]]}, "a row is called '9999"),
        ({"ids": [["1", "2"]], "distances": [[0.1]]}, "2 rows at 1 distances"),
        ({"ids": [["1", "2", "3", "4"]], "distances": [[0, 0, 0, 0]]}, "4 rows at 4 distances where 3"),
        ('{"ids": [["1"]], "distances": [[NaN]]}', "answers what Chroma does not"),
        ({"ids": [["1"]], "distances": [[None]]}, "answers what Chroma does not"),
        ({"ids": []}, "answers what Chroma does not"),
        ([1], "answers what Chroma does not"),
        ("hunter2 was wrong", "answers what Chroma does not"),
    ],
)
def test_a_reply_that_is_none_is_told_and_never_taken_for_rows(reply: object, told: str) -> None:
    with answering(reply) as url, closing(Collection(url, "rag-1-a")) as rows:
        with pytest.raises(RagError, match=told) as caught:
            rows.nearest(np.ones(4, dtype=np.float32), 3)
        assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "kind", "waits", "told"),
    [
        (503, "application/json", 3, r"cannot be reached \(status 503\)"),
        (200, "text/html", 0, r"status 200, text/html"),
        (302, "application/json", 0, r"status 302"),
        (401, "application/json", 0, r"answers what Chroma does not \(hello …\)"),
        (500, "application/json", 0, r"answers what Chroma does not"),
    ],
)
def test_what_is_no_answer_of_chroma_is_told_with_the_address_and_what_to_look_at(status: int, kind: str, waits: int, told: str) -> None:
    waited: list[float] = []
    message = rf"The Chroma server at 127\.0\.0\.1:\d+ .*{told}.*RAG_CHROMA_URL"
    with (
        answering("hello hunter2", status, kind) as url,
        closing(Collection(url, "rag-1-a", sleep=waited.append)) as rows,
        pytest.raises(RagError, match=message),
    ):
        rows.count()
    assert len(waited) == waits
