"""The retriever for LlamaIndex programs, inside a real query engine."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.base.response.schema import AsyncStreamingResponse, StreamingResponse
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.response_synthesizers import BaseSynthesizer, CompactAndRefine
from llama_index.core.response_synthesizers.no_text import NoText
from llama_index.core.schema import MetadataMode

from rag.assistant import Assistant
from rag.integrations.llama_index import CheckedQueryEngine, HybridRetriever
from rag.llm import ChatModel
from rag.model.errors import NotFoundError, QuestionError
from rag.model.settings import Settings
from tests.fakes import FakeOpenAI
from tests.processes import PATIENCE
from tests.scripted import Fault
from tests.writing import Body, quoting

QUESTION = "How does MoE-LPR keep the languages it knew?"


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> Iterator[Assistant]:
    """An assistant on a small index of two of the listings."""
    files = tuple(sorted(corpus.glob("00[02]*.txt")))
    with Assistant.open(Settings(index_dir=tmp_path_factory.mktemp("adapter") / "index", corpus=files, _env_file=None)) as opened:
        yield opened


def engine(assistant: Assistant, synthesizer: type[BaseSynthesizer], top_k: int) -> RetrieverQueryEngine:
    """A query engine of LlamaIndex around our retriever; the model is a mock."""
    return RetrieverQueryEngine(HybridRetriever(assistant, top_k), response_synthesizer=synthesizer(llm=MockLLM()))


def test_a_query_engine_gets_our_ids_texts_and_scores(assistant: Assistant) -> None:
    nodes = engine(assistant, NoText, 8).query(QUESTION).source_nodes
    hits = assistant.retrieve(QUESTION, 8)
    assert [node.node.id_ for node in nodes] == [hit.passage.id for hit in hits]
    assert [node.score for node in nodes] == [hit.fused for hit in hits]
    assert len(nodes) == 8
    assert all(before.score >= after.score for before, after in itertools.pairwise(nodes))
    assert "MoE-LPR" in nodes[0].node.get_content()


def test_a_node_is_a_verbatim_passage_that_says_where_it_is_from(assistant: Assistant) -> None:
    for found in HybridRetriever(assistant).retrieve(QUESTION):
        node, metadata = found.node, found.node.metadata
        abstract = assistant.abstract(metadata["abstract_id"])
        assert node.get_content(MetadataMode.NONE) == abstract.text[node.start_char_idx : node.end_char_idx]
        assert metadata["label"] == abstract.label
        assert metadata.get("title") == abstract.title
        assert metadata["source"] == f"{abstract.sources[0].file}:{abstract.sources[0].line}"
        assert node.ref_doc_id == abstract.id


def test_the_same_query_gives_the_same_nodes(assistant: Assistant) -> None:
    retriever = HybridRetriever(assistant)
    first, again = (list(map(repr, retriever.retrieve(QUESTION))) for _ in range(2))
    assert first == again
    assert list(map(repr, asyncio.run(retriever.aretrieve(QUESTION)))) == first


def test_a_model_reads_the_label_and_the_passage_alone(assistant: Assistant) -> None:
    response = engine(assistant, CompactAndRefine, 1).query(QUESTION)  # the mock repeats its prompt
    node = response.source_nodes[0].node
    assert f"label: {node.metadata['label']}\n\n{node.text}" in response.response
    assert node.metadata["abstract_id"] not in response.response


def test_the_count_the_year_and_the_source_are_kept_to(assistant: Assistant) -> None:
    assert len(HybridRetriever(assistant, top_k=3).retrieve(QUESTION)) == 3
    name = next(name for one in assistant.abstracts() for name in [one.sources[0].file] if name.startswith("000"))
    from_source = HybridRetriever(assistant, sources=[name]).retrieve(QUESTION)
    assert from_source
    assert all(found.node.metadata["source"].startswith(f"{name}:") for found in from_source)
    dated = HybridRetriever(assistant, year=(2024, 2024)).retrieve(QUESTION)
    assert dated
    assert {assistant.abstract(found.node.metadata["abstract_id"]).year for found in dated} == {2024}


def test_an_unknown_source_is_an_error_and_not_an_empty_list(assistant: Assistant) -> None:
    with pytest.raises(NotFoundError, match=r"nowhere\.txt"):
        HybridRetriever(assistant, sources=["nowhere.txt"]).retrieve(QUESTION)


def test_the_whole_assistant_is_a_query_engine_whose_sources_are_the_cited_sentences(assistant: Assistant) -> None:
    response = CheckedQueryEngine(assistant).query(QUESTION)
    answer = assistant.ask(QUESTION)
    assert str(response) == answer.text
    assert [node.node.get_content(MetadataMode.NONE) for node in response.source_nodes] == [one.quote for one in answer.citations]
    assert [node.node.metadata["number"] for node in response.source_nodes] == [one.number for one in answer.citations]
    assert response.metadata == {"outcome": "answered", "answer": answer.to_dict()}
    assert str(asyncio.run(CheckedQueryEngine(assistant).aquery(QUESTION))) == answer.text


def test_a_refusal_of_the_query_engine_says_why(assistant: Assistant) -> None:
    response = CheckedQueryEngine(assistant, year=(1900, 1901)).query(QUESTION)
    assert (response.metadata["outcome"], response.source_nodes) == ("refused", [])
    assert str(response).startswith("The corpus does not say")


async def awaited(assistant: Assistant, question: str) -> tuple[list[str], Any]:
    response = await CheckedQueryEngine(assistant, streaming=True).aquery(question)
    assert isinstance(response, AsyncStreamingResponse)
    return [piece async for piece in response.async_response_gen()], response


def waited(assistant: Assistant, question: str) -> tuple[list[str], Any]:
    response = CheckedQueryEngine(assistant, streaming=True).query(question)
    assert isinstance(response, StreamingResponse)
    return list(response.response_gen), response


WAYS: list[Callable[[Assistant, str], tuple[list[str], Any]]] = [waited, lambda *given: asyncio.run(awaited(*given))]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("question", [QUESTION, "Which papers have two authors?", "What does Zorblax-9000 do?", "hello"])
def test_a_streamed_response_is_the_answer_claim_by_claim_with_its_sources(
    assistant: Assistant, question: str, way: Callable[[Assistant, str], tuple[list[str], Any]]
) -> None:
    answer = assistant.ask(question)
    pieces, response = way(assistant, question)
    assert "".join(pieces) == answer.text
    assert len(pieces) == max(1, len(answer.claims))
    assert [node.node.get_content(MetadataMode.NONE) for node in response.source_nodes] == [one.quote for one in answer.citations]
    assert response.metadata == {"outcome": answer.outcome, "answer": answer.to_dict()}


def test_a_streamed_response_makes_a_whole_one(assistant: Assistant) -> None:
    whole = CheckedQueryEngine(assistant).query(QUESTION)
    streamed = CheckedQueryEngine(assistant, streaming=True).query(QUESTION).get_response()
    assert (str(streamed), streamed.metadata) == (str(whole), whole.metadata)
    assert list(map(repr, streamed.source_nodes)) == list(map(repr, whole.source_nodes))


LOTTERY = "How does KS-Lottery find winning tickets?"


def write(body: Body) -> str:
    return quoting("Our key idea is to use Kolmogorov-Smirnov Test", "We further theoretically prove that KS-Lottery")(body)


@contextmanager
def scripted(index_dir: Path, corpus: Path, *script: Callable[[Body], Fault]) -> Iterator[tuple[Assistant, FakeOpenAI]]:
    """An assistant whose model replies by a script first, and then well."""
    with FakeOpenAI(*script, default=write) as service:
        chosen = Settings(index_dir=index_dir, corpus=(corpus,), openai_base_url=service.url, model="m", judge="local")
        model = ChatModel.open(chosen, sleep=lambda _: None, announce=lambda _: None)
        with Assistant.open(chosen, model=model) as opened:
            yield opened, service


@pytest.mark.parametrize("way", WAYS)
def test_nothing_void_is_told_where_a_reply_breaks_off(
    index_dir: Path, corpus: Path, way: Callable[[Assistant, str], tuple[list[str], Any]]
) -> None:
    def cut(body: Body) -> Fault:
        return Fault("cut", text=write(body))

    with scripted(index_dir, corpus, cut) as (opened, _):
        assert [one.kind for one in opened.stream(LOTTERY)] == ["found", "note", "claim", "restart", "claim", "claim", "answer"]
    with scripted(index_dir, corpus, cut) as (opened, service):
        pieces, response = way(opened, LOTTERY)
        assert len(service.chats) == 2
    assert [piece.strip()[:11] for piece in pieces] == ["Our key ide", "We further "]
    assert response.metadata["answer"]["text"] == "".join(pieces)
    assert len(response.source_nodes) == 2


def test_who_no_longer_waits_for_a_streamed_response_ends_its_request(index_dir: Path, corpus: Path) -> None:
    async def leave(opened: Assistant, service: FakeOpenAI) -> None:
        task = asyncio.create_task(awaited(opened, LOTTERY))
        while not service.chats:
            await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(service.left.wait, PATIENCE)

    with scripted(index_dir, corpus, lambda body: Fault("hang_midway", text=write(body))) as (opened, service):
        asyncio.run(leave(opened, service))


def test_what_is_no_question_is_refused_before_a_response(assistant: Assistant) -> None:
    engine = CheckedQueryEngine(assistant, streaming=True)
    with pytest.raises(QuestionError):
        engine.query(" ")
    with pytest.raises(QuestionError):
        asyncio.run(engine.aquery(" "))
