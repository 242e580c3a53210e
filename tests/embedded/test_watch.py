"""Whoever is asked and answers nonsense does not answer; whoever asks goes on asking."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

import pytest

from services.adapters import home_metrics
from services.embedded import watch
from services.embedded.home import answers
from services.embedded.watch import HealthWatch, Told, ask_health
from tests.running_home import until

NONSENSE = (
    b"what?\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}",
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 100\r\n\r\n{}",
)


@contextmanager
def saying(raw: bytes) -> Iterator[str]:
    """A server that says this to whoever connects, and hangs up; its address."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(4096)
                    connection.sendall(raw)

        Thread(target=serve, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/healthz"
        finally:
            server.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("raw", NONSENSE, ids=["no status", "cut short", "refused and cut short"])
@pytest.mark.parametrize("ask", [ask_health, home_metrics._fetched], ids=["health", "metrics"])
def test_nonsense_is_no_answer(ask: Callable[[str], object], raw: bytes) -> None:
    with saying(raw) as url:
        assert ask(url) is None


def test_a_server_that_says_nonsense_is_not_ready() -> None:
    with saying(NONSENSE[0]) as url:
        assert not answers(url)


def test_a_question_that_goes_wrong_is_a_miss_and_the_next_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "ASK_EVERY_S", 0.01)
    said: list[Told | Exception] = [{"alive": True}]

    def ask() -> Told:
        answer = said[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    health = HealthWatch()
    try:
        health.follow("tracker", ask)
        until(lambda: health.told("tracker"), "it answered once")
        said[0] = ValueError("not of this kind")
        until(lambda: health.quiet("tracker"), "its silence is noticed", 10)
        said[0] = {"alive": True}
        until(lambda: health.quiet("tracker") is None, "its answer is heard", 10)
    finally:
        health.close()
