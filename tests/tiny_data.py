"""Tiny files that stand in for the official ones, and what tests do with them."""

import gzip
import hashlib

import numpy as np

from fmnist_lessons.data.loading import load_fashion_mnist

NAMES = ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz")
NAMES += ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz")


def idx(array):
    header = b"\0\0\x08" + bytes([array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
    return gzip.compress(header + array.astype(np.uint8).tobytes(), mtime=0)


def tiny_files(n=200):
    rng = np.random.default_rng(0)
    files = {}
    for images, labels, size in ((*NAMES[:2], n), (*NAMES[2:], n // 4)):
        files[images] = idx(rng.integers(256, size=(size, 28, 28)))
        files[labels] = idx(np.sort(np.arange(size) % 10))
    return files


def checksums(files):
    return {name: hashlib.sha256(raw).hexdigest() for name, raw in files.items()}


def send(raw, length=None):
    def answer(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(length or len(raw)))
        handler.end_headers()
        handler.wfile.write(raw)

    return answer


def load(folder=None, **settings):
    return load_fashion_mnist(data_dir=folder, progress=False, **{"validation_size": 40, **settings})


def cached_files(tmp_path):
    return sorted(path.name for path in (tmp_path / "cache").glob("*"))
