"""The four official files, fetched from the first address that gives them whole."""

from pathlib import Path

from ..machine import fetching
from .idx_files import CHECKSUMS, MOST, ORIGIN, DataError, fault

MIRRORS = (
    ORIGIN,
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
)
_WITHOUT = "set FMNIST_DATA_DIR to a folder with the four .gz files, or FMNIST_DATA=sketch for drawn garments"


class UnavailableError(DataError):
    """The data are neither here nor to be had; nothing that is here is damaged."""


def download_missing(folder: Path, progress: bool) -> None:
    """Fetch into `folder` those of the four files that are not there."""
    try:
        for path in (folder / name for name in CHECKSUMS):
            if not path.exists():  # a damaged one is left for `read_idx` to name
                addresses = [mirror + path.name for mirror in MIRRORS]
                checksum = f"sha256:{CHECKSUMS[path.name]}"
                fetching.fetch(path, addresses, checksum=checksum, most=MOST, bars=progress, without=_WITHOUT)
    except fetching.UnavailableError as error:
        raise UnavailableError(str(error)) from None
    except OSError as error:
        remedy = f"Set FMNIST_CACHE_DIR to a folder with 100 MB free, or {_WITHOUT}."
        text = fault(folder, "a cache folder that can be written", error.strerror or error, remedy)
        raise UnavailableError(str(text)) from None
