"""From the bytes of a file to its text, or why they are none."""

from __future__ import annotations

import codecs
import re

from rag.errors import CorpusError

READABLE = "text listings, .jsonl, .json, .csv, .tsv, .bib, .ris"

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
    try:
        return _lines(data.decode()), ""
    except UnicodeDecodeError:
        return _fallback(data)


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
