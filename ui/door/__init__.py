"""The page's door: whom the server answers, and how much: hosts, origins, routes, the token, uploads and limits."""

from ui.door.door import Door
from ui.door.hosts import allowed_hosts, open_to_others
from ui.door.limits import Questions
from ui.door.routes import ALIVE, READY
from ui.door.uploads import allowed
from ui.door.visitor import Visitor, is_here

__all__ = ["ALIVE", "READY", "Door", "Questions", "Visitor", "allowed", "allowed_hosts", "is_here", "open_to_others"]
