"""Conversations and what was thought of their answers, in `history.db`: no index lock, untouched by a rebuild."""

from __future__ import annotations

import json
import logging
import secrets
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import Any, Self

from rag.chat.turns import (
    MIGRATIONS,
    OWNED_TURN,
    RECORD,
    TITLE,
    ConversationRecord,
    Thumb,
    Turn,
    default_title,
    feedback_row,
    record_of,
    shorten,
    turn_of,
)
from rag.chat.writers import WriterMark, living_writers
from rag.index import Connection, Database, Mark, Row, Server, ServerDatabase
from rag.model import Answer, Citation, Claim, NotFoundError, RagError, Settings, leave_behind

log = logging.getLogger(__name__)

COMMENT = 4000  # characters
_OWNER = 200
QUESTION = 4000
_AGAIN = "ON CONFLICT (turn, position) DO UPDATE SET said = excluded.said"
_GONE = "This conversation is not yours or gone. Choose one of yours, or begin a new one."


class History(Database):
    """The stored conversations. Threads and processes share the file; every method is one transaction.

    `synchronous` is NORMAL: what was stored outlives a killed process, and no power cut damages the file, but one may
    take the last claims with it; a sync for every claim would hold up the answer.
    """

    kind = "history"
    repair = "Move it away, and the next question begins a new one."
    synchronous = "NORMAL"

    def __init__(self, path: Path) -> None:
        """Open the file or make it; raises RagError where it cannot be used, and leaves a damaged one as it is."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RagError(f"The folder {path.parent} cannot be made: {error.strerror}. Choose another with RAG_INDEX_DIR.") from error
        self._marks = path.parent / "leases"
        self._unmarked()
        super().__init__(path, MIGRATIONS)

    def _unmarked(self) -> None:
        self._mark: WriterMark | Mark | None = None
        self._writer = ""
        self._marking = threading.Lock()
        self._folder: TemporaryDirectory[str] | None = None

    @classmethod
    def open(cls, settings: Settings, *, create: bool = True) -> History:
        """The history on the server of `RAG_DATABASE_URL`, else in `RAG_INDEX_DIR`; raises NotFoundError where there is none and none
        is to be made.

        Where nothing can be written, one that ends with its process: `kept` is False then.
        """
        server = Server.of(settings)
        if server is not None:
            return ServerHistory(server.history, create=create)
        path = settings.index_dir / "history.db"
        if not create and not path.is_file():
            raise NotFoundError(f"No conversation is stored in {settings.index_dir}. Begin one with: rag chat")
        if not create or _can_write(path.parent):
            return cls(path)
        folder = TemporaryDirectory(prefix="abstract-rag-")
        history = cls(Path(folder.name) / path.name)
        history._folder = folder
        log.warning("Nothing can be written in %s: conversations end with this process", path.parent)
        return history

    @property
    def kept(self) -> bool:
        """True where conversations outlive this process."""
        return self._folder is None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the file back; turns of this history that still run are interrupted."""
        super().close()
        if hasattr(self, "_marking"):
            with self._marking:
                mark, self._mark = self._mark, None
            if mark is not None:
                mark.release()
            if self._folder is not None:
                self._folder.cleanup()

    def _replaced(self) -> None:
        """Begin a new file, as it would be after a restart: conversations of the old one are gone with it."""
        self._file = None
        self._begin(MIGRATIONS)

    def conversations(self, owner: str, search: str | None = None, limit: int = 100) -> tuple[ConversationRecord, ...]:
        """An owner's conversations, those that were used last first; with `search`, where title or a question contains it."""
        wanted = _text(search or "").strip().casefold() or None
        with self.reading() as connection:
            among = "" if wanted is None else "AND c.number IN (SELECT value FROM json_each(:numbers))"
            numbers = json.dumps(_saying(connection, owner, wanted)) if wanted else "[]"
            query = f"{RECORD} WHERE c.owner = :owner {among} ORDER BY c.updated DESC, c.number DESC LIMIT :limit"
            rows = connection.execute(query, {"owner": owner, "numbers": numbers, "limit": limit}).fetchall()
        return tuple(map(record_of, rows))

    def create(self, owner: str, title: str | None = None) -> ConversationRecord:
        """A new conversation; without a title it gets that of its first question."""
        if not 0 < len(owner) <= _OWNER:
            raise RagError(f"An owner's name must have 1 to {_OWNER} characters, not {len(owner)}.")
        found, now = secrets.token_hex(16), _now()
        with self.writing() as connection:
            values = found, _text(owner), shorten(title or "", TITLE), now, now
            connection.execute("INSERT INTO conversations (id, owner, title, created, updated) VALUES (?, ?, ?, ?, ?)", values)
        return self.get(found, owner)

    def get(self, conversation_id: str, owner: str) -> ConversationRecord:
        """One conversation; raises NotFoundError where it is another's as where there is none."""
        with self.reading() as connection:
            return record_of(_owned(connection, conversation_id, owner))

    def rename(self, conversation_id: str, owner: str, title: str) -> ConversationRecord:
        """Give another title, at most 200 characters of it; an empty one changes nothing. Raises NotFoundError."""
        with self.writing() as connection:
            number = _owned(connection, conversation_id, owner)["number"]
            new = shorten(title, TITLE)
            connection.execute("UPDATE conversations SET title = coalesce(nullif(?, ''), title) WHERE number = ?", (new, number))
        return self.get(conversation_id, owner)

    def delete(self, conversation_id: str, owner: str) -> None:
        """Delete a conversation with all its turns; raises NotFoundError."""
        with self.writing() as connection:
            connection.execute("DELETE FROM conversations WHERE number = ?", (_owned(connection, conversation_id, owner)["number"],))

    def turns(self, conversation_id: str, owner: str) -> tuple[Turn, ...]:
        """The turns of a conversation in their order; raises NotFoundError."""
        with self.reading() as connection:
            number = _owned(connection, conversation_id, owner)["number"]
            rows = connection.execute("SELECT * FROM turns WHERE conversation = ? ORDER BY number", (number,)).fetchall()
            claims = [_claims(connection, row["number"]) for row in rows]
        return self._read(rows, claims, first=1)

    def turn(self, turn_id: str, owner: str) -> Turn:
        """One turn as it stands now; raises NotFoundError."""
        with self.reading() as connection:
            row = _owned_turn(connection, turn_id, owner)
            before = "SELECT count(*) FROM turns WHERE conversation = ? AND number <= ?"
            number = connection.execute(before, (row["conversation"], row["number"])).fetchone()[0]
            claims = _claims(connection, row["number"])
        return self._read([row], [claims], first=number)[0]

    def begin_turn(self, conversation_id: str, owner: str, question: str, options: Mapping[str, Any] | None = None) -> str:
        """Store a question that is about to be answered; the turn's id. Raises NotFoundError."""
        found, now, writer = secrets.token_hex(16), _now(), self._mark_name()
        asked = _bounded("question", question, QUESTION)
        with self.writing() as connection:
            number = _owned(connection, conversation_id, owner)["number"]
            values = found, number, asked, json.dumps(dict(options or {}), default=str), writer, now
            connection.execute(
                "INSERT INTO turns (id, conversation, question, options, status, writer, started) VALUES (?, ?, ?, ?, 'running', ?, ?)",
                values,
            )
            title = "UPDATE conversations SET updated = ?, title = coalesce(nullif(title, ''), ?) WHERE number = ?"
            connection.execute(title, (now, default_title(asked), number))
        return found

    def add_claim(self, turn_id: str, position: int, claim: Claim, citations: Sequence[Citation]) -> None:
        """Store a claim of a running turn with the citations it names; raises NotFoundError where the turn was deleted."""
        said = json.dumps({"claims": [asdict(claim)], "citations": [one.to_dict() for one in citations]})
        query = f"INSERT INTO claims SELECT number, ?, ? FROM turns WHERE id = ? AND status = 'running' {_AGAIN}"
        with self.writing() as connection:
            _found(connection.execute(query, (position, said, turn_id)).rowcount)

    def clear_claims(self, turn_id: str) -> None:
        """Forget what a running turn has said so far: the answer begins anew."""
        with self.writing() as connection:
            connection.execute("DELETE FROM claims WHERE turn = (SELECT number FROM turns WHERE id = ?)", (turn_id,))

    def finish(self, turn_id: str, answer: Answer) -> None:
        """Store the whole answer; raises NotFoundError where the turn was deleted."""
        self._end(turn_id, "done", answer=answer)

    def stop(self, turn_id: str, answer: Answer | None = None) -> None:
        """Mark a turn that was stopped, with what the assistant made of it, else its claims so far; raises NotFoundError."""
        self._end(turn_id, "stopped", answer=answer)

    def fail(self, turn_id: str, message: str) -> None:
        """Mark a turn that cannot be answered, and why; its claims so far are kept. Nothing happens where it was deleted."""
        try:
            self._end(turn_id, "failed", error=_text(message)[:COMMENT])
        except NotFoundError:
            return

    def delete_turn(self, turn_id: str, owner: str) -> None:
        """Take one turn out of its conversation, as when its question is asked again; raises NotFoundError."""
        with self.writing() as connection:
            connection.execute("DELETE FROM turns WHERE number = ?", (_owned_turn(connection, turn_id, owner)["number"],))

    def feedback(self, turn_id: str, owner: str, thumb: Thumb | None, comment: str = "") -> None:
        """Keep what the owner thinks of an answer; a thumb of None takes it back. Raises NotFoundError, RagError for a long comment."""
        said = _bounded("comment", comment, COMMENT)
        if thumb not in ("up", "down", None):
            raise RagError(f"A thumb is 'up', 'down' or None, not {thumb!r}.")
        with self.writing() as connection:
            number = _owned_turn(connection, turn_id, owner)["number"]
            connection.execute("UPDATE turns SET thumb = ?, comment = ? WHERE number = ?", (thumb, said, number))

    def feedback_rows(self, owner: str | None = None) -> list[dict[str, Any]]:
        """The answers that were judged, all or one owner's, oldest first, as rows that an evaluation reads.

        A row has id, question, kind ("followup" where turns went before, else "feedback"), history (messages of role and
        content), thumb, comment, outcome, answer (its text), and evidence: abstract_id, ref ("file:line") and quote of each citation.
        """
        query = "SELECT DISTINCT c.number, c.id, c.owner FROM conversations c JOIN turns t ON t.conversation = c.number"
        with self.reading() as connection:
            judged = connection.execute(
                f"{query} WHERE (t.thumb IS NOT NULL OR t.comment <> '') AND c.owner = coalesce(:owner, c.owner) ORDER BY c.number",
                {"owner": owner},
            ).fetchall()
        of_each = [self.turns(row["id"], row["owner"]) for row in judged]
        return [
            feedback_row(turn, turns[:index])
            for turns in of_each
            for index, turn in enumerate(turns)
            if turn.thumb is not None or turn.comment
        ]

    def _end(self, turn_id: str, status: str, *, answer: Answer | None = None, error: str | None = None) -> None:
        whole, seconds = (None, None) if answer is None else (json.dumps(answer.to_dict()), answer.seconds)
        query = "UPDATE turns SET status = ?, answer = ?, seconds = ?, error = ? WHERE id = ? AND status = 'running'"
        with self.writing() as connection:
            _found(connection.execute(query, (status, whole, seconds, error, turn_id)).rowcount)
            turn = "(SELECT number FROM turns WHERE id = ?)"
            if answer is not None:
                connection.execute(f"DELETE FROM claims WHERE turn = {turn}", (turn_id,))
            used = f"UPDATE conversations SET updated = ? WHERE number = (SELECT conversation FROM turns WHERE number = {turn})"
            connection.execute(used, (_now(), turn_id))

    def _mark_name(self) -> str:
        """The name under which this history holds a lock that dies with its process."""
        with self._marking:
            if self._mark is None or not self._mark.held():
                self._mark = self._new_mark()
                self._writer = self._mark.name
            return self._writer

    def _new_mark(self) -> WriterMark | Mark:
        return WriterMark(self._marks, f"turns-{secrets.token_hex(6)}")

    def _living(self) -> set[str]:
        """The names of the marks whose process lives."""
        return living_writers(self._marks)

    def _read(self, rows: Sequence[Row], claims: Sequence[Sequence[str]], first: int) -> tuple[Turn, ...]:
        others = {row["writer"] for row in rows if row["status"] == "running"} - {self._writer}
        living = {self._writer} | (self._living() if others else set())
        try:
            return tuple(
                turn_of(row, said, number, living) for number, (row, said) in enumerate(zip(rows, claims, strict=True), start=first)
            )
        except (ValueError, KeyError, TypeError) as error:
            raise RagError(f"{self.where} holds an answer that cannot be read ({error}). {self.repair}") from error


class ServerHistory(ServerDatabase, History):
    """Conversations in a schema of a PostgreSQL database: of all processes and machines that use it."""

    repair = "Bring it back from a backup of the database, or drop the schema, and the next question begins a new one."

    def __init__(self, server: Server, *, create: bool = True) -> None:
        """Open it or make it; raises RagError where it cannot be used, NotFoundError where there is none and none is to be made."""
        self._unmarked()
        super().__init__(server, MIGRATIONS, create=create)

    def _missing(self) -> RagError:
        return NotFoundError(f"No conversation is stored yet ({self.where}). Begin one with: rag chat")

    def after_fork(self) -> None:
        """In a child, the parent's connections and its mark are left alone."""
        super().after_fork()
        leave_behind(self._mark)
        self._unmarked()

    def _new_mark(self) -> Mark:
        return self.mark()

    def _living(self) -> set[str]:
        return self.living()


def _saying(connection: Connection, owner: str, wanted: str) -> list[int]:
    """The numbers of an owner's conversations whose title or a question contains a text, whatever the case of letters."""
    query = "SELECT c.number, c.title, t.question FROM conversations c LEFT JOIN turns t ON t.conversation = c.number WHERE c.owner = ?"
    rows = connection.execute(query, (owner,))
    return sorted({row["number"] for row in rows if wanted in row["title"].casefold() or wanted in (row["question"] or "").casefold()})


def _can_write(folder: Path) -> bool:
    """False where a folder is there and nothing can be stored in it."""
    if not folder.is_dir():
        return True
    try:
        with NamedTemporaryFile(dir=folder, prefix=".room-") as file:
            file.write(bytes(65_536))
            file.flush()
        return True
    except OSError:
        return False


def _owned(connection: Connection, conversation_id: str, owner: str) -> Row:
    return _one(connection, f"{RECORD} WHERE c.id = :id AND c.owner = :owner", conversation_id, owner)


def _owned_turn(connection: Connection, turn_id: str, owner: str) -> Row:
    return _one(connection, f"{OWNED_TURN} AND t.id = :id", turn_id, owner)


def _one(connection: Connection, query: str, wanted: str, owner: str) -> Row:
    row: Row | None = connection.execute(query, {"id": _text(wanted), "owner": _text(owner)}).fetchone()
    if row is None:
        raise NotFoundError(_GONE)
    return row


def _found(changed: int) -> None:
    if not changed:
        raise NotFoundError(_GONE)


def _claims(connection: Connection, turn: int) -> list[str]:
    return [row["said"] for row in connection.execute("SELECT said FROM claims WHERE turn = ? ORDER BY position", (turn,))]


def _bounded(what: str, text: str, most: int) -> str:
    """The text, without what SQLite cannot hold; raises RagError where it is too long."""
    if len(text) > most:
        raise RagError(f"The {what} has {len(text):,} characters; at most {most:,} are kept. Make it shorter.")
    return _text(text)


def _text(text: str) -> str:
    return text.replace("\x00", " ").encode("utf-8", "replace").decode("utf-8")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
