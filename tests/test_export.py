"""Answers as Markdown and HTML, ending in their sources, whatever the documents say."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from rag.model.answers import Answer
from rag.model.markup import answer_html, answer_markdown
from rag.model.records import Citation, Claim, NearMiss, Source

PLACE = (Source("listing.txt", 12, 0, 80),)


def citation(number: int = 1, quote: str = "It reduces errors by 12\\%.", **more: Any) -> Citation:
    values: dict[str, Any] = {"kind": "sentence", "abstract_id": f"a{number}", "label": f"Paper {number}", "start": 0, "end": len(quote)}
    return Citation(number=number, quote=quote, **(values | {"sources": PLACE} | more))


def answered(*citations: Citation, text: str = "It reduces errors by 12\\%.", **more: Any) -> Answer:
    claims = (Claim("evidence", text, tuple(one.number for one in citations)),)
    values: dict[str, Any] = {"standalone_question": "q"} | more
    return Answer(question="q", outcome="answered", claims=claims, citations=citations, **values)


HOSTILE = '<script>alert(1)</script> ![i](http://x.y/z.png) [l](javascript:0) "onmouseover=1 \x1b[31m'


class Tags(HTMLParser):
    """Collects the tags and attributes of a piece of HTML."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_markdown_is_the_text_and_then_the_numbered_sources() -> None:
    answer = answered(citation(1, date="2019-07"), citation(2, sources=(Source("a.txt", 1, 0, 9), Source("b.txt", 2, 0, 9))))
    assert answer_markdown(answer) == (
        "It reduces errors by 12%. [1][2]\n\n"
        "**Sources**\n\n"
        "1. **Paper 1**, 2019-07, listing.txt:12  \n   “It reduces errors by 12%.”\n"
        "2. **Paper 2**, a.txt:1, b.txt:2  \n   “It reduces errors by 12%.”\n"
    )


def test_a_refusal_gives_its_reason_and_what_came_closest() -> None:
    miss = NearMiss("a1", "Paper 1", "It is about something else.", 0.3, PLACE)
    answer = Answer(question="q", standalone_question="q", outcome="refused", reason="No abstract says so.", near_misses=(miss,))
    assert answer_markdown(answer) == (
        "No abstract says so.\n\n**Closest in the corpus**\n\n- **Paper 1**, listing.txt:12  \n  “It is about something else.”\n"
    )
    assert "It is about something else." in answer_html(answer)


def test_filters_notices_and_tables_are_part_of_the_answer() -> None:
    table = (("paper", "upvotes"), ("A | B", "3"))
    answer = answered(
        citation(), standalone_question="What of 2024?", filters=("year = 2024",), notices=("The corpus has changed.",), table=table
    )
    written = answer_markdown(answer)
    assert "| paper | upvotes |\n| --- | --- |\n| A \\| B | 3 |" in written
    assert "*Understood as: What of 2024?*\n\n*Applied: year = 2024*\n\n*The corpus has changed.*" in written
    assert "<th>paper</th><th>upvotes</th>" in answer_html(answer)


def test_a_claim_that_is_not_plainly_supported_says_so() -> None:
    claim = Claim("evidence", "It reduces errors by 48%.", (1,), verdict="weak", flags=("number: 48",))
    answer = Answer(question="q", standalone_question="q", outcome="answered", claims=(claim,), citations=(citation(),))
    assert answer_markdown(answer).startswith("It reduces errors by 48%. [1] (support: weak; number: 48)\n")
    assert "(support: weak; number: 48)" in answer_html(answer)


def test_documents_cannot_bring_links_images_or_html_into_markdown() -> None:
    written = answer_markdown(answered(citation(1, HOSTILE, label=HOSTILE, sources=(Source(HOSTILE, 1, 0, 1),)), text=HOSTILE))
    assert "<" not in written.replace("\\<", "")
    assert "](" not in written.replace("\\](", "")
    assert "\x1b" not in written
    assert "://" not in written.replace("\\://", "")


def test_documents_cannot_bring_tags_or_attributes_into_html() -> None:
    hostile = citation(1, HOSTILE, label=HOSTILE, date=HOSTILE, sources=(Source(HOSTILE, 1, 0, 1),))
    page = Tags(answer_html(answered(hostile, text=HOSTILE, notices=(HOSTILE,), table=((HOSTILE,), (HOSTILE,)))))
    assert page.found == {"div", "p", "sup", "em", "table", "tr", "th", "td", "ol", "li", "b", "br", "q", "code"}
    assert page.attributes == {"class", "title", "value"}


def test_stored_quotes_stay_verbatim_in_the_json_form() -> None:
    answer = answered(citation(1, HOSTILE), text=HOSTILE)
    assert answer.to_dict()["citations"][0]["quote"] == HOSTILE
    assert Answer.from_dict(answer.to_dict()) == answer
