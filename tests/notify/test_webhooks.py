"""Webhooks: what is posted, which addresses are refused, and how a receiver's answer is understood."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from services.adapters.codec import decode, encode
from services.adapters.config import ConfigError
from services.adapters.webhooks import Resolve, Webhook, WebhookClient, WebhookFailed, is_reachable, load_webhooks
from services.notify.channels import WebhookChannel, open_channels
from services.notify.settings import NotifySettings
from tests.notify.alerts import raised
from tests.notify.receiver import Receiver, running_receiver
from tests.ports import free_port


async def _post(webhook: Webhook, resolve: Resolve | None, loopback: bool) -> None:
    more = {} if resolve is None else {"resolve": resolve}
    client = WebhookClient(webhook, loopback=loopback, timeout_s=5, **more)
    try:
        await client.post(b"{}", "application/cloudevents+json")
    finally:
        await client.close()


def failure_of(url: str, resolve: Resolve | None = None, *, loopback: bool = True) -> WebhookFailed:
    """What posting to this address fails with."""
    with pytest.raises(WebhookFailed) as failed:
        asyncio.run(_post(Webhook(name="hook", url=url), resolve, loopback))
    return failed.value


def resolving_to(*addresses: str) -> Resolve:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return addresses

    return resolve


async def _send(receiver: Receiver, *numbers: int, bearer_env: str | None = None) -> None:
    webhook = Webhook(name="hook", url=receiver.url, bearer_env=bearer_env)
    channel = WebhookChannel(webhook, WebhookClient(webhook, loopback=True, timeout_s=5))
    try:
        await channel.send([raised(number, simulation="kz-demo") for number in numbers])
    finally:
        await channel.close()


def test_a_receiver_gets_the_cloudevent_as_it_is_with_its_label(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLERKS_TOKEN", "s3cret")
    with running_receiver() as receiver:
        asyncio.run(_send(receiver, 1, bearer_env="CLERKS_TOKEN"))
        [(headers, body)] = receiver.posts
    assert headers["content-type"] == "application/cloudevents+json"
    assert headers["authorization"] == "Bearer s3cret"
    assert headers["host"] == f"127.0.0.1:{receiver.port}"
    assert headers[":path"] == "/alerts?team=clerks"
    assert body["simulation"] == "kz-demo"
    assert decode(encode(raised(1, simulation="kz-demo"))).id.hex == body["id"].replace("-", "")


def test_a_digest_is_one_cloudevents_batch() -> None:
    with running_receiver() as receiver:
        asyncio.run(_send(receiver, 1, 2, 3))
        [(headers, body)] = receiver.posts
    assert headers["content-type"] == "application/cloudevents-batch+json"
    assert [event["data"]["title"] for event in body] == ["Question 1", "Question 2", "Question 3"]


@pytest.mark.parametrize(
    ("status", "reason", "transient"),
    [
        (302, "redirect_refused", False),
        (410, "http_410", False),
        (429, "http_429", True),
        (503, "http_503", True),
    ],
)
def test_an_answer_is_understood(status: int, reason: str, transient: bool) -> None:
    with running_receiver() as receiver:
        receiver.status = status
        receiver.location = receiver.url
        failed = failure_of(receiver.url)
        assert len(receiver.posts) == 1, "a redirect is not followed"
    assert (failed.reason, failed.transient) == (reason, transient)


def test_a_receiver_that_is_not_there_may_come_back() -> None:
    failed = failure_of(f"http://127.0.0.1:{free_port()}/")
    assert (failed.reason, failed.transient) == ("unreachable", True)


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.8",
        "192.168.1.1",
        "172.16.3.4",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104  # one of the addresses to refuse
        "224.0.0.1",
        "127.0.0.1",
        "::1",
        "fe80::1",
        "fd00::1",
        "::ffff:10.0.0.8",
        "::ffff:127.0.0.1",
        "64:ff9b::a00:8",
        "2002:a00:8::1",
        "2001:0:5ef5:79fb::1",
    ],
)
def test_private_addresses_are_refused_wherever_a_name_leads(address: str) -> None:
    assert not is_reachable(address, loopback=False)
    failed = failure_of("https://alerts.example.org/hook", resolving_to(address), loopback=False)
    assert (failed.reason, failed.transient) == ("address_refused", False)
    mixed = failure_of("https://alerts.example.org/hook", resolving_to("93.184.215.14", address), loopback=False)
    assert mixed.reason == "address_refused"


def test_public_addresses_are_reachable_and_loopback_only_when_allowed() -> None:
    assert is_reachable("93.184.215.14", loopback=False)
    assert is_reachable("2606:2800:21f:cb07:6820:80da:af6b:8b2c", loopback=False)
    assert is_reachable("127.0.0.1", loopback=True)
    assert is_reachable("::1", loopback=True)
    assert not is_reachable("10.0.0.8", loopback=True)


def test_plain_http_never_leaves_this_machine() -> None:
    failed = failure_of("http://localhost:9/", resolving_to("93.184.215.14"))
    assert failed.reason == "address_refused"


def test_it_connects_to_the_very_address_it_has_checked() -> None:
    """A name that resolves otherwise a moment later gains nothing: the checked address is the one connected to."""
    with running_receiver() as receiver:
        asyncio.run(
            _post(
                Webhook(name="hook", url=f"http://no-such-host.invalid:{receiver.port}/"),
                resolving_to("127.0.0.1"),
                loopback=True,
            )
        )
        [(headers, _)] = receiver.posts
    assert headers["host"] == f"no-such-host.invalid:{receiver.port}"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- {name: hook}", "url"),
        ("- {name: hook, url: 'https://a.example', extra: 1}", "extra"),
        ("- {name: Hook One, url: 'https://a.example'}", "name"),
        ("- {name: hook, url: 'ftp://a.example'}", "url"),
        ("- {name: hook, url: 'http://a.example/'}", "use https"),
        ("- {name: hook, url: 'https://user:pass@a.example/'}", "bearer_env"),
        ("- {name: hook, url: 'https://10.0.0.8/'}", "private"),
        ("- {name: hook, url: 'https://[fe80::1]/'}", "private"),
        ("- {name: hook, url: 'http://127.0.0.1:9/'}", "ESEP_NOTIFY_ALLOW_LOOPBACK"),
        ("- {name: log, url: 'https://a.example'}", "two channels are called log"),
        ("hook: https://a.example", "list"),
        ("- {name: [", "not YAML"),
    ],
)
def test_a_file_that_cannot_be_used_says_where_and_why(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "webhooks.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=r"webhooks\.yaml") as refused:
        load_webhooks(file, loopback=False, taken_names={"log"})
    assert told in str(refused.value)


def test_a_token_that_is_not_set_is_said_so(tmp_path: Path) -> None:
    file = tmp_path / "webhooks.yaml"
    file.write_text("- {name: hook, url: 'https://a.example', bearer_env: NO_SUCH_TOKEN}")
    with pytest.raises(ConfigError, match="webhook hook: the variable NO_SUCH_TOKEN"):
        open_channels(NotifySettings(notify_webhooks=file))


def test_at_home_a_webhook_may_point_to_this_machine_elsewhere_only_when_said() -> None:
    assert NotifySettings(journal=Path("journal.sqlite3")).allows_loopback
    assert not NotifySettings(journal=Path("journal.sqlite3"), notify_allow_loopback=False).allows_loopback
    assert not NotifySettings().allows_loopback
    assert NotifySettings(notify_allow_loopback=True).allows_loopback
