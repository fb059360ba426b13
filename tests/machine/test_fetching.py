"""Downloads from servers, proxies and networks of every kind: whole, or refused with the cause."""

import hashlib
import re
import socketserver
import threading
import time

import pytest

from fmnist_lessons.machine import fetching
from fmnist_lessons.machine.fetching import UnavailableError, fetch

CONTENT = b"\x1f\x8b" + bytes(range(256)) * 2_000
SHA256 = "sha256:" + hashlib.sha256(CONTENT).hexdigest()
OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(CONTENT)
SETTINGS = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch):
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def server():
    """A server on this machine that says the pieces that it is given, with seconds in between; its port."""
    servers = []

    def start(pieces, pause=0.0):
        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                self.request.recv(4096)
                try:
                    for piece in pieces:
                        self.request.sendall(piece)
                        time.sleep(pause)
                except OSError:  # the other side has gone
                    return

        servers.append(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler))
        servers[-1].daemon_threads = True
        threading.Thread(target=servers[-1].serve_forever, args=(0.02,), daemon=True).start()
        return servers[-1].server_address[1]

    yield start
    for one in servers:
        one.shutdown()
        one.server_close()


def fetched(tmp_path, *addresses, checksum=SHA256):
    fetch(
        tmp_path / "file.gz",
        addresses,
        checksum=checksum,
        most=len(CONTENT),
        bars=False,
        without="bring it along",
    )
    return (tmp_path / "file.gz").read_bytes()


def endless():
    yield OK + b"\r\n"
    while True:
        yield bytes(2**20)


ANSWERS = {  # pieces, seconds between them, what is found
    "nothing there": ([b"HTTP/1.1 404 Not Found\r\n\r\n"], 0, "answered 404 Not Found. Connect to a network"),
    "forbidden": ([b"HTTP/1.1 403 Forbidden\r\n\r\n"], 0, "answered 403 Forbidden"),
    "broken": ([b"HTTP/1.1 503 Busy\r\n\r\n<html>"], 0, "answered 503 Busy"),
    "round in circles": ([b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n"], 0, "no usable answer .TooManyRedir"),
    "another language": ([b"220 ftp ready\r\n"], 0, "no connection"),
    "hangs up": ([], 0, "no connection"),
    "cut": ([OK + LENGTH + b"\r\n" + CONTENT[:100_000]], 0, "no (connection|usable answer)"),
    "cut without a length": ([OK + b"\r\n" + CONTENT[:100_000]], 0, "another file than expected .100,000 b"),
    "another file": ([OK + b"\r\n" + CONTENT[::-1]], 0, "another file than expected .512,002 bytes, sha256"),
    "nothing": ([OK + b"\r\n"], 0, "another file than expected .0 bytes"),
    "more": ([OK + b"\r\n" + CONTENT + b"x"], 0, "more than 512,002 bytes"),
    "without end": (endless(), 0, "more than 512,002 bytes"),
    "a lying length": ([OK + b"Content-Length: -5\r\n\r\n" + CONTENT[:-1]], 0, "another file than expected"),
    "a page": (
        [OK + b"\r\n<!DOCTYPE html><html>Sign in</html>"],
        0,
        "a web page in place of .* in a browser",
    ),
    "a page below": ([OK + b"\r\n\n\n <html>"], 0, "a web page in place of .* in a browser"),
    "XML": ([OK + b"\r\n<?xml version='1.0'?><Error>"], 0, "a web page in place of the file"),
    "sign in": (
        [b"HTTP/1.1 511 Network Authentication Required\r\n\r\n"],
        0,
        r"sign in \(511\). Do so",
    ),
    "silence": ([b""], 2, r"no answer within 0.3 s"),
    "dripping headers": ([OK[n : n + 1] for n in range(len(OK))], 0.1, "less than 66 kB in 0.3 s"),
    "dripping": ([OK + LENGTH + b"\r\n", *([b"x"] * 100)], 0.1, "less than 66 kB in 0.3 s"),
    "half, then nothing": (
        [OK + LENGTH + b"\r\n" + CONTENT[:99], b""],
        2,
        "(less than|no usable answer|no co)",
    ),
    "a proxy with a password": (
        [b"HTTP/1.1 407 No\r\n\r\n"],
        0,
        r"password \(407\). Set .*USER:PASS",
    ),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_what_is_not_the_file_is_refused_with_the_cause_first(server, tmp_path, monkeypatch, answer):
    pieces, pause, found = ANSWERS[answer]
    address = f"http://127.0.0.1:{server(pieces, pause)}/"
    if pause:
        monkeypatch.setattr(fetching, "TIMEOUT", (0.2, 0.3))
    with pytest.raises(UnavailableError, match=rf"file.gz: expected a download; found .*{found}") as caught:
        fetched(tmp_path, address)
    first, second = str(caught.value).splitlines()
    assert first.endswith(", or bring it along.")
    assert second.startswith(f"  {address}: ")
    assert list(tmp_path.iterdir()) == []


def test_the_file_comes_from_the_first_address_that_gives_it(server, tmp_path):
    bad, good = server([b"HTTP/1.1 404 No\r\n\r\n"]), server([OK + LENGTH + b"\r\n", CONTENT])
    assert fetched(tmp_path, *(f"http://127.0.0.1:{port}/" for port in (bad, good))) == CONTENT
    md5 = "md5:" + hashlib.md5(CONTENT).hexdigest()
    assert fetched(tmp_path, f"http://127.0.0.1:{good}/", checksum=md5) == CONTENT


def test_a_cause_on_this_side_comes_first_and_each_address_has_its_line(server, tmp_path):
    ports = (server([b"HTTP/1.1 404 No\r\n\r\n"]), server([OK + b"\r\n<html>"]))
    with pytest.raises(UnavailableError) as caught:
        fetched(tmp_path, *(f"http://127.0.0.1:{port}/" for port in ports))
    first, *lines = str(caught.value).splitlines()
    assert "found a web page" in first
    assert [line.split(": ")[1] for line in lines] == ["answered 404 No", "a web page in place of the file"]


TUNNEL = [b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"]
NETWORKS = {
    "no CA bundle": (
        {"REQUESTS_CA_BUNDLE": "/nowhere.pem"},
        "no file of certificates .*nowhere.pem.*Set REQUESTS_CA_BUNDLE",
    ),
    "no CA bundle of curl": ({"CURL_CA_BUNDLE": "/nowhere.pem"}, "no file of certificates .*nowhere.pem"),
    "a CA bundle that is none": (
        {"REQUESTS_CA_BUNDLE": __file__},
        "no connection|certificate",
    ),
    "no SOCKS library": ({"HTTPS_PROXY": "socks5h://127.0.0.1:9"}, "a SOCKS proxy.*install pysocks|no con"),
    "no proxy": ({"HTTPS_PROXY": "http://127.0.0.1:9"}, "a proxy that does not answer. Check HTTP_PROXY"),
    "no address": ({"HTTPS_PROXY": "http://:::"}, "no right address .*Check HTTP_PROXY"),
    "a tunnel with a password": (
        {"HTTPS_PROXY": "http://127.0.0.1:{port}"},
        r"\(407\). Set HTTP_PROXY",
    ),
    "no TLS": ({}, "a certificate that is not trusted. Set REQUESTS_CA_BUNDLE"),
}


@pytest.mark.parametrize("network", NETWORKS)
def test_what_a_network_wants_is_told_first(server, tmp_path, monkeypatch, network):
    settings, found = NETWORKS[network]
    port = server(TUNNEL)
    for name, value in settings.items():
        monkeypatch.setenv(name, value.format(port=port))
    with pytest.raises(UnavailableError) as caught:
        fetched(tmp_path, f"https://127.0.0.1:{port}/")
    assert re.search(found, str(caught.value).splitlines()[0])


def test_a_disk_that_is_full_is_another_thing_than_a_network_that_fails(server, tmp_path, monkeypatch):
    (tmp_path / "folder").touch()
    port = server([OK + LENGTH + b"\r\n" + CONTENT])
    with pytest.raises(OSError, match=r"File exists|Not a directory"):
        fetched(tmp_path / "folder", f"http://127.0.0.1:{port}/")
