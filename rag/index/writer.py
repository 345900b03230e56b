"""Filling the two indexes of a draft from the catalogue: in this process, or beside it in a child.

Both keep Python's interpreter locked while they work, so that a thread would gain nothing. A child process fills
both indexes while this one goes on embedding; for a few texts it would cost more than it saves.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Protocol

import numpy as np

from rag.corpus import names_of
from rag.embedding import Vectors
from rag.index.catalogue import Catalogue, IndexedPassage, passages_of
from rag.index.layout import REPAIR, Layout
from rag.index.lexical import LexicalDocument, LexicalIndex, LexicalWriter, Opening
from rag.index.literals import names_of_text, words_of_text
from rag.index.manifest import read_manifest
from rag.index.server_catalogue import open_catalogue
from rag.index.snapshot import Snapshot
from rag.index.vectors import Place, VectorIndex, folder_of, open_vectors, write_vectors
from rag.model import NO_FILTERS, Abstract, IndexDamagedError, RagError, pluralize

_CHUNK = 500  # texts that are read from the catalogue at a time


@dataclass(frozen=True, slots=True)
class WriteOrders:
    """Passages to remove and texts (by number) whose passages to add, in tantivy (`terms`) and in the store of vectors."""

    remove_terms: Sequence[str] = ()
    remove_vectors: Sequence[str] = ()
    add_terms: Sequence[int] = ()
    add_vectors: Sequence[int] = ()


class IndexWriter(Protocol):
    """Something that carries out orders, one after the other."""

    def order(self, orders: WriteOrders) -> None:
        """Carry these out now or soon; raises RagError for what went wrong with earlier ones."""
        ...

    def finish(self) -> None:
        """Carry everything out, close both indexes and `verify` them against the folder's manifest.

        Raises IndexDamagedError if they are wrong, RagError where they cannot be written.
        """
        ...

    def close(self) -> None:
        """Let go, finished or not."""
        ...


class LocalWriter:
    """A filler in this process, and in the child. Makes an index that is not in `folder` yet.

    `since` is the edition whose vectors are in the folder already, -1 for none: these were verified with it.
    """

    def __init__(self, catalogue: Catalogue, folder: Path, place: Place, since: int) -> None:
        self._catalogue, self._folder, self._place = catalogue, folder, place
        self._since, self._shared = since, _parts(folder, place)
        self._terms = LexicalWriter(folder / "tantivy", create=not (folder / "tantivy").exists())
        self._vectors = write_vectors(place, folder, catalogue)

    def order(self, orders: WriteOrders) -> None:
        """Carry these out now."""
        self._terms.remove(orders.remove_terms)
        self._vectors.remove(orders.remove_vectors)
        for numbers in _chunks(orders.add_terms):
            with self._catalogue.reading() as connection:
                self._terms.add(map(_document, passages_of(connection, numbers)))
        self._vectors.add(orders.add_vectors)

    def finish(self) -> None:
        """Commit, close and verify both."""
        self._terms.commit()
        self._vectors.finish()
        sealed = self._place.store == "segments" and self._shared <= _parts(self._folder, self._place)  # none was written anew with others
        verify(self._folder, self._catalogue, self._place.url, self._since if sealed else -1)

    def close(self) -> None:
        """Close both; what was not committed is lost."""
        self._terms.close()
        self._vectors.close()


class ChildWriter:
    """A filler in a child process, which ends when this process does. Its orders and errors are lines of JSON."""

    def __init__(self, layout: Layout, folder: Path, place: Place, since: int) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child, see `close`
        self._child = subprocess.Popen(
            _python("from rag.index.writer import main; main()"),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            start_new_session=True,
        )
        where = {"layout": layout.to_dict(), "folder": str(folder.absolute())}
        self._send({**where, "place": asdict(place), "since": since, "parent": os.getpid()})

    def order(self, orders: WriteOrders) -> None:
        """Send these to the child."""
        self._send(asdict(orders))

    def finish(self) -> None:
        """Tell the child that this was all, and wait for it."""
        self._send({})
        self._child.wait()
        if self._child.returncode:
            raise self._failure()

    def close(self) -> None:
        """End the child."""
        self._child.kill()
        self._child.wait()
        if self._child.stdin is not None:
            with suppress(BrokenPipeError):
                self._child.stdin.close()
        self._errors.close()

    def _send(self, message: dict[str, object]) -> None:
        assert self._child.stdin is not None
        try:
            self._child.stdin.write(json.dumps(message).encode() + b"\n")
            self._child.stdin.flush()
        except BrokenPipeError as error:
            self._child.wait()
            raise self._failure() from error

    def _failure(self) -> RagError:
        self._errors.seek(0)
        return _failure(self._errors.read(), self._child.returncode)


def run_python(code: str, *arguments: str) -> None:
    """Run `code` in another process, with `arguments` in `sys.argv`, and wait for it; raises RagError where it fails."""
    done = subprocess.run([*_python(code), *arguments], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode:
        raise _failure(done.stderr, done.returncode)


def _python(code: str) -> list[str]:
    """A command that runs `code` with the packages that this process has."""
    return [sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}; {code}"]


def _failure(errors: bytes, status: int) -> RagError:
    lines = errors.decode(errors="replace").strip().splitlines()
    return RagError(f"The indexes cannot be written: {lines[-1] if lines else f'status {status}'}")


def main() -> None:
    """What the child does: read orders until the empty one, then commit. Without that one, nothing is committed."""
    lines = iter(sys.stdin.buffer.readline, b"")
    first = json.loads(next(lines))
    try:
        layout, folder = Layout.from_dict(first["layout"]), Path(first["folder"])
        filler = LocalWriter(open_catalogue(layout), folder, Place(**first["place"]), first["since"])
        for line in lines:
            if os.getppid() != first["parent"]:
                break
            message = json.loads(line)
            if not message:
                filler.finish()
                return
            filler.order(WriteOrders(**message))
    except RagError as error:
        sys.exit(str(error))
    sys.exit("The process that gave the orders has ended.")


def verify(folder: Path, catalogue: Catalogue, url: str = "", since: int = -1) -> None:
    """Open both indexes of a generation, count, and ask each for a passage that must be in it; raises IndexDamagedError.

    `url` is the address of the server that has its vectors, if one has. With `since`, an edition whose vectors lie here as they were
    verified then, passages are looked for that came after it.
    """
    manifest = read_manifest(folder)
    snapshot = Snapshot(catalogue, manifest.edition)
    counts = {"abstracts in the catalogue": (snapshot.count(), manifest.abstracts)}
    if since < 0:
        counts["passages in the catalogue"] = snapshot.count_passages(), manifest.passages
    probe = snapshot.any_passage()
    place = manifest.place(url)
    with closing(LexicalIndex(folder / "tantivy")) as lexical, closing(open_vectors(place, folder, snapshot, patient=True)) as dense:
        counts["passages in tantivy"] = lexical.count(), manifest.passages
        wrong = [f"{count} {name} instead of {expected}" for name, (count, expected) in counts.items() if count != expected]
        lacking = dense.lacking(since)
        wrong += [f"{pluralize(lacking, 'passage')} too many or too few among the vectors"] if lacking else []
        if probe is not None and not wrong:
            wrong += _ask(lexical, dense, *probe)
    if wrong:
        raise IndexDamagedError(f"The index in {folder} is wrong: {'; '.join(wrong)}. {REPAIR}")


def verify_apart(folder: Path, layout: Layout, url: str = "") -> None:
    """`verify` in a process of its own; raises IndexDamagedError for what it raises, and where a signal ends it."""
    code = "from rag.index.writer import verify_in_child; verify_in_child(*sys.argv[1:])"
    done = subprocess.run(
        [*_python(code), str(folder)],
        input=json.dumps([layout.to_dict(), url]),  # which may hold passwords, and a list of processes is for all to see
        capture_output=True,
        check=False,
        text=True,
        errors="replace",
    )
    if done.returncode:
        said = done.stderr.strip().splitlines()
        reason = f"reading it ended by signal {-done.returncode}" if done.returncode < 0 else (said[-1] if said else "it cannot be read")
        raise IndexDamagedError(reason if REPAIR in reason else f"The index in {folder} is wrong: {reason}. {REPAIR}")


def verify_in_child(folder: str) -> None:
    """What `verify_apart` has a child do."""
    try:
        layout, url = json.load(sys.stdin)
        with closing(open_catalogue(Layout.from_dict(layout))) as opened:
            verify(Path(folder), opened, url)
    except RagError as error:
        sys.exit(str(error))


def _ask(lexical: LexicalIndex, dense: VectorIndex, passage_id: str, text: str, vector: Vectors) -> Iterator[str]:
    """What is wrong with the answers to a passage's own words and its own vector."""
    if lexical.terms(text) and lexical.scores(text, [passage_id])[passage_id] <= 0:
        yield f"{passage_id} is not found by its words"
    best = dense.nearest(vector, 1, NO_FILTERS)
    if np.any(vector) and (not best or best[0][1] < 0.999):
        yield f"{passage_id} is not found by its vector"


def _parts(folder: Path, place: Place) -> set[str]:
    """The names of the files of vectors in a generation's folder."""
    return {path.name for path in (folder / folder_of(place.store)).glob("*")}


def _document(one: IndexedPassage) -> LexicalDocument:
    document = LexicalDocument(one.id, one.abstract_id, one.title, one.text, one.fields, one.sources)
    whole = one.whole
    return document if whole is None else replace(document, opening=_opening(one.number, whole))


def _opening(number: int, whole: Abstract) -> Opening:
    return Opening(number, words_of_text(whole.text), words_of_text(whole.title or ""), names_of_text(names_of(whole)))


def _chunks(numbers: Iterable[int]) -> Iterator[list[int]]:
    rest = iter(numbers)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk
