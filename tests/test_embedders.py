"""The embedders that can be chosen: a service that pays once for a text, MiniLM, and LlamaIndex's own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.assistant import Assistant
from rag.embedding.loading import LlamaIndexEmbedder, ServiceEmbedder, VectorFile, load_embedder
from rag.embedding.wordllama import load_wordllama
from rag.index.generations import open_index
from rag.index.ingest import bring_up_to_date
from rag.model.errors import IndexMismatchError, ModelError, SettingsError
from rag.model.settings import Settings
from tests.fakes import FakeOpenAI
from tests.scripted import Fault, Reply, error

NAME = "openai:text-embedding-3-small"


def settings_for(service: FakeOpenAI, folder: Path, **values: Any) -> Settings:
    return Settings(**{"openai_base_url": service.url, "embedding": NAME, "index_dir": folder / "index", "mode": "extract"} | values)


def embedder_at(service: FakeOpenAI, folder: Path, waits: list[float] | None = None) -> ServiceEmbedder:
    noted: list[float] = [] if waits is None else waits
    return ServiceEmbedder(settings_for(service, folder), sleep=noted.append, announce=lambda _: None)


def embedded(service: FakeOpenAI) -> list[list[str]]:
    """The texts of each request for vectors."""
    return [one.body["input"] for one in service.requests if one.path.endswith("/embeddings")]


def unit(service: FakeOpenAI, texts: Sequence[str]) -> list[Any]:
    rows = np.array([service.vector(text) for text in texts])
    return [pytest.approx(row, abs=1e-6) for row in (rows / np.linalg.norm(rows, axis=1, keepdims=True)).tolist()]


def test_the_setting_names_the_embedder(tmp_path: Path) -> None:
    assert load_embedder(Settings(embedding="wordllama")) is load_wordllama()
    assert load_embedder(Settings(embedding=NAME, index_dir=tmp_path)).name == NAME
    with pytest.raises(SettingsError, match=r"RAG_EMBEDDING cannot be 'word2vec'. Known: auto, minilm, wordllama, openai:"):
        load_embedder(Settings(embedding="word2vec"))
    with pytest.raises(SettingsError, match="RAG_EMBEDDING cannot be 'openai:'"):
        load_embedder(Settings(embedding="openai:"))


def test_vectors_of_a_service_have_length_one_and_their_texts_order(tmp_path: Path) -> None:
    texts = ["speech", " ", "proteins fold", "speech"]
    with FakeOpenAI() as service:
        embedder = embedder_at(service, tmp_path)
        rows = embedder.embed(texts)
        assert (str(rows.dtype), rows.shape, embedder.dimensions) == ("float32", (4, 8), 8)
        assert rows[[0, 2, 3]].tolist() == unit(service, ["speech", "proteins fold", "speech"])
        assert rows[1].tolist() == [0.0] * 8
        assert embedder.embed([]).shape == (0, 8)
        embedder.model.close()


FAULTS: dict[str, tuple[list[Reply], int]] = {
    "one row too few": ([Fault("short")], 2),
    "another order": ([Fault("reordered")], 1),
    "a row of another dimension": ([Fault("wrong_dimension")], 2),
    "no numbers": ([Fault("nan")], 2),
    "a rate limit": ([error(429, retry_after="1")], 2),
    "a failure": ([error(500)], 2),
    "a web page": ([Fault("html")], 2),
    "half a document": ([Fault("truncated")], 2),
    "a broken connection": ([Fault("reset_midway")], 2),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_service_that_fails_in_passing_gives_the_right_vectors(name: str, tmp_path: Path) -> None:
    script, requests = FAULTS[name]
    waits: list[float] = []
    with FakeOpenAI(*script) as service:
        embedder = embedder_at(service, tmp_path, waits)
        embedder._store.dimensions = 8
        assert embedder.embed(["speech", "proteins"]).tolist() == unit(service, ["speech", "proteins"])
        embedder.model.close()
    assert (len(embedded(service)), len(waits)) == (requests, requests - 1)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault("short"), "1 vectors for 2 texts"),
        (Fault("wrong_dimension"), "different lengths"),
        (Fault("nan"), "not numbers"),
        (error(404), "RAG_EMBEDDING"),
        (error(400, "Too long."), "does not embed these texts"),
        (error(401), "OPENAI_API_KEY"),
    ],
)
def test_a_service_that_goes_on_failing_is_an_error(fault: Fault, told: str, tmp_path: Path) -> None:
    with FakeOpenAI(*[fault] * 3) as service:
        embedder = embedder_at(service, tmp_path)
        embedder._store.dimensions = 8
        with pytest.raises(ModelError, match=told):
            embedder.embed(["speech", "proteins"])
        embedder.model.close()


def test_vectors_of_another_size_than_before_are_refused(tmp_path: Path) -> None:
    with FakeOpenAI(dimensions=8) as service:
        embedder = embedder_at(service, tmp_path)
        embedder.embed(["one", "two"])
        service.dimensions = 4
        with pytest.raises(ModelError, match="4 numbers in the place of 8"):
            embedder.embed(["three", "four"])
        embedder.model.close()


def test_a_text_is_paid_for_once(tmp_path: Path) -> None:
    with FakeOpenAI() as service:
        for _ in range(2):
            embedder = embedder_at(service, tmp_path)
            embedder.embed(["one", "two", "one"])
            embedder.embed(["two", "three"])
            embedder.embed(["a question"])
            embedder.embed(["a question"])
            embedder.model.close()
    assert embedded(service) == [["dimensions"], ["one", "two"], ["three"], ["a question"], ["a question"]]


def test_many_texts_go_in_requests_of_a_bounded_size(tmp_path: Path) -> None:
    texts = [f"text {number}" for number in range(300)] + [f"{number} " + "long " * 8000 for number in range(5)]
    with FakeOpenAI() as service:
        embedder = embedder_at(service, tmp_path)
        embedder.embed(texts)
        embedder.model.close()
    sizes = [len(batch) for batch in embedded(service)[1:]]
    assert sizes[0] == 256
    assert sum(sizes) == 305
    assert max(sum(map(len, batch)) for batch in embedded(service)) < 50_000 * 4


def test_vectors_on_disk_survive_a_torn_end_and_a_damaged_record(tmp_path: Path) -> None:
    rows = np.arange(12, dtype=np.float32).reshape(3, 4)
    VectorFile(tmp_path, "m").add(["a", "b", "c"], rows)
    (path,) = tmp_path.glob("*.vectors")
    data = bytearray(path.read_bytes())
    data[len(data) // 3 + 40] ^= 1  # within b
    path.write_bytes(data[:-5])
    again = VectorFile(tmp_path, "m")
    assert {text: row.tolist() for text, row in again.find(["a", "b", "c"]).items()} == {"a": [0, 1, 2, 3]}
    again.add(["d"], rows[:1])
    assert set(VectorFile(tmp_path, "m").find(["a", "b", "c", "d"])) == {"a", "d"}
    assert VectorFile(tmp_path, "other").find(["a"]) == {}


def test_the_file_of_vectors_is_bounded(tmp_path: Path) -> None:
    kept = VectorFile(tmp_path, "m", most=200)
    for number in range(20):
        kept.add([str(number)], np.ones((1, 4), dtype=np.float32))
    (path,) = tmp_path.glob("*.vectors")
    assert path.stat().st_size <= 200


def test_indexing_and_asking_work_with_a_service_from_end_to_end(tmp_path: Path) -> None:
    subjects = ("speech recognition", "protein folding", "graph colouring", "weather forecasts", "machine translation")
    rows = [
        {"id": str(number), "title": one.title(), "abstract": f"This is about {one}. It is short."} for number, one in enumerate(subjects)
    ]
    corpus = tmp_path / "papers.jsonl"
    corpus.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with FakeOpenAI() as service:
        settings = settings_for(service, tmp_path, corpus=(corpus,))
        bring_up_to_date(settings)
        paid = sum(map(len, embedded(service)))
        bring_up_to_date(settings, rebuild=True)
        assert sum(map(len, embedded(service))) == paid
        with Assistant.open(settings) as assistant:
            (best, *_) = assistant.retrieve("graph colouring")
            assert assistant.abstract(best.passage.abstract_id).title == "Graph Colouring"
        for other in ("wordllama", "openai:text-embedding-3-large", "minilm"):
            with pytest.raises(IndexMismatchError, match=NAME):
                open_index(settings.model_copy(update={"embedding": other}))


def test_an_indexing_that_was_broken_off_does_not_pay_twice(tmp_path: Path) -> None:
    texts = [f"text {number}" for number in range(300)]
    with FakeOpenAI({}, {}, error(401)) as service:
        first = embedder_at(service, tmp_path)
        with pytest.raises(ModelError):
            first.embed(texts)
        second = embedder_at(service, tmp_path)
        second.embed(texts)
        first.model.close()
        second.model.close()
    assert [len(batch) for batch in embedded(service)] == [1, 256, 44, 44]


class OfLlamaIndex:
    """What we use of a LlamaIndex embedding."""

    model_name = "tiny"

    def get_text_embedding(self, text: str) -> list[float]:
        return [3.0, 4.0 * len(text)]

    def get_text_embedding_batch(self, texts: list[str]) -> list[list[float]]:
        return [self.get_text_embedding(text) for text in texts]


def test_a_given_embedding_wins_over_the_setting() -> None:
    assert load_embedder(Settings(), load_wordllama()) is load_wordllama()
    given = load_embedder(Settings(), OfLlamaIndex())
    assert isinstance(given, LlamaIndexEmbedder)
    assert (given.name, given.dimensions) == ("OfLlamaIndex/tiny", 2)
    assert given.embed(["a"]).tolist() == [[pytest.approx(0.6), pytest.approx(0.8)]]
    assert given.embed([]).shape == (0, 2)
