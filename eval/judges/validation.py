"""How often a judge is wrong: measured on claims that people labelled, stored, and shown in every run that uses the judge."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eval.judges.labelled import Labelled, load_labelled, refers
from eval.judges.tasks import Judge
from eval.questions import References
from eval.records import Verdict
from eval.statistics import area, area_interval, wilson
from rag.assistant import Assistant
from rag.model import RagError, Settings

# The error of a judge: measured on claims that people labelled, stored, and shown in every run that uses the judge.

JUDGES = Path("runs/.judges")  # where the command stores what it measured
_SHIPPED = Path(__file__).parents[1] / "data"
_AT_ONCE = 64  # claims that a judge is given at a time


@dataclass(frozen=True, slots=True)
class Share:
    """So many right of so many, with Wilson's 95 % interval."""

    right: int
    of: int

    @property
    def value(self) -> float | None:
        """The share; None where there is nothing to count."""
        return self.right / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float]:
        """(low, high)."""
        return wilson(self.right, self.of) if self.of else (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Measured:
    """A judge on a set of labelled claims. All but `n` and `unscored` are of the claims that it scored.

    `auc` is that of its score. `sensitivity` counts supported claims that it accepts ("supported"), `specificity` unsupported
    ones that it catches ("weak" or "absent"). `accepted` and `caught` are the same by kind of claim, where kinds are known.
    """

    name: str
    n: int
    unscored: int
    auc: float | None
    sensitivity: Share
    specificity: Share
    accepted: Mapping[str, Share]
    caught: Mapping[str, Share]

    @property
    def auc_interval(self) -> tuple[float, float] | None:
        """(low, high) at 95 % (Hanley and McNeil 1982); None where there is no AUC."""
        return None if self.auc is None else area_interval(self.auc, self.sensitivity.of, self.specificity.of)

    @property
    def balanced_accuracy(self) -> float | None:
        """The mean of sensitivity and specificity; None where there is only one of them."""
        accepted, caught = self.sensitivity.value, self.specificity.value
        return None if accepted is None or caught is None else (accepted + caught) / 2

    @classmethod
    def of(cls, name: str, claims: Sequence[Labelled], verdicts: Sequence[Verdict]) -> Measured:
        """Count what a judge said of claims, in their order."""
        scored = [(claim, one) for claim, one in zip(claims, verdicts, strict=True) if one.decision != "unscored"]
        accepted = [(claim.kind, one.decision == "supported") for claim, one in scored if claim.supported]
        caught = [(claim.kind, one.decision != "supported") for claim, one in scored if not claim.supported]
        scores = [(claim.supported, one.score) for claim, one in scored if one.score is not None]
        return cls(
            name,
            len(claims),
            len(claims) - len(scored),
            area([score for supported, score in scores if supported], [score for supported, score in scores if not supported]),
            _share(accepted),
            _share(caught),
            _by_kind(accepted),
            _by_kind(caught),
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, with what follows from the counts; `from_dict` reads the counts."""
        derived = {"balanced_accuracy": self.balanced_accuracy, "auc_interval": self.auc_interval}
        shares = {name: _told(getattr(self, name)) for name in ("sensitivity", "specificity")}
        kinds = {name: {kind: _told(one) for kind, one in getattr(self, name).items()} for name in ("accepted", "caught")}
        return {"name": self.name, "n": self.n, "unscored": self.unscored, "auc": self.auc} | derived | shares | kinds

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Measured:
        """Back from `to_dict`."""
        sensitivity, specificity = _read(data["sensitivity"]), _read(data["specificity"])
        accepted, caught = ({kind: _read(one) for kind, one in data[name].items()} for name in ("accepted", "caught"))
        return cls(data["name"], data["n"], data["unscored"], data["auc"], sensitivity, specificity, accepted, caught)


@dataclass(frozen=True, slots=True)
class Validation:
    """A judge measured on files of labelled claims: on each, and on all together. `labels` tells the same files from others."""

    judge: str
    labels: str
    files: tuple[Measured, ...]
    overall: Measured

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, the same for the same judge and files."""
        rows = [one.to_dict() for one in self.files]
        return {"judge": self.judge, "labels": self.labels, "overall": self.overall.to_dict(), "files": rows}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Validation:
        """Back from `to_dict`."""
        rows = tuple(Measured.from_dict(one) for one in data["files"])
        return cls(data["judge"], data["labels"], rows, Measured.from_dict(data["overall"]))


def validate(judge: Judge, files: Sequence[Path], assistant: Assistant | None = None) -> Validation:
    """Measure a judge on files of labelled claims (`load_labelled`); `assistant` has the corpus that their rows refer to.

    Without one, the index that the settings name is opened where a row needs it. Raises QuestionSetError for rows that cannot
    be used, RagError where there are no files.
    """
    if not files:
        raise RagError("There is nothing to measure the judge on: name one or more files of labelled claims.")
    sets = _load(files, assistant)
    verdicts = [list(_verdicts(judge, claims)) for claims in sets]
    measured = [Measured.of(path.name, claims, said) for path, claims, said in zip(files, sets, verdicts, strict=True)]
    overall = Measured.of("all", [one for claims in sets for one in claims], [one for said in verdicts for one in said])
    return Validation(judge.name, _fingerprint(files), tuple(measured), overall)


def validate_command(files: Sequence[Path], judge: Judge, out: Path = JUDGES, assistant: Assistant | None = None) -> Validation:
    """`validate`, and store the result in the folder `out`, where `measured_error` finds it."""
    validation = validate(judge, files, assistant)
    save_validation(validation, out / f"{_plain(judge.name)}.json")
    return validation


def save_validation(validation: Validation, path: Path) -> None:
    """Write it as JSON; a file that is there is replaced whole. Raises RagError where that cannot be done."""
    draft = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(validation.to_dict(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        raise RagError(f"What was measured of the judge cannot be stored in {path}: {error}") from error


def measured_error(judge_name: str, folder: Path = JUDGES) -> Validation | None:
    """What was measured of a judge: by the user, else as shipped; None for a judge that nobody measured.

    Raises RagError for a file that cannot be read.
    """
    name = _plain(judge_name)
    for path in (folder / f"{name}.json", _SHIPPED / f"judge-{name}.json"):
        if path.is_file():
            found = _stored(path)
            if found.judge == judge_name:
                return found
    return None


def _stored(path: Path) -> Validation:
    try:
        return Validation.from_dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RagError(f"{path} does not hold what was measured of a judge ({error!r}). Remove it, and measure the judge again.") from error


def _load(files: Sequence[Path], assistant: Assistant | None) -> list[tuple[Labelled, ...]]:
    if assistant is not None or not any(refers(path) for path in files):
        references = None if assistant is None else References(assistant)
        return [load_labelled(path, references) for path in files]
    with Assistant.open(Settings()) as opened:
        return _load(files, opened)


def _verdicts(judge: Judge, claims: Sequence[Labelled]) -> Iterator[Verdict]:
    for start in range(0, len(claims), _AT_ONCE):
        part = claims[start : start + _AT_ONCE]
        yield from judge.decide([claim.task(number) for number, claim in enumerate(part, start=start)])


def _fingerprint(files: Sequence[Path]) -> str:
    """The same for files of the same content, whatever their names, order and dates."""
    contents = sorted(hashlib.sha256(path.read_bytes()).hexdigest() for path in files)
    return hashlib.sha256("\n".join(contents).encode()).hexdigest()[:16]


def _plain(judge_name: str) -> str:
    """A judge's name as that of a file: names of models have slashes and colons."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", judge_name)


def _share(decided: Sequence[tuple[str, bool]]) -> Share:
    return Share(sum(right for _, right in decided), len(decided))


def _by_kind(decided: Sequence[tuple[str, bool]]) -> dict[str, Share]:
    kinds = sorted({kind for kind, _ in decided if kind})
    return {kind: _share([one for one in decided if one[0] == kind]) for kind in kinds}


def _told(share: Share) -> dict[str, Any]:
    low, high = share.interval
    return asdict(share) | {"n": share.of, "value": share.value, "low": low, "high": high}


def _read(data: Mapping[str, Any]) -> Share:
    return Share(data["right"], data["of"])


# The table of a validation, as lines for a terminal.

_WIDTH = 30


def validation_table(validation: Validation) -> list[str]:
    """One line a file and one for all, then one for each kind of claim, with 95 % intervals."""
    all_of_it = validation.overall
    sets = [*validation.files, *([all_of_it] if len(validation.files) > 1 else [])]
    head = f"{'file':<{_WIDTH}} {'n':>6} {'unscored':>8}  {'AUC':<20} {'balanced':<9} {'supported accepted':<28} {'unsupported caught'}"
    lines = [f"The judge {validation.judge} on labelled claims ({validation.labels}), with 95 % intervals:", "", head]
    lines += [_line(one).rstrip() for one in sets]
    for title, kinds in (("supported, accepted, by kind", all_of_it.accepted), ("unsupported, caught, by kind", all_of_it.caught)):
        if kinds:
            lines += ["", title, *(f"  {kind:<{_WIDTH - 2}} {_cell(share)}".rstrip() for kind, share in kinds.items())]
    return lines


def _line(one: Measured) -> str:
    name = one.name if len(one.name) <= _WIDTH else one.name[: _WIDTH - 1] + "…"
    balanced = "none" if one.balanced_accuracy is None else f"{one.balanced_accuracy:.3f}"
    return (
        f"{name:<{_WIDTH}} {one.n:>6} {one.unscored:>8}  {_area(one):<20} {balanced:<9} "
        f"{_cell(one.sensitivity):<28} {_cell(one.specificity)}"
    )


def _area(one: Measured) -> str:
    if one.auc is None or one.auc_interval is None:
        return "none"
    low, high = one.auc_interval
    return f"{one.auc:.3f} [{low:.3f}, {high:.3f}]"


def _cell(share: Share) -> str:
    """For 38 of 40: "38 of 40, 95% [84%, 99%]"."""
    if share.value is None:
        return "none"
    low, high = share.interval
    return f"{share.right} of {share.of}, {share.value:.0%} [{low:.0%}, {high:.0%}]"
