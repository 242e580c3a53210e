"""Grafana's HTTP API as far as publishing needs it: the only module that calls it, through ``grafana-api``.

What is published, and whether it has to be, is decided in ``dashboards.publish``.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

import requests
from grafana_api.grafana_api import GrafanaClientError, GrafanaException, GrafanaServerError
from grafana_api.grafana_face import GrafanaFace

from services.adapters.config import ConfigError

Json = Mapping[str, Any]


class GrafanaError(Exception):
    """Grafana did not do it; the message says why, what to do, and holds no secret."""


@dataclass(frozen=True, slots=True)
class StoredBoard:
    """A dashboard as Grafana has it: its JSON, its version, and the folder it is in."""

    content: Json
    version: int
    folder_uid: str


class Grafana:
    """One Grafana, one token. Every call raises GrafanaError when it does not succeed."""

    def __init__(self, url: str, token: str, *, timeout_s: float) -> None:
        """Nothing is called yet. Raises: ConfigError for an address that cannot be used."""
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError as error:
            raise ConfigError(f"ESEP_GRAFANA_URL: {error}") from error
        path = parts.path.strip("/")
        self._url = url
        self._face = GrafanaFace(
            auth=token,
            host=f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname,
            port=port,
            url_path_prefix=f"{path}/" if path else "",
            protocol=parts.scheme,
            timeout=timeout_s,
        )

    def __enter__(self) -> Self:
        """Itself; leaving closes the connection."""
        return self

    def __exit__(self, *ended_by: object) -> None:
        """Close the connection; grafana-api leaves that to its session."""
        self._face.api.s.close()

    def has_folder(self, uid: str) -> bool:
        """Whether the folder is there and may be seen."""
        with self._explained(f"reading the folder {uid}"):
            return _found(lambda: self._face.folder.get_folder(uid)) is not None

    def create_folder(self, uid: str, title: str) -> None:
        """Create a folder at the top."""
        with self._explained(f"creating the folder {title}"):
            self._face.folder.create_folder(title, uid)

    def board(self, uid: str) -> StoredBoard | None:
        """The dashboard as stored; none when there is none."""
        with self._explained(f"reading the dashboard {uid}"):
            answer = _found(lambda: self._face.dashboard.get_dashboard(uid))
            if answer is None:
                return None
            content = answer["dashboard"]
            return StoredBoard(content, int(content["version"]), answer["meta"]["folderUid"])

    def save(self, content: Json, *, folder_uid: str, message: str) -> None:
        """Store a dashboard. Grafana refuses it when ``content`` names a version that is not the stored one."""
        body = {"dashboard": content, "folderUid": folder_uid, "message": message, "overwrite": False}
        with self._explained(f"storing the dashboard {content['uid']}"):
            self._face.dashboard.update_dashboard(body)

    @contextmanager
    def _explained(self, doing: str) -> Iterator[None]:
        try:
            yield
        except GrafanaException as error:
            raise GrafanaError(f"{doing}: {_meaning(error)}") from error
        except requests.exceptions.SSLError as error:
            raise GrafanaError(f"{doing}: {self._url} has no certificate this machine trusts") from error
        except requests.Timeout as error:
            raise GrafanaError(f"{doing}: {self._url} did not answer in time; try again") from error
        except requests.ConnectionError as error:
            raise GrafanaError(
                f"{doing}: nothing answers at {self._url}; check ESEP_GRAFANA_URL and that Grafana runs"
            ) from error
        except (requests.RequestException, KeyError, TypeError) as error:
            raise GrafanaError(
                f"{doing}: {self._url} answers, but not as Grafana's API does; check ESEP_GRAFANA_URL"
            ) from error


def _found(call: Callable[[], Any]) -> Any:  # noqa: ANN401  # grafana-api is untyped
    try:
        return call()
    except GrafanaClientError as error:
        if error.status_code == requests.codes.not_found:
            return None
        raise


_MEANINGS = {
    400: "Grafana refused the content (400): {said}",
    401: "Grafana does not accept the token (401); set ESEP_GRAFANA_TOKEN to one that is valid",
    403: "the token may not do this (403); give its service account the role Editor",
    404: "Grafana has no such thing (404); check ESEP_GRAFANA_URL, with its path if Grafana is under one",
    412: "somebody else changed it meanwhile (412: {said}); run it again to publish over that",
}


def _meaning(error: GrafanaException) -> str:
    said = error.response.get("message", "") if isinstance(error.response, dict) else ""
    if "provisioned" in said.lower():
        return (
            f"Grafana refused it ({said}): it comes from provisioning files there; "
            "change those files, or remove them before publishing"
        )
    if isinstance(error, GrafanaServerError):
        return f"Grafana failed ({error.status_code}: {said or 'no reason given'}); try again"
    unexpected = f"Grafana refused it ({error.status_code}: {said or 'no reason given'})"
    return _MEANINGS.get(error.status_code, unexpected).format(said=said or "no reason given")
