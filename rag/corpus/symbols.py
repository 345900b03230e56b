"""Characters that LaTeX spells with commands."""

from __future__ import annotations

# Combining characters by the character of the accent's command: \'e, \"o, \c{c}, ...
ACCENTS = {
    "'": "\u0301",
    "`": "\u0300",
    "^": "\u0302",
    '"': "\u0308",
    "~": "\u0303",
    "=": "\u0304",
    ".": "\u0307",
    "u": "\u0306",
    "v": "\u030c",
    "H": "\u030b",
    "c": "\u0327",
    "d": "\u0323",
    "b": "\u0331",
    "r": "\u030a",
    "k": "\u0328",
}

_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho varsigma sigma tau upsilon phi chi psi omega"
)
_LETTERS = "ss ß o ø O Ø ae æ AE Æ oe œ OE Œ l ł L Ł aa å AA Å i ı j ȷ S § P ¶ dag † ddag ‡ copyright © pounds £ euro €"
_MATH = """
    times × cdot · pm ± mp ∓ div ÷ sim ~ simeq ≃ approx ≈ propto ∝ equiv ≡ neq ≠ ne ≠ le ≤ leq ≤ leqslant ≤ ge ≥ geq ≥ geqslant ≥
    ll ≪ gg ≫ infty ∞ partial ∂ nabla ∇ sum ∑ prod ∏ int ∫ sqrt √ in ∈ notin ∉ subset ⊂ subseteq ⊆ cup ∪ cap ∩ emptyset ∅
    forall ∀ exists ∃ neg ¬ to → rightarrow → longrightarrow → Rightarrow ⇒ leftarrow ← leftrightarrow ↔ uparrow ↑ downarrow ↓
    mapsto ↦ ell ℓ hbar ℏ degree ° circ ° ldots … dots … cdots … textellipsis … prime ′ star ⋆ ast ∗ bullet • oplus ⊕ otimes ⊗
    langle ⟨ rangle ⟩ mid | lvert | rvert | Vert ‖ textendash – textemdash — textquoteleft ‘ textquoteright ’ textquotedblleft “
    textquotedblright ” textasciitilde ~ textbackslash ∖ varepsilon ε vartheta ϑ varphi φ Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ
    Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω
"""


def _pairs(text: str) -> dict[str, str]:
    words = text.split()
    return dict(zip(words[::2], words[1::2], strict=True))


SYMBOLS = {
    **{name: chr(0x3B1 + position) for position, name in enumerate(_GREEK.split())},
    **_pairs(_LETTERS),
    **_pairs(_MATH),
    **dict.fromkeys(("quad", "qquad", "newline", "par", "noindent", "xspace", "space"), " "),
    **dict.fromkeys(("left", "right", "big", "Big", "bigl", "bigr", "displaystyle", "it", "bf", "em", "rm", "sc", "tt", "sf"), ""),
}

_LOWERED = str.maketrans("0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")
_RAISED = str.maketrans("0123456789+-=()ni*°", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ*°")


def lowered(text: str) -> str:
    """`text` as a subscript: H₂O, xᵢ; a word stays a word: "T5 large", and other letters keep their sign: D_KL."""
    if len(text) <= 3 and all(ord(character) in _LOWERED for character in text):
        return text.translate(_LOWERED)
    return f" {text}" if len(text) > 3 else f"_{text}"


def raised(text: str) -> str:
    """`text` as a superscript: 10⁻³, kept as `^text` where there are no such characters."""
    if text and all(ord(character) in _RAISED for character in text):
        return text.translate(_RAISED)
    return f"^{text}"
