"""What may happen to an index as a whole: swapped, moved, half gone, of another version."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from benchmarks.reliability import Fault, backups, processes
from benchmarks.reliability.seals import base, copied, repaired, said, settings_of
from benchmarks.synthetic import write_corpus
from rag.assistant import Assistant
from rag.index import bring_up_to_date, check_index, open_index, salvage_catalogue
from rag.model import IndexDamagedError, IndexMismatchError, IndexMissingError, RagError, Settings


def refused(settings: Settings, kind: type[RagError], *words: str) -> str:
    """ "" where opening the index raises an error of that kind whose message has all the words."""
    try:
        open_index(settings).close()
    except kind as error:
        missing = [word for word in words if word not in str(error)]
        return f"the message lacks {missing}: {error}" if missing else ""
    return f"no {kind.__name__} was raised"


def _current(folder: Path) -> Path:
    return folder / "index" / "CURRENT"


def high_bit(folder: Path, _: int) -> str:
    """The name of the current generation gets a byte above 127."""
    place = copied(folder)
    data = bytearray(_current(place).read_bytes())
    data[2] |= 0x80
    _current(place).write_bytes(bytes(data))
    return refused(settings_of(place), IndexDamagedError, "CURRENT", "rag index") or repaired(settings_of(place), said(settings_of(base())))


def other_generation(folder: Path, _: int) -> str:
    """`CURRENT` names a generation that is not there."""
    place = copied(folder)
    _current(place).write_text("00000099 " + "0" * 64 + "\n")
    return refused(settings_of(place), IndexDamagedError, "00000099", "rag index") or repaired(
        settings_of(place), said(settings_of(base()))
    )


def old_digest(folder: Path, _: int) -> str:
    """`CURRENT` has the digest of another manifest."""
    place = copied(folder)
    _current(place).write_text(_current(place).read_text().split()[0] + " " + "0" * 64 + "\n")
    return refused(settings_of(place), IndexDamagedError, "manifest.json") or repaired(settings_of(place), said(settings_of(base())))


def swapped_catalogue(folder: Path, _: int) -> str:
    """The catalogue and its seal of another index are put in the place of this one's."""
    place, other = copied(folder), folder / "other"
    (other / "corpus").mkdir(parents=True)
    write_corpus(other / "corpus" / "papers.jsonl", 30, seed=9)
    bring_up_to_date(settings_of(other))
    for name in ("catalogue.db", "catalogue.seal"):
        shutil.copyfile(other / "index" / name, place / "index" / name)
    return refused(settings_of(place), IndexDamagedError, "is not the one", "rag index")


def earlier_catalogue(folder: Path, _: int) -> str:
    """An earlier state of the same catalogue is put in its place."""
    place = copied(folder)
    for name in ("catalogue.db", "catalogue.seal"):
        shutil.copyfile(place / "index" / name, folder / name)
    write_corpus(place / "corpus" / "more.jsonl", 10, seed=5)
    bring_up_to_date(settings_of(place))
    now = said(settings_of(place))
    for name in ("catalogue.db", "catalogue.seal"):
        shutil.copyfile(folder / name, place / "index" / name)
    return refused(settings_of(place), IndexDamagedError, "is not the one", "rag index") or repaired(settings_of(place), now)


def stray_file(folder: Path, _: int) -> str:
    """A file that does not belong there lies among the vectors: SQLite would take a journal for its own."""
    place = copied(folder)
    (database,) = place.glob("index/generations/*/chroma/chroma.sqlite3")
    database.with_name("chroma.sqlite3-journal").write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + bytes(504))
    return refused(settings_of(place), IndexDamagedError, "chroma.sqlite3-journal", "rag index") or repaired(
        settings_of(place), said(settings_of(base()))
    )


def catalogue_moved_away(folder: Path, _: int) -> str:
    """The catalogue is moved away: what is lost with it is told, and uploads are taken in again."""
    place = copied(folder)
    uploads = place / "index" / "uploads"
    uploads.mkdir()
    write_corpus(uploads / "given.jsonl", 5, seed=7)
    bring_up_to_date(settings_of(place), [uploads / "given.jsonl"], add=True)
    before = said(settings_of(place))
    (place / "index" / "catalogue.db").unlink()
    report = bring_up_to_date(settings_of(place))
    if "which files were added" not in report.lost or "taken in again" not in report.lost:
        return f"what is lost is not told: {report.lost!r}"
    return "" if said(settings_of(place)) == before else "uploads were not taken in again"


def not_made_again_unasked(folder: Path, _: int) -> str:
    """A question to an index whose catalogue is gone makes no new one behind the user's back."""
    from rag.assistant import Assistant

    place = copied(folder)
    (place / "index" / "catalogue.db").unlink()
    try:
        Assistant.open(settings_of(place)).close()
    except IndexDamagedError as error:
        return "" if "rag index" in str(error) else str(error)
    return "a new index was made"


def empty_catalogue(folder: Path, _: int) -> str:
    """A catalogue of 0 bytes without a seal."""
    place = copied(folder)
    (place / "index" / "catalogue.db").write_bytes(b"")
    (place / "index" / "catalogue.seal").unlink()
    return refused(settings_of(place), IndexDamagedError, "is empty", "rag salvage")


def salvaged(folder: Path, seed: int) -> str:
    """A page of the catalogue is overwritten and a file of the corpus is gone: what can be read of it is kept."""
    place = copied(folder)
    write_corpus(place / "added.jsonl", 20, seed=3)
    bring_up_to_date(settings_of(place), [place / "added.jsonl"], add=True)
    titles = _titles(settings_of(place))
    (place / "added.jsonl").unlink()
    path = place / "index" / "catalogue.db"
    data = bytearray(path.read_bytes())
    start = 4096 * (10 + seed)
    data[start : start + 4096] = os.urandom(4096)
    path.write_bytes(bytes(data))
    found = salvage_catalogue(settings_of(place))
    bring_up_to_date(settings_of(place))
    check_index(settings_of(place))
    after = _titles(settings_of(place))
    if not after <= titles:
        return "something was made up"
    if len(titles - after) and not found.lost:
        return f"{len(titles - after)} papers were lost without a word"
    return "" if len(after) >= len(titles) - 20 else f"{len(titles - after)} of {len(titles)} papers were lost"


def _titles(settings: Settings) -> set[str]:
    with open_index(settings) as index, index.reading() as generation:
        return {f"{one.title} {one.text}" for one in generation.listing()}


def another_program(folder: Path, _: int) -> str:
    """The catalogue is another program's database."""
    place = copied(folder)
    (place / "index" / "catalogue.seal").unlink()
    path = place / "index" / "catalogue.db"
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
        connection.commit()
    before = path.read_bytes()
    wrong = refused(settings_of(place), IndexDamagedError, "another program's")
    return wrong or ("" if path.read_bytes() == before else "the other program's database was changed")


def newer_schema(folder: Path, _: int) -> str:
    """A later version of this program wrote the catalogue."""
    place = copied(folder)
    (place / "index" / "catalogue.seal").unlink()
    with closing(sqlite3.connect(place / "index" / "catalogue.db")) as connection:
        connection.execute("PRAGMA user_version = 99")
    return refused(settings_of(place), IndexMismatchError, "Upgrade")


def older_layout(folder: Path, _: int) -> str:
    """An earlier version without seals wrote the index: it is brought up to date without embedding."""
    place = copied(folder)
    (path,) = place.glob("index/generations/*/manifest.json")
    data = json.loads(path.read_text())
    path.write_text(json.dumps({**{key: value for key, value in data.items() if key != "files"}, "layout": 1}))
    _current(place).write_text(_current(place).read_text().split()[0] + "\n")
    wrong = refused(settings_of(place), IndexMismatchError, "rag index")
    if wrong:
        return wrong
    embedded = bring_up_to_date(settings_of(place)).embedded
    return f"{embedded} passages were embedded again" if embedded else repaired(settings_of(place), said(settings_of(base())))


def unreadable_folder(folder: Path, _: int) -> str:
    """Another user asks, who may not look into the folder."""
    place = copied(folder)
    (place / "index").chmod(0o700)
    code = """
import os, sys
from pathlib import Path
from benchmarks.reliability.seals import settings_of
from rag.index import open_index
from rag.model import RagError
os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    open_index(settings_of(Path(sys.argv[1])))
except RagError as error:
    print(error)
"""
    place.chmod(0o755)
    folder.chmod(0o755)
    done = subprocess.run([sys.executable, "-c", code, str(place)], capture_output=True, text=True, check=False, cwd=Path.cwd())
    return "" if not done.returncode and "Permission denied" in done.stdout else done.stdout + done.stderr[-800:]


def _is_root() -> str:
    return "" if hasattr(os, "geteuid") and os.geteuid() == 0 else "only root can become another user"


def same_size_and_time(folder: Path, _: int) -> str:
    """A file gets other bytes, but size and time stay: `rag index --reread` sees it."""
    place = copied(folder)
    path = place / "corpus" / "papers.jsonl"
    status, text = path.stat(), path.read_text()
    path.write_text(text.replace("e", "o"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    if bring_up_to_date(settings_of(place)).files.changed:
        return "it was seen without --reread, so nothing was tried"
    return "" if bring_up_to_date(settings_of(place), reread=True).files.changed else "it was not seen"


def unreadable_for_a_while(folder: Path, _: int) -> str:
    """A file becomes one that cannot be read, and is mended later: what it said before is kept meanwhile."""
    place = copied(folder)
    before, path = said(settings_of(place)), place / "corpus" / "papers.jsonl"
    text = path.read_bytes()
    path.write_bytes(b"")
    os.truncate(path, 600_000_000)  # zeros, in no shape that is read in batches
    report = bring_up_to_date(settings_of(place))
    again = bring_up_to_date(settings_of(place))
    told = [[one.reason for one in each.problems] for each in (report, again)]
    if said(settings_of(place)) != before or told[0] != told[1] or "is kept" not in "".join(told[0]):
        return f"{report.abstracts} abstracts, {told}"
    path.write_bytes(text)
    mended = bring_up_to_date(settings_of(place))
    return "" if not mended.problems and said(settings_of(place)) == before else f"mended: {mended.problems}"


def clock_set_back(folder: Path, _: int) -> str:
    """The clock goes back by years between two runs: nothing is lost, and nothing is taken for unchanged."""
    from datetime import UTC, datetime

    place = copied(folder)
    path = place / "corpus" / "more.jsonl"
    write_corpus(path, 10, seed=5)
    os.utime(path, (0, 0))
    report = bring_up_to_date(settings_of(place), clock=lambda: datetime(2001, 1, 1, tzinfo=UTC))
    write_corpus(path, 12, seed=6)
    os.utime(path, (-(10**8), -(10**8)))
    again = bring_up_to_date(settings_of(place), clock=lambda: datetime(1999, 1, 1, tzinfo=UTC))
    check_index(settings_of(place))
    return "" if report.new == 10 and again.new + again.changed >= 2 else f"{report.new} new, then {again.new} new, {again.changed} changed"


def no_index(folder: Path, _: int) -> str:
    """There is nothing at all."""
    return refused(settings_of(folder), IndexMissingError, "rag index")


def index_is_a_file(folder: Path, _: int) -> str:
    """Where the index should be lies a file."""
    (folder / "index").write_text("not a folder")
    (folder / "corpus").mkdir()
    write_corpus(folder / "corpus" / "papers.jsonl", 3, seed=1)
    try:
        bring_up_to_date(settings_of(folder))
    except RagError as error:
        return "" if "RAG_INDEX_DIR" in str(error) else str(error)
    return "no error"


def index_in_corpus(folder: Path, _: int) -> str:
    """The index folder lies inside the corpus: its own files are no papers."""
    (folder / "corpus").mkdir()
    write_corpus(folder / "corpus" / "papers.jsonl", 10, seed=1)
    settings = Settings(index_dir=folder / "corpus" / "index", corpus=folder / "corpus", embedding="wordllama", _env_file=None)
    first = bring_up_to_date(settings)
    uploads = folder / "corpus" / "index" / "uploads"
    uploads.mkdir()
    write_corpus(uploads / "given.jsonl", 4, seed=7)
    bring_up_to_date(settings, [uploads / "given.jsonl"], add=True)
    second = bring_up_to_date(settings)
    if (first.abstracts, second.abstracts, second.problems) != (10, 14, ()):
        return f"{first.abstracts} and {second.abstracts} abstracts, {second.problems[:3]}"
    return "" if bring_up_to_date(settings).files.unchanged == 2 else "its own files count as files of the corpus"


def stored_is_gone(folder: Path, _: int) -> str:
    """What a run worked out of the edition is deleted: it is worked out when it is asked for, and stored by the next run."""
    place, asked = copied(folder), ("What is in this corpus?", "What is new?")
    settings = settings_of(place)
    with Assistant.open(settings) as assistant:
        before = [assistant.ask(one).to_dict() | {"seconds": 0} for one in asked]
    (place / "index" / "catalogue.seal").unlink()
    with closing(sqlite3.connect(place / "index" / "catalogue.db")) as connection, connection:
        connection.execute("DELETE FROM kept")
    with Assistant.open(settings) as assistant:
        if [assistant.ask(one).to_dict() | {"seconds": 0} for one in asked] != before:
            return "another answer"
    bring_up_to_date(settings)
    with closing(sqlite3.connect(place / "index" / "catalogue.db")) as connection:
        return "" if connection.execute("SELECT count(*) FROM kept").fetchone()[0] else "nothing is stored"


FAULTS = (
    *backups.FAULTS,
    *processes.FAULTS,
    Fault("index", "CURRENT with one high bit", high_bit),
    Fault("index", "CURRENT names a generation that is not there", other_generation),
    Fault("index", "CURRENT has the digest of another manifest", old_digest),
    Fault("index", "the catalogue of another index", swapped_catalogue),
    Fault("index", "an earlier state of the same catalogue", earlier_catalogue),
    Fault("index", "a foreign journal beside Chroma's database", stray_file),
    Fault("index", "the catalogue is moved away", catalogue_moved_away),
    Fault("index", "a question where the catalogue is gone", not_made_again_unasked),
    Fault("index", "a catalogue of 0 bytes without a seal", empty_catalogue),
    Fault("index", "a page of the catalogue overwritten, and an added file gone", salvaged, tries=20),
    Fault("index", "the catalogue is another program's database", another_program),
    Fault("index", "what was stored of the current edition is gone", stored_is_gone),
    Fault("index", "a later version's schema", newer_schema),
    Fault("index", "an earlier version's index without seals", older_layout),
    Fault("index", "a folder that may not be looked into", unreadable_folder, needs=_is_root),
    Fault("index", "a file of the same size and time but other bytes", same_size_and_time),
    Fault("index", "a file that cannot be read for a while", unreadable_for_a_while),
    Fault("index", "the clock set back", clock_set_back),
    Fault("index", "no index", no_index),
    Fault("index", "a file where the index should be", index_is_a_file),
    Fault("index", "the index folder inside the corpus", index_in_corpus),
)
