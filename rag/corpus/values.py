"""What the cell of a table says: a text, a number, names, links, a DOI."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rag.corpus.draft import MAX_CHARACTERS, find_urls
from rag.model import limit_marks

# SQLite's and JavaScript's exact integers end near here; no paper has more readers.
_LARGEST_COUNT = 10**12
# Keys of an object that stands for an author or a venue, in the exports of Semantic Scholar, OpenAlex, Crossref and Zotero.
_NAMES = ("name", "full_name", "fullName", "display_name", "displayName", "author", "literal", "source")
_FORENAMES = ("given", "first", "firstName", "first_name", "forename")
_SURNAMES = ("family", "last", "lastName", "last_name", "surname")
_LINKS = ("url", "href", "URL", "landing_page_url", "pdf_url")
_SURROGATE = re.compile("[\ud800-\udfff]")
_COUNT = re.compile(r"\d{1,3}(?:[, ]\d{3})*|\d{1,13}(?:\.0{1,9})?")


def replace_surrogates(text: str) -> str:
    """The same text with half characters (lone surrogates, which no database stores) and piled accents replaced one for one."""
    return text if text.isascii() else limit_marks(_SURROGATE.sub("\ufffd", text))


def text_of(value: Any) -> str:
    """A cell as text: a list of texts is joined by spaces, a number is written out; "" for what is no text."""
    if isinstance(value, str):
        return replace_surrogates(value.strip())
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return replace_surrogates(" ".join(part.strip() for part in value).strip())
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number_text(value)
    return _from_positions(value) if isinstance(value, Mapping) else ""


def _from_positions(words: Mapping[str, Any]) -> str:
    """The text of an inverted index, as OpenAlex gives abstracts: {"They": [0], "dance": [1, 3]}; "" where it is none.

    What is no place of a word is left out, and of two words at one place the second. A text ends where it is longer than any abstract:
    one long word at many places would be more than any memory.
    """
    if not words or not all(isinstance(positions, list) for positions in words.values()):
        return ""
    placed: dict[int, str] = {}
    for word, positions in words.items():
        for position in positions:
            if type(position) is int and position >= 0:  # bool is an int
                placed.setdefault(position, word)
    kept, length = [], 0
    for position in sorted(placed):
        kept.append(placed[position])
        length += len(kept[-1]) + 1
        if length > 2 * MAX_CHARACTERS:
            break
    return replace_surrogates(" ".join(kept))


def number_text(value: int | float) -> str:
    """A number as a table would show it: 12.0 is "12", as spreadsheets write whole numbers."""
    if isinstance(value, float) and value.is_integer() and abs(value) < _LARGEST_COUNT:
        value = int(value)
    return str(value) if abs(value) < 10**40 else ""


def count_of(value: Any) -> int | None:
    """A count that is not negative: 12, "12", "1,234", 12.0; None for anything else."""
    text = text_of(value)
    if not _COUNT.fullmatch(text):
        return None
    number = int(re.sub(r"[, ]|\.0+$", "", text))
    return number if number <= _LARGEST_COUNT else None


def names_of(value: Any) -> tuple[tuple[str, ...], bool]:
    """Author names, and whether the list is whole (it is not where it ends in "et al." or "and others").

    A list gives a name an element (a text, or an object with a name); a text is cut at semicolons, else as
    `split_names` says.
    """
    if isinstance(value, list):
        names = [_parted_name(element) or name_of(element) for element in value]
    elif isinstance(value, Mapping):
        names = [name_of(value)]
    else:
        names = split_names(text_of(value))
    kept = [_without_et_al(name) for name in names]
    whole = kept == names and "others" not in kept
    return tuple(name for name in kept if name and name != "others"), whole


def _parted_name(value: Any) -> str:
    """A name that is a list of surname, forename and what follows, as arXiv gives them; "" for anything else."""
    if not (isinstance(value, list) and 2 <= len(value) <= 4 and all(isinstance(part, str) for part in value)):
        return ""
    surname, forename, *more = (text_of(part) for part in value)
    return " ".join(part for part in (forename, surname, *more[:1]) if part)


def _without_et_al(name: str) -> str:
    bare = name.removesuffix(".")
    return bare.removesuffix("et al").rstrip(", ") if bare.endswith("et al") else name


def name_of(value: Any) -> str:
    """A name that is a text, an object with a name, or an object that holds such an object; "" where there is none."""
    if not isinstance(value, Mapping):
        return text_of(value)
    stated = next((value[part] for part in _NAMES if value.get(part)), None)
    if isinstance(stated, Mapping):
        stated = next((stated[part] for part in _NAMES if stated.get(part)), None)
    if stated is not None:
        return text_of(stated)
    forename, surname = (next((text_of(value[part]) for part in parts if value.get(part)), "") for parts in (_FORENAMES, _SURNAMES))
    return f"{forename} {surname}".strip()


def split_names(text: str) -> list[str]:
    """Names written in one text: "A. B; C. D", "A B, C D and E F", "B, A and D, C", "B, A.".

    Commas part names where each part has two words or more ("Ada Lovelace, Alan Turing"); where parts are single
    words or initials in pairs they part surname and forename ("Lovelace, Ada").
    """
    for separator in (";", "|", "\n"):
        if separator in text:
            return _strip(text.split(separator))
    chunks = _strip(re.split(r",? and | & ", text))
    if len(chunks) > 1 and all(chunk.count(",") == 1 for chunk in chunks):
        return chunks
    parts = _strip(",".join(chunks).split(","))
    pairs = len(parts) % 2 == 0 and len(chunks) == 1 and any(_short(part) for part in parts)
    if pairs:
        return [f"{family}, {given}" for family, given in zip(parts[::2], parts[1::2], strict=True)]
    return parts


def _short(part: str) -> bool:
    return " " not in part or bool(re.fullmatch(r"(?:\w\.?[\s-]?){1,4}", part))


def _strip(parts: list[str]) -> list[str]:
    return [part.strip() for part in parts if part.strip()]


def links_of(value: Any) -> tuple[str, ...]:
    """The http(s) links of a cell: a text with one or more, a list of texts or of objects with a url."""
    texts = [_link_text(element) for element in value] if isinstance(value, list) else [_link_text(value)]
    parts = (part for text in texts for part in re.split(r"[;|,](?=https?://)", text))
    return tuple(dict.fromkeys(link for part in parts for link in find_urls(part)))


def _link_text(value: Any) -> str:
    if isinstance(value, Mapping):
        value = next((value[key] for key in _LINKS if value.get(key)), None)
    return text_of(value)


def doi_of(value: Any) -> str | None:
    """A DOI as "doi:10.1/x", from "10.1/x", "doi:10.1/x" or "https://doi.org/10.1/x"; None where there is none."""
    found = re.search(r"10\.\d[^\s/]{0,60}/\S+", text_of(value)[:2000])
    return f"doi:{found.group()}" if found else None
