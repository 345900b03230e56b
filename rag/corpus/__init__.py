"""Readers: files as people have them become abstracts, with the provenance of every field."""

from __future__ import annotations

from rag.corpus.dates import iso_date
from rag.corpus.draft import Reading
from rag.corpus.files import CorpusFile, decode, find_files
from rag.corpus.merge import Fingerprint, combine_records, merge_works, same_work
from rag.corpus.naming import introduced_name, introduces
from rag.corpus.reading import read_file, read_text, shape_names
from rag.corpus.values import replace_surrogates

__all__ = [
    "CorpusFile",
    "Fingerprint",
    "Reading",
    "combine_records",
    "decode",
    "find_files",
    "introduced_name",
    "introduces",
    "iso_date",
    "merge_works",
    "read_file",
    "read_text",
    "replace_surrogates",
    "same_work",
    "shape_names",
]
