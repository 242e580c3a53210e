"""Feeds: Atom of what is overdue, iCalendar of what falls due."""

from xml.etree import ElementTree

from starlette.testclient import TestClient

from tests.portal.recorded_country import LATE_INQUIRY, SIMULATION

ATOM = "{http://www.w3.org/2005/Atom}"


def feed_of(portal: TestClient, query: str) -> ElementTree.Element:
    answer = portal.get(f"/feeds/overdue.atom?{query}")
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    return ElementTree.fromstring(answer.content)  # noqa: S314  # our own answer


def test_the_feed_lists_what_is_overdue_the_latest_first(portal: TestClient) -> None:
    feed = feed_of(portal, "lang=en")
    titles = [entry.findtext(f"{ATOM}title") for entry in feed.iter(f"{ATOM}entry")]
    assert titles[0] == "Test appeal 2"
    assert len(titles) == 4
    links = [entry.find(f"{ATOM}link") for entry in feed.iter(f"{ATOM}entry")]
    assert f"https://esep.example/en/obligations/{LATE_INQUIRY}" in [
        link.attrib["href"] for link in links if link is not None
    ]


def test_an_entry_keeps_its_id_in_every_language(portal: TestClient) -> None:
    ids = [
        [entry.findtext(f"{ATOM}id") for entry in feed_of(portal, f"lang={lang}").iter(f"{ATOM}entry")]
        for lang in ("kk", "ru", "en")
    ]
    assert ids[0] == ids[1] == ids[2]
    assert len(set(ids[0])) == 4


def test_the_feed_of_one_body_holds_that_body(portal: TestClient) -> None:
    feed = feed_of(portal, "lang=en&body=kz.adm.217")
    assert feed.findtext(f"{ATOM}title") == "Overdue: Ministry of Finance"
    assert len(list(feed.iter(f"{ATOM}entry"))) == 1


def test_the_feed_of_a_simulation_says_so_in_every_title(portal: TestClient) -> None:
    feed = feed_of(portal, f"lang=en&world={SIMULATION}")
    titles = [title.text or "" for title in feed.iter(f"{ATOM}title")]
    assert len(titles) == 2
    assert all(title.startswith("[simulated]") for title in titles)


def test_the_calendar_holds_coming_due_dates(portal: TestClient) -> None:
    answer = portal.get("/feeds/deadlines.ics?lang=en")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    raw = answer.content.split(b"\r\n")
    assert raw[0] == b"BEGIN:VCALENDAR"
    assert raw[-2:] == [b"END:VCALENDAR", b""]
    assert all(len(line) <= 75 for line in raw)
    unfolded = answer.text.replace("\r\n ", "").split("\r\n")
    days = [line.partition(":")[2] for line in unfolded if line.startswith("DTSTART")]
    assert days == ["20260520", "20260522", "20260630", "20260815"]
    assert unfolded.count("BEGIN:VEVENT") == unfolded.count("END:VEVENT") == 4


def test_the_calendar_escapes_what_means_something_to_calendars(portal: TestClient) -> None:
    text = portal.get("/feeds/deadlines.ics?lang=en").text.replace("\r\n ", "")
    assert 'SUMMARY:Ministry of Healthcare: =HYPERLINK("http://evil.example"\\,"click")' in text
