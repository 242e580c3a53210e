"""A strict Grafana on the loopback interface: the folder and dashboard API, and nothing it does not know.

It refuses unknown fields, paths, tokens and outdated versions as Grafana 13 does, and remembers every request.
"""

import copy
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

EDITOR_TOKEN = "glsa_editor_1f0c"
VIEWER_TOKEN = "glsa_viewer_77ab"

BOARD_FIELDS = {
    *("annotations", "description", "editable", "fiscalYearStartMonth", "graphTooltip", "id", "links"),
    *("panels", "refresh", "schemaVersion", "tags", "templating", "time", "timepicker", "timezone"),
    *("title", "uid", "version"),
}
PANEL_FIELDS = {
    *("collapsed", "datasource", "description", "fieldConfig", "gridPos", "id", "options", "panels"),
    *("repeatDirection", "targets", "title", "transparent", "type"),
}
TARGET_FIELDS = {
    *("datasource", "editorType", "format", "meta", "pluginVersion", "queryType", "rawSql", "refId"),
}


class RefusedError(Exception):
    """An answer with an error status."""

    def __init__(self, status: int, message: str, *, reason: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.body = {"message": message} | ({"status": reason} if reason else {})


@dataclass
class FakeGrafana:
    """What Grafana holds, and what was asked of it."""

    url: str = ""
    folders: dict[str, str] = field(default_factory=dict)
    boards: dict[str, dict[str, Any]] = field(default_factory=dict)
    folder_of: dict[str, str] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)
    provisioned: set[str] = field(default_factory=set)
    broken: bool = False
    not_grafana: bool = False
    saved_by_others_after_reading: set[str] = field(default_factory=set)

    @property
    def writes(self) -> list[str]:
        """Paths of the requests that changed something, or meant to."""
        return [path for method, path in self.requests if method != "GET"]

    def answer(self, method: str, path: str, token: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer to one request. Raises: RefusedError."""
        self.requests.append((method, path))
        if self.broken:
            raise RefusedError(500, "database is locked")
        if token not in (EDITOR_TOKEN, VIEWER_TOKEN):
            raise RefusedError(401, "Invalid API key")
        if method == "POST" and token == VIEWER_TOKEN:
            raise RefusedError(403, "You'll need additional permissions to perform this action")
        match method, path.removeprefix("/api").strip("/").split("/"):
            case "GET", ["folders", uid]:
                return self._folder(uid)
            case "POST", ["folders"]:
                return self._create_folder(body)
            case "GET", ["dashboards", "uid", uid]:
                return self._board(uid)
            case "POST", ["dashboards", "db"]:
                return self._save(body)
        raise RefusedError(404, "Not found")

    def _folder(self, uid: str) -> dict[str, Any]:
        if uid not in self.folders:
            raise RefusedError(404, "folder not found", reason="not-found")
        return {"uid": uid, "title": self.folders[uid], "version": 1}

    def _create_folder(self, body: dict[str, Any]) -> dict[str, Any]:
        _only(body, {"title", "uid"}, "folder")
        if body["uid"] in self.folders:
            raise RefusedError(412, "a folder with this uid exists")
        self.folders[body["uid"]] = body["title"]
        return self._folder(body["uid"])

    def _board(self, uid: str) -> dict[str, Any]:
        if uid not in self.boards:
            raise RefusedError(404, "Dashboard not found")
        board = copy.deepcopy(self.boards[uid])
        if uid in self.saved_by_others_after_reading:
            self.boards[uid]["version"] += 1
        return {"dashboard": board, "meta": {"folderUid": self.folder_of[uid], "slug": uid}}

    def _save(self, body: dict[str, Any]) -> dict[str, Any]:
        _only(body, {"dashboard", "folderUid", "message", "overwrite"}, "request")
        board = body["dashboard"]
        _check(board)
        uid, stored = board["uid"], self.boards.get(board["uid"])
        if uid in self.provisioned:
            raise RefusedError(400, "Cannot save provisioned dashboard")
        if body["folderUid"] not in self.folders:
            raise RefusedError(400, "folder not found")
        if stored is not None and not body["overwrite"] and board.get("version") != stored["version"]:
            raise RefusedError(412, "The dashboard has been changed by someone else", reason="version-mismatch")
        version = 1 if stored is None else stored["version"] + 1
        added = {"id": len(self.boards) + 1, "version": version, "weekStart": "", "liveNow": False}
        self.boards[uid] = copy.deepcopy(board) | added
        self.folder_of[uid] = body["folderUid"]
        return {"uid": uid, "version": version, "status": "success"}


def _check(board: dict[str, Any]) -> None:
    _only(board, BOARD_FIELDS, "dashboard")
    for needed in ("title", "uid", "schemaVersion", "panels"):
        if needed not in board:
            raise RefusedError(400, f"dashboard has no {needed}")
    for panel in board["panels"]:
        _only(panel, PANEL_FIELDS, "panel")
        for target in panel.get("targets", []):
            _only(target, TARGET_FIELDS, "target")


def _only(given: dict[str, Any], known: set[str], what: str) -> None:
    unknown = sorted(given.keys() - known)
    if unknown:
        raise RefusedError(400, f"unknown field {unknown[0]} in {what}")


@contextmanager
def running() -> Iterator[FakeGrafana]:
    """A Grafana without folders and dashboards, under the path /grafana of a free loopback port."""
    grafana = FakeGrafana()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._reply("GET")

        def do_POST(self) -> None:
            self._reply("POST")

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

        def _reply(self, method: str) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
            if grafana.not_grafana or not self.path.startswith("/grafana/"):
                return self._send(200 if grafana.not_grafana else 404, b"<html>hello</html>", "text/html")
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            try:
                answer, status = grafana.answer(method, self.path.removeprefix("/grafana"), token, body), 200
            except RefusedError as refused:
                answer, status = refused.body, refused.status
            return self._send(status, json.dumps(answer).encode(), "application/json")

        def _send(self, status: int, content: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    grafana.url = f"http://127.0.0.1:{server.server_port}/grafana/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield grafana
    finally:
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()
