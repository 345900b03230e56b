"""Agreement of several people, or of people and a judge, on the same claims, beyond what chance would give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence


def cohen_kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Kappa of two raters on the same items (Cohen 1960); None over nothing, and where chance alone would agree always."""
    if not pairs:
        return None
    seen = sum(one == other for one, other in pairs) / len(pairs)
    first, second = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    expected = sum(first[label] * second[label] for label in first) / len(pairs) ** 2
    return None if expected == 1 else (seen - expected) / (1 - expected)


def krippendorff_alpha(items: Iterable[Mapping[str, str]]) -> float | None:
    """Alpha for nominal labels (Krippendorff 2011), each item a mapping of rater to label; raters may miss items.

    Items with one label say nothing. None where no item has two, or only one label was ever given.
    """
    coincidences: Counter[tuple[str, str]] = Counter()
    for item in items:
        labels = list(item.values())
        if len(labels) < 2:
            continue
        for place, one in enumerate(labels):
            for other_place, other in enumerate(labels):
                if place != other_place:
                    coincidences[one, other] += 1 / (len(labels) - 1)  # type: ignore[assignment]
    totals: Counter[str] = Counter()
    for (one, _), count in coincidences.items():
        totals[one] += count
    everything = sum(totals.values())
    by_chance = everything**2 - sum(count**2 for count in totals.values())
    if not by_chance:
        return None
    differ = sum(count for (one, other), count in coincidences.items() if one != other)
    return 1 - (everything - 1) * differ / by_chance
