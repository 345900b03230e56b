"""What `rag ui` serves: the page behind its middleware; of a bug its reader sees a number that is also in the log."""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Thread

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route
from streamlit.starlette import App

from rag.model import log_to_stderr
from ui.middleware import VisitorMiddleware
from ui.resources import warm

# Unexpected errors on the page: a number that is also in the log, and no traceback.

log = logging.getLogger(__name__)


def note_bug(error: Exception) -> bool:
    """Log an error under a number and show the number; True, because nothing else is to be shown."""
    number = secrets.token_hex(4)
    log.error("Error %s on the page", number, exc_info=error)
    st.error(f"Something went wrong on this page. Reload it; if it happens again, look for error {number} in the log of rag ui.")
    return True


# The server of `rag ui`: the page behind its middleware. `python -m streamlit run ui/serve.py` does the same.

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
    middleware=[Middleware(VisitorMiddleware)],
    routes=[Route("/rag/page.js", script)],
    lifespan=opening,
    on_script_error=note_bug,
)
