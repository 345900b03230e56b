"""Any system's answers: asked through a small protocol or read from a file, as rows that are judged like our own."""

from __future__ import annotations

from eval.systems.answers import Heard, heard
from eval.systems.functions import PythonSystem, load_system
from eval.systems.matching import shown_part
from eval.systems.programs import ProgramSystem
from eval.systems.recorded import Recorded, Recording, question_in, read_recording
from eval.systems.replies import Reply, System
from eval.systems.services import ServiceSystem
from eval.systems.sources import Lookup, all_sources, contexts_of, nothing, place_finder, sources_of, text_id

__all__ = [
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
    "heard",
    "load_system",
    "nothing",
    "place_finder",
    "question_in",
    "read_recording",
    "shown_part",
    "sources_of",
    "text_id",
]
