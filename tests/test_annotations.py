"""What continuous integration is told: GitHub's commands, step summary and JUnit, whatever others wrote."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks.reliability import Fault
from benchmarks.reliability.__main__ import failures
from benchmarks.reliability.reports import FAULTS
from eval.__main__ import app
from eval.metrics.registry import aggregate
from eval.report.annotations import MOST, Annotation, add_summary, gate_annotations, gate_markdown, run_annotations
from eval.report.comparison import comparison_markdown
from eval.report.junit import TestCase, junit_xml, run_cases
from rag.model import RagError
from tests.cases import ANSWERED, row, verdicts
from tests.pages import mixed

NASTY = "a%b\r\n::set-env name=X::1,2:3\x1b[2J]]>\x00\ud800<b>&\"'"


def test_a_command_is_one_line_whatever_the_text_holds() -> None:
    said = Annotation("error", NASTY, NASTY).command()
    assert said.splitlines() == [said]
    title, _, text = said.removeprefix("::error title=").partition("::")
    assert "%0A" in title
    assert "%3A%3Aset-env name=X%3A%3A1%2C2%3A3" in title
    assert text.startswith("a%25b%0")
    assert "\x1b" not in said


def test_a_run_tells_its_errors_its_gaps_and_its_figures() -> None:
    rows, said = mixed()
    found = run_annotations("nightly", rows, aggregate(rows, said))
    assert [(one.level, one.title) for one in found if one.level == "error"] == [("error", "nightly: broken")]
    assert found[-1].level == "notice"
    assert found[-1].text.startswith("Faithfulness: 80.0\u202f% (34.3\u202f% to 99.0\u202f%)\n")


def test_of_very_many_errors_the_first_are_told_and_how_many_there_are() -> None:
    rows = [row(None, id=f"q{place}") for place in range(40)]
    found = [one for one in run_annotations("r", rows, {}) if one.level == "error"]
    assert len(found) == MOST
    assert found[-1].text == "31 more questions that ended in an error."


def test_a_gate_tells_each_condition_that_is_not_met() -> None:
    conditions = [("a is at least 1", ""), ("b | c is at most 2", "b is 3.")]
    assert [one.command() for one in gate_annotations("r", conditions)] == ["::error title=r%3A b | c is at most 2::b is 3."]
    assert [one.command() for one in gate_annotations("r", conditions[:1])] == ["::notice title=r::r passes."]
    lines = gate_markdown("r", conditions).splitlines()
    assert lines[0] == "### r: 1 condition not met"
    assert lines[-2:] == ["| a is at least 1 | ✓ |", "| b \\| c is at most 2 | ✗ b is 3. |"]


def test_a_summary_is_added_to_and_never_larger_than_github_takes(tmp_path: Path) -> None:
    path = tmp_path / "summary.md"
    add_summary(path, "one\n")
    add_summary(path, "é" * 1_000_000)
    data = path.read_bytes()
    assert data.startswith("one\n\né".encode())
    assert data.decode().endswith("é\n\nThe rest is left out.\n")
    assert len(data) < 2**20
    with pytest.raises(RagError, match="cannot be written"):
        add_summary(tmp_path, "x")


def test_junit_is_xml_whatever_the_text_holds() -> None:
    read = ET.fromstring(junit_xml(NASTY, [TestCase(NASTY, NASTY, NASTY, 1.5), TestCase("a", "b"), TestCase("a", "c", "x", error=True)]))
    (suite,) = read
    assert {name: suite.get(name) for name in ("tests", "failures", "errors")} == {"tests": "3", "failures": "1", "errors": "1"}
    one, two, three = suite
    assert (one.get("time"), two.get("time"), [child.tag for child in two]) == ("1.500", None, [])
    assert [child.tag for child in (*one, *three)] == ["failure", "error"]
    assert "<b>&\"'" in (one[0].text or "")
    assert "]]>" in (one[0].text or "")


def test_every_question_is_a_case_and_grave_problems_fail_it() -> None:
    rows, said = mixed()
    found = {one.name.partition(":")[0]: one for one in run_cases("r", rows, said, aggregate(rows, said))}
    assert sorted(found) == sorted(one.question.id for one in rows)
    assert found["fine"].wrong == found["lost"].wrong == ""
    assert found["broken"].error
    assert found["weak"].wrong.startswith("Claim not supported\n")


def test_a_comparison_in_markdown_has_what_differs_and_counts_the_rest() -> None:
    worse = {"name": "must_contain", "a": 0.9, "b": 0.5, "difference": -0.4, "low": -0.5, "high": -0.3, "p": 0.001, "p_holm": 0.01}
    text = comparison_markdown("old|", "new", [worse, {"name": "mrr", "a": 0.5, "b": 0.5, "difference": 0.0, "p": 1.0}])
    assert "### new (B) compared with old\\| (A)" in text
    assert "| Says what it must | 90.0\u202f% | 50.0\u202f% | −40.0\u202fpoints (−50.0 to −30.0\u202fpoints) | worse |" in text
    assert text.endswith("1 of 2 metrics differ by no more than chance.\n")


def test_the_commands_tell_github_and_write_junit(surroundings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(surroundings / "step.md"))
    run = CliRunner()
    done = run.invoke(app, ["run", "--limit", "3", "--out", "runs/a", "--github", "--junit", "run.xml"])
    assert done.exit_code == 0, done.output
    lines = done.stderr.splitlines()
    token = next(line for line in lines if line.startswith("::stop-commands::")).removeprefix("::stop-commands::")
    assert f"::{token}::" in lines
    assert lines.index(f"::{token}::") < next(place for place, line in enumerate(lines) if line.startswith("::notice title=a::"))
    assert (surroundings / "step.md").read_text(encoding="utf-8") == (surroundings / "runs/a/summary.md").read_text(encoding="utf-8") + "\n"
    assert ET.parse(surroundings / "run.xml").getroot()[0].get("tests") == "3"
    shut = run.invoke(app, ["gate", "runs/a", "--min", "must_contain=0.999", "--baseline", "runs/a", "--github", "--junit", "ci/gate.xml"])
    assert (shut.exit_code, "::error title=a%3A must_contain is at least 0.999::must_contain is " in shut.stderr) == (1, True)
    suite = ET.parse(surroundings / "ci" / "gate.xml").getroot()[0]
    assert (suite.get("failures"), suite[0].get("name")) == ("1", "must_contain is at least 0.999")
    assert "must_contain is no worse than in the baseline" in {one.get("name") for one in suite}
    same = run.invoke(app, ["compare", "runs/a", "runs/a", "--github", "--json"])
    assert "::notice title=a against a::No metric differs by more than chance." in same.stderr
    assert same.stdout.startswith("{")
    assert "(B) compared with" in (surroundings / "step.md").read_text(encoding="utf-8")


def test_without_the_option_github_is_told_nothing(surroundings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(surroundings / "step.md"))
    done = CliRunner().invoke(app, ["run", "--limit", "1", "--out", "runs/a"])
    assert done.exit_code == 0
    assert "::" not in done.stderr
    assert not (surroundings / "step.md").exists()


def test_verdicts_are_no_part_of_what_a_case_is_called() -> None:
    rows = [row(ANSWERED, id="q1", kind="fact")]
    (one,) = run_cases("r", rows, verdicts("0 cited +", "q1"), {})
    assert (one.suite, one.name) == ("r.fact", "q1: Q?")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_of_a_report_is_survived(fault: Fault) -> None:
    assert failures(fault, fault.sampled) == []
