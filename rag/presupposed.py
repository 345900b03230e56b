"""What a question takes for granted, as a statement: "Why does X beat Y?" presupposes "X beat Y". By rules, without a parser."""

from __future__ import annotations

import re

from rag.lexicon import BE, any_of

_AUXILIARY = any_of("auxiliaries", "negated")
# In each `said` is the statement; `object` is what was moved to the front and `compared` the word of degree, both put back.
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^(?:[^,]{{1,80}}, )?(?:and |but |so )?(?:why|how come|for what reasons?|how|in what ways?|by what means|when|where|"
        rf"under what conditions|to what extent) (?P<aux>{_AUXILIARY}) (?P<said>.+)$",
        rf"^(?:[^,]{{1,80}}, )?(?:and |but |so )?(?:by )?how (?:much|far|badly|strongly|often|well) (?P<aux>{_AUXILIARY}) (?P<said>.+)$",
        rf"^(?:by )?how much (?P<compared>\w+er|more \w+|less \w+|better|worse|more|less|fewer) (?P<aux>{_AUXILIARY}) (?P<said>.+)$",
        r"^what (?:explains|causes|caused|makes|made|lets|let|enables|enabled|allows|allowed|leads|led|helps|helped) (?:that |why |the fact"
        r" that |how )?(?P<said>.+)$",
        rf"^what {BE} the (?:reasons?|causes?|explanations?) (?:why|that|for) (?P<said>.+)$",
        r"^(?:explain|describe|tell me|I (?:wonder|want to know)|do you know) (?:why|how) (?P<said>.+)$",
        r"^why (?P<said>(?!not\b).+)$",
        rf"^(?:which|what) (?P<object>(?:[\w-]+ ){{1,6}}?)(?P<aux>{_AUXILIARY}) (?P<said>.+)$",
    )
)
_YES_NO = re.compile(rf"^(?:(?:and|but|so|well),? )?(?P<aux>{_AUXILIARY}) (?P<said>.+)$", re.IGNORECASE)
_TAIL = re.compile(r",? (?:and|but|or) (?:how|why|what|which|where|when|who|with what|by how)\b.*$|[;:] .*$", re.IGNORECASE)


def presupposed(question: str) -> str | None:
    """The statement that a question takes for granted; None where it takes nothing for granted, or it cannot be told.

    A question of yes or no takes nothing for granted, nor one that asks for papers.
    """
    text = _TAIL.sub("", " ".join(question.split()).rstrip(" ?.!"))
    for pattern in _PATTERNS:
        match = pattern.match(text)
        if match:
            found = match.groupdict()
            parts = (_kept(found.get("aux")), found["said"], found.get("compared"), found.get("object"))
            return " ".join(part.strip() for part in parts if part)
    return None


def proposition(question: str) -> str | None:
    """The statement whose truth a question of yes or no asks for: "Does X beat Y?" asks of "X beat Y". None for any other question."""
    match = _YES_NO.match(_TAIL.sub("", " ".join(question.split()).rstrip(" ?.!")))
    return " ".join(part for part in (_kept(match["aux"]), match["said"]) if part) if match else None


def _kept(auxiliary: str | None) -> str:
    """What an auxiliary says besides the tense: "not" or "must"; where it stands matters little to what reads the statement."""
    word = (auxiliary or "").casefold()
    return "not" if word.endswith(("n't", "not")) else "must" if word in ("must", "should") else ""
