"""Reading questions: conditions, collection queries, comparisons, and follow-ups made to stand by themselves."""

from __future__ import annotations

from rag.questions.collection_query import By, CollectionQuery, Group, topic_words
from rag.questions.collection_reader import find_named, read_collection_query
from rag.questions.comparison import Comparison, Side, read_agreement, read_comparison
from rag.questions.conditions import Conditions, read_conditions
from rag.questions.followups import FollowUp, resolve_follow_up
from rag.questions.mentions import other_spellings
from rag.questions.meta import News, Since, SmallTalk, asks_of_visit, read_news, read_small_talk, resolve_since, small_talk_form
from rag.questions.presuppositions import taken_for_granted
from rag.questions.query import Asked, Topic
from rag.questions.question import (
    COLLECTION,
    Form,
    Messages,
    Options,
    Question,
    Request,
    make_request,
    one_line,
    proposition,
    read_question,
)
from rag.questions.verbalize import conditions_of, field_name, join_phrases, spell_date, without

__all__ = [
    "COLLECTION",
    "Asked",
    "By",
    "CollectionQuery",
    "Comparison",
    "Conditions",
    "FollowUp",
    "Form",
    "Group",
    "Messages",
    "News",
    "Options",
    "Question",
    "Request",
    "Side",
    "Since",
    "SmallTalk",
    "Topic",
    "asks_of_visit",
    "conditions_of",
    "field_name",
    "find_named",
    "join_phrases",
    "make_request",
    "one_line",
    "other_spellings",
    "proposition",
    "read_agreement",
    "read_collection_query",
    "read_comparison",
    "read_conditions",
    "read_news",
    "read_question",
    "read_small_talk",
    "resolve_follow_up",
    "resolve_since",
    "small_talk_form",
    "spell_date",
    "taken_for_granted",
    "topic_words",
    "without",
]
