"""Files that were given to the page: kept in the index folder under names of our own, and indexed beside `RAG_CORPUS`.

They are in the catalogue as files that were added (`rag index FILE`), so `rag index` follows them and never takes them out.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path, PurePosixPath
from threading import BoundedSemaphore

from rag.corpus import Gate, Reading, read_regular
from rag.index.ingest import IndexReport, bring_up_to_date, remove_source
from rag.index.layout import Layout
from rag.index.server_catalogue import open_catalogue
from rag.index.works import KnownFile, known_files
from rag.model import CorpusError, IndexMissingError, NotFoundError, Progress, RagError, Settings, silent

MOST_FILES = 10  # at a time
MOST_BYTES = 20_000_000  # of one file
MOST_KEPT = 200  # files in the folder of uploads
_AT_ONCE = BoundedSemaphore(4)  # uploads that are read at a time, whoever gave them
_NAME = 48  # characters of the given name that are kept, the digest of a name of ours included
_EXTENSIONS = frozenset({".txt", ".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".tab", ".bib", ".bibtex", ".ris"})


@dataclass(frozen=True, slots=True)
class Upload:
    """A text as it was given: `label` is what its giver calls it and never a path; `shape` is None where it is to be detected."""

    label: str
    data: bytes
    shape: str | None = None

    @property
    def name(self) -> str:
        """The name that it is stored under: letters and digits of its label, a digest of its bytes, an extension that is known."""
        given = PurePosixPath(self.label.replace("\\", "/"))
        stem, extension = given.stem, given.suffix
        if extension.lower() not in _EXTENSIONS:
            stem, extension = given.name, ".txt"
        plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
        words = re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-").lower()[:_NAME]
        digest = hashlib.sha256(self.data).hexdigest()[:8]
        return f"{words.removesuffix(digest).strip('-') or 'upload'}-{digest}{extension.lower()}"

    def read(self) -> Reading:
        """What indexing will read in it, problems included, read in a process of its own; never an exception for what it holds."""
        with _AT_ONCE, Gate() as gate:
            return gate.read_upload(self.data, name=self.name, shape=self.shape)


@dataclass(frozen=True, slots=True)
class KeptUpload:
    """An upload that is in the index."""

    name: str
    path: Path
    added: float  # seconds since 1970
    shape: str | None


def folder(settings: Settings) -> Path:
    """Where uploads are kept."""
    return Layout(settings.index_dir).uploads


def list_uploads(settings: Settings) -> list[KeptUpload]:
    """The uploads that are in the index, the newest first."""
    with suppress(IndexMissingError), closing(open_catalogue(Layout.of(settings))) as catalogue:
        with catalogue.reading() as connection:
            files = [one for one in known_files(connection).values() if one.origin == "added" and _ours(settings, one)]
        found = [KeptUpload(one.name, folder(settings) / one.name, one.mtime_ns / 1e9, one.shape) for one in files]
        return sorted(found, key=lambda one: (-one.added, one.name))
    return []


def add_uploads(settings: Settings, uploads: Sequence[Upload], *, progress: Progress = silent) -> IndexReport:
    """Store and index uploads. What cannot be indexed now is not kept.

    Raises CorpusError for too many or too large ones, and what `bring_up_to_date` raises.
    """
    _check(settings, uploads)
    here = folder(settings)
    before = {one.name for one in list_uploads(settings)}
    written = [_write(here, one) for one in uploads]
    try:
        return _index(settings, uploads, progress)
    except BaseException:
        for path in written:
            if path.name not in before:
                path.unlink(missing_ok=True)
        raise


def remove_upload(settings: Settings, name: str, *, progress: Progress = silent) -> Upload:
    """Take an upload out of the index and delete it; returns it, so that it can be added again.

    Raises NotFoundError for what is no upload: files of the corpus are not the page's to remove.
    """
    found = next((one for one in list_uploads(settings) if one.name == name), None)
    if found is None:
        raise NotFoundError(f"No upload is called {name!r}. Files of the corpus are removed from its folder, and then with: rag index")
    data = _kept_bytes(found.path)
    remove_source(settings, name, progress=progress)
    found.path.unlink(missing_ok=True)
    return Upload(name, data, found.shape)


def _kept_bytes(path: Path) -> bytes:
    """The bytes of an upload; none where it was deleted by hand, or is something else by now."""
    try:
        return read_regular(path, MOST_BYTES)
    except CorpusError:
        return b""


def _index(settings: Settings, uploads: Sequence[Upload], progress: Progress) -> IndexReport:
    """Add the files, those of one shape together."""
    ordered = sorted(uploads, key=lambda one: one.shape or "")
    reports = [
        bring_up_to_date(settings, [folder(settings) / one.name for one in group], add=True, shape=shape or None, progress=progress)
        for shape, group in groupby(ordered, key=lambda one: one.shape or "")
    ]
    first = reports[0]
    return replace(reports[-1], new=sum(one.new for one in reports), changed=sum(one.changed for one in reports), files=first.files)


def _check(settings: Settings, uploads: Sequence[Upload]) -> None:
    if not uploads:
        raise CorpusError("There is nothing to add.")
    if len(uploads) > MOST_FILES:
        raise CorpusError(f"{len(uploads)} files are too many at a time: at most {MOST_FILES}.")
    large = next((one for one in uploads if len(one.data) > MOST_BYTES), None)
    if large is not None:
        raise CorpusError(f"{large.label[:100]!r} has {len(large.data) / 1e6:,.0f} MB: at most {MOST_BYTES // 10**6} MB are taken.")
    if len(list_uploads(settings)) + len(uploads) > MOST_KEPT:
        raise CorpusError(f"{MOST_KEPT} uploads are kept at most. Remove some, or put the files into the folder of the corpus.")


def _write(here: Path, upload: Upload) -> Path:
    """Write an upload in one step: the bytes are in its name, so what is there under it is the same."""
    path = here / upload.name
    try:
        here.mkdir(parents=True, exist_ok=True)
        fresh = here / f".{secrets.token_hex(6)}"
        fresh.write_bytes(upload.data)
        fresh.replace(path)
    except OSError as error:
        raise RagError(f"The upload cannot be stored in {here}: {error.strerror or error}") from error
    return path


def _ours(settings: Settings, file: KnownFile) -> bool:
    """True for an upload, also where the index folder has moved or the upload was deleted by hand."""
    path = folder(settings) / file.name
    return file.path == str(path.resolve()) or path.is_file()
