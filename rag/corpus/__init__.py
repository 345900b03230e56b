"""Readers: one module a shape of file; each gives abstracts with the provenance of every field."""

from rag.corpus.draft import Reading
from rag.corpus.files import CorpusFile, find_files, find_skipped
from rag.corpus.reading import read_file, read_text

__all__ = ["CorpusFile", "Reading", "find_files", "find_skipped", "read_file", "read_text"]
