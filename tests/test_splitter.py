"""The node parser: our ids and offsets, the title in what is embedded, and its place in LlamaIndex's pipeline."""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llama_index.core.embeddings import MockEmbedding
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.schema import Document, MetadataMode, NodeRelationship

from rag.embedding.wordllama import load_wordllama
from rag.index.pipeline import PassageSplitter
from tests.cost import at_most
from tests.processes import finished, python

TEXT = "We test it. We test it. It works, e.g. here. We test it."


def words(texts: Sequence[str]) -> list[int]:
    """A word a token."""
    return [len(text.split()) for text in texts]


def tokens(texts: Sequence[str]) -> list[int]:
    """wordllama's tokens, as the index counts them."""
    return [len(ids) for ids in load_wordllama().tokens(texts)]


def splitter(budget: int = 256, **values: Any) -> PassageSplitter:
    return PassageSplitter(count_tokens=words, budget=budget, **values)


def document(text: str = TEXT, title: str | None = "On testing", **metadata: Any) -> Document:
    return Document(id_="p1", text=text, metadata={"abstract_id": "p1", "title": title, **metadata})


def test_a_short_abstract_is_one_node_of_its_verbatim_text() -> None:
    (node,) = splitter()([document(f"  {TEXT}\n")])
    assert (node.id_, node.text, node.start_char_idx, node.end_char_idx) == ("p1:2", TEXT, 2, 2 + len(TEXT))
    assert (node.metadata["abstract_id"], node.metadata["first"], node.metadata["last"]) == ("p1", 0, 3)


def test_title_and_text_are_embedded_and_nothing_else() -> None:
    (node,) = splitter()([document(year=2024)])
    assert node.get_content(MetadataMode.EMBED) == f"On testing\n{TEXT}"
    assert node.get_content(MetadataMode.LLM) == f"On testing\n{TEXT}"
    assert node.get_content(MetadataMode.NONE) == TEXT
    assert node.metadata["year"] == 2024


@pytest.mark.parametrize("title", [None, ""])
def test_without_a_title_the_text_alone_is_embedded(title: str | None) -> None:
    (node,) = splitter()([document(title=title)])
    assert node.get_content(MetadataMode.EMBED) == TEXT


def test_braces_in_titles_and_texts_are_text() -> None:
    (node,) = splitter()([document("We use {value} and {0}.", title="{content} {key}")])
    assert node.get_content(MetadataMode.EMBED) == "{content} {key}\nWe use {value} and {0}."


def test_repeated_sentences_keep_their_own_offsets() -> None:
    nodes = splitter(budget=4)([document()])
    assert [node.start_char_idx for node in nodes] == [0, 12, 24, 45]
    assert all(TEXT[node.start_char_idx : node.end_char_idx] == node.text for node in nodes)
    assert [node.id_ for node in nodes] == ["p1:0", "p1:12", "p1:24", "p1:45"]


def test_nodes_know_their_document_and_their_neighbours() -> None:
    first, second = splitter(budget=9)([document()])[:2]
    assert first.ref_doc_id == "p1"
    assert first.relationships[NodeRelationship.NEXT].node_id == second.id_
    assert second.relationships[NodeRelationship.PREVIOUS].node_id == first.id_
    assert NodeRelationship.NEXT not in splitter(budget=9, include_prev_next_rel=False)([document()])[0].relationships


def test_a_document_without_text_has_no_node() -> None:
    assert splitter()([document(""), document(" \n ")]) == []


def test_a_document_without_metadata_goes_by_its_id() -> None:
    (node,) = splitter()([Document(id_="p9", text="We test.")])
    assert (node.id_, node.metadata["abstract_id"]) == ("p9:0", "p9")


def test_sentences_are_counted_in_one_call() -> None:
    calls: list[int] = []

    def counted(texts: Sequence[str]) -> list[int]:
        calls.append(len(texts))
        return words(texts)

    PassageSplitter(count_tokens=counted, budget=9)([document(), document("One. Two is it.", "x")])
    assert calls == [5]


@given(st.text(max_size=300), st.integers(min_value=1, max_value=40))
def test_nodes_are_the_same_on_every_run_and_slices_of_the_text(text: str, budget: int) -> None:
    nodes = splitter(budget)([document(text, title=None)])
    assert [node.to_dict() for node in nodes] == [node.to_dict() for node in splitter(budget)([document(text, title=None)])]
    assert all(text[node.start_char_idx : node.end_char_idx] == node.text for node in nodes)


def test_in_a_pipeline_without_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was asked for")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    step = PassageSplitter(count_tokens=tokens, budget=16)
    pipeline = IngestionPipeline(transformations=[step, MockEmbedding(embed_dim=4)], docstore=None, disable_cache=True)
    runs = [pipeline.run(documents=[document()]) for _ in range(2)]
    assert [[node.id_ for node in run] for run in runs] == [["p1:0", "p1:12", "p1:24"]] * 2
    assert all(node.embedding == [0.5] * 4 for node in runs[0])


def test_nltk_is_not_imported() -> None:
    program = "import sys, rag.index.pipeline; sys.exit('nltk' in sys.modules)"
    assert finished(python(program)).returncode == 0


@pytest.mark.slow
def test_thousand_abstracts_in_a_second(shared: Path) -> None:
    with (shared / "data" / "retrieval" / "scifact" / "corpus.jsonl").open(encoding="utf-8") as file:
        rows = [json.loads(line) for _, line in zip(range(1000), file, strict=False)]
    documents = [Document(id_=row["_id"], text=row["text"], metadata={"title": row["title"]}) for row in rows]
    step = PassageSplitter(count_tokens=tokens)
    with at_most(2):  # 0.4 on an idle machine
        step(documents)
