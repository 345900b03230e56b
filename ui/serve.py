"""What `rag ui` serves: the page behind its middleware; of a bug its reader sees a number that is also in the log."""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Thread

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse
from starlette.routing import Route
from streamlit import config
from streamlit.runtime import Runtime
from streamlit.starlette import App

from rag.model import Settings, SettingsError, log_to_stderr
from ui.door import ALIVE, READY, Door, allowed_hosts, open_to_others
from ui.middleware import COOKIE, VisitorMiddleware, owner_of
from ui.resources import readiness, warm

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

UNGUARDED = (
    "Whoever reaches this page (%s) can ask questions, at your model's cost if you have one. Set RAG_UI_TOKEN to a secret of at "
    "least 12 characters, which readers give once; or serve this computer alone: listen on 127.0.0.1, without RAG_UI_HOSTS."
)


def known() -> Settings:
    """The settings, before anything is served by others than those that are meant; ends the server where one cannot be used."""
    try:
        return Settings()
    except SettingsError as error:
        raise SystemExit(str(error)) from None


KNOWN = known()
LISTENING = str(config.get_option("server.address") or "")


class PageSessions:
    """What Streamlit knows of its sessions."""

    def owner(self, session: str) -> str | None:
        """Whose session it is; raises LookupError where there is none."""
        client = Runtime.instance().get_client(session) if Runtime.exists() else None
        if client is None:
            raise LookupError(session)
        return owner_of(client.client_context.cookies.get(COOKIE))

    def holds(self, session: str, file: str) -> bool:
        """True while a file that was uploaded is kept."""
        return Runtime.exists() and bool(Runtime.instance().uploaded_file_mgr.get_files(session, [file]))


@asynccontextmanager
async def opening(_: App) -> AsyncIterator[None]:
    """Open the index while the browser still loads the page."""
    # Streamlit warns of a spinner that nobody sees.
    logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context").setLevel(logging.ERROR)
    # uvicorn 0.54 takes a handshake that was refused with a response for one that was forgotten, and says so each time.
    logging.getLogger("uvicorn.error").addFilter(lambda record: "without completing handshake" not in record.getMessage())
    config.set_option("server.allowedHosts", allowed_hosts(LISTENING, KNOWN.ui_hosts))
    if open_to_others(LISTENING, KNOWN.ui_hosts) and KNOWN.ui_token is None:
        log.warning(UNGUARDED, ", ".join([f"it listens on {LISTENING or 'all addresses'}", *KNOWN.ui_hosts]))
    Thread(target=warm, name="warm", daemon=True).start()
    yield


async def script(_: Request) -> FileResponse:
    """The one script of ours."""
    return FileResponse(Path(__file__).parent / "static" / "page.js", media_type="text/javascript")


async def alive(_: Request) -> JSONResponse:
    """The process serves."""
    return JSONResponse({"status": "alive"})


async def ready(_: Request) -> JSONResponse:
    """The index is open and answers; behind a token without saying what it holds."""
    status, told = await run_in_threadpool(readiness().look)
    return JSONResponse(told if KNOWN.ui_token is None else {"status": told["status"]}, status)


app = App(
    "app.py",
    middleware=[Middleware(Door, settings=KNOWN, listening=LISTENING, sessions=PageSessions()), Middleware(VisitorMiddleware)],
    routes=[Route("/rag/page.js", script), Route(ALIVE, alive), Route(READY, ready)],
    lifespan=opening,
    on_script_error=note_bug,
)
