"""What a reader sees of a bug: a number that is also in the log, and no traceback."""

from __future__ import annotations

import logging
import secrets

import streamlit as st

log = logging.getLogger(__name__)


def note(error: Exception) -> bool:
    """Log an error under a number and show the number; True, because nothing else is to be shown."""
    number = secrets.token_hex(4)
    log.error("Error %s on the page", number, exc_info=error)
    st.error(f"Something went wrong on this page. Reload it; if it happens again, look for error {number} in the log of rag ui.")
    return True
