"""A backup: the catalogue, the generation that answers, uploads and conversations in one ZIP file, each with its seal; and back again."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from rag.index.catalogue import Catalogue
from rag.index.child import run_python
from rag.index.generation import check_generation
from rag.index.generations import open_index, writing
from rag.index.layout import Layout, remove
from rag.index.seals import Seal
from rag.index.server_database import Server
from rag.model import IndexDamagedError, RagError, Settings

_LIST = "backup.json"
_FORMAT = 1
_NAMES = re.compile(r"(?:CURRENT|catalogue\.db|history\.db|uploads/[\w.-]+|generations/[0-9]{8,12}/[\w./-]+)")
_DATABASES = ("catalogue.db", "history.db")
_LIST_BYTES = 50_000_000
_CHUNK = 1 << 20  # bytes
_ON_SERVER = (
    "The catalogue and the conversations are on a server ({where}). Keep a copy of them with PostgreSQL's own programs: pg_dump "
    "--schema {schema} --schema {history}, and bring them back with pg_restore or psql. {folder} can be made again "
    "from them with: rag index --rebuild"
)


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds: how many files, and their bytes before packing."""

    files: int
    size: int


def write_backup(settings: Settings, target: Path) -> Backup:
    """Write everything that an index folder holds into a ZIP file, as it stands at one moment.

    Raises IndexMissingError or IndexDamagedError where there is nothing whole to keep, RagError where the file exists or cannot be written.
    """
    _check_file(settings)
    if target.exists():
        raise RagError(f"{target} exists. Give another name.")
    layout = Layout(settings.index_dir)
    with (
        open_index(settings) as index,
        index.reading() as generation,
        _still(settings),
        _written(target),
        tempfile.TemporaryDirectory(dir=target.absolute().parent, prefix=".backup-") as folder,
    ):
        copies = dict(_databases(layout, Path(folder)))
        fresh = Path(folder) / "backup.zip"
        seals = _pack(fresh, copies | dict(_others(layout, generation.name)), str(layout.uploads.resolve()))
        fresh.replace(target)
    return Backup(len(seals), sum(one.size for one in seals.values()))


def restore_backup(settings: Settings, source: Path, *, replace: bool = False) -> Backup:
    """Make the index folder from a backup; with `replace`, one that is there is moved aside first.

    Nothing is put in its place before every file is there and is what was packed. Raises RagError otherwise.
    """
    _check_file(settings)
    target = settings.index_dir.absolute()
    if not source.is_file():
        raise RagError(f"There is no file {source}. Make a backup with: rag export --backup FILE")
    if target.exists() and any(target.iterdir()) and not replace:
        raise RagError(f"{target} holds an index. Keep it and choose another with RAG_INDEX_DIR, or type: rag restore --replace {source}")
    fresh = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
    try:
        with _written(target):
            fresh.mkdir(parents=True)
            seals, uploads = _unpack(source, fresh)
            _settle(Layout(fresh), uploads, target / "uploads")
            _put(fresh, target)
    finally:
        remove(fresh)
    return Backup(len(seals), sum(one.size for one in seals.values()))


def _check_file(settings: Settings) -> None:
    """Raise RagError where the catalogue is no file."""
    server = Server.of(settings)
    if server is not None:
        names = {"schema": server.schema, "history": server.history.schema, "folder": settings.index_dir}
        raise RagError(_ON_SERVER.format(where=server.where, **names))


@contextmanager
def _still(settings: Settings) -> Iterator[None]:
    """While nobody writes; where nobody can, nothing needs to be locked."""
    if os.access(settings.index_dir, os.W_OK):
        with writing(settings):
            yield
    else:
        yield


@contextmanager
def _written(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RagError(f"{target} cannot be written: {error.strerror or error}") from error


def _databases(layout: Layout, folder: Path) -> Iterator[tuple[str, Path]]:
    """Copies of the SQLite files, each as it is at one moment, made by another process: see `rag.index.seals`."""
    for name in _DATABASES:
        if (layout.folder / name).is_file():
            code = "from rag.index.database import copy_database; copy_database(*sys.argv[1:])"
            run_python(code, str(layout.folder / name), str(folder / name))
            yield name, folder / name


def _others(layout: Layout, generation: str) -> Iterator[tuple[str, Path]]:
    yield "CURRENT", layout.current
    uploads = sorted(layout.uploads.iterdir()) if layout.uploads.is_dir() else []
    sealed = sorted(layout.generation(generation).rglob("*"))
    for path in (*sealed, *(one for one in uploads if not one.name.startswith("."))):
        if path.is_file() and not path.name.endswith(".lock"):
            yield path.relative_to(layout.folder).as_posix(), path


def _pack(target: Path, members: Mapping[str, Path], uploads: str) -> dict[str, Seal]:
    seals = {}
    with zipfile.ZipFile(target, "x", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, path in members.items():
            archive.write(path, name)
            seals[name] = Seal.of(path)
        files = {name: asdict(seal) for name, seal in seals.items()}
        archive.writestr(_LIST, json.dumps({"format": _FORMAT, "uploads": uploads, "files": files}, indent=1))
    return seals


def _unpack(source: Path, folder: Path) -> tuple[dict[str, Seal], str]:
    """The files of a backup in a folder, each held against its seal; and where its uploads were."""
    try:
        with zipfile.ZipFile(source) as archive:
            listed = _listed(archive)
            seals = {str(name): Seal.from_dict(one) for name, one in listed["files"].items()}
            _check_names(seals)
            _check_room(folder, seals)
            for name, seal in seals.items():
                with archive.open(name) as packed:
                    _take(packed, folder / name, seal)
            return seals, str(listed["uploads"])
    except (zipfile.BadZipFile, zipfile.LargeZipFile, KeyError, TypeError, ValueError, AttributeError, EOFError, RuntimeError) as error:
        raise RagError(f"{source} is no backup that can be read ({error}). Make one with: rag export --backup FILE") from error


def _listed(archive: zipfile.ZipFile) -> dict[str, Any]:
    with archive.open(_LIST) as file:
        data: dict[str, Any] = json.loads(file.read(_LIST_BYTES))
    if data["format"] != _FORMAT:
        raise RagError(f"The backup has format {data['format']!r}; this version of abstract-rag reads {_FORMAT}. Upgrade abstract-rag.")
    return data


def _check_names(seals: Mapping[str, Seal]) -> None:
    odd = [name for name in seals if not _NAMES.fullmatch(name) or ".." in name]
    missing = [name for name in ("CURRENT", "catalogue.db") if name not in seals]
    if odd or missing:
        raise ValueError(f"it holds {odd[0]!r}, which is no part of an index" if odd else f"it lacks {missing[0]}")


def _check_room(folder: Path, seals: Mapping[str, Seal]) -> None:
    needed, free = sum(max(one.size, 0) for one in seals.values()), shutil.disk_usage(folder).free
    if needed > free:
        raise RagError(f"The backup needs {needed / 1e6:,.0f} MB; {folder.parent} has {free / 1e6:,.0f} MB. Make room.")


def _take(packed: IO[bytes], target: Path, seal: Seal) -> None:
    """Write a member, never more than its seal says; raises ValueError where it is something else."""
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, left = hashlib.sha256(), seal.size
    with target.open("xb") as file:
        while left >= 0 and (data := packed.read(_CHUNK)):
            left -= len(data)
            digest.update(data)
            file.write(data)
    if left != 0 or digest.hexdigest() != seal.sha256:
        raise ValueError(f"{target.name} is not what was packed")


def _settle(layout: Layout, before: str, now: Path) -> None:
    """Let the catalogue know where its uploads lie now, seal it, and see that the generation is whole."""
    with closing(Catalogue(layout.catalogue)) as catalogue:
        catalogue.check_structure()
        with catalogue.writing() as connection:
            query = "UPDATE files SET path = ? || substr(path, ?) WHERE origin = 'added' AND substr(path, 1, ?) = ?"
            connection.execute(query, (f"{now.resolve()}/", len(before) + 2, len(before) + 1, f"{before}/"))
        catalogue.seal()
    current = layout.read_current()
    if current is None:
        raise IndexDamagedError("The backup names no generation. Make another one with: rag export --backup FILE")
    check_generation(layout, current, fully=True)


def _put(fresh: Path, target: Path) -> None:
    """Let the new folder take the place of the one that is there, which is moved aside."""
    if target.exists():
        with suppress(OSError):
            target.rmdir()
    if target.exists():
        number = 1
        while (aside := target.with_name(f"{target.name}.before-{number}")).exists():
            number += 1
        target.rename(aside)
    fresh.rename(target)
