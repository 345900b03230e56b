"""What was measured of a judge, as lines for a terminal."""

from __future__ import annotations

from eval.validation import Measured, Share, Validation

_WIDTH = 30


def validation_table(validation: Validation) -> list[str]:
    """One line a file and one for all, then one for each kind of claim, with 95 % intervals."""
    all_of_it = validation.overall
    sets = [*validation.files, *([all_of_it] if len(validation.files) > 1 else [])]
    head = f"{'file':<{_WIDTH}} {'n':>6} {'unscored':>8}  {'AUC':<20} {'balanced':<9} {'supported accepted':<28} {'unsupported caught'}"
    lines = [f"The judge {validation.judge} on labelled claims ({validation.labels}), with 95 % intervals:", "", head]
    lines += [_line(one).rstrip() for one in sets]
    for title, kinds in (("supported, accepted, by kind", all_of_it.accepted), ("unsupported, caught, by kind", all_of_it.caught)):
        if kinds:
            lines += ["", title, *(f"  {kind:<{_WIDTH - 2}} {_cell(share)}".rstrip() for kind, share in kinds.items())]
    return lines


def _line(one: Measured) -> str:
    name = one.name if len(one.name) <= _WIDTH else one.name[: _WIDTH - 1] + "…"
    balanced = "none" if one.balanced_accuracy is None else f"{one.balanced_accuracy:.3f}"
    return (
        f"{name:<{_WIDTH}} {one.n:>6} {one.unscored:>8}  {_area(one):<20} {balanced:<9} "
        f"{_cell(one.sensitivity):<28} {_cell(one.specificity)}"
    )


def _area(one: Measured) -> str:
    if one.auc is None or one.auc_interval is None:
        return "none"
    low, high = one.auc_interval
    return f"{one.auc:.3f} [{low:.3f}, {high:.3f}]"


def _cell(share: Share) -> str:
    """For 38 of 40: "38 of 40, 95% [84%, 99%]"."""
    if share.value is None:
        return "none"
    low, high = share.interval
    return f"{share.right} of {share.of}, {share.value:.0%} [{low:.0%}, {high:.0%}]"
