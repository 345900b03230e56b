"""The head of a report: which run this is, what was set, and how far its judge can be trusted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.records import Metric, Row
from eval.report.elements import cell, column, element, facts, folded, foreign, row_head, table, words
from eval.report.wording import gap, wording_of, written
from rag.model import Settings, environment_variable

_SECRET = ("key", "secret", "password", "token")
_FACTS = (
    ("When", ("when", "started", "date")),
    ("System", ("system",)),
    ("Questions", ("questions", "question_set")),
    ("Corpus", ("corpus",)),
    ("Index", ("index", "generation")),
    ("Judge", ("judge",)),
    ("Seed", ("seed",)),
)
_RATES = (
    ("sensitivity", "Supported claims that it accepts (sensitivity)"),
    ("specificity", "Unsupported claims that it catches (specificity)"),
    ("balanced_accuracy", "Mean of the two (balanced accuracy)"),
    ("auc", "Chance that a supported claim scores above an unsupported one (AUC)"),
)


def title_of(manifest: Mapping[str, Any]) -> str:
    """The name of a run."""
    return str(manifest.get("name") or manifest.get("run") or "Evaluation run")


def run_head(manifest: Mapping[str, Any], rows: Sequence[Row], metrics: Mapping[str, Metric]) -> list[str]:
    """What a run is, in facts, and what to be careful about."""
    found = [(name, _value(next((manifest[key] for key in keys if manifest.get(key)), None))) for name, keys in _FACTS]
    changed = [element("code", foreign(f"{name} = {value}")) for name, value in changed_settings(manifest)]
    settings = ("Settings that differ from the defaults", ", ".join(changed) or "none")
    return [facts([*((name, value) for name, value in found if value), settings]), notices(rows, metrics)]


def notices(rows: Sequence[Row], metrics: Mapping[str, Metric]) -> str:
    """What makes the figures less than they seem, or nothing."""
    said = list(_cautions(rows, metrics))
    if not said:
        return ""
    return element(
        "div", element("p", element("b", "Read with care")), element("ul", *(element("li", words(one)) for one in said)), class_="notice"
    )


def _cautions(rows: Sequence[Row], metrics: Mapping[str, Metric]) -> Iterator[str]:
    errors = sum(row.outcome == "error" for row in rows)
    if not rows:
        yield "This run has no questions: there is nothing to measure."
    if errors:
        said = "They count as failures wherever something was to be answered, found or refused."
        yield f"{errors:,} of {len(rows):,} questions ended in an error. {said}"
    short = [metric for metric in metrics.values() if gap(metric)]
    if short:
        named = ", ".join(f"{wording_of(one.name).label} ({written(one.coverage, 'percent')})" for one in short[:6])
        yield f"Not every question could be scored. Coverage: {named}{f', and {len(short) - 6} more metrics' if len(short) > 6 else ''}."


def changed_settings(manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Settings that are not at their defaults: as the manifest says, else as compared here; secrets only as "set"."""
    found = manifest.get("changed settings")
    if found is None:
        defaults = {environment_variable(name): field.default for name, field in Settings.model_fields.items()}
        settings = {
            environment_variable(name.upper().removeprefix("RAG_")): value for name, value in (manifest.get("settings") or {}).items()
        }
        found = {name: value for name, value in settings.items() if _written(value) != _written(defaults.get(name))}
    return [(str(name), _shown(str(name), value)) for name, value in found.items()]


def differing_settings(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Name and both values of each setting that differs between two runs, by their manifests; "not known" where one does not say.

    Our settings say nothing of another system: where one is, the systems differ or nothing does.
    """
    if a.get("system") or b.get("system"):
        one, other = (str((run.get("system") or {}).get("name") or "our assistant") for run in (a, b))
        return [("system", one, other)] if one != other else []
    ours, theirs = ({str(name): value for name, value in (one.get("settings") or {}).items()} for one in (a, b))
    names = [*ours, *(name for name in theirs if name not in ours)]
    unlike = [name for name in names if name not in ours or name not in theirs or ours[name] != theirs[name]]
    return [(name, *_both(name, ours, theirs)) for name in unlike]


def _both(name: str, ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> tuple[str, str]:
    left, right = (_shown(name, one[name]) if name in one else "not known" for one in (ours, theirs))
    return left, right


def _shown(name: str, value: Any) -> str:
    """The value of a setting; of a secret, that there is one."""
    return "set" if name.lower().endswith(_SECRET) else _written(value)


def _written(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_written(one) for one in value)
    return value.as_posix() if isinstance(value, Path) else str(value)


def _value(value: Any) -> str:
    """A fact of the manifest as HTML; of a mapping its parts."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return foreign("; ".join(f"{key} {_written(one)}" for key, one in value.items() if not isinstance(one, Mapping)))
    return foreign(_written(value))


def whole_manifest(manifest: Mapping[str, Any]) -> str:
    """All of the manifest, for whoever wants to run it again."""
    rows = [(row_head(foreign(name)), cell(foreign(value))) for name, value in _flat(manifest)]
    return folded(
        "The whole manifest", table("Everything that is known of this run", (column("What"), column("Value")), rows), class_="more"
    )


def _flat(data: Mapping[str, Any], lead: str = "") -> Iterator[tuple[str, str]]:
    for key, value in data.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{lead}{key}.")
        elif key == "question_ids":
            continue  # they are the questions of this page
        elif str(key).lower().endswith(_SECRET):
            yield f"{lead}{key}", "set" if value else "not set"
        else:
            yield f"{lead}{key}", value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def judge_section(manifest: Mapping[str, Any], error: Mapping[str, Any] | None) -> str:
    """The judge and how often it is wrong, as measured, or in words that this was not measured."""
    judge = manifest.get("judge")
    name = judge.get("name") if isinstance(judge, Mapping) else judge
    lead = element("p", "Claims were judged by ", element("code", foreign(name or "an unnamed judge")), ".")
    overall = (error or {}).get("overall") or error or {}
    rows = list(_rate_rows(overall))
    if not rows:
        how = words("Its error is not measured: take faithfulness and the citation metrics as its opinion. Measure it with ")
        return lead + element("p", how, element("code", "python -m eval validate-judge"), ".", class_="notice")
    files = ", ".join(str(one.get("name")) for one in (error or {}).get("files", ()))
    said = f"Its own error was measured on labelled claims{f' ({files})' if files else ''}."
    unscored = f" It failed on {overall['unscored']:,} of {overall.get('n', 0):,}." if overall.get("unscored") else ""
    heads = [column(one) for one in ("What", "Rate", "95 % interval", "Claims")]
    return lead + element("p", foreign(said + unscored)) + table("How often the judge is right", heads, rows, class_="numbers")


def _rate_rows(overall: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for key, said in _RATES:
        rate = _rate(overall.get(key), overall.get(f"{key}_interval"))
        if rate is not None:
            yield _rate_row(words(said), rate)
    for key, said in (("accepted", "Accepted: "), ("caught", "Caught: ")):
        for name, value in (overall.get(key) or {}).items():
            rate = _rate(value)
            if rate is not None:
                yield _rate_row(words(said) + foreign(name.replace("_", " ")), rate)


def _rate_row(name: str, rate: Mapping[str, Any]) -> tuple[str, ...]:
    low, high, n = rate.get("low"), rate.get("high"), rate.get("of", rate.get("n"))
    span = "–" if low is None or high is None else words(f"{written(low, 'percent')} to {written(high, 'percent')}")
    return row_head(name), cell(written(rate["value"], "percent")), cell(span), cell("–" if n is None else f"{n:,}")


def _rate(value: Any, interval: Sequence[float] | None = None) -> Mapping[str, Any] | None:
    """A rate as a mapping with a value, from a mapping or a number; None where there is no number."""
    if isinstance(value, int | float):
        value = {"value": float(value)}
    if not isinstance(value, Mapping) or value.get("value") is None:
        return None
    return {**value, "low": interval[0], "high": interval[1]} if interval else value
