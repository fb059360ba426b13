"""The three modes a chapter runs in: live, quick and record."""

import os


def mode() -> str:
    """Return the mode that the environment asks for.

    Returns
    -------
    str
        ``"quick"`` with ``FMNIST_QUICK=1``; else the value of ``FMNIST_MODE``, ``"live"`` without it.

    Raises
    ------
    ValueError
        If ``FMNIST_QUICK`` holds anything but 0 or 1, or ``FMNIST_MODE`` but live, quick or record.
    """
    quick = os.environ.get("FMNIST_QUICK", "").strip() or "0"
    asked = os.environ.get("FMNIST_MODE", "").strip().lower() or "live"
    if quick not in ("0", "1"):
        raise ValueError(f"FMNIST_QUICK: expected 0 or 1, found {quick!r}")
    if asked not in ("live", "quick", "record"):
        raise ValueError(f"FMNIST_MODE: expected live, quick or record, found {asked!r}")
    return "quick" if quick == "1" else asked
