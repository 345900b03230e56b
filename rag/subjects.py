"""Whether papers are what is counted, or what something else counts: "how many papers did the survey review"."""

from __future__ import annotations

import re

from rag.lexicon import BE, any_of

_NOT_SUBJECT = re.compile(
    rf"^\s*(?:did (?!you|not\b)|(?:does|do|{any_of('auxiliaries.modal')}) "
    r"(?:they|he|she|it|the (?!corpus|collection|listings?\b|list\b|index"
    rf"|library|{any_of('papers.many')})\w+|an? (?!(?:single |typical )?{any_of('papers.one')}\b)|[A-Z][\w-]*)(?! (?:occur|appear))"
    rf"|(?:{BE}|have been|has been) (?!posted|published|listed|dated|titled|untitled|devoted|concerned|based|focus"
    r"|related|dedicated|trained|tested|evaluated|written|(?:included|stored|indexed|contained|listed) (?:here|in (?:this|the"
    r"|your) (?:corpus|collection|listing|index|library)))\w+(?:ed|en)\b"
    r"|(?:is|was) (?:it|the)\b)",
)


def not_subject(after: str) -> bool:
    """True where what follows the word for papers shows that something else is done with them."""
    return _NOT_SUBJECT.match(after) is not None
