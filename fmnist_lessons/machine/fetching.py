"""A file from the first address that gives it: right to the last bit, within bounds of size and time."""

import hashlib
import operator
import queue
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tqdm.auto import tqdm

from .files import write_atomically

PIECE = 2**16  # bytes
TIMEOUT = (5.0, 30.0)  # seconds to connect; seconds in which a piece must have come
_AGAIN = "Connect to a network and try again"


class UnavailableError(RuntimeError):
    """No address gives a file; the first line says why and what to do, the others what each address said."""


class _Refused(Exception):  # noqa: N818
    """What an address gives is of no use: what was found, and what to do."""

    def __init__(self, found: str, remedy: str = _AGAIN) -> None:
        super().__init__(found)
        self.remedy = remedy


def fetch(
    path: Path, addresses: Sequence[str], *, checksum: str, most: int, bars: bool, without: str
) -> None:
    """Fetch a file that has a known checksum.

    Parameters
    ----------
    path : Path
    addresses : sequence of str
        Tried one after the other.
    checksum : str
        Such as ``"sha256:…"`` or ``"md5:…"``.
    most : int
        Bytes, of which no more are read.
    bars : bool
        Show a progress bar.
    without : str
        What to do where there is no network.

    Raises
    ------
    UnavailableError
        If no address gives it.
    OSError
        If it cannot be written.
    """
    failures = {}
    for address in addresses:
        bar = tqdm(desc=path.name, total=1, unit="B", unit_scale=True, delay=0.5, disable=not bars)
        pieces = _within_bounds(_pieces(address, bar), checksum, most)
        try:
            with bar:
                write_atomically(path, operator.methodcaller("writelines", pieces))
            return
        except _Refused as error:
            failures[address] = error
    local = [error for error in failures.values() if error.remedy != _AGAIN]
    causes = {str(error) for error in failures.values()}
    cause = local[0] if local else _Refused(causes.pop() if len(causes) == 1 else "no address that gives it")
    lines = [f"  {address}: {error}" for address, error in failures.items()]
    first = f"{path}: expected a download; found {cause}. {cause.remedy}, or {without}."
    raise UnavailableError("\n".join([first, *lines]))


def _within_bounds(pieces: Iterator[bytes], checksum: str, most: int) -> Iterator[bytes]:
    """Hand the pieces on, and raise for a web page, for too many of them, and for another file."""
    algorithm, _, right = checksum.partition(":")
    seen, size = hashlib.new(algorithm, usedforsecurity=False), 0
    for piece in pieces:
        if not size and piece.lstrip().startswith(b"<"):
            remedy = "If this network asks to sign in, do so in a browser, and try again"
            raise _Refused("a web page in place of the file", remedy)
        size += len(piece)
        if size > most:
            raise _Refused(f"more than {most:,} bytes")
        seen.update(piece)
        yield piece
    if seen.hexdigest() != right:
        raise _Refused(f"another file than expected ({size:,} bytes, {algorithm} {seen.hexdigest()})")


def _pieces(address: str, bar: Any) -> Iterator[bytes]:
    """Read in a thread, which may hang at any place: a server that drips, or says nothing, is given up."""
    pieces: queue.SimpleQueue[bytes | int | Exception] = queue.SimpleQueue()
    enough = threading.Event()
    threading.Thread(target=_read, args=(address, pieces.put, enough.is_set), daemon=True).start()
    try:
        while (piece := pieces.get(timeout=sum(TIMEOUT))) != b"":
            if isinstance(piece, Exception):
                raise _told(piece)
            if isinstance(piece, int):
                bar.reset(piece)
            else:
                bar.update(len(piece))
                yield piece
    except queue.Empty:
        raise _Refused(f"less than {PIECE / 1e3:.0f} kB in {TIMEOUT[1]:g} s") from None
    finally:
        enough.set()


def _read(address: str, put: Callable[[bytes | int | Exception], None], enough: Callable[[], bool]) -> None:
    import requests  # slow to import, and needed only here

    try:
        as_it_is = {"Accept-Encoding": "identity"}
        with requests.get(address, stream=True, timeout=TIMEOUT, headers=as_it_is) as response:
            response.raise_for_status()
            length = response.headers.get("Content-Length", "")
            put(int(length) if length.isdecimal() else 0)
            for piece in response.iter_content(PIECE):
                if enough():
                    return
                put(piece)
        put(b"")
    except Exception as error:  # is told where the pieces are awaited
        put(error)


def _told(error: Exception) -> _Refused:
    """What an error of the network means, and what to do."""
    import requests

    text, code = str(error), getattr(getattr(error, "response", None), "status_code", None)
    if code == 407 or (isinstance(error, requests.exceptions.ProxyError) and re.search(r"\b407\b", text)):
        remedy = "Set HTTP_PROXY and HTTPS_PROXY to http://USER:PASSWORD@HOST:PORT"
        return _Refused("a proxy that wants a name and a password (407)", remedy)
    if code == 511:
        return _Refused("a network that asks to sign in (511)", "Do so in a browser, and try again")
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return _Refused(f"answered {code} {error.response.reason}")
    if isinstance(error, requests.exceptions.ProxyError):
        return _Refused("a proxy that does not answer", "Check HTTP_PROXY and HTTPS_PROXY")
    if isinstance(error, requests.exceptions.InvalidSchema) and "SOCKS" in text:
        return _Refused("a SOCKS proxy, and no library that speaks to it", "Run: pip install pysocks")
    if isinstance(error, requests.exceptions.InvalidSchema | requests.exceptions.InvalidURL):
        return _Refused(f"no right address ({text})", "Check HTTP_PROXY and HTTPS_PROXY")
    if isinstance(error, requests.exceptions.SSLError):
        remedy = "Set REQUESTS_CA_BUNDLE to the file with the certificates of your network"
        return _Refused("a certificate that is not trusted", remedy)
    if isinstance(error, requests.Timeout):
        silent = isinstance(error, requests.ReadTimeout)
        return _Refused(f"no answer within {TIMEOUT[silent]:g} s")
    if isinstance(error, OSError) and not isinstance(error, requests.RequestException):
        remedy = "Set REQUESTS_CA_BUNDLE to the file with the certificates, or unset it"
        return _Refused(f"no file of certificates ({text})", remedy)
    what = "connection" if isinstance(error, requests.ConnectionError) else "usable answer"
    return _Refused(f"no {what} ({type(error).__name__})")
