"""`rag ui`: the chat page, served to this computer alone."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from rag.errors import NotFoundError

ADDRESS = "127.0.0.1"


def ui(
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8501,
    headless: Annotated[bool, typer.Option("--headless", help="Do not open a browser.")] = False,
) -> None:
    """Open the chat page in a browser."""
    line = command(page(), port, headless)
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


def command(path: Path, port: int, headless: bool) -> list[str]:
    """The command that serves a page, on the loopback address and without reporting to anybody; ui/.streamlit has the rest."""
    flags = {
        "server.address": ADDRESS,
        "server.port": str(port),
        "server.headless": str(headless).lower(),
        "server.showEmailPrompt": "false",
        "browser.gatherUsageStats": "false",
    }
    options = [f"--{name}={value}" for name, value in flags.items()]
    return [sys.executable, "-m", "streamlit", "run", str(path), *options]
