"""Readers: files as people have them become abstracts, with the provenance of every field."""

from __future__ import annotations

from rag.corpus.dates import iso_date
from rag.corpus.draft import Reading
from rag.corpus.entries import Entry
from rag.corpus.files import CorpusFile, decode, find_files, find_odd
from rag.corpus.gate import Batch, Gate, Taken
from rag.corpus.gate_limits import Limits
from rag.corpus.merge import Fingerprint, combine_records, merge_works, same_work
from rag.corpus.naming import introduced_name, introduces, names_of
from rag.corpus.reading import shape_names
from rag.corpus.regular import read_regular
from rag.corpus.values import replace_surrogates

__all__ = [
    "Batch",
    "CorpusFile",
    "Entry",
    "Fingerprint",
    "Gate",
    "Limits",
    "Reading",
    "Taken",
    "combine_records",
    "decode",
    "find_files",
    "find_odd",
    "introduced_name",
    "introduces",
    "iso_date",
    "merge_works",
    "names_of",
    "read_regular",
    "replace_surrogates",
    "same_work",
    "shape_names",
]
