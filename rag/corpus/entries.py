"""What is stored of one record: its JSON, and what the same work is looked for by; worked out where the file is read."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from rag.corpus.merge import Fingerprint
from rag.model import Abstract, dumps


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of a file. The keys are digests of its title and its text; None for an empty one, which nothing is to be found by."""

    id: str
    title_key: bytes | None
    text_key: bytes | None
    title_alone: bool
    record: str

    @classmethod
    def of(cls, abstract: Abstract) -> Entry:
        """The entry of an abstract."""
        found = Fingerprint(abstract)
        return cls(abstract.id, _key(found.title), _key(found.text), found.title_alone, dumps(abstract))

    def abstract(self) -> Abstract:
        """The abstract that it was made of; raises ValueError, KeyError or TypeError where the record is none."""
        return Abstract.from_dict(json.loads(self.record))

    def line(self) -> str:
        """One line without its end, which `from_line` reads."""
        keys = ((self.title_key or b"").hex(), (self.text_key or b"").hex())
        return "\t".join((self.id, *keys, "1" if self.title_alone else "", self.record))

    @classmethod
    def from_line(cls, line: str) -> Entry:
        """What `line` wrote; raises ValueError where it is not that."""
        identifier, title, text, alone, record = line.split("\t", 4)
        if not record.startswith("{") or len(identifier) != len(f"{int(identifier, 16):012x}"):
            raise ValueError("not an entry")
        return cls(identifier, bytes.fromhex(title) or None, bytes.fromhex(text) or None, bool(alone), record)


def _key(text: str) -> bytes | None:
    return hashlib.blake2b(text.encode(), digest_size=12).digest() if text else None
