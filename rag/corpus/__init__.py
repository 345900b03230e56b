"""Readers: files as people have them become abstracts, with the provenance of every field."""

from __future__ import annotations

from rag.corpus.dates import iso_date
from rag.corpus.draft import Reading
from rag.corpus.files import CorpusFile, decode, find_files
from rag.corpus.merge import Fingerprint, combine, merge_works, same_work
from rag.corpus.naming import introduced_name, introduces
from rag.corpus.reading import read_file, read_text, shape_names
from rag.corpus.values import plain

__all__ = [
    "CorpusFile",
    "Fingerprint",
    "Reading",
    "combine",
    "decode",
    "find_files",
    "introduced_name",
    "introduces",
    "iso_date",
    "merge_works",
    "plain",
    "read_file",
    "read_text",
    "same_work",
    "shape_names",
]
