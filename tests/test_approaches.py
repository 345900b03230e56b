"""Groups by approach in surveys: by names that all members share, and none where the groups would tell little."""

from __future__ import annotations

import io

from rag.answers.surveys import Group, group_by_approach, with_approaches
from rag.cli.terminal import console_for, print_answer
from rag.model.answers import Answer, answer_markdown
from rag.model.records import Citation, Claim
from rag.questions.question import read_question
from tests.turns import draw

ASKED = "How do works recognise speech?"
TEXTS = {
    "a": "We recognise speech by adversarial training of representations.",
    "b": "Adversarial training, and self-training besides, for speech.",
    "c": "Speech is recognised after self-training with pseudo-labels.",
    "d": "We use self-training for recognisers of speech.",
    "e": "We recognise speech with large models.",
    "f": "Adversarial training makes recognisers robust.",
}


def survey(texts: dict[str, str], question: str = ASKED) -> Answer:
    citations = tuple(
        Citation(number, "sentence", one, f"Net{one.upper()}: A Title", text, 0, len(text))
        for number, (one, text) in enumerate(texts.items(), start=1)
    )
    claims = tuple(Claim("evidence", one.quote, (one.number,)) for one in citations)
    return Answer(question, question, "answered", claims=claims, citations=citations)


def test_abstracts_stand_under_a_name_that_all_of_a_group_have() -> None:
    assert group_by_approach(list(TEXTS), TEXTS, ASKED) == [
        Group("adversarial training", ("a", "b", "f")),
        Group("self-training", ("b", "c", "d")),
    ]


def test_a_survey_gets_a_table_and_keeps_its_sentences_and_their_order() -> None:
    plain = survey(TEXTS)
    answer = with_approaches(plain, read_question(ASKED), TEXTS)
    assert answer.table == (
        ("Approach", "Abstracts"),
        ("adversarial training", "NetA [1]; NetB [2]; NetF [6]"),
        ("self-training", "NetB [2]; NetC [3]; NetD [4]"),
        ("others", "NetE [5]"),
    )
    assert (answer.claims, answer.citations) == (plain.claims, plain.citations)


def test_the_table_is_seen_everywhere() -> None:
    answer = with_approaches(survey(TEXTS), read_question(ASKED), TEXTS)
    printed = io.StringIO()
    print_answer(console_for(printed), answer)
    assert "self-training\tNetB [2]; NetC [3]; NetD [4]\n" in printed.getvalue()
    assert "| self-training | NetB " in answer_markdown(answer)
    assert "<td>self-training</td><td>NetB [2]; NetC [3]; NetD [4]</td>" in draw(answer)


def test_what_the_question_names_tells_nothing_apart() -> None:
    asked = "Which works use self-training?"
    assert with_approaches(survey(TEXTS, asked), read_question(asked), TEXTS).table is None


def test_few_abstracts_one_group_and_other_questions_get_no_table() -> None:
    few = dict(list(TEXTS.items())[:4])
    assert with_approaches(survey(few), read_question(ASKED), few).table is None
    one = {name: text.replace("dversarial training", "mixture") for name, text in TEXTS.items()}
    assert with_approaches(survey(one), read_question(ASKED), one).table is None
    fact = "How is speech recognised?"
    assert with_approaches(survey(TEXTS, fact), read_question(fact), TEXTS).table is None
