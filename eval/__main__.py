"""`python -m eval`: run a question set, report, compare, gate, validate the judge. Status 0 fine, 1 error or a gate that is shut."""

from __future__ import annotations

import sys
from typing import Any

import typer
from typer.core import TyperGroup

from eval.commands.compare import compare, gate
from eval.commands.exchange import export, take, validate_judge
from eval.commands.label import label
from eval.commands.make_questions import make_questions_command
from eval.commands.rejudge import rejudge_command
from eval.commands.review import review
from eval.commands.run import report, run
from eval.commands.score import score
from eval.commands.trend import trend
from rag.model import RagError, log_to_stderr


class Commands(TyperGroup):
    """Turns what ends a command early into one line and an exit status; a bug shows its traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that `ctx` names."""
        log_to_stderr()
        try:
            return super().invoke(ctx)
        except RagError as error:
            sys.stderr.write(f"{error}\n")
            raise typer.Exit(1) from error
        except KeyboardInterrupt as error:
            sys.stderr.write("\nInterrupted. What was asked is kept: the same command goes on where this one stopped.\n")
            raise typer.Exit(130) from error


app = typer.Typer(
    cls=Commands,
    help="Measure the assistant: faithfulness, citations, refusals, retrieval, each with its coverage and its error.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (run, score, report, compare, gate, trend, label, review, validate_judge, export):
    app.command()(command)
app.command("import")(take)
app.command("rejudge")(rejudge_command)
app.command("make-questions")(make_questions_command)

if __name__ == "__main__":
    app(prog_name="python -m eval")
