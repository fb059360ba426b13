"""Fixtures that several tests share."""

import http.server
import json
import threading

import numpy as np
import pytest
from tiny_data import checksums, tiny_files

from fmnist_lessons.data import download, idx_files
from fmnist_lessons.data.parts import Part
from fmnist_lessons.data.sketch import draw_garments
from fmnist_lessons.records.store import pack


@pytest.fixture(scope="session")
def garments():
    """A small training and validation part of drawn garments."""
    images, labels = draw_garments(600, seed=0)
    return (
        Part(images[:400], labels[:400], "train", "sketch"),
        Part(images[400:], labels[400:], "validation", "sketch"),
    )


@pytest.fixture
def make_record():
    """Make a record as a fit leaves it, with the accuracy that is asked for."""

    def make(name, seed, accuracy, *, n=1000, fingerprint="f", **more):
        rng = np.random.default_rng(seed)
        correct = np.zeros(n, bool)
        correct[rng.permutation(n)[: round(accuracy * n)]] = True
        measured = {"accuracy": float(correct.mean()), "loss": 0.3, "images": n, "correct": pack(correct)}
        record = {
            "chapter": "02_multilayer_perceptrons",
            "name": name,
            "seed": seed,
            "model": "mlp",
            "recipe": {},
            "fingerprint": fingerprint,
            "mode": "record",
            "data_source": "fashion-mnist",
            "checksums": {},
            "metrics": {"validation": measured},
            "seconds": {"wall": 10.0 + seed, "cpu": 20.0},
            "device": "a CPU",
            "parameters": 7850,
            **more,
        }
        return json.loads(json.dumps(record))

    return make


@pytest.fixture
def alone(tmp_path, monkeypatch):
    """No setting of the machine, no network, and a cache of one's own."""
    for name in ("FMNIST_DATA_DIR", "FMNIST_DATA", "FMNIST_QUICK", "FMNIST_MODE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FMNIST_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(download, "MIRRORS", ("http://127.0.0.1:9/",))


@pytest.fixture
def files(monkeypatch):
    """Tiny files by name, with the checksums that the loader expects."""
    files = tiny_files()
    for name, sha256 in checksums(files).items():
        monkeypatch.setitem(idx_files.CHECKSUMS, name, sha256)
    return files


@pytest.fixture
def folder(tmp_path, files):
    """A folder with the tiny files."""
    (tmp_path / "data").mkdir()
    for name, raw in files.items():
        (tmp_path / "data" / name).write_bytes(raw)
    return tmp_path / "data"


@pytest.fixture
def serve():
    """Start a server on 127.0.0.1 whose requests `answer(handler)` answers; give its address."""
    servers = []

    def start(answer):
        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *arguments):
                pass

        Handler.do_GET = answer
        servers.append(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        servers[-1].daemon_threads = True
        threading.Thread(target=servers[-1].serve_forever, args=(0.02,), daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}/"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def checks_raise(monkeypatch):
    """A check that finds an answer wrong raises, and so says what it found."""
    monkeypatch.setenv("FMNIST_CHECKS", "raise")
