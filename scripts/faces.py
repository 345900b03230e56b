"""Print what every room offers, as Markdown: `python scripts/faces.py > docs/rooms.md`.

A room is a package or a module of `rag`, `eval` and `ui`; its face is what its `__init__` offers. It is read from the source, so that
nothing is imported and every Python prints the same.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from tests.test_layers import OPEN, ROOMS, TOPS  # noqa: E402 - the order of the rooms stands there, where it is kept

HEAD = """# The rooms

What each package of the code is for and what it offers to the others, from the ground up: a room imports from those above it on this
page, and only what stands here. Rooms whose modules are imported one by one list these. Made from the docstrings by
`python scripts/faces.py > docs/rooms.md`; change those, not this page.
[CONTRIBUTING.md](../CONTRIBUTING.md) follows a question through the rooms.
"""
LONGEST = 200  # characters of a constant that is shown as it stands


def page() -> str:
    """The whole page."""
    rooms = [f"{top}.{room}" for top in TOPS for room in ROOMS[top]]
    return "\n".join([HEAD, *(line for room in rooms for line in section(room))]).rstrip() + "\n"


def section(room: str) -> Iterator[str]:
    """A room: its docstring, and its names, or its modules where these are imported one by one."""
    yield f"## {room}\n"
    yield f"{ast.get_docstring(parsed(room))}\n"
    if room in OPEN:
        folder = path_of(room).parent
        modules = [f"{room}.{path.stem}" for path in sorted(folder.glob("*.py")) if not path.stem.startswith("__")]
        yield from (f"- `{module}`: {summary(parsed(module))}" for module in modules)
    else:
        yield from (f"- `{name}`: {described(room, name)}" for name in offered(room))
    yield ""


def offered(room: str) -> list[str]:
    """The names in `__all__`; of a module without one, its own classes, functions and constants that are not private."""
    tree = parsed(room)
    for node in tree.body:
        if "__all__" in assigned(node):
            return [one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return [name for node in tree.body for name in defined(node) if not name.startswith("_") and name != "log"]


def described(module: str, name: str) -> str:
    """The first line of a docstring; of a constant or a type the comment at it, else its value."""
    for node in statements(parsed(module)):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    return described(node.module, alias.name)
        if name in defined(node):
            return summary(node) if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) else value(module, node)
    raise LookupError(f"{module} offers {name}, which it neither defines nor imports")


def value(module: str, node: ast.stmt) -> str:
    """What an assignment says of itself: the comment behind it or right above it, else the value, where it is short."""
    source = path_of(module).read_text(encoding="utf-8")
    found = [one for one in tokenize.generate_tokens(io.StringIO(source).readline) if one.type == tokenize.COMMENT]
    comments = {one.start[0]: one.string.removeprefix("#").strip() for one in found}
    whole_lines = {one.start[0] for one in found if not one.line[: one.start[1]].strip()}
    for line in (node.lineno, node.end_lineno):
        if line in comments:
            return comments[line]
    first = node.lineno
    while first - 1 in whole_lines:
        first -= 1
    if first < node.lineno:
        return first_sentence(" ".join(comments[line] for line in range(first, node.lineno)))
    alone = len(assigned(node)) == 1 and isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
    written = ast.unparse(node.value) if alone else ""
    return f"`{written}`" if 0 < len(written) <= LONGEST else "a constant"


def summary(node: ast.AST) -> str:
    """The first line of a docstring; its first sentence where a sentence goes on in the next line."""
    told = ast.get_docstring(node) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) else None
    if not told:
        return "(no docstring)"
    first = told.splitlines()[0].strip()
    if first.endswith((".", "?", "!", ":", '."', ")")):
        return first
    return first_sentence(" ".join(told.split("\n\n")[0].split()))


def first_sentence(text: str) -> str:
    """The text up to where a sentence ends and another begins."""
    return re.split(r"(?<=[.?!]) (?=[A-Z`(\"])", text)[0]


def statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """Statements of a module, and those that stand there for the type checker alone."""
    for node in tree.body:
        yield from node.body if isinstance(node, ast.If) else [node]


def defined(node: ast.stmt) -> list[str]:
    """The names that a statement defines."""
    return [node.name] if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) else assigned(node)


def assigned(node: ast.stmt) -> list[str]:
    """The names that a statement assigns."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)]


def path_of(module: str) -> Path:
    """The file of a module or a package."""
    path = REPOSITORY.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@cache
def parsed(module: str) -> ast.Module:
    return ast.parse(path_of(module).read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.stdout.buffer.write(page().encode())  # the same bytes wherever it runs
