"""The order of the house: which module may import which, and where each library lives."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]

# From the ground up: a module imports from its own layer and those before it, never from a later one. A folder of
# rag counts as one module.
LAYERS: tuple[frozenset[str], ...] = tuple(
    frozenset(names.split())
    for names in (
        "errors logs records answers events progress lexicon words language migrations prices data clock",
        "config hints filters sentences passages corpus tokens embed minilm layout",
        "acronyms themes vocabulary compare rereading flagging flags premises presupposed support selection manifest database catalogue "
        "vectors lexical",
        "llm nodes sides amounts times periods nouns literals statements attaching opposed conditions "
        "wanted extremes groupings subjects lookups demand courtesy aboutness",
        "embedders showing export references snapshot serial readings works texts turns history_rows transcript phrasing stated newness",
        "generations filling building pipeline sync ingest uploads question evidence_signs evidence retrieve quantities refusal "
        "spelling seldom asked_for signs answerability",
        "packing assembling prompts wording draft verify written",
        "extract quoting agreement approaches contrast deciding introducing replying applying generate collection history jobs "
        "pointing years carrying pool nearby respelled bordering arrivals rankings tallies overview scope varying spoken "
        "standing given first_use",
        "visits asking rewrite conversation watching assistant querying",
        "__init__ __main__ llama_index terminal commands cli",
    )
)

# A record may ask for its own rendering, at the moment it is wanted.
EXCEPTIONS = {("answers", "export")}

HOMES = {
    "openai": {"rag/llm/"},
    "tenacity": {"rag/llm/"},
    "torch": {"rag/minilm.py"},
    "chromadb": {"rag/vectors.py"},
    "tantivy": {"rag/lexical.py"},
    "sqlite3": {"rag/database.py"},
    "filelock": {"rag/generations.py"},
    "llama_index": {"rag/pipeline.py", "rag/ingest.py", "rag/nodes.py", "rag/llama_index.py"},
    "streamlit": {"ui/"},
    "typer": {"rag/cli.py", "rag/commands/", "eval/__main__.py", "eval/commands/"},
    "rich": {"rag/terminal.py", "rag/commands/", "eval/commands/", "eval/report/summaries.py"},
}


def python_files(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((REPOSITORY / folder).rglob("*.py"))]


def imported(path: Path) -> Iterator[tuple[str, int]]:
    """Absolute names that a file imports when it runs, with their lines: all but those for the type checker alone."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
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
            yield node.module, node.lineno
            for alias in node.names:
                yield f"{node.module}.{alias.name}", node.lineno


def module_of(path: Path) -> str:
    """ "corpus" for rag/corpus/titles.py, "records" for rag/records.py."""
    inside = path.relative_to(REPOSITORY / "rag")
    return inside.parts[0].removesuffix(".py")


def layer(module: str) -> int:
    for index, names in enumerate(LAYERS):
        if module in names:
            return index
    pytest.fail(f"rag.{module} has no layer; give it one in {Path(__file__).name}")


def where(path: Path, line: int) -> str:
    return f"{path.relative_to(REPOSITORY).as_posix()}:{line}"


def test_imports_inside_rag_point_one_way() -> None:
    known = {name for names in LAYERS for name in names}
    wrong = []
    for path in python_files("rag"):
        here = module_of(path)
        for name, line in imported(path):
            target = name.split(".")[1] if name.startswith("rag.") else None
            if target in known and (here, target) not in EXCEPTIONS and layer(target) > layer(here):
                wrong.append(f"{where(path, line)} imports rag.{target}")
    assert wrong == []


def test_every_module_of_rag_has_a_layer() -> None:
    known = {name for names in LAYERS for name in names}
    assert {module_of(path) for path in python_files("rag")} <= known


@pytest.mark.parametrize(("package", "forbidden"), [("rag", ("ui", "eval")), ("eval", ("ui",))])
def test_packages_build_on_each_other_in_one_direction(package: str, forbidden: tuple[str, ...]) -> None:
    wrong = [where(path, line) for path in python_files(package) for name, line in imported(path) if name.split(".")[0] in forbidden]
    assert wrong == []


@pytest.mark.parametrize("library", sorted(HOMES))
def test_a_library_is_imported_at_home_only(library: str) -> None:
    strangers = [
        where(path, line)
        for path in python_files("rag", "ui", "eval")
        for name, line in imported(path)
        if name.split(".")[0] == library and not where(path, line).startswith(tuple(HOMES[library]))
    ]
    assert strangers == []


def test_every_library_that_is_imported_is_a_declared_dependency() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    optional = [one for name, extra in project["optional-dependencies"].items() if name != "test" for one in extra]
    declared = {re.split(r"[^A-Za-z0-9._-]", one)[0].lower() for one in [*project["dependencies"], *optional]}
    ours = {"rag", "ui", "eval", *sys.stdlib_module_names}
    used = {name.split(".")[0] for path in python_files("rag", "ui", "eval") for name, _ in imported(path)} - ours
    providers = packages_distributions()
    assert [name for name in sorted(used) if not {one.lower() for one in providers.get(name, [name])} & declared] == []


def test_the_environment_is_read_by_the_settings_only() -> None:
    readers = []
    for path in python_files("rag", "ui", "eval"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv", "environb"):
                readers.append(where(path, node.lineno))
    assert [reader for reader in readers if not reader.startswith("rag/config.py:")] == []


def test_importing_rag_stays_light() -> None:
    heavy = "chromadb", "llama_index", "openai", "tenacity", "torch", "streamlit", "onnxruntime", "pandas"
    code = f"import rag, sys; print(*[name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    assert done.stdout.split() == []


def test_loggers_are_named_after_their_modules() -> None:
    ours = {"rag/logs.py"}  # which turns the log on
    foreign = r"getLogger\((?!__name__\)|\"(?:streamlit|bibtexparser)[\".])"
    files = [
        path.relative_to(REPOSITORY).as_posix() for path in python_files("rag", "ui", "eval") if re.search(foreign, path.read_text("utf-8"))
    ]
    assert set(files) == ours
