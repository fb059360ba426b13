"""Arrays as text, so that a record can hold an answer for each image."""

import base64

import numpy as np


def pack(correct: np.ndarray) -> str:
    """Return a boolean array ``(n,)`` as text, eight values a byte."""
    return base64.b64encode(np.packbits(correct).tobytes()).decode()


def unpack(text: str, n: int) -> np.ndarray:
    """Return the boolean array ``(n,)`` that `pack` made into text; ValueError if it holds another number."""
    packed = np.frombuffer(_bytes_of(text), np.uint8)
    if len(packed) != -(-n // 8):
        raise ValueError(f"expected answers for {n:,} images, found {len(packed):,} bytes of eight each")
    return np.unpackbits(packed, count=n).astype(bool)


def pack_errors(errors: np.ndarray) -> str:
    """Return errors ``(n,)`` as text, two bytes (float16) a value."""
    return base64.b64encode(errors.astype("<f2").tobytes()).decode()


def unpack_errors(text: str) -> np.ndarray:
    """Return the errors, float64 ``(n,)``, that `pack_errors` made into text; ValueError for another text."""
    packed = _bytes_of(text)
    if len(packed) % 2:
        raise ValueError(f"expected errors of two bytes each, found {len(packed):,} bytes")
    return np.frombuffer(packed, "<f2").astype(np.float64)


def _bytes_of(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise ValueError(f"expected an array as text in base64, found another text ({error})") from None
