"""Filling the two indexes of a draft from the catalogue, and working out its words: in this process, or beside it in a child.

Both keep Python's interpreter locked while they work, so that a thread would gain nothing. A child process does
both while this one goes on embedding and finds themes; for a few texts it would cost more than it saves.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Protocol

import numpy as np

from rag.corpus import names_of
from rag.embedding import Vectors
from rag.index.catalogue import Catalogue, IndexedPassage, passages_of
from rag.index.child import Child, python
from rag.index.kept import work_out_words
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

    def complete(self, edition: int, base: int) -> None:
        """That was all: from now on work out the words of an edition, then close both indexes and `verify` them against the folder's
        manifest."""
        ...

    def words(self) -> dict[str, str]:
        """What `rag.index.kept.work_out_words` gives; raises RagError for what went wrong."""
        ...

    def finish(self) -> None:
        """Wait until all is done. Raises IndexDamagedError if the indexes are wrong, RagError where they cannot be written."""
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
        self._words: dict[str, str] = {}

    def order(self, orders: WriteOrders) -> None:
        """Carry these out now."""
        self._terms.remove(orders.remove_terms)
        self._vectors.remove(orders.remove_vectors)
        for numbers in _chunks(orders.add_terms):
            with self._catalogue.reading() as connection:
                self._terms.add(map(_document, passages_of(connection, numbers)))
        self._vectors.add(orders.add_vectors)

    def complete(self, edition: int, base: int) -> None:
        """Work out the words now."""
        self._words = work_out_words(self._catalogue, edition, base)

    def words(self) -> dict[str, str]:
        """What was worked out."""
        return self._words

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


def start_child() -> Child:
    """The process of a ChildWriter. It takes half a second to be ready."""
    return Child("from rag.index.writer import main; main()")


class ChildWriter:
    """A filler in a child process. Its orders and errors are lines of JSON."""

    def __init__(self, layout: Layout, folder: Path, place: Place, since: int, child: Child) -> None:
        """`child` is one that `start_child` gave; it ends with this."""
        self._child = child
        where = {"layout": layout.to_dict(), "folder": str(folder.absolute())}
        self._child.send({**where, "place": asdict(place), "since": since, "parent": os.getpid()})

    def order(self, orders: WriteOrders) -> None:
        """Send these to the child."""
        self._child.send(asdict(orders))

    def complete(self, edition: int, base: int) -> None:
        """Tell the child so."""
        self._child.send({"edition": edition, "base": base})

    def words(self) -> dict[str, str]:
        """Wait for the child to tell them."""
        found: dict[str, str] = json.loads(self._child.answer())
        return found

    def finish(self) -> None:
        """Wait for the child to say so, with an empty line; the end of an interpreter takes time."""
        while self._child.answer().strip():
            pass  # words that nobody asked for

    def close(self) -> None:
        """End the child."""
        self._child.close()


def main() -> None:
    """What the child does: carry out orders until it is told which edition they are of. Without that, nothing is committed."""
    lines, answers = iter(sys.stdin.buffer.readline, b""), sys.stdout
    sys.stdout = sys.stderr  # what a library prints is no answer
    first = json.loads(next(lines))
    try:
        layout, folder = Layout.from_dict(first["layout"]), Path(first["folder"])
        filler = LocalWriter(open_catalogue(layout), folder, Place(**first["place"]), first["since"])
        for line in lines:
            if os.getppid() != first["parent"]:
                break
            message = json.loads(line)
            if "edition" in message:
                filler.complete(**message)
                print(json.dumps(filler.words()), file=answers, flush=True)
                filler.finish()
                print(file=answers, flush=True)
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
        [*python(code), str(folder)],
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
