"""Webhooks: the file that lists them, which addresses may be reached, and one guarded HTTP POST.

What is sent, how often and to whom is the caller's business. Addresses and tokens never enter a log or an event.
"""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Collection, Sequence
from ipaddress import IPv6Address, IPv6Network, ip_address
from pathlib import Path
from typing import Annotated, Final, Literal

import httpx
import yaml
from pydantic import BaseModel, ConfigDict, StringConstraints, TypeAdapter, ValidationError

from services.adapters.config import ConfigError
from services.adapters.validation_messages import faults_of

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""From (host, port) to its numeric addresses."""

Forwarding = Literal["application/cloudevents+json", "application/cloudevents-batch+json"]

_LOCAL_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_TUNNELS: Final = tuple(IPv6Network(network) for network in ("2002::/16", "2001::/32", "64:ff9b::/96"))
"""6to4, Teredo and NAT64: each hides an IPv4 address, which may be a private one."""
_TRANSIENT_STATUS: Final = frozenset({408, 425, 429})


class Webhook(BaseModel):
    """One receiver: ``name`` is what records call it; ``bearer_env`` names the variable that holds its token."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=60)]
    url: Annotated[str, StringConstraints(pattern=r"^https?://", max_length=2000)]
    bearer_env: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")] | None = None


class WebhookFailed(Exception):
    """A receiver did not take what was posted; ``reason`` is a code, ``transient`` whether trying again may help."""

    def __init__(self, reason: str, *, transient: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.transient = transient


def load_webhooks(path: Path, *, loopback: bool, taken_names: Collection[str] = ()) -> list[Webhook]:
    """The receivers a YAML file lists: ``[{name, url, bearer_env?}, …]``; none may have a name taken by another channel.

    Raises: ConfigError naming the file and the entry, for an address that may not be used as well.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        webhooks = TypeAdapter(list[Webhook]).validate_python(content if content is not None else [])
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); check ESEP_NOTIFY_WEBHOOKS") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: is not YAML: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        fault = faults_of(error)[0]
        raise ConfigError(f"{path}: {fault.field} {fault.text}; list entries of name, url and bearer_env") from error
    for webhook in webhooks:
        fault_text = _fault_of(webhook, loopback)
        if fault_text is not None:
            raise ConfigError(f"{path}: webhook {webhook.name}: {fault_text}")
    names = [*taken_names, *(webhook.name for webhook in webhooks)]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ConfigError(f"{path}: two channels are called {twice}; rename one, or records could not tell them apart")
    return webhooks


def is_reachable(address: str, *, loopback: bool) -> bool:
    """Whether a numeric address may be connected to: public ones, and this machine's own when ``loopback`` says so."""
    ip = ip_address(address)
    if isinstance(ip, IPv6Address) and any(ip in network for network in _TUNNELS):
        return False
    if ip.is_loopback:
        return loopback
    return ip.is_global and not ip.is_multicast


async def system_addresses(host: str, port: int) -> Sequence[str]:
    """What this machine's resolver says.

    Raises: OSError when it knows no address.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class WebhookClient:
    """Posts to one receiver. It resolves once for each post and connects to the very address it has checked."""

    def __init__(
        self, webhook: Webhook, *, loopback: bool, timeout_s: float, resolve: Resolve = system_addresses
    ) -> None:
        """``timeout_s`` bounds a whole post.

        Raises: ConfigError when the variable with the token is not set.
        """
        self._url = httpx.URL(webhook.url)
        self._loopback = loopback
        self._timeout_s = timeout_s
        self._resolve = resolve
        self._authorization = _authorization(webhook)
        # No proxy or netrc of the environment: it would connect to other addresses than the one that was checked.
        self._client = httpx.AsyncClient(follow_redirects=False, trust_env=False, timeout=timeout_s)

    async def post(self, body: bytes, content_type: Forwarding) -> None:
        """Hand ``body`` over; it is taken when the answer is 2xx. Redirects are not followed.

        Raises: WebhookFailed.
        """
        try:
            async with asyncio.timeout(self._timeout_s):
                status = await self._post(body, content_type)
        except TimeoutError as error:
            raise WebhookFailed("timeout", transient=True) from error
        except httpx.HTTPError as error:
            raise WebhookFailed("unreachable", transient=True) from error
        if 300 <= status < 400:
            raise WebhookFailed("redirect_refused", transient=False)
        if not 200 <= status < 300:
            raise WebhookFailed(f"http_{status}", transient=status >= 500 or status in _TRANSIENT_STATUS)

    async def close(self) -> None:
        """Close kept connections."""
        await self._client.aclose()

    async def _post(self, body: bytes, content_type: Forwarding) -> int:
        address = await self._checked_address()
        request = self._client.build_request(
            "POST",
            self._url.copy_with(host=address),
            content=body,
            headers={"host": self._url.netloc.decode(), "content-type": content_type, **self._authorization},
            extensions={"sni_hostname": self._url.host},
        )
        response = await self._client.send(request, stream=True)
        await response.aclose()
        return response.status_code

    async def _checked_address(self) -> str:
        try:
            found = await self._resolve(self._url.host, self._url.port or 443)
        except OSError as error:
            raise WebhookFailed("unresolvable", transient=True) from error
        plain = self._url.scheme == "http"
        allowed = [is_reachable(each, loopback=self._loopback) for each in found]
        if not all(allowed) or (plain and not all(ip_address(each).is_loopback for each in found)):
            raise WebhookFailed("address_refused", transient=False)
        if not found:
            raise WebhookFailed("unresolvable", transient=True)
        return found[0]


def _fault_of(webhook: Webhook, loopback: bool) -> str | None:
    try:
        url = httpx.URL(webhook.url)
    except httpx.InvalidURL as error:
        return f"url is not an address ({error})"
    local = url.host in _LOCAL_NAMES
    private = _is_numeric(url.host) and not local and not is_reachable(url.host, loopback=loopback)
    faults = (
        (not url.host, "url has no host"),
        (bool(url.userinfo), "url carries a password; name a variable with the token in bearer_env instead"),
        (url.scheme == "http" and not local, "http is for this machine only; use https"),
        (local and not loopback, "it points to this machine; set ESEP_NOTIFY_ALLOW_LOOPBACK=true to allow that"),
        (private, "private and link-local addresses are refused"),
    )
    return next((text for found, text in faults if found), None)


def _is_numeric(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _authorization(webhook: Webhook) -> dict[str, str]:
    if webhook.bearer_env is None:
        return {}
    token = os.environ.get(webhook.bearer_env)
    if not token:
        raise ConfigError(f"webhook {webhook.name}: the variable {webhook.bearer_env} with its token is not set")
    return {"authorization": f"Bearer {token}"}
