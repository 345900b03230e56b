"""A short text held against the sentences of a longer one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from rag.embedding.similarity import joined_windows, read_long, read_short, shared_stems, weighted_mean, window_cosines, word_matches

TEXT = "SmallNet encodes speech. It was trained on 960 hours. Code is public."


def test_a_short_text_is_its_distinct_content_words_in_order() -> None:
    short = read_short("Which models of speech model the speech of SmallNet?")
    assert short.stems == ("model", "speech", "smallnet")
    assert short.words.shape == (3, 256)
    assert short.idf.shape == (3,)
    assert float(np.linalg.norm(short.vector)) == pytest.approx(1, abs=1e-6)


def test_a_short_text_without_content_words_is_empty() -> None:
    short, (long,) = read_short("what is it"), read_long([TEXT])
    assert short.stems == ()
    assert word_matches(short, long).shape == shared_stems(short, long).shape == (3, 0)
    assert weighted_mean(word_matches(short, long), short.idf).tolist() == [0, 0, 0]


def test_a_long_text_is_its_sentences() -> None:
    (long,) = read_long([TEXT])
    assert [long.sentence(index) for index in range(3)] == ["SmallNet encodes speech.", "It was trained on 960 hours.", "Code is public."]
    assert long.stems[1] == {"train", "960", "hour"}
    assert long.vectors.shape == (3, 256)


def test_an_empty_long_text_has_no_sentences() -> None:
    short, (long,) = read_short("speech"), read_long([""])
    assert (long.spans, word_matches(short, long).shape, shared_stems(short, long).shape) == ((), (0, 1), (0, 1))


def test_shared_words_are_marked_sentence_by_sentence() -> None:
    (long,) = read_long([TEXT])
    assert shared_stems(read_short("speech training hours"), long).tolist() == [
        [True, False, False],
        [False, True, True],
        [False, False, False],
    ]


def test_the_same_word_is_nearest_and_a_related_word_nearer_than_a_strange_one() -> None:
    (long,) = read_long(["SmallNet encodes speech."])
    same, related, strange = word_matches(read_short("speech voice giraffe"), long)[0]
    assert same == pytest.approx(1, abs=1e-5)
    assert same > related > strange >= 0


def test_windows_of_two_take_the_larger_and_the_last_stands_alone() -> None:
    rows = np.array([[0, 1], [1, 0], [0, 0]], dtype=np.float32)
    assert joined_windows(rows).tolist() == [[1, 1], [1, 0], [0, 0]]
    assert joined_windows(rows[:1]).tolist() == [[0, 1]]
    assert window_cosines(rows[0], rows).tolist() == pytest.approx([0.5**0.5, 0, 0])


def test_a_text_reads_the_same_from_every_thread_and_beside_any_other() -> None:
    texts = [f"SmallNet-{number} encodes speech. It has {number} layers." for number in range(40)]
    alone = [read_long([text])[0].vectors.tobytes() for text in texts[:20]]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda text: read_long([text, *texts])[0], texts))
    assert [long.vectors.tobytes() for long in together[:20]] == alone
    assert [long.sentence(1) for long in together] == [f"It has {number} layers." for number in range(40)]
