"""The order of the house: which room may import which, that nobody reaches past a room's face, and where each library lives."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from difflib import unified_diff
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.processes import finished, python

REPOSITORY = Path(__file__).parents[1]
TOPS = ("rag", "eval", "ui")

# From the ground up: a room imports from those before it, never from a later one.
ROOMS = {
    "rag": (
        "model text corpus llm embedding index support questions search evidence collection answers chat export assistant integrations cli"
    ).split(),
    "eval": "records questions systems exchange statistics metrics judges controls corrections runs making report commands".split(),
    "ui": "middleware door runs holdings jobs readiness resources render parts views".split(),
}
FLAT_IN_RAG = {"__init__", "__main__", "assistant"}
# Collections of commands, of pages or of pure functions by page, not rooms: their modules are imported one by one.
OPEN = {"ui.render", "ui.parts", "ui.views", "eval.commands", "rag.integrations", "rag.cli"}

HOMES = {
    "json_repair": {"rag/answers/draft.py"},
    "openai": {"rag/llm/"},
    "tenacity": {"rag/llm/", "rag/index/chroma_server.py"},
    "onnxruntime": {"rag/embedding/encoder.py"},
    "chromadb": {"rag/index/chroma.py", "rag/index/chroma_server.py"},
    "httpx": {"rag/index/chroma_server.py"},
    "faiss": {"rag/index/segments.py"},
    "psycopg": {"rag/index/postgres.py"},
    "ray": {"rag/index/runners.py"},
    "tantivy": {"rag/index/lexical.py", "rag/index/facets.py"},
    "sqlite3": {"rag/index/database.py", "rag/index/salvage.py"},
    "filelock": {"rag/index/generations.py", "rag/chat/writers.py"},
    "platformdirs": {"rag/model/settings.py"},
    "pyarrow": {"rag/corpus/packed.py", "rag/corpus/parquet.py"},
    "llama_index": {
        "rag/index/pipeline.py",
        "rag/index/ingest.py",
        "rag/integrations/llama_index.py",
        "rag/llm/adapters.py",
        "eval/systems/reference.py",
        "eval/systems/functions.py",
    },
    "streamlit": {"ui/"},
    "typer": {"rag/cli/", "eval/__main__.py", "eval/commands/"},
    "rich": {"rag/cli/", "eval/commands/", "eval/report/summaries.py"},
}


def python_files(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((REPOSITORY / folder).rglob("*.py"))]


def module_of(path: Path) -> str:
    """ "rag.corpus.titles" for rag/corpus/titles.py, "rag.corpus" for its __init__."""
    return ".".join(path.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_of(path): path for path in python_files(*TOPS)}


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imported(path: Path) -> tuple[tuple[str, int], ...]:
    """Absolute names that a file imports when it runs, with their lines: all but those for the type checker alone."""
    return tuple(_imported(parsed(path)))


def _imported(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for_types = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if node in for_types:
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield f"{node.module}.{alias.name}", node.lineno


def module_named(name: str) -> str | None:
    """The module of ours that an imported name is or stands in; None for a foreign one."""
    parts = name.split(".")
    return next((found for size in range(len(parts), 0, -1) if (found := ".".join(parts[:size])) in MODULES), None)


def room_of(module: str) -> str:
    """ "rag.corpus" for rag.corpus.titles; a flat module is a room of its own."""
    return ".".join(module.split(".")[:2])


def where(path: Path, line: int) -> str:
    return f"{path.relative_to(REPOSITORY).as_posix()}:{line}"


def arrows() -> Iterator[tuple[str, str, str]]:
    """(importing module, imported module, place) for every import of ours."""
    for module, path in MODULES.items():
        for name, line in imported(path):
            target = module_named(name)
            if target is not None and target != module:
                yield module, target, where(path, line)


def test_imports_between_rooms_point_one_way() -> None:
    order = {f"{top}.{room}": place for top, rooms in ROOMS.items() for place, room in enumerate(rooms)}
    wrong = [
        f"{place} imports {target}"
        for module, target, place in arrows()
        if room_of(module) in order
        and room_of(target) in order
        and module.split(".")[0] == target.split(".")[0]
        and order[room_of(target)] > order[room_of(module)]
    ]
    assert wrong == []


def test_every_room_has_its_place() -> None:
    ends = {"rag": FLAT_IN_RAG - {"assistant"}, "eval": {"__init__", "__main__"}, "ui": {"__init__", "app", "serve"}}
    found = {top: {path.stem for path in (REPOSITORY / top).iterdir() if path.suffix == ".py" or any(path.glob("*.py"))} for top in TOPS}
    assert {top: names - ends[top] for top, names in found.items()} == {top: set(rooms) for top, rooms in ROOMS.items()}


def test_contributing_draws_the_arrows_as_they_are() -> None:
    drawn = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8").split("## Rooms and arrows")[1].split("```")[1]
    lines = re.findall(r"(?m)^(\w+) +(.+(?:\n +.+)*)", drawn)
    assert {top: arrows.replace("->", " ").split() for top, arrows in lines} == ROOMS


def test_the_readme_lists_the_rooms_in_their_order() -> None:
    table = (REPOSITORY / "README.md").read_text(encoding="utf-8").split("| room of `rag/` |")[1].split("\n\n")[0]
    assert re.findall(r"(?m)^\| `(\w+?)(?:\.py)?` \|", table) == ROOMS["rag"]


def test_the_page_of_the_rooms_is_what_the_faces_say() -> None:
    made = finished([sys.executable, REPOSITORY / "scripts" / "faces.py"], cwd=REPOSITORY).stdout
    written = (REPOSITORY / "docs" / "rooms.md").read_text(encoding="utf-8")
    assert "(no docstring)" not in made
    stale = list(unified_diff(written.splitlines(), made.splitlines(), "docs/rooms.md", "faces", lineterm="", n=0))
    assert stale == [], "docs/rooms.md is out of date. Type: python scripts/faces.py > docs/rooms.md"


def test_rag_has_three_flat_modules_at_the_most() -> None:
    assert {path.stem for path in (REPOSITORY / "rag").glob("*.py")} <= FLAT_IN_RAG


@pytest.mark.parametrize(("package", "forbidden"), [("rag", ("ui", "eval")), ("eval", ("ui",))])
def test_packages_build_on_each_other_in_one_direction(package: str, forbidden: tuple[str, ...]) -> None:
    assert [place for module, target, place in arrows() if module.split(".")[0] == package and target.split(".")[0] in forbidden] == []


def test_nobody_reaches_past_the_face_of_a_room() -> None:
    wrong = [
        f"{place} imports {target}"
        for module, target, place in arrows()
        if target.count(".") >= 2 and room_of(target) not in OPEN and room_of(module) != room_of(target)
    ]
    assert wrong == []


def test_a_face_offers_what_is_used_elsewhere_and_says_what_the_room_is_for() -> None:
    wanted: dict[str, set[str]] = defaultdict(set)
    for path in [*MODULES.values(), *python_files("tests", "benchmarks")]:
        here = room_of(module_of(path))
        for name, _ in imported(path):
            room, _, thing = name.rpartition(".")
            if room.count(".") == 1 and room in MODULES and room != here:
                wanted[room].add(thing)
    for top in TOPS:
        for thing, room in _imported_when_named(MODULES[top]):
            wanted[room].add(thing)
    wrong = []
    for module, path in MODULES.items():
        tree = parsed(path)
        if path.name != "__init__.py" or module.count(".") != 1 or module in OPEN:
            continue
        if not ast.get_docstring(tree):
            wrong.append(f"{module} does not say what it is for")
        offered = {text for node in tree.body if isinstance(node, ast.Assign) for text in _texts(node) if _is_all(node)}
        wrong += [f"{module} offers {name}, which nobody takes" for name in sorted(offered - wanted[module])]
    assert wrong == []


def _imported_when_named(path: Path) -> Iterator[tuple[str, str]]:
    """(name, room) of what the `__getattr__` of a package imports when it is first named."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(value, ast.Constant):
                    yield str(key.value), str(value.value)


def _is_all(node: ast.Assign) -> bool:
    return any(isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets)


def _texts(node: ast.AST) -> Iterator[str]:
    yield from (one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str))


def test_no_module_is_in_a_circle_of_imports() -> None:
    graph: dict[str, set[str]] = defaultdict(set)
    for module, target, _ in arrows():
        # A module inside a room may import its own face's name only through the module that has it.
        if not module.startswith(f"{target}."):
            graph[module].add(target)
    assert [circle for module in MODULES if (circle := _way_back(module, graph))] == []


def _way_back(start: str, graph: Mapping[str, set[str]]) -> list[str]:
    """A way along the arrows from a module to itself; empty where there is none."""
    ways = [[start]]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        for target in sorted(graph[way[-1]] - seen):
            if target == start:
                return [*way, start]
            seen.add(target)
            ways.append([*way, target])
    return []


@pytest.mark.parametrize("library", sorted(HOMES))
def test_a_library_is_imported_at_home_only(library: str) -> None:
    strangers = [
        where(path, line)
        for path in MODULES.values()
        for name, line in imported(path)
        if name.split(".")[0] == library and not where(path, line).startswith(tuple(HOMES[library]))
    ]
    assert strangers == []


def test_every_library_that_is_imported_is_a_declared_dependency() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    optional = [one for name, extra in project["optional-dependencies"].items() if name != "test" for one in extra]
    declared = {re.split(r"[^A-Za-z0-9._-]", one)[0].lower() for one in [*project["dependencies"], *optional]}
    ours = {*TOPS, *sys.stdlib_module_names}
    used = {name.split(".")[0] for path in MODULES.values() for name, _ in imported(path)} - ours
    providers = packages_distributions()
    assert [name for name in sorted(used) if not {one.lower() for one in providers.get(name, [name])} & declared] == []


def test_the_environment_is_left_to_the_settings_but_for_one_variable_of_numpy() -> None:
    readers = []
    for path in MODULES.values():
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv", "environb"):
                readers.append(where(path, node.lineno))
    assert [reader for reader in readers if not reader.startswith("rag/model/processor.py:")] == []


def test_importing_rag_stays_light() -> None:
    heavy = "chromadb", "llama_index", "openai", "tenacity", "torch", "streamlit", "onnxruntime", "pandas", "pydantic", "numpy"
    code = f"import rag, sys; print(*[name for name in {heavy!r} if name in sys.modules])"
    done = finished(python(code), cwd=REPOSITORY)
    assert done.stdout.split() == []


def test_loggers_are_named_after_their_modules() -> None:
    ours = {"rag/model/events.py"}  # which turns the log on
    foreign = r"getLogger\((?!__name__\)|\"(?:streamlit|bibtexparser|uvicorn)[\".])"
    files = [path.relative_to(REPOSITORY).as_posix() for path in MODULES.values() if re.search(foreign, path.read_text("utf-8"))]
    assert set(files) == ours
