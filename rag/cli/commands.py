"""The command `rag`: data on stdout, progress and errors on stderr; status 0 answered, 3 refused, 1 error, 2 usage, 130 interrupted."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from rag.cli.ask import ask, chat
from rag.cli.export import export
from rag.cli.index import index, remove, status
from rag.cli.papers import papers, show
from rag.cli.rescue import restore, salvage
from rag.model import NotFoundError, RagError, compute_in_one_thread, log_to_stderr

# `rag ui`: the chat page, served to this computer alone unless it is told another address.

ADDRESS = "127.0.0.1"
EVERYWHERE = ("0.0.0.0", "::")  # all addresses of this computer


def ui(
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8501,
    headless: Annotated[bool, typer.Option("--headless", help="Do not open a browser.")] = False,
    address: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 is all of this computer's.")] = ADDRESS,
) -> None:
    """Open the chat page in a browser."""
    from rag.model import Settings

    Settings()  # one that cannot be used is told before anything is started
    line = streamlit_command(page(), port, headless, address)
    with suppress(KeyboardInterrupt):  # the way to stop it
        raise typer.Exit(subprocess.run(line, check=False).returncode)


def page() -> Path:
    """The file of the page; raises NotFoundError where this installation has none."""
    package = find_spec("ui")
    folders = package.submodule_search_locations if package else None
    path = Path(folders[0]) / "serve.py" if folders else None
    if path is None or not path.is_file():
        raise NotFoundError("The chat page (ui/serve.py) is not part of this installation. Use: rag chat")
    return path


def streamlit_command(path: Path, port: int, headless: bool, address: str = ADDRESS) -> list[str]:
    """The command that serves a page, on the loopback address and without reporting to anybody; ui/.streamlit has the rest."""
    flags = {
        "server.address": address,
        "server.port": str(port),
        "server.headless": str(headless).lower(),
        "server.showEmailPrompt": "false",
        "browser.gatherUsageStats": "false",
    }
    if address in EVERYWHERE:  # else Streamlit asks a server elsewhere for an address to print
        flags["browser.serverAddress"] = "localhost"
    options = [f"--{name}={value}" for name, value in flags.items()]
    return [sys.executable, "-m", "streamlit", "run", str(path), *options]


# The command `rag`: data on stdout, progress and errors on stderr; status 0 answered, 3 refused, 1 error, 2 usage, 130 interrupted.


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


for command in (index, remove, ask, chat, papers, show, status, export, salvage, restore, ui):
    app.command()(command)


def main() -> None:
    """Run the command line: what is written to a pipe or a file is UTF-8 everywhere."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")
    compute_in_one_thread()
    app(prog_name="rag")


def _say(message: str) -> None:
    from rag.cli.terminal import say

    say(message)
