"""What `rag ui` serves: the page behind its door. `python -m streamlit run ui/serve.py` does the same."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Thread

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route
from streamlit.starlette import App

from rag.logs import log_to_stderr
from ui.door import Door
from ui.mishap import note
from ui.resources import warm

log_to_stderr()


@asynccontextmanager
async def opening(_: App) -> AsyncIterator[None]:
    """Open the index while the browser still loads the page."""
    # Streamlit warns of a spinner that nobody sees.
    logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context").setLevel(logging.ERROR)
    Thread(target=warm, name="warm", daemon=True).start()
    yield


async def script(_: Request) -> FileResponse:
    """The one script of ours."""
    return FileResponse(Path(__file__).parent / "static" / "page.js", media_type="text/javascript")


app = App(
    "app.py",
    middleware=[Middleware(Door)],
    routes=[Route("/rag/page.js", script)],
    lifespan=opening,
    on_script_error=note,
)
