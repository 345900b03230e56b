"""The chat web page."""

import logging

logging.getLogger(__name__).addHandler(logging.NullHandler())
