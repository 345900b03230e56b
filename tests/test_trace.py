"""How an answer came about: kept where it is asked for, the same each time, and told to OpenTelemetry."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.model.answers import Answer
from tests.processes import finished, python

QUESTION = "How does KS-Lottery find winning tickets?"


@pytest.mark.parametrize("question", [QUESTION, "How many papers are from 2024?", "Hello!", "What does Zorblax-9000 do?"])
def test_a_trace_is_kept_on_request_and_the_same_each_time(assistant: Assistant, question: str) -> None:
    plain, first, again = assistant.ask(question), assistant.ask(question, explain=True), assistant.ask(question, explain=True)
    assert plain.trace == ()
    assert "trace" not in plain.to_dict()
    assert first.trace[0].stage == "read"
    assert first.trace == again.trace
    assert first.to_dict() == again.to_dict()
    assert all(step.seconds >= 0 for step in first.trace)


def test_an_answer_with_its_trace_survives_json(assistant: Assistant) -> None:
    answer = assistant.ask(QUESTION, explain=True)
    assert Answer.from_dict(json.loads(json.dumps(answer.to_dict()))) == answer


# In a process of its own: the global tracer provider can be set once.
_EXPORTING = f"""
import json
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

exporter, provider = InMemorySpanExporter(), TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
trace.set_tracer_provider(provider)

import rag

with rag.Assistant.open() as assistant, trace.get_tracer("caller").start_as_current_span("request"):
    answer = assistant.ask({QUESTION!r})
request, spans = None, []
for span in exporter.get_finished_spans():
    if span.name == "request":
        request = span.context
    elif span.instrumentation_scope.name == "rag":
        spans.append(span)
print(json.dumps({{
    "trace": answer.to_dict().get("trace"),
    "names": [span.name for span in spans],
    "facts": {{name: value for span in spans for name, value in span.attributes.items()}},
    "below the request": all(span.parent == request for span in spans),
    "ended": all(span.start_time <= span.end_time for span in spans),
}}))
"""


def test_each_stage_is_a_span_of_opentelemetry_below_the_callers_own(index_dir: Path, corpus: Path, tmp_path: Path) -> None:
    here = str(Path(__file__).parents[1])
    environment = os.environ | {"RAG_INDEX_DIR": str(index_dir), "RAG_CORPUS": str(corpus), "RAG_MODE": "extract", "PYTHONPATH": here}
    seen = json.loads(finished(python(_EXPORTING), cwd=tmp_path, env=environment).stdout)
    assert seen["trace"] is None  # spans need no `explain`
    assert set(seen["names"]) >= {"rag.read", "rag.search", "rag.decide", "rag.answer"}
    assert len(seen["names"]) == len(set(seen["names"]))
    assert (seen["facts"]["rag.form"], seen["facts"]["rag.refused"], seen["facts"]["rag.by"]) == ("how", False, "extraction")
    assert seen["below the request"]
    assert seen["ended"]
