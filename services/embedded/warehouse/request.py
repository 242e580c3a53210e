"""One request of ClickHouse's HTTP interface, read: the statement, its parameters, settings and wishes for the answer.

Pure: bytes and headers in, a description out. Nothing is run, and nobody's password is checked here.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from typing import Final
from urllib.parse import parse_qsl

from services.embedded.warehouse.errors import BAD_ARGUMENTS, NOT_IMPLEMENTED, WarehouseRefusal

DEFAULT_USER: Final = "default"
DEFAULT_FORMAT: Final = "TabSeparated"
_HEADER_LIMIT: Final = 200

# Parameters of the protocol that are no settings of the engine. Sessions, roles and quotas do not exist at home.
_IGNORED: Final = frozenset(
    (
        *("user", "password", "quota_key", "role", "stacktrace", "buffer_size"),
        *("session_id", "session_timeout", "session_check", "close_session"),
        # Settings of the HTTP transport of a server: they would mean nothing to the engine.
        *("enable_http_compression", "http_zlib_compression_level", "http_write_exception_in_output_format"),
        *("send_progress_in_http_headers", "http_headers_progress_interval_ms", "http_wait_end_of_query"),
        *("cancel_http_readonly_queries_on_client_close", "http_response_buffer_size", "http_response_headers"),
    )
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who asks: name and password, from wherever the client wrote them."""

    user: str
    password: str


@dataclass(frozen=True, slots=True)
class QueryRequest:
    """What is asked. ``text`` is the statement, with inline data behind it; the rest says how to run and answer it."""

    text: bytes
    database: str | None = None
    default_format: str = DEFAULT_FORMAT
    query_id: str | None = None
    revision: int = 0
    whole_answer: bool = False
    compress: bool = True
    settings: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)


def read_credentials(query_string: str, headers: Message) -> Credentials:
    """From the X-ClickHouse headers, else HTTP basic authentication, else the URL, else ``default`` without password.

    Raises: WarehouseRefusal when the Authorization header is damaged.
    """
    if "X-ClickHouse-User" in headers or "X-ClickHouse-Key" in headers:
        return Credentials(headers.get("X-ClickHouse-User", DEFAULT_USER), headers.get("X-ClickHouse-Key", ""))
    scheme, _, encoded = headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise WarehouseRefusal(BAD_ARGUMENTS, "The Authorization header is not valid base64.") from error
        return Credentials(user, password)
    named = _pairs(query_string)
    return Credentials(named.get("user", DEFAULT_USER), named.get("password", ""))


def read_request(query_string: str, headers: Message, body: bytes) -> QueryRequest:
    """Put URL, headers and the (uncompressed) body together as ClickHouse does.

    The statement is the parameter ``query``, a line break, the body. Fields of a multipart body are parameters.
    Raises: WarehouseRefusal for what is not text, or not offered by this endpoint.
    """
    named = _pairs(query_string)
    if headers.get_content_type() == "multipart/form-data":
        named |= _form_fields(headers, body)
        body = b""
    query = named.pop("query", "").encode()
    if "1" in (named.pop("compress", "0"), named.pop("decompress", "0")):
        raise WarehouseRefusal(
            NOT_IMPLEMENTED,
            "ClickHouse's own block compression is not offered; use Accept-Encoding and Content-Encoding.",
        )
    return QueryRequest(
        text=b"\n".join(part for part in (query, body) if part),
        database=named.pop("database", "") or headers.get("X-ClickHouse-Database"),
        default_format=_plain(
            "default_format", named.pop("default_format", "") or headers.get("X-ClickHouse-Format", DEFAULT_FORMAT)
        ),
        query_id=_plain("query_id", named.pop("query_id", "")) or None,
        revision=_revision(named.pop("client_protocol_version", "0")),
        whole_answer=named.pop("wait_end_of_query", "0") == "1",
        compress=named.get("enable_http_compression", "1") != "0",
        parameters={name[6:]: value for name, value in named.items() if name.startswith("param_")},
        settings={
            name: value for name, value in named.items() if name not in _IGNORED and not name.startswith("param_")
        },
    )


def _pairs(query_string: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(query_string, keep_blank_values=True, errors="strict"))
    except (UnicodeDecodeError, ValueError) as error:
        raise WarehouseRefusal(BAD_ARGUMENTS, f"The parameters of the URL are not UTF-8 text: {error}.") from error


def _form_fields(headers: Message, body: bytes) -> dict[str, str]:
    head = f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode("latin-1")
    form = BytesParser(policy=HTTP).parsebytes(head + body)
    fields: dict[str, str] = {}
    for part in form.iter_parts():
        name = part.get_param("name", header="Content-Disposition")
        if not isinstance(name, str) or part.get_filename() is not None:
            raise WarehouseRefusal(
                NOT_IMPLEMENTED, "External tables (files in a form) are not offered by this endpoint."
            )
        content = part.get_payload(decode=True)
        try:
            fields[name] = content.decode() if isinstance(content, bytes) else ""
        except UnicodeDecodeError as error:
            raise WarehouseRefusal(BAD_ARGUMENTS, f"The form field {name} is not UTF-8 text: {error}.") from error
    return fields


def _plain(name: str, text: str) -> str:
    """The text, which will stand in a header of the answer."""
    if not text.isascii() or not text.isprintable() or len(text) > _HEADER_LIMIT:
        raise WarehouseRefusal(BAD_ARGUMENTS, f"{name} must be printable ASCII, at most {_HEADER_LIMIT} characters.")
    return text


def _revision(text: str) -> int:
    if not text.isdecimal():
        raise WarehouseRefusal(BAD_ARGUMENTS, f"client_protocol_version must be a number, not {text!r}.")
    return int(text)
