"""Records, errors, settings and events: what crosses the borders between packages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag.model.answers import Answer
from rag.model.claims import claim_pieces, numbered_text, sections
from rag.model.display import (
    clean_text,
    display_text,
    escape_html,
    escape_markdown,
    limit_marks,
    locations,
    pluralize,
    spell_controls,
    strip_controls,
)
from rag.model.errors import (
    CorpusError,
    IndexBusyError,
    IndexDamagedError,
    IndexMismatchError,
    IndexMissingError,
    LimitError,
    ModelError,
    NotFoundError,
    QuestionError,
    RagError,
    SettingsError,
)
from rag.model.events import Clock, Event, Job, Progress, Stage, Trace, as_events, log_to_stderr, silent, timestamp, utc_now
from rag.model.filters import (
    MENTIONS,
    NO_FILTERS,
    NUMBER_FIELDS,
    CountedField,
    Filters,
    NumberField,
    Place,
    Range,
    Scan,
    ScanKind,
    Years,
    day_number,
    is_mention,
    meets_filters,
    meets_scan,
    mention_pattern,
    name_chunks,
    spelling_pattern,
    stated_numbers,
)
from rag.model.forks import leave_behind, tell_forks
from rag.model.logistic import LogisticModel, read_models
from rag.model.markup import answer_markdown, attribution, citation_marks, remarks, support_note
from rag.model.processor import SELDOM, collecting_seldom, compute_in_one_thread, one_threaded
from rag.model.records import (
    Abstract,
    Citation,
    Claim,
    DatePrecision,
    FieldSpan,
    Hit,
    NearMiss,
    Passage,
    Problem,
    Sentence,
    Source,
    Support,
    TraceStep,
    Verdict,
    dump_rest,
    dumps,
)

if TYPE_CHECKING:
    from rag.model.settings import NO_PAPERS, Settings, environment_variable

__all__ = [
    "MENTIONS",
    "NO_FILTERS",
    "NO_PAPERS",
    "NUMBER_FIELDS",
    "SELDOM",
    "Abstract",
    "Answer",
    "Citation",
    "Claim",
    "Clock",
    "CorpusError",
    "CountedField",
    "DatePrecision",
    "Event",
    "FieldSpan",
    "Filters",
    "Hit",
    "IndexBusyError",
    "IndexDamagedError",
    "IndexMismatchError",
    "IndexMissingError",
    "Job",
    "LimitError",
    "LogisticModel",
    "ModelError",
    "NearMiss",
    "NotFoundError",
    "NumberField",
    "Passage",
    "Place",
    "Problem",
    "Progress",
    "QuestionError",
    "RagError",
    "Range",
    "Scan",
    "ScanKind",
    "Sentence",
    "Settings",
    "SettingsError",
    "Source",
    "Stage",
    "Support",
    "Trace",
    "TraceStep",
    "Verdict",
    "Years",
    "answer_markdown",
    "as_events",
    "attribution",
    "citation_marks",
    "claim_pieces",
    "clean_text",
    "collecting_seldom",
    "compute_in_one_thread",
    "day_number",
    "display_text",
    "dump_rest",
    "dumps",
    "environment_variable",
    "escape_html",
    "escape_markdown",
    "is_mention",
    "leave_behind",
    "limit_marks",
    "locations",
    "log_to_stderr",
    "meets_filters",
    "meets_scan",
    "mention_pattern",
    "name_chunks",
    "numbered_text",
    "one_threaded",
    "pluralize",
    "read_models",
    "remarks",
    "sections",
    "silent",
    "spell_controls",
    "spelling_pattern",
    "stated_numbers",
    "strip_controls",
    "support_note",
    "tell_forks",
    "timestamp",
    "utc_now",
]

_SETTINGS = frozenset({"NO_PAPERS", "Settings", "environment_variable"})


def __getattr__(name: str) -> Any:
    """What stands in `rag.model.settings`, which takes pydantic, is imported when it is first named."""
    if name not in _SETTINGS:
        raise AttributeError(f"module 'rag.model' has no attribute {name!r}")
    from rag.model import settings

    return getattr(settings, name)
