"""What to call an abstract: its title, else the system that it introduces, else its first words."""

from __future__ import annotations


def introduced_name(text: str) -> str | None:
    """The name of the system, data set or method that an abstract introduces as its own; None where it names none."""
    return None


def label(title: str | None, text: str) -> str:
    """The cleaned title, else the introduced name, else the first words in quotation marks."""
    if title:
        return title
    return introduced_name(text) or "\u201c" + " ".join(text.split()[:8]) + " \u2026\u201d"
