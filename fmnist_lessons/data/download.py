"""The four official files, fetched from the first address that gives them whole."""

from pathlib import Path

import pooch
from tqdm.auto import tqdm

from .idx_files import CHECKSUMS, ORIGIN, DataError, fault

MIRRORS = (
    ORIGIN,
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
)
TIMEOUT = (5.0, 30.0)  # seconds to connect, seconds of silence
_WITHOUT = "set FMNIST_DATA_DIR to a folder with the four .gz files, or FMNIST_DATA=sketch for drawn garments"


class UnavailableError(DataError):
    """The data are neither here nor to be had; nothing that is here is damaged."""


def download_missing(folder: Path, progress: bool) -> None:
    """Fetch into `folder` those of the four files that are not there."""
    for name, sha256 in CHECKSUMS.items():
        try:
            if not (folder / name).exists():  # a damaged one is left for `read_idx` to name
                folder.mkdir(parents=True, exist_ok=True)
                _download(name, sha256, folder, progress)
        except OSError as error:
            found = error.strerror or error
            remedy = f"Set FMNIST_CACHE_DIR to a folder with 100 MB free, or {_WITHOUT}."
            text = fault(folder, "a cache folder that can be written", found, remedy)
            raise UnavailableError(str(text)) from None


def _download(name: str, sha256: str, folder: Path, progress: bool) -> None:
    import requests  # slow to import, and needed only here

    pooch.get_logger().setLevel("WARNING")
    failures = []
    for mirror in MIRRORS:
        bar = tqdm(desc=name, total=1, unit="B", unit_scale=True, delay=0.5, disable=not progress)
        fetch = pooch.HTTPDownloader(progressbar=bar, chunk_size=2**16, timeout=TIMEOUT)
        try:
            with bar:
                pooch.retrieve(mirror + name, sha256, fname=name, path=folder, downloader=fetch)
            return
        except (requests.RequestException, ValueError) as error:
            failures.append(f"  {mirror + name}: {_reason(error)}")
    found = "\n".join(failures)
    remedy = f"Connect to a network and try again, or {_WITHOUT}."
    raise UnavailableError(
        f"{folder / name}: expected a download; found no address that gives it:\n{found}\n{remedy}"
    )


def _reason(error: Exception) -> str:
    import requests

    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"answered {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.Timeout):
        return f"no answer within {TIMEOUT[isinstance(error, requests.ReadTimeout)]:g} s"
    if isinstance(error, requests.RequestException):
        return f"no connection ({type(error).__name__})"
    return f"another file than expected ({error})"
