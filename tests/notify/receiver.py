"""A webhook receiver on the loopback interface, which remembers every post and answers as it is told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import orjson


@dataclass
class Receiver:
    """``status`` is the answer; ``before_answer`` runs when a post has arrived and is not answered yet."""

    port: int = 0
    status: int = 204
    location: str | None = None
    before_answer: Callable[[], None] | None = None
    posts: list[tuple[dict[str, str], Any]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/alerts?team=clerks"

    def ids(self) -> list[str]:
        """The ids of the CloudEvents received, in order, batches unfolded."""
        return [event["id"] for event in self.events()]

    def events(self) -> list[dict[str, Any]]:
        return [event for _, body in self.posts for event in (body if isinstance(body, list) else [body])]


@contextmanager
def running_receiver() -> Iterator[Receiver]:
    """A receiver that answers until the block ends."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.posts.append((headers | {":path": self.path}, orjson.loads(body)))
            if receiver.before_answer is not None:
                receiver.before_answer()
            self.send_response(receiver.status)
            if receiver.location is not None:
                self.send_header("location", receiver.location)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Silence: the test asserts, the server does not chat."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.port = server.server_port
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
