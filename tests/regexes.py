"""Every regular expression of the packages, with how it is used: those that modules hold, and those that functions write inline."""

from __future__ import annotations

import ast
import functools
import importlib.util
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

PACKAGES = "rag", "ui", "eval"
_ANCHORED = frozenset(("match", "fullmatch"))
_METHODS = _ANCHORED | frozenset("search sub subn split findall finditer compile".split())
_ANY_WORD = "a-A 9"  # stands for a word that is known only when the program runs, and is escaped


@dataclass(frozen=True)
class Regex:
    """A regular expression, where it stands, and the methods by which it meets text: "search" stands for all that look everywhere."""

    pattern: re.Pattern[Any]
    where: str
    methods: frozenset[str]


def modules() -> list[ModuleType]:
    """All modules of the packages but the scripts."""
    return [importlib.import_module(name) for name in _names() if not _script(name)]


def scripts() -> list[Path]:
    """The files that run when they are imported: commands, and the pages of the web page."""
    specs = [importlib.util.find_spec(name) for name in _names() if _script(name)]
    return [Path(spec.origin) for spec in specs if spec is not None and spec.origin]


def _names() -> Iterator[str]:
    for package in map(importlib.import_module, PACKAGES):
        yield package.__name__
        yield from (one.name for one in pkgutil.walk_packages(package.__path__, f"{package.__name__}."))


def _script(name: str) -> bool:
    return name.endswith("__main__") or name == "ui.app" or name.startswith("ui.views.")


def collected(found: Sequence[ModuleType], built: Sequence[tuple[Callable[..., Any], re.Pattern[Any]]]) -> tuple[list[Regex], list[str]]:
    """All regular expressions, and the places of those that nobody could see: written by a function from what it is given."""
    trees = {module.__name__: ast.parse(Path(inspect.getfile(module)).read_text(encoding="utf-8")) for module in found}
    regexes = [Regex(pattern, f"{maker.__module__}.{maker.__name__}", frozenset(("search",))) for maker, pattern in built]
    uses = {name: _uses(tree) for name, tree in trees.items()}
    imports = {name: _imported(tree) for name, tree in trees.items()}
    makers = {(maker.__module__, maker.__name__) for maker, _ in built}
    unseen: list[str] = []
    for module in found:
        for name, pattern in held(module):
            home = module.__name__
            users = (one for one in uses if one == home or not {name, home.rpartition(".")[2]}.isdisjoint(imports[one]))
            methods = frozenset(method for one in users for method in uses[one].get(name, ()))
            regexes.append(Regex(pattern, f"{module.__name__}.{name}", methods or frozenset(("search",))))
        for function, call in _inline(trees[module.__name__]):
            assert isinstance(call.func, ast.Attribute)
            where = f"{module.__name__}:{call.lineno}"
            try:
                pattern = _evaluated(call, module)
            except NameError:
                if (module.__name__, function) not in makers:
                    unseen.append(where)
                continue
            method = call.func.attr
            regexes.append(Regex(pattern, where, frozenset((method if method in _ANCHORED else "search",))))
    return regexes, unseen


def held(module: ModuleType) -> Iterator[tuple[str, re.Pattern[Any]]]:
    """The compiled patterns that can be reached from the globals of a module, with the global's name; not those of foreign values."""
    for name, value in vars(module).items():
        if name.startswith("__") or inspect.ismodule(value):
            continue
        for pattern in _within(value, set()):
            yield name, pattern


def _within(value: Any, seen: set[int]) -> Iterator[re.Pattern[Any]]:
    if id(value) in seen or isinstance(value, (str, bytes, int, float, type(None))):
        return
    seen.add(id(value))
    if isinstance(value, re.Pattern):
        yield value
        return
    for part in _parts(value):
        yield from _within(part, seen)


def _parts(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return [*value.keys(), *value.values()]
    if isinstance(value, (list, tuple, set, frozenset)):
        return list(value)
    if isinstance(value, functools.partial):
        return [value.func, *value.args, *value.keywords.values()]
    if inspect.isfunction(value) and _ours(value.__module__):
        closed = [cell.cell_contents for cell in value.__closure__ or () if cell != cell.__class__()]
        return [*(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values(), *closed]
    if inspect.isclass(value):
        return [one for name, one in vars(value).items() if not name.startswith("__")] if _ours(value.__module__) else []
    if is_dataclass(value):
        return [getattr(value, field.name, None) for field in fields(value)]
    return list(vars(value).values()) if hasattr(value, "__dict__") and _ours(type(value).__module__) else []


def _ours(module: str | None) -> bool:
    return (module or "").partition(".")[0] in PACKAGES


def _uses(tree: ast.Module) -> dict[str, set[str]]:
    """How each name is used: "match" and "fullmatch" of a whole text, "match at" of its parts, "search" for all other uses.

    A pattern in a table is used as the function does that names the table: by the methods of what is no name of the module.
    """
    found: dict[str, set[str]] = {}
    own = {target.id for node in tree.body if isinstance(node, ast.Assign) for target in node.targets if isinstance(target, ast.Name)}
    for scope in (tree, *_functions(tree)):
        nodes = list(_of_module(scope))
        called = [(node.func, len(node.args)) for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
        called = [(one, count) for one, count in called if count]
        how = {id(one.value): _how(one.attr, count) for one, count in called}
        local = {how[id(one.value)] for one, _ in called if one.attr in _METHODS and _root(one.value) not in own | {"re"}}
        for node in nodes:
            name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
            if name and isinstance(node.ctx, ast.Load):  # type: ignore[attr-defined]
                found.setdefault(name, set()).update([how[id(node)]] if id(node) in how else local or ["search"])
    return found


def _how(method: str, arguments: int) -> str:
    """A match from a given place may be asked for at many places of one text."""
    return "search" if method not in _ANCHORED else method if arguments == 1 else "match at"


def _functions(tree: ast.Module) -> list[ast.AST]:
    """The functions and classes of a module; those within them belong to them."""
    return [node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))]


def _of_module(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function, or those of a module that are in none."""
    for node in ast.iter_child_nodes(scope):
        if not (isinstance(scope, ast.Module) and isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))):
            yield node
            yield from _of_module(node)


def _root(node: ast.AST) -> str:
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _imported(tree: ast.Module) -> set[str]:
    return {one.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for one in node.names}


def _inline(tree: ast.AST, function: str = "") -> Iterator[tuple[str, ast.Call]]:
    """The calls of `re` inside of functions, each with the name of the innermost function."""
    for node in ast.iter_child_nodes(tree):
        inner = node.name if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) else function
        if function and _of_re(node) and isinstance(node, ast.Call) and node.func.attr in _METHODS:  # type: ignore[attr-defined]
            yield function, node
        yield from _inline(node, inner)


def _of_re(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "re"
    )


class _Escaped(ast.NodeTransformer):
    """Puts a word in the place of every `re.escape(...)`, whatever it is given."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if _of_re(node) and node.func.attr == "escape":  # type: ignore[attr-defined]
            return ast.copy_location(ast.Constant(re.escape(_ANY_WORD)), node)
        return self.generic_visit(node)


def _evaluated(call: ast.Call, module: ModuleType) -> re.Pattern[Any]:
    """The pattern of a call, as the globals of its module make it; raises NameError where it is made of anything else."""
    assert isinstance(call.func, ast.Attribute)
    flags = [one.value for one in call.keywords if one.arg == "flags"]
    at = {"compile": 1, "search": 2, "match": 2, "fullmatch": 2, "findall": 2, "finditer": 2}.get(call.func.attr)
    if at is not None and len(call.args) > at:
        flags.append(call.args[at])
    values = [_value(one, module) for one in (call.args[0], *flags)]
    return re.compile(*values)


def _value(node: ast.expr, module: ModuleType) -> Any:
    expression = ast.fix_missing_locations(ast.Expression(_Escaped().visit(node)))
    return eval(compile(expression, module.__name__, "eval"), vars(module))
