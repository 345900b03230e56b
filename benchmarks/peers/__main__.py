"""Our index and search beside five others: `python -m benchmarks.peers [--sizes 5000 100000] [--peers-python PYTHON]`.

Every system takes in the same abstracts, embedded by the same static vectors, and is asked the same claims of SciFact, each in a process of
its own, one after the other. The corpus is SciFact's abstracts, those that a claim needs first, and as many of recombined sentences as are
missing; sentences of those that a claim needs are not recombined. The peers are not among our dependencies: `--peers-python` names an
interpreter that has them and what this package needs. One that is not installed there is a row that says so.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import ir_measures

from benchmarks.development import rows
from benchmarks.growth import real_sentences
from benchmarks.peers.measure import Figures, Job
from benchmarks.peers.systems import SYSTEMS
from benchmarks.retrieval import judgements
from benchmarks.synthetic import write_recombined
from rag.text.sentences import sentence_spans

REPOSITORY = Path(__file__).parents[2]
SIZES = (5_000,)
TIMED = 200  # queries that are timed, and asked of the dense search
LIMIT = 1800  # seconds for a system and a size
NDCG, RECALL = ir_measures.nDCG @ 10, ir_measures.R @ 100

# Nothing is fetched and nobody is told.
_QUIET = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "ANONYMIZED_TELEMETRY": "False",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "DO_NOT_TRACK": "1",
    "ORT_DISABLE_TELEMETRY": "1",
}


@dataclass(frozen=True, slots=True)
class Claims:
    """Queries by id, and which abstracts are relevant to them."""

    queries: Mapping[str, str]
    judged: list[ir_measures.Qrel]

    def among(self, ids: set[str], most: int | None) -> Claims:
        """At most so many of those claims of which all relevant abstracts are among some ids."""
        lacking = {one.query_id for one in self.judged if one.doc_id not in ids}
        kept = dict([item for item in self.queries.items() if item[0] not in lacking][:most])
        return Claims(kept, [one for one in self.judged if one.query_id in kept])


@dataclass(frozen=True, slots=True)
class Row:
    """A system at a size: what was measured, and how its rankings were judged."""

    system: str
    abstracts: int
    figures: Figures
    ndcg: float = 0.0
    recall: float = 0.0


def scifact() -> Claims:
    """The development claims of SciFact."""
    judged = judgements("scifact")
    wanted = {one.query_id for one in judged}
    return Claims({row["_id"]: row["text"] for row in rows("retrieval/scifact/queries.jsonl") if row["_id"] in wanted}, judged)


def write_corpus(path: Path, size: int, claims: Claims) -> set[str]:
    """Write `size` abstracts as JSON Lines; returns their ids."""
    needed = {one.doc_id for one in claims.judged}
    real = sorted(rows("retrieval/scifact/corpus.jsonl"), key=lambda row: row["_id"] not in needed)[:size]
    ids = {row["_id"] for row in real}
    with path.open("w", encoding="utf-8") as out:
        for row in real:
            out.write(json.dumps({"_id": row["_id"], "title": row["title"], "text": row["text"]}) + "\n")
        if size > len(real):
            made = path.with_suffix(".made")
            kept = {row["text"][start:end] for row in real if row["_id"] in needed for start, end in sentence_spans(row["text"])}
            write_recombined(made, size - len(real), [one for one in real_sentences() if one not in kept], seed=1)
            with made.open(encoding="utf-8") as lines:
                for number, line in enumerate(lines):
                    row = json.loads(line)
                    out.write(json.dumps({"_id": f"made-{number}", "title": row["title"], "text": row["abstract"]}) + "\n")
            made.unlink()
    return ids


def measured(job: Job, python: str, limit: float = LIMIT) -> Figures:
    """The figures that a process of its own brings back; one that ends otherwise, or not at all, is figures that say so."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        (place / "job.json").write_text(json.dumps(asdict(job)), encoding="utf-8")
        command = [python, "-m", "benchmarks.peers.measure", str(place / "job.json"), str(place / "figures.json")]
        try:
            done = subprocess.run(command, cwd=REPOSITORY, env=_surroundings(), capture_output=True, text=True, timeout=limit, check=False)
        except subprocess.TimeoutExpired:
            return Figures(failed=f"not done within {limit:,.0f} seconds")
        if done.returncode:
            return Figures(failed=f"ended with status {done.returncode}: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
        return Figures(**json.loads((place / "figures.json").read_text(encoding="utf-8")))


def _surroundings() -> dict[str, str]:
    """Those of this process, without settings of ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith("RAG_")} | _QUIET | {"PYTHONPATH": str(REPOSITORY)}


def judge(system: str, abstracts: int, figures: Figures, claims: Claims) -> Row:
    """A row; a claim without a result counts 0."""
    if figures.failed:
        return Row(system, abstracts, figures)
    run = {name: {one: -float(rank) for rank, one in enumerate(found)} for name, found in figures.run.items()}
    figured = ir_measures.calc_aggregate([NDCG, RECALL], claims.judged, run)
    return Row(system, abstracts, figures, figured[NDCG], figured[RECALL])


def compare(size: int, systems: Sequence[str], peers_python: str, most: int | None, limit: float) -> Iterator[Row]:
    """The systems at one size, one after the other."""
    with tempfile.TemporaryDirectory() as name:
        corpus, claims = Path(name) / "corpus.jsonl", scifact()
        claims = claims.among(write_corpus(corpus, size, claims), most)
        for system in systems:
            with tempfile.TemporaryDirectory() as folder:
                job = Job(system, str(corpus), folder, claims.queries, min(TIMED, len(claims.queries)))
                python = peers_python if SYSTEMS[system].packages else sys.executable
                yield judge(system, size, measured(job, python, limit), claims)


def cells(row: Row) -> list[str]:
    """A row of the table."""
    one, count = row.figures, row.abstracts
    head = [SYSTEMS[row.system].title, f"{count:,}"]
    if one.failed:
        return [*head, *[""] * (len(HEAD) - 3), one.failed]
    spent = [f"{one.seconds:.1f}", f"{one.cpu:.1f}", f"{1000 * one.seconds / count:.2f}"]
    room = [f"{one.memory / 1e6:,.0f}", f"{one.disk / 1e6:,.1f}", f"{one.query:.1f}", f"{one.query_cpu:.1f}", f"{one.dense:.1f}"]
    return [*head, *spent, *room, f"{one.recall:.3f}", f"{row.ndcg:.4f}", f"{row.recall:.4f}", "; ".join([*one.versions, one.note])]


HEAD = [
    *("system", "abstracts", "ingest s", "CPU s", "ms each", "peak MB", "disk MB", "query ms", "CPU ms", "dense ms"),
    *("dense recall@10", "nDCG@10", "recall@100", "note"),
]


def line(texts: Sequence[str]) -> str:
    """A line of a Markdown table."""
    return f"| {' | '.join(texts)} |"


def main() -> None:
    """Print the table, a row as soon as it is there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="abstracts of each corpus")
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=list(SYSTEMS), metavar="NAME", help=", ".join(SYSTEMS))
    parser.add_argument("--peers-python", default=sys.executable, metavar="PYTHON", help="an interpreter that has the peers")
    parser.add_argument("--claims", type=int, help="at most so many claims are asked; all, if it is not given")
    parser.add_argument("--limit", type=float, default=LIMIT, help="seconds for one system and size")
    parser.add_argument("--json", type=Path, help="file for the figures")
    arguments = parser.parse_args()
    print(line(HEAD), line(["---"] * len(HEAD)), sep="\n", flush=True)
    done = []
    for size in arguments.sizes:
        for row in compare(size, arguments.systems, arguments.peers_python, arguments.claims, arguments.limit):
            print(line(cells(row)), flush=True)
            done.append(row)
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(one) for one in done], indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
