"""A run or a gate as JUnit's XML, as Jenkins, GitLab and others read it. What others wrote is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from eval.records import Metric, Row, Verdict
from eval.report.cases import Case, cases

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class TestCase:
    """One case of JUnit: its class, name and seconds, and what is wrong with it, "" for nothing. An error is no mere failure."""

    __test__ = False

    suite: str
    name: str
    wrong: str = ""
    seconds: float | None = None
    error: bool = False

    def xml(self) -> str:
        """The element."""
        time = "" if self.seconds is None else f' time="{self.seconds:.3f}"'
        opened = f"<testcase classname={_attribute(self.suite)} name={_attribute(self.name)}{time}"
        if not self.wrong:
            return f"{opened}/>"
        kind = "error" if self.error else "failure"
        first = self.wrong.split("\n", 1)[0]
        return f"{opened}><{kind} message={_attribute(first)}>{escape(_xml(self.wrong))}</{kind}></testcase>"


def _xml(text: str) -> str:
    """The text without characters that XML cannot hold."""
    return _NOT_XML.sub("", text)


def _attribute(text: str) -> str:
    return quoteattr(_xml(text))


def junit_xml(name: str, found: Sequence[TestCase]) -> str:
    """A whole file with one suite."""
    errors = sum(one.error for one in found)
    failures = sum(bool(one.wrong) for one in found) - errors
    counts = f'tests="{len(found)}" failures="{failures}" errors="{errors}"'
    lines = "\n".join(f"    {one.xml()}" for one in found)
    suite = f"  <testsuite name={_attribute(name)} {counts}>\n{lines}\n  </testsuite>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n{suite}\n</testsuites>\n'


def gate_cases(name: str, conditions: Iterable[tuple[str, str]]) -> list[TestCase]:
    """A case for each condition of a gate."""
    return [TestCase(f"gate.{name}", asked, reason) for asked, reason in conditions]


def run_cases(name: str, rows: Sequence[Row], verdicts: Sequence[Verdict], metrics: Mapping[str, Metric]) -> list[TestCase]:
    """A case for each question; those fail in which the report finds a grave problem."""
    return [_question_case(name, case) for case in cases(rows, verdicts, metrics)]


def _question_case(name: str, case: Case) -> TestCase:
    question = case.row.question
    wrong = "\n".join([case.status, *(one.words for one in case.problems)]) if case.level == "bad" else ""
    return TestCase(
        f"{name}.{question.kind}", f"{question.id}: {question.question}", wrong, case.row.seconds, error=case.row.outcome == "error"
    )
