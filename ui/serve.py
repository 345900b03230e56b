"""What `rag ui` serves: the page behind its door. `python -m streamlit run ui/serve.py` does the same."""

from __future__ import annotations

from starlette.middleware import Middleware
from streamlit.starlette import App

from ui.door import Door
from ui.mishap import note

app = App("app.py", middleware=[Middleware(Door)], on_script_error=note)
