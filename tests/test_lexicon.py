"""The lexicon: its groups hold what they say, and no other module lists their words again."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from rag.text.lexicon import AUXILIARIES, MONTH, MONTHS, NUMBER_WORDS, ORDINALS, any_of, values, words_of

RAG = Path(__file__).parents[1] / "rag"
_SAID_ONCE = {  # the words of an idea, singular and plural as one
    "papers": ("papers", "works"),
    "numbers": ("numbers.several", "numbers.teens", "numbers.tens"),
    "ordinals": ("ordinals",),
    "months": ("months",),
}
_AUXILIARIES_IN_A_ROW = 4  # "do|does|did|can" and shorter rows are parts of single phrases


def test_a_group_holds_its_words_and_a_part_of_it_some_of_them() -> None:
    assert words_of("works") == {"work", "study", "works", "studies"}
    assert words_of("works.many") == {"works", "studies"}
    assert words_of("works.one", "entries.one") == {"work", "study", "entry", "record"}


def test_a_group_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError):
        words_of("papers.few")


def test_words_that_have_no_value_have_none() -> None:
    assert values("amounts")["a dozen"] == 12
    with pytest.raises(TypeError, match="papers"):
        values("papers")


def test_any_of_takes_the_longest_word_that_fits() -> None:
    numbers = re.compile(any_of("numbers"))
    assert [numbers.match(word)[0] for word in NUMBER_WORDS] == list(NUMBER_WORDS)  # type: ignore[index]
    assert re.findall(any_of("papers", "works"), "a paper, two papers, one study and studies") == ["paper", "papers", "study", "studies"]
    assert any_of("works.one") == "(?:study|work)"


def test_numbers_ordinals_and_months_have_their_values() -> None:
    assert {NUMBER_WORDS["zero"], NUMBER_WORDS["twelve"], NUMBER_WORDS["ninety"]} == {0, 12, 90}
    assert [ORDINALS[word] for word in ("first", "3rd", "tenth")] == [1, 3, 10]
    assert sorted(set(MONTHS.values())) == list(range(1, 13))
    assert [re.fullmatch(MONTH, text) is not None for text in ("june", "sept.", "may", "octo")] == [True, True, True, False]
    assert {"is", "does", "had", "might"} < AUXILIARIES


def _modules() -> list[Path]:
    return [path for path in sorted(RAG.rglob("*.py")) if path.name != "lexicon.py"]


@cache
def _texts(path: Path) -> tuple[tuple[int, str], ...]:
    return tuple(_read(path))


def _read(path: Path) -> Iterator[tuple[int, str]]:
    """The texts of a module's code with their lines: strings but for docstrings, those of a list or of one f-string as one text."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    taken: set[ast.AST] = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        parts: list[ast.expr] = []
        if isinstance(node, ast.JoinedStr):
            parts = list(node.values)
            taken.update(parts)
        elif isinstance(node, ast.List | ast.Tuple | ast.Set):
            parts = node.elts
        elif isinstance(node, ast.Dict):
            parts = [key for key in node.keys if key is not None]
        elif isinstance(node, ast.Constant) and node not in taken:
            parts = [node]
        said = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
        if said and node not in taken:
            yield parts[0].lineno, " ".join(said)


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", re.sub(r"\\[a-zA-Z]", " ", text.lower()))


def _one(word: str) -> str:
    """The singular of a word for papers, the first letters of a month."""
    return "study" if word.startswith("stud") else word[:3] if word in MONTHS else word.removesuffix("s")


@pytest.mark.parametrize("idea", _SAID_ONCE)
def test_no_other_module_lists_the_words_of_an_idea(idea: str) -> None:
    """Two of them may stand in one pattern ("the first or second half"); three are a list."""
    known = words_of(*_SAID_ONCE[idea])
    again = [
        f"{path.relative_to(RAG)}:{line} {sorted(found)}"
        for path in _modules()
        for line, text in _texts(path)
        if "CREATE TABLE" not in text and len(found := {_one(word) for word in _words(text) if word in known}) > 2
    ]
    assert again == []


def test_no_other_module_lists_auxiliaries() -> None:
    """Alternatives of a pattern, and lists of words with spaces between them."""
    again = []
    for path in _modules():
        for line, text in _texts(path):
            rows = [row.split("|") for row in re.findall(r"\w+(?:\|\w+)+", text)]
            rows += [text.split()] if re.fullmatch(r"[a-z\s]+", text) and len(text.split()) > 20 else []
            again += [f"{path.relative_to(RAG)}:{line} {row}" for row in rows if len(AUXILIARIES & set(row)) > _AUXILIARIES_IN_A_ROW]
    assert again == []


def test_every_group_of_the_lexicon_is_a_part_of_an_expression_that_is_written_with_braces() -> None:
    """A group that is named in a text which is no f-string would be looked for letter by letter."""
    again = [f"{path.relative_to(RAG)}:{line}" for path in _modules() for line, text in _texts(path) if "{any_of(" in text]
    assert again == []
