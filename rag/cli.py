"""The command `rag`: data on stdout, progress and errors on stderr; status 0 answered, 3 refused, 1 error, 2 usage, 130 interrupted."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from rag.commands.asking import ask, chat
from rag.commands.exporting import export
from rag.commands.indexing import index, remove, status
from rag.commands.reading import papers, show
from rag.commands.web import ui
from rag.errors import RagError
from rag.logs import log_to_stderr


class Commands(TyperGroup):
    """Runs a command and turns what ends it early into one line and an exit status; a bug shows its traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that `ctx` names."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except RagError as error:
            _say(str(error))
            raise typer.Exit(1) from error
        except KeyboardInterrupt as error:
            _say("Interrupted. What was indexed is kept: the next run goes on where this one stopped.")
            raise typer.Exit(130) from error
        except BrokenPipeError as error:  # the reader, like `head`, has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(1) from error
        return result


app = typer.Typer(
    cls=Commands,
    help="Ask a corpus of paper abstracts: every sentence of an answer is cited to, and checked against, an abstract.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        import rag

        typer.echo(f"abstract-rag {rag.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show the log on stderr.")] = False,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")] = False,
) -> None:
    log_to_stderr(verbose=verbose)


for command in (index, remove, ask, chat, papers, show, status, export, ui):
    app.command()(command)


def main() -> None:
    """Run the command line: what is written to a pipe or a file is UTF-8 everywhere."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")
    app(prog_name="rag")


def _say(message: str) -> None:
    from rag.terminal import say

    say(message)


if __name__ == "__main__":
    main()
