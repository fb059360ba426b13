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
        If ``FMNIST_MODE`` holds anything but live, quick or record.
    """
    if os.environ.get("FMNIST_QUICK", "") not in ("", "0"):
        return "quick"
    asked = os.environ.get("FMNIST_MODE", "") or "live"
    if asked not in ("live", "quick", "record"):
        raise ValueError(f"FMNIST_MODE: expected live, quick or record, found {asked!r}")
    return asked
