"""The files that a corpus consists of, and the text of each."""

from __future__ import annotations

import codecs
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.corpus.regular import READABLE, is_file, is_folder
from rag.model import CorpusError, Problem

# The files of a corpus, and names for them that do not depend on where the corpus lies.

_SKIPPED = {
    re.compile(r"\."): "a hidden file",
    re.compile(r"(README|LICEN[CS]E|COPYING)(?![a-z])", re.IGNORECASE): "a note about the corpus, no part of it",
    re.compile(r"^.*(~|\.bak|\.swp|\.swo|\.orig|\.tmp)$|^#.*#$", re.IGNORECASE): "an editor's backup",
    re.compile(r"(Thumbs\.db|desktop\.ini)$", re.IGNORECASE): "a file of the system",
}


@dataclass(frozen=True, slots=True)
class CorpusFile:
    """A file of the corpus. `name` is its path below the given folder, with forward slashes, unique in the corpus."""

    path: Path
    name: str


def find_files(paths: Sequence[Path]) -> list[CorpusFile]:
    """The files below the given folders, and the given files, each once, sorted by name.

    Hidden files, backups and files named README or LICENSE are skipped (`find_skipped` lists them) unless they are
    given themselves; so is what is no file (`find_odd`). Where two files would have the same name, the names of the folders
    above them are put before it until they differ. Raises CorpusError where a path is not there.
    """
    names: dict[Path, str] = {}
    given = frozenset(paths)
    for path, name in _walk_all(paths):
        if not _reason_to_skip(path, name, given):
            names.setdefault(_resolved(path), name)
    return _sorted(names)


def find_odd(paths: Sequence[Path]) -> list[CorpusFile]:
    """What lies below the given folders without being a file, although nothing in its name says that it does not belong to the corpus.

    Pipes, devices, links to nothing, folders that cannot be opened: reading one tells what is wrong with it.
    """
    given = frozenset(paths)
    found = ((path, name) for path, name in _walk_all(paths) if not _named_otherwise(name) and _reason_to_skip(path, name, given))
    return _sorted({path.absolute(): name for path, name in found})


def find_skipped(paths: Sequence[Path]) -> list[Problem]:
    """The files below the given folders that `find_files` leaves out, each with the reason."""
    given = frozenset(paths)
    found = {path: (name, _reason_to_skip(path, name, given)) for path, name in _walk_all(paths)}
    return sorted((Problem(name, 0, f"skipped: {reason}") for name, reason in found.values() if reason), key=lambda problem: problem.file)


def _sorted(names: Mapping[Path, str]) -> list[CorpusFile]:
    return sorted((CorpusFile(path, name) for path, name in _unique(names).items()), key=lambda file: (file.name, file.path))


def _walk_all(paths: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    for path in paths:
        check_there(path)
        yield from _walk(path) if is_folder(path) else [(path, _text(_resolved(path).name))]


def check_there(path: Path) -> None:
    """Raise CorpusError, which says what to type, where there is no such file or folder or it may not be seen."""
    try:
        there = path.exists()
    except OSError as error:
        raise CorpusError(f"{_text(str(path))} cannot be opened: {error.strerror}") from error
    if not there:
        raise CorpusError(f"There is no {_text(str(path))}. Set RAG_CORPUS or type: rag index FOLDER")
    if not (is_folder(path) or is_file(path)):  # a pipe or a device never ends
        advice = "Save what it holds in a file, and type: rag index FILE"
        raise CorpusError(f"{_text(str(path))} is neither a file nor a folder. {advice}")


def _walk(root: Path) -> Iterator[tuple[Path, str]]:
    """Every file below a folder with its name, and every folder that cannot be opened.

    Links are followed, but no folder is looked into twice: neither round in circles, nor by each of two to the power of many ways.
    """
    seen: set[tuple[Path, bool]] = set()
    waiting = [(root, "")]
    while waiting:
        path, name = waiting.pop()
        if not is_folder(path):
            yield path, name
            continue
        place = _resolved(path), _named_otherwise(name) != ""
        if place in seen or (name and _is_index(path)):
            continue
        seen.add(place)
        inside = _listed(path)
        if inside is None:
            yield path, name or _text(path.name)
        prefix = f"{name}/" if name else ""
        waiting += [(one, prefix + _text(one.name)) for one in reversed(inside or [])]


def _listed(folder: Path) -> list[Path] | None:
    """What lies in a folder, sorted; None where it cannot be opened."""
    if not os.access(folder, os.R_OK | os.X_OK):
        return None
    try:
        return sorted(folder.iterdir())
    except OSError:
        return None


def _resolved(path: Path) -> Path:
    """Where a path leads to; unlike `Path.resolve`, nothing is raised for links that go round in circles."""
    return Path(os.path.realpath(path))


def _is_index(folder: Path) -> bool:
    """True for an index folder: what it keeps is made from the corpus, or was added to it."""
    return is_file(folder / "writer.lock") and (is_file(folder / "catalogue.db") or is_folder(folder / "generations"))


def _reason_to_skip(path: Path, name: str, given: frozenset[Path]) -> str:
    if is_folder(path):
        return "a folder that may not be opened"
    if path in given:
        return ""
    if not is_file(path):
        return "not a file, or a link to nothing"
    return _named_otherwise(name)


def _named_otherwise(name: str) -> str:
    """What a name, or that of a folder in it, says that does not belong to the corpus; "" where it says nothing of the kind."""
    return next((reason for part in name.split("/") if part for pattern, reason in _SKIPPED.items() if pattern.match(part)), "")


def _text(name: str) -> str:
    """A file's name as text that can be stored, also where it is not valid in the system's encoding."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _unique(names: Mapping[Path, str]) -> dict[Path, str]:
    depth = 0
    longest = max((len(path.parts) for path in names), default=0)
    unique = dict(names)
    while depth < longest and (twice := {name for name, count in Counter(unique.values()).items() if count > 1}):
        depth += 1
        for path, name in unique.items():
            if name in twice:
                unique[path] = _longer(path, names[path], depth)
    return unique


def _longer(path: Path, name: str, depth: int) -> str:
    """The name with `depth` folders before it, as they stand in the resolved path above it."""
    above = path.parts[1 : max(1, len(path.parts) - len(name.split("/")))]
    return "/".join((*map(_text, above[-depth:]), name))


# Decoding: from the bytes of a file to its text, or to the reason why they are none.

_SIGNATURES = {
    b"%PDF-": "a PDF",
    b"PK\x03\x04": "a ZIP archive",
    b"\xd0\xcf\x11\xe0": "an old Word or Excel file",
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
    b"GIF8": "an image",
    b"RIFF": "an image, a sound or a film",
    b"\x1f\x8b": "a gzip archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
    b"SQLite format 3": "a database",
    b"PAR1": "a Parquet file",
    b"{\\rtf": "an RTF file",
    b"\x7fELF": "a program",
}
_ZIPPED = {
    b"word/document.xml": "a Word file",
    b"xl/workbook.xml": "an Excel file",
    b"ppt/presentation.xml": "a PowerPoint file",
    b"application/epub": "an EPUB book",
    b"application/vnd.oasis": "an OpenDocument file",
}
_ARCHIVE = re.compile("archive")
# UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_HTML = re.compile(rb"\s*(?:<!--.{0,2000}?-->\s*)?<(?:!doctype html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_XML = re.compile(rb"\s*<\?xml\b")
_CONTROL = bytes(byte for byte in range(32) if chr(byte) not in "\t\n\r\f\v\x1b\x1a")
_NOT_ASCII = re.compile(r"[^\x00-\x7f\ufffd]")


def decode(data: bytes) -> tuple[str, str]:
    """The text of a file with "\\n" line ends and no byte order mark, and what had to be guessed ("" if nothing).

    UTF-8, and UTF-16 or UTF-32 with a byte order mark. Anything else is read as Windows-1252, in which most older
    Western files are written; but where most of what is not ASCII is good UTF-8, only the bad bytes are replaced.
    Raises CorpusError, a sentence without the file's name, where the bytes are no text.
    """
    kind = _not_text(data)
    if kind:
        advice = "; unpack it first" if _ARCHIVE.search(kind) else ""
        raise CorpusError(f"{kind}, not text{advice}: what can be read is {READABLE}")
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            text = data[len(mark) :].decode(encoding, "replace")
            return _lines(text), _damage(text, encoding) if encoding != "utf-8" or "\ufffd" in text else ""
    if b"\0" in data[:100_000]:
        raise CorpusError(f"binary, not text: what can be read is {READABLE}")
    return decode_part(data)


def decode_part(data: bytes) -> tuple[str, str]:
    """The text of some whole lines of a file without a mark, as `decode` tells it; raises CorpusError where they are none."""
    try:
        return _lines(data.decode()), ""
    except UnicodeDecodeError:
        return _fallback(data)


def is_wide(data: bytes) -> bool:
    """True for the beginning of a file in UTF-16 or UTF-32, in which a line's end is not one byte."""
    return next((encoding for mark, encoding in _MARKS.items() if data.startswith(mark)), "utf-8") != "utf-8"


def _fallback(data: bytes) -> tuple[str, str]:
    text = data.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    if len(_NOT_ASCII.findall(text)) > bad:
        return _lines(text), _damage(text, "utf-8")
    sample = data[:100_000]
    if len(sample) - len(sample.translate(None, _CONTROL)) > len(sample) // 100:
        raise CorpusError(f"binary, not text: what can be read is {READABLE}")
    return _lines(data.decode("cp1252", "replace")), "not UTF-8: read as Windows-1252"


def _damage(text: str, encoding: str) -> str:
    bad = text.count("\ufffd")
    return f"damaged {encoding.upper()}: {bad} places could not be read and show as \ufffd" if bad else ""


def _not_text(data: bytes) -> str:
    kind = next((kind for signature, kind in _SIGNATURES.items() if data.startswith(signature)), "")
    if kind == "a ZIP archive":
        return next((kind for part, kind in _ZIPPED.items() if part in data), kind)
    if kind:
        return kind
    if _HTML.match(data[:4000]):
        return "a web page (HTML)"
    return "an XML file" if _XML.match(data[:200]) else ""


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
