"""Rows of a Parquet file, some thousand at a time; only the columns that hold a field of ours are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO

from rag.corpus.columns import check_given, map_columns
from rag.corpus.draft import Row
from rag.corpus.gate_limits import Batches
from rag.corpus.packed import arrow
from rag.model import CorpusError

PARQUET = "parquet"
MARK = b"PAR1"
_STEP = 500  # rows that are decoded at a time
_BUFFER = 1_000_000  # bytes that are read ahead of a column


class ParquetRows:
    """The rows of a Parquet file whose bytes have `digest`, behind the first `bytes` of them: rows stand for the bytes of other files."""

    def __init__(self, file: BinaryIO, batches: Batches, digest: str, columns: Mapping[str, str] | None, skip: int) -> None:
        """Raises CorpusError where the file is broken."""
        self._batches, self.digest, self.bytes, self.ended = batches, digest, skip, False
        pyarrow = arrow()
        try:
            from pyarrow import parquet

            opened = parquet.ParquetFile(file, buffer_size=_BUFFER, pre_buffer=False)
            self.names = [str(name) for name in opened.schema_arrow.names]
            fields = map_columns(self.names, check_given(columns)).fields
            wanted = list(dict.fromkeys(name for found in fields.values() for name in found))
            self.total = int(opened.metadata.num_rows)
            self._steps = opened.iter_batches(batch_size=_STEP, columns=wanted, use_threads=False)
        except (OSError, ValueError, pyarrow.ArrowException) as error:
            raise CorpusError(_broken(error)) from error
        self._skip = skip

    def take(self) -> list[Row]:
        """The rows of the next batch; raises CorpusError where the file is broken."""
        rows: list[Row] = []
        size = 0
        while not self.ended and len(rows) < self._batches.records and size < self._batches.bytes:
            step = self._next()
            self.ended = step is None
            kept = step[self._skip :] if step else []
            self._skip = max(self._skip - len(step or ()), 0)
            rows += (_row(self.bytes + number, cells) for number, cells in enumerate(kept, 1))
            self.bytes += len(kept)
            size += sum(len(str(value)) for cells in kept for value in cells.values())
        return rows

    def _next(self) -> Sequence[Mapping[str, Any]] | None:
        try:
            step = next(self._steps, None)
            return None if step is None else step.to_pylist()
        except (OSError, ValueError, arrow().ArrowException) as error:
            raise CorpusError(_broken(error)) from error


def _row(number: int, cells: Mapping[str, Any]) -> Row:
    """A row as those of other tables are: without a text in which its values could be pointed at."""
    return Row(number, "", {name: _plain(value) for name, value in cells.items()}, lambda _raw, _column: (-1, -1))


def _plain(value: Any) -> Any:
    """A value as JSON would have it."""
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, date):  # and times
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else None if isinstance(value, bytes) else value


def _broken(error: Exception) -> str:
    return f"a broken Parquet file ({str(error)[:100]}): fetch it again"
