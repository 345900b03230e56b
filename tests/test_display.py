"""Residue of LaTeX, HTML and Markdown is made plain for showing, and plain text is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.model.display import clean_text


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        (r"``winning tickets''", "“winning tickets”"),
        (r"we call it `wheat' here", "we call it ‘wheat’ here"),
        (r"30\% of R\&D, a\_b", "30% of R&D, a_b"),
        (r"wav2vec~2.0, more than~30\%", "wav2vec 2.0, more than 30%"),
        (r"XLM-R$_{large}$", "XLM-R large"),
        (r"$2\times$ faster, $O(n^2)$, $10^{-3}$, $x_i$", "2× faster, O(n²), 10⁻³, xᵢ"),
        (r"$\alpha$-amylase at $\sim$20\%", "α-amylase at ~20%"),
        (r"\textbf{S}emantic-\textbf{G}uided, \emph{very \textbf{nested}}, {\em old}", "Semantic-Guided, very nested, old"),
        (r"na\"ively, Qu\'ebec, G\"{o}del, {\'E}cole, \c{c}a, na\"{\i}ve, \O rsted", "naïvely, Québec, Gödel, École, ça, naïve, Ørsted"),
        (r"text--audio -- and so on---the end", "text–audio – and so on—the end"),
        (r"see \url{http://a.b/~c_d} \cite{x, y}.", "see http://a.b/~c_d."),
        (r"\method outperforms {BERT}", "method outperforms BERT"),
        ("A &amp; B <i>in vivo</i>, CO<sub>2</sub>, p &lt; 0.05", "A & B in vivo, CO₂, p < 0.05"),
        ("**Bold** words", "Bold words"),
        ("wrapped\n  over lines", "wrapped over lines"),
        (r"he said \"hello\" and didn\'t", "he said “hello” and didn't"),
    ],
)
def test_mark_up_is_shown_as_it_would_be_printed(stored: str, shown: str) -> None:
    assert clean_text(stored) == shown


@pytest.mark.parametrize(
    "text",
    [
        "It's 'quoted', 100% plain, and p < 0.05 while n > 3.",
        "It costs $5 and $10, or US$5 million to $6 million.",
        "About ~20 hours (~5 a day) with --flag on C:\\temp",
        "See https://example.org/~ada/a_b--c?x=1&y=2 for {a, b}.",
    ],
)
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert clean_text(text) == text


@given(st.text(max_size=200))
def test_any_text_is_shown_on_one_line(text: str) -> None:
    shown = clean_text(text)
    assert shown == " ".join(shown.split())
