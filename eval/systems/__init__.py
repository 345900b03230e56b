"""Any system's answers: asked through a small protocol or read from a file, as rows that are judged like our own."""

from __future__ import annotations

from eval.systems.answers import Heard, heard
from eval.systems.columns import fields_in
from eval.systems.functions import PythonSystem, load_system
from eval.systems.matching import shown_part
from eval.systems.programs import ProgramSystem
from eval.systems.recorded import Recorded, Recording, made_id, question_in, read_recording, response_digest
from eval.systems.replies import Reply, System
from eval.systems.services import ServiceSystem
from eval.systems.sources import Lookup, all_sources, contexts_of, nothing, place_finder, sources_of, text_id
from eval.systems.tables import FileRow, quoted, read_table

__all__ = [
    "FileRow",
    "Heard",
    "Lookup",
    "ProgramSystem",
    "PythonSystem",
    "Recorded",
    "Recording",
    "Reply",
    "ServiceSystem",
    "System",
    "all_sources",
    "contexts_of",
    "fields_in",
    "heard",
    "load_system",
    "made_id",
    "nothing",
    "place_finder",
    "question_in",
    "quoted",
    "read_recording",
    "read_table",
    "response_digest",
    "shown_part",
    "sources_of",
    "text_id",
]
