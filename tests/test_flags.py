"""What a claim says that its text does not."""

from __future__ import annotations

import pytest

from benchmarks.flags import DECIDING, Effect, Sets, dropped, pays
from benchmarks.support import Judged
from rag.support.check import Weighed, find_flags, penalty
from rag.support.figures import number_flags, numbers_in
from rag.support.names import name_flags
from rag.support.negation import direction_flags, negation_flags
from rag.text.names import proper_names
from rag.text.words import squeeze_name


def all_flags(claim: str, text: str) -> tuple[str, ...]:
    """What all mechanisms find, the whole text being evidence."""
    return tuple(flag for found in find_flags(claim, text, text).values() for flag in found)


def test_numbers_have_one_form_and_are_quoted_as_written() -> None:
    assert numbers_in("70,000 hours, 42.50 points, v2.1.0, twelve tasks, one model") == {
        "70000": "70,000",
        "42.5": "42.50",
        "2.1.0": "2.1.0",
        "12": "twelve",
    }


@pytest.mark.parametrize(
    ("claim", "text", "flags"),
    [
        ("70000 hours", "70,000 hours", []),
        ("four languages", "4 languages", []),
        ("a gain of 12.50 points", "a gain of 12.5 points", []),
        ("on 18 tasks", "on 16 tasks", ["number: 18"]),
        ("about 40 hours", "38.5 hours", []),
        ("about 40 hours", "25 hours", ["number: 40"]),
        ("nine tasks and 3.5%", "eight tasks", ["number: nine", "number: 3.5"]),
    ],
)
def test_numbers_that_the_text_lacks_are_flagged(claim: str, text: str, flags: list[str]) -> None:
    assert number_flags(claim, text) == flags


@pytest.mark.parametrize(
    ("claim", "text", "flags"),
    [
        ("It takes 5 ms.", "It takes 5 s.", ["number: 5 ms (the text has 5 s)"]),
        ("It takes 5 seconds.", "It has a 5-second delay.", []),
        ("It gains 5 percentage points.", "It gains 5 points.", []),
        ("It gains 5 points.", "Gains of 3 and 5 % were seen.", ["number: 5 points (the text has 5 %)"]),
        ("It has 5 billion words.", "It has 5 million words.", ["number: 5 billion"]),
        ("It needs 8 GB.", "It needs 8 MB, or 8 GB on a server.", []),
        ("It needs 8 GB.", "It needs 8 of them.", []),
        ("It is 3x faster.", "It is 3 times faster.", []),
    ],
)
def test_a_number_with_another_unit_is_flagged(claim: str, text: str, flags: list[str]) -> None:
    assert number_flags(claim, text) == flags


def test_names_have_inner_capitals_digits_or_a_capital_in_mid_sentence() -> None:
    assert proper_names("The SmallNet by Kim uses GPT-4. Then HuBERT* wins: We stop") == ["SmallNet", "Kim", "GPT-4", "HuBERT*"]
    assert proper_names("What is it?") == []


@pytest.mark.parametrize(
    ("claim", "text", "flags"),
    [
        ("It beats Wav2Vec 2.0", "better than wav2vec2.0", []),
        ("data in English-Mandarin", "from Mandarin to English", []),
        ("It beats RoBERTa and XLNet", "It beats XLNet", ["name: RoBERTa"]),
        ("uses GPT-4", "uses GPT-3", ["name: GPT-4"]),
    ],
)
def test_names_that_the_text_lacks_are_flagged(claim: str, text: str, flags: list[str]) -> None:
    assert name_flags(claim, text) == flags


@pytest.mark.parametrize(
    ("claim", "window", "flags"),
    [
        ("Books do not relate to skill.", "Books relate to skill.", ["negation: not"]),
        ("Books do not relate to skill.", "No book was found to relate to skill.", []),
        ("It works without labels.", "It avoids labels.", []),
        ("It doesn’t need labels.", "It needs labels.", ["negation: doesn't"]),
        ("It needs labels.", "It needs labels.", []),
    ],
)
def test_a_negation_must_be_shared(claim: str, window: str, flags: list[str]) -> None:
    assert negation_flags(claim, window) == flags


@pytest.mark.parametrize(
    ("claim", "window", "flags"),
    [
        ("The error rate increases.", "The error rate decreases.", ["direction: increases, not decreases"]),
        ("It outperforms BERT.", "It can match BERT.", ["direction: outperforms, not match"]),
        ("It needs supervised data.", "It needs unsupervised data.", ["direction: supervised, not unsupervised"]),
        ("Accuracy rises.", "Accuracy rises while cost falls.", []),
        ("It is used for translation.", "It decreases cost.", []),
    ],
)
def test_the_opposite_direction_is_flagged(claim: str, window: str, flags: list[str]) -> None:
    assert direction_flags(claim, window) == flags


def test_sweeping_words_must_be_the_texts_own() -> None:
    assert all_flags("It completely wins on all tasks.", "It wins on all tasks.") == ("scope: completely",)
    assert all_flags("It wins.", "It completely wins.") == ()


RESULTS = "We propose ABNet, which outperforms CDNet. ABNet gains 8.1% (MathSet) and 7.6% (CodeSet) with up to 40 GPUs."
OTHERS = "Unlike existing methods, which skip layers at the top of the model, our ABNet avoids pruning heads. It does not generally help."


@pytest.mark.parametrize(
    ("claim", "text", "flags"),
    [
        ("CDNet outperforms ABNet.", RESULTS, ("direction: outperforms (the other way round)",)),
        ("CDNet is outperformed by ABNet.", RESULTS, ()),
        ("ABNet gains 7.6% on MathSet and 8.1% on CodeSet.", RESULTS, ("number: 7.6 (the text has 8.1 there)",)),
        ("ABNet gains 8.1% on MathSet and 7.6% on CodeSet.", RESULTS, ()),
        ("ABNet prunes heads.", OTHERS, ('negation: the text says "avoids pruning heads"',)),
        ("ABNet generally helps.", OTHERS, ('negation: the text says "not generally help"',)),
        (
            "It is trained with labels.",
            "It is trained without labels, not with pictures.",
            ('negation: the text says "without labels not with"',),
        ),
        ("About 40 hours were used.", "We use 39.7 hours.", ()),
        ("70K hours and half of it, says the ASR system [2].", "70,000 hours of automatic speech recognition, 50% of it.", ()),
        ("It gains 3.5%.", "It gains 3.5 points.", ("number: 3.5% (the text has 3.5 points)",)),
        ("It works on all tasks.", "It works on several tasks with all data.", ("scope: all",)),
    ],
)
def test_what_is_said_of_the_wrong_thing_is_flagged(claim: str, text: str, flags: tuple[str, ...]) -> None:
    assert all_flags(claim, text) == flags


def test_flags_add_up_in_a_fixed_order() -> None:
    flags = all_flags("XNet increases 9 errors everywhere, never tested.", "The method decreases 8 errors.")
    assert flags == (
        "number: 9",
        "name: XNet",
        "negation: never",
        "direction: increases, not decreases",
        "scope: everywhere",
    )
    assert penalty(flags) == pytest.approx(0.15 + 0.15 + 0.3 + 0.3 + 0.15)
    assert penalty(()) == 0


def test_squeezed_names_compare_without_case_accents_or_hyphens() -> None:
    assert squeeze_name("Wav2Vec 2.0") == squeeze_name("wav2vec-2.0") == "wav2vec20"
    assert squeeze_name("Élan") == "elan"


def judged(supported: bool, *names: str, group: str = "") -> Judged:
    """A claim that is like its text, with a flag of each of these mechanisms."""
    return Judged(supported, Weighed(0.9, {name: (f"{name.partition(':')[0]}: it",) for name in names}, (0, 1)), group=group)


ALL, GREATLY = "scope: all", "scope: greatly"
PLAIN = [judged(True), judged(True), judged(False)]


def test_a_flag_is_worth_what_balanced_accuracy_loses_without_it() -> None:
    effect = Effect([*PLAIN, judged(True, ALL, group="a"), judged(False, ALL, group="b"), judged(False, ALL, GREATLY)], ALL)
    assert (effect.catches, effect.alarms) == (2, 1)
    assert effect.change == pytest.approx((1 / 3 - 1 / 3) / 2)  # one of three supported is won, one of three others lost
    assert effect.noise == pytest.approx(1.96 * 2**0.5 / 6)


def test_a_flag_stays_that_two_sets_need_and_none_is_much_better_without() -> None:
    needed, harmed = [*PLAIN, judged(False, ALL)], [*PLAIN, *(judged(True, ALL) for _ in range(9))]
    neutral: Sets = dict.fromkeys(DECIDING, PLAIN)
    two: Sets = {**neutral, DECIDING[0]: needed, DECIDING[1]: needed}
    assert pays(two, ALL)
    assert not pays({**neutral, DECIDING[0]: needed}, ALL)
    assert not pays({**two, DECIDING[2]: harmed}, ALL)


def test_of_two_flags_that_hide_each_other_one_goes() -> None:
    sets: Sets = {name: [*PLAIN, judged(False, ALL, GREATLY)] for name in DECIDING}
    gone = dropped(sets)
    assert len({ALL, GREATLY} - set(gone)) == 1
