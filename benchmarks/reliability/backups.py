"""Backups: restored elsewhere or over an index, damaged, and made by somebody who means harm."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.reliability import Fault
from benchmarks.reliability.seals import base, copied, repaired, said, settings_of
from benchmarks.synthetic import write_corpus
from rag.index import bring_up_to_date, check_index, restore_backup, write_backup
from rag.model import RagError


def restored(folder: Path, _: int) -> str:
    """A backup, restored elsewhere, answers the same, uploads and all."""
    place = copied(folder)
    uploads = place / "index" / "uploads"
    uploads.mkdir()
    write_corpus(uploads / "given.jsonl", 5, seed=7)
    bring_up_to_date(settings_of(place), [uploads / "given.jsonl"], add=True)
    before = said(settings_of(place))
    write_backup(settings_of(place), folder / "kept.zip")
    there = folder / "there"
    restore_backup(settings_of(there), folder / "kept.zip")
    check_index(settings_of(there))
    shutil.copytree(place / "corpus", there / "corpus")
    if said(settings_of(there)) != before:
        return "it answers otherwise"
    return repaired(settings_of(there), before)


def restored_over(folder: Path, _: int) -> str:
    """A backup never takes the place of an index that is there, unless that is asked for; then that one is kept."""
    place = copied(folder)
    write_backup(settings_of(place), folder / "kept.zip")
    try:
        restore_backup(settings_of(place), folder / "kept.zip")
    except RagError as error:
        if "--replace" not in str(error):
            return str(error)
        restore_backup(settings_of(place), folder / "kept.zip", replace=True)
        return "" if (place / "index.before-1" / "CURRENT").is_file() else "the index that was there is gone"
    return "an index was overwritten"


def hostile_backup(change: Callable[[Path], None]) -> Callable[[Path, int], str]:
    """A backup that somebody made or that was damaged: nothing of it is put in place, nothing is written elsewhere."""

    def attempt(folder: Path, _: int) -> str:
        path = folder / "kept.zip"
        write_backup(settings_of(base()), path)
        change(path)
        there = folder / "deep" / "there"
        try:
            restore_backup(settings_of(there), path)
        except RagError:
            left = [one for one in folder.rglob("*") if one.is_file() and one != path]
            return f"left behind: {left}" if left else ""
        return "it was restored"

    return attempt


def _with_list(path: Path, change: Callable[[dict[str, object]], None], more: dict[str, bytes] | None = None) -> None:
    with zipfile.ZipFile(path) as old:
        members = {name: old.read(name) for name in old.namelist()}
    listed = json.loads(members.pop("backup.json"))
    change(listed)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in {**members, **(more or {})}.items():
            new.writestr(name, data)
        new.writestr("backup.json", json.dumps(listed))


def _climbs_out(path: Path) -> None:
    _with_list(path, lambda one: one["files"].update({"uploads/../../../evil": {"size": 4, "sha256": "0" * 64}}))  # type: ignore[attr-defined]


def _absolute(path: Path) -> None:
    _with_list(path, lambda one: one["files"].update({"/tmp/evil": {"size": 4, "sha256": "0" * 64}}))  # type: ignore[attr-defined]


def _bomb(path: Path) -> None:
    more = {"uploads/bomb.txt": b"\0" * 200_000_000}
    _with_list(path, lambda one: one["files"].update({"uploads/bomb.txt": {"size": 10, "sha256": "0" * 64}}), more)  # type: ignore[attr-defined]


def _enormous(path: Path) -> None:
    _with_list(path, lambda one: one["files"].update({"uploads/x.txt": {"size": 2**60, "sha256": "0" * 64}}))  # type: ignore[attr-defined]


def _halved(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 16
    path.write_bytes(bytes(data))


def _no_zip(path: Path) -> None:
    path.write_bytes(b"this is no archive" * 100)


def _lacks_one(path: Path) -> None:
    _with_list(path, lambda one: one["files"].pop("catalogue.db"))  # type: ignore[attr-defined]


FAULTS = (
    Fault("index", "a backup restored elsewhere", restored),
    Fault("index", "a backup restored over an index", restored_over),
    Fault("index", "a backup with a path that climbs out", hostile_backup(_climbs_out)),
    Fault("index", "a backup with an absolute path", hostile_backup(_absolute)),
    Fault("index", "a backup with a bomb", hostile_backup(_bomb)),
    Fault("index", "a backup that says it has an exabyte", hostile_backup(_enormous)),
    Fault("index", "a backup cut in half", hostile_backup(_halved)),
    Fault("index", "a backup with one bit flipped", hostile_backup(_flipped)),
    Fault("index", "a backup that is no archive", hostile_backup(_no_zip)),
    Fault("index", "a backup without the catalogue", hostile_backup(_lacks_one)),
)
