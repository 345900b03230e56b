"""The instructions that models are given: text files of the folder `rag/prompts`, each of which a user's own may replace."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256
from importlib import resources
from pathlib import Path

from rag.model import SettingsError

_PLACE = re.compile(r"\{(\w+)\}")
_VERSION = 8  # hexadecimal digits


@dataclass(frozen=True, eq=False)
class Prompts:
    """All prompts by their names. `version` tells one wording from another: it stands in answers and evaluation runs."""

    texts: Mapping[str, str]

    @cached_property
    def version(self) -> str:
        """The beginning of the SHA-256 of all texts."""
        return sha256("\n".join(f"{name}\n{text}" for name, text in sorted(self.texts.items())).encode()).hexdigest()[:_VERSION]

    def fill(self, name: str, **values: object) -> str:
        """A prompt with values in its places; what stands in braces in a value is left as it is. Raises KeyError for a name or a place
        that is not there."""
        return _PLACE.sub(lambda place: str(values[place[1]]), self.texts[name])


def load_prompts(folder: Path | None = None) -> Prompts:
    """The prompts of this version; those of `folder` (`RAG_PROMPTS`), by the same file names, in the place of ours.

    Raises SettingsError for a folder that is not there, a file that is no prompt, and one that lacks a place which ours has.
    """
    return _shipped() if folder is None else Prompts({**_shipped().texts, **_read(folder, _shipped().texts)})


@lru_cache(maxsize=1)
def _shipped() -> Prompts:
    files = resources.files("rag").joinpath("prompts").iterdir()
    return Prompts({one.name.removesuffix(".txt"): one.read_text(encoding="utf-8") for one in files if one.name.endswith(".txt")})


def _read(folder: Path, shipped: Mapping[str, str]) -> dict[str, str]:
    if not folder.is_dir():
        raise SettingsError(f"RAG_PROMPTS is no folder: {folder}. Copy prompts there to change them, from rag/prompts, or do not set it.")
    found = {}
    for path in sorted(folder.glob("*.txt")):
        if path.stem not in shipped:
            raise SettingsError(f"RAG_PROMPTS: {path.name} is no prompt. The prompts are: {', '.join(sorted(shipped))}.")
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"RAG_PROMPTS: {path} cannot be read: {error}.") from error
        lacking, strange = (sorted(set(_PLACE.findall(one)) - set(_PLACE.findall(other))) for one, other in _both(shipped[path.stem], text))
        if lacking or strange:
            named = f"lacks {{{lacking[0]}}}" if lacking else f"has {{{strange[0]}}}, which nothing fills"
            raise SettingsError(f"RAG_PROMPTS: {path.name} {named}. Compare it with rag/prompts/{path.name}.")
        found[path.stem] = text
    return found


def _both(ours: str, theirs: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return (ours, theirs), (theirs, ours)
