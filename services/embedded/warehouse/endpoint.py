"""ClickHouse's HTTP interface over the engine in this process: requests in, results and errors out.

Threads, sockets, headers and bodies live here; what a request means is read in ``request`` and
``statement``, and nothing here knows a table.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain, count
from threading import BoundedSemaphore
from typing import Any, Final

from services.adapters.environment import new_incarnation
from services.adapters.logs import logger_of
from services.embedded.warehouse import native
from services.embedded.warehouse.accounts import Account, Accounts
from services.embedded.warehouse.codings import ENCODERS, Encoder, Plain, best_coding, decoded
from services.embedded.warehouse.engine import Answer, Engine, Question
from services.embedded.warehouse.errors import (
    BAD_ARGUMENTS,
    TOO_MANY_SIMULTANEOUS_QUERIES,
    WarehouseRefusal,
    is_damage,
)
from services.embedded.warehouse.incoming import read_body
from services.embedded.warehouse.reader import ReaderRules
from services.embedded.warehouse.request import QueryRequest, read_credentials, read_request
from services.embedded.warehouse.statement import Statement, read_statement

log = logger_of(__name__)

LOOPBACK: Final = "127.0.0.1"
MAX_BODY_BYTES: Final = 256 * 1024 * 1024
MAX_QUERIES: Final = 32
QUEUE_S: Final = 10.0
IDLE_S: Final = 600.0
READER_MAX_SECONDS: Final = 60.0
# Up to here an answer is sent whole, with its length and an honest status.
BUFFER_BYTES: Final = 1024 * 1024
WORTH_COMPRESSING_BYTES: Final = 1024

_CONTENT_TYPES: Final = {
    "JSON": "application/json; charset=UTF-8",
    "JSONCompact": "application/json; charset=UTF-8",
    "JSONEachRow": "application/x-ndjson; charset=UTF-8",
    "CSV": "text/csv; charset=UTF-8; header=absent",
    "CSVWithNames": "text/csv; charset=UTF-8; header=present",
    "TabSeparated": "text/tab-separated-values; charset=UTF-8",
    "TabSeparatedWithNames": "text/tab-separated-values; charset=UTF-8",
    "XML": "application/xml; charset=UTF-8",
    **dict.fromkeys(("Native", "RowBinary", "Parquet", "Arrow", "ORC"), "application/octet-stream"),
}


class WarehouseServer(ThreadingHTTPServer):
    """The endpoint on the loopback interface; one thread per connection, a bounded number of queries at a time."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(
        self, engine: Engine, accounts: Accounts, port: int, on_damage: Callable[[], None] = lambda: None
    ) -> None:
        """Listen on ``port`` (0: any free one). ``on_damage`` is told when the engine cannot read what it has stored.

        Raises: OSError when the port is taken.
        """
        self.engine = engine
        self.accounts = accounts
        self.reader_rules = ReaderRules.of(engine.table_functions(), READER_MAX_SECONDS)
        self.mark = new_incarnation()
        self._on_damage = on_damage
        self._numbers = count(1)
        self._free = BoundedSemaphore(MAX_QUERIES)
        self._stopping = False
        super().__init__((LOOPBACK, port), WarehouseHandler)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{LOOPBACK}:{self.server_port}"

    def note(self, refusal: WarehouseRefusal) -> None:
        """A refusal of the engine; damage is told on."""
        if is_damage(refusal):
            log.error("the engine cannot read a part that it wrote", code=refusal.code, reason=str(refusal)[:500])
            self._on_damage()

    def new_query_id(self) -> str:
        """An id no other query of this or an earlier run has."""
        return f"{self.mark}-{next(self._numbers)}"

    @contextmanager
    def one_query(self) -> Iterator[None]:
        """Room for one query, waited for at most ``QUEUE_S``.

        Raises: WarehouseRefusal when there is none, or the server is stopping.
        """
        if self._stopping or not self._free.acquire(timeout=QUEUE_S):
            reason = "The server is stopping." if self._stopping else f"{MAX_QUERIES} queries are running."
            raise WarehouseRefusal(TOO_MANY_SIMULTANEOUS_QUERIES, f"{reason} Try again.")
        try:
            yield
        finally:
            self._free.release()

    def drain(self, timeout_s: float) -> bool:
        """Begin no more queries and wait for the running ones; whether all have ended in time."""
        self._stopping = True
        end = time.monotonic() + timeout_s
        taken = 0
        # Whoever holds every permit is alone.
        while taken < MAX_QUERIES and self._free.acquire(timeout=max(0.0, end - time.monotonic())):
            taken += 1
        drained = taken == MAX_QUERIES
        for _ in range(0 if drained else taken):
            self._free.release()
        return drained

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  # as the base class has it
        """A mistake of ours in a handler: logged with its trace; the connection is closed."""
        log.error("request failed", client=str(client_address), exc_info=sys.exc_info())


class WarehouseHandler(BaseHTTPRequestHandler):
    """One connection."""

    server: WarehouseServer
    protocol_version = "HTTP/1.1"
    server_version = "esep-warehouse"
    sys_version = ""
    timeout = IDLE_S
    # Head and body leave in one write: apart, the kernel holds the second back until the first is acknowledged.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Ping, or a query that changes nothing."""
        self._answer()

    def do_HEAD(self) -> None:
        """Whether somebody is there."""
        self._send_text(HTTPStatus.OK, "")

    def do_POST(self) -> None:
        """Any statement."""
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:
        """No line per request."""

    def _answer(self) -> None:
        path, _, query_string = self.path.partition("?")
        self._query_id = ""
        try:
            self._refuse_foreign_pages()
            if path in ("/ping", "/replicas_status") or (self.command == "GET" and self.path == "/"):
                self._send_text(HTTPStatus.OK, "Ok.\n")
            elif path == "/":
                self._answer_query(query_string)
            else:
                self._send_text(HTTPStatus.NOT_FOUND, f"There is no handle {path}; use / or /ping.\n")
        except WarehouseRefusal as refusal:
            log.info("query refused", code=refusal.code, query_id=self._query_id)
            self.server.note(refusal)
            self._send_refusal(refusal)
        except (ConnectionError, TimeoutError) as error:
            log.info("client went away", reason=type(error).__name__, query_id=self._query_id)
            self.close_connection = True

    def _refuse_foreign_pages(self) -> None:
        """A web page in somebody's browser must not reach this port: neither by its own name nor as a stranger."""
        host = self.headers.get("Host", LOOPBACK).rpartition(":")
        if (host[0] or host[2]) not in (LOOPBACK, "localhost") or "Origin" in self.headers:
            self.close_connection = True
            raise WarehouseRefusal(BAD_ARGUMENTS, "Only programs on this machine are answered, by the name 127.0.0.1.")

    def _answer_query(self, query_string: str) -> None:
        account, sent = self._admitted(query_string)
        with self.server.one_query():
            body = decoded(sent, self.headers.get("Content-Encoding", ""), MAX_BODY_BYTES)
            request = read_request(query_string, self.headers, body)
            self._query_id = request.query_id or self.server.new_query_id()
            statement = read_statement(request.text)
            question = self._question(account, request, statement)
            if statement.insert is not None:
                self._send_answer(self.server.engine.insert(question, statement.insert), None, request)
            elif statement.only_reads and not request.whole_answer:
                with closing(self.server.engine.stream(question)) as stream:
                    pieces = map(_framing(question, request), stream)
                    self._send_stream(pieces, question.output_format, request)
            else:
                answer = self.server.engine.run(question)
                answer = replace(answer, body=_framing(question, request)(answer.body))
                self._send_answer(answer, question.output_format if statement.returns_rows else None, request)

    def _admitted(self, query_string: str) -> tuple[Account, bytes]:
        """Who asks, and the body they sent; a stranger's body is not read."""
        closing_anyway = self.close_connection
        # What is left unread of a body would be taken for the next request.
        self.close_connection = True
        account = self.server.accounts.admit(read_credentials(query_string, self.headers))
        sent = read_body(self.rfile, self.headers, MAX_BODY_BYTES)
        self.close_connection = closing_anyway
        return account, sent

    def _question(self, account: Account, request: QueryRequest, statement: Statement) -> Question:
        sql, settings = statement.sql, dict(request.settings)
        if account.read_only:
            sql, settings = self.server.reader_rules.admit(statement, settings)
        elif self.command == "GET":
            settings.setdefault("readonly", "2")
        return Question(
            sql=sql,
            output_format=statement.output_format or request.default_format,
            database=request.database,
            settings=settings,
            parameters=request.parameters,
        )

    def _send_stream(self, pieces: Iterator[bytes], output_format: str, request: QueryRequest) -> None:
        held: list[bytes] = []
        for piece in pieces:
            held.append(piece)
            if sum(map(len, held)) > BUFFER_BYTES:
                break
        else:
            self._send_answer(Answer(b"".join(held)), output_format, request)
            return
        coding = self._coding(request)
        self._send_head(HTTPStatus.OK, output_format, coding)
        self.send_header("X-ClickHouse-Exception-Tag", self.server.mark)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self._write_chunks(chain(held, pieces), ENCODERS[coding]() if coding else Plain())

    def _write_chunks(self, pieces: Iterator[bytes], encoder: Encoder) -> None:
        failure = b""
        try:
            for piece in pieces:
                self._write_chunk(encoder.compress(piece))
        except WarehouseRefusal as refusal:
            # The status has been sent; clients find the error by its tag, and the missing last chunk shows it to all.
            log.warning("query failed in the middle of its answer", code=refusal.code, query_id=self._query_id)
            self.server.note(refusal)
            failure = _marked(refusal.text(self.server.engine.version), self.server.mark)
        self._write_chunk(encoder.compress(failure) + encoder.flush())
        if failure:
            self.close_connection = True
        else:
            self.wfile.write(b"0\r\n\r\n")

    def _write_chunk(self, data: bytes) -> None:
        if data:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))

    def _send_answer(self, answer: Answer, output_format: str | None, request: QueryRequest) -> None:
        body = answer.body
        coding = self._coding(request) if len(body) >= WORTH_COMPRESSING_BYTES else None
        if coding is not None:
            encoder = ENCODERS[coding]()
            body = encoder.compress(body) + encoder.flush()
        self._send_head(HTTPStatus.OK, output_format, coding)
        self.send_header("X-ClickHouse-Summary", _summary(answer))
        self._send_body(body)

    def _coding(self, request: QueryRequest) -> str | None:
        return best_coding(self.headers.get("Accept-Encoding", "")) if request.compress else None

    def _send_head(self, status: HTTPStatus, output_format: str | None, coding: str | None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", _CONTENT_TYPES.get(output_format or "", "text/plain; charset=UTF-8"))
        self.send_header("X-ClickHouse-Query-Id", self._query_id)
        self.send_header("X-ClickHouse-Timezone", "UTC")
        if output_format is not None:
            self.send_header("X-ClickHouse-Format", output_format)
        if coding is not None:
            self.send_header("Content-Encoding", coding)

    def _send_refusal(self, refusal: WarehouseRefusal) -> None:
        self._send_head(refusal.status, None, None)
        self.send_header("X-ClickHouse-Exception-Code", str(refusal.code))
        if self.close_connection:
            self.send_header("Connection", "close")
        self._send_body(refusal.text(self.server.engine.version).encode())

    def _send_text(self, status: HTTPStatus, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=UTF-8")
        self._send_body(text.encode())

    def _send_body(self, body: bytes) -> None:
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _framing(question: Question, request: QueryRequest) -> Callable[[bytes], bytes]:
    """What is done to the engine's bytes before they are sent."""
    newer = question.output_format == "Native" and request.revision >= native.FIRST_REVISION
    return native.with_block_headers if newer else bytes


def _summary(answer: Answer) -> str:
    counts = {
        "read_rows": answer.read_rows,
        "read_bytes": answer.read_bytes,
        "written_rows": answer.written_rows,
        "written_bytes": answer.written_bytes,
        "total_rows_to_read": "0",
        "result_rows": answer.result_rows,
        "result_bytes": len(answer.body),
        "elapsed_ns": answer.elapsed_ns,
    }
    return json.dumps({name: str(value) for name, value in counts.items()})


def _marked(message: str, tag: str) -> bytes:
    """An error inside a result, as ClickHouse writes it: between markers that no data contain."""
    text = message.encode()
    head = f"\r\n__exception__\r\n{tag}\r\n".encode()
    return head + text + f"\n{len(text)} {tag}\r\n__exception__\r\n".encode()
