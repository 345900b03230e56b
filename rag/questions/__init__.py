"""Reading questions: one record of what is asked, of which papers and about what; and follow-ups made to stand by themselves."""

from __future__ import annotations

from rag.questions.asked import is_measure
from rag.questions.courtesies import Since, resolve_since
from rag.questions.followups import FollowUp, resolve_follow_up
from rag.questions.mentions import other_spellings
from rag.questions.presuppositions import taken_for_granted
from rag.questions.query import Asked, By, Comparison, Group, News, Operation, Order, Query, Side, SmallTalk, Tally, Topic
from rag.questions.question import (
    Form,
    Messages,
    Options,
    Question,
    Request,
    as_question,
    asks_of_visit,
    make_request,
    one_line,
    proposition,
    read_question,
)
from rag.questions.reader import read_query
from rag.questions.verbalize import conditions_of, field_name, join_phrases, spell_date, without

__all__ = [
    "Asked",
    "By",
    "Comparison",
    "FollowUp",
    "Form",
    "Group",
    "Messages",
    "News",
    "Operation",
    "Options",
    "Order",
    "Query",
    "Question",
    "Request",
    "Side",
    "Since",
    "SmallTalk",
    "Tally",
    "Topic",
    "as_question",
    "asks_of_visit",
    "conditions_of",
    "field_name",
    "is_measure",
    "join_phrases",
    "make_request",
    "one_line",
    "other_spellings",
    "proposition",
    "read_query",
    "read_question",
    "resolve_follow_up",
    "resolve_since",
    "spell_date",
    "taken_for_granted",
    "without",
]
