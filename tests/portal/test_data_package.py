"""The descriptor of the downloads: every file is there, with exactly the columns it says."""

import csv
import io
from urllib.parse import urlsplit

from starlette.testclient import TestClient

from tests.portal.recorded_country import SIMULATION


def test_every_file_has_the_columns_that_are_described(portal: TestClient) -> None:
    package = portal.get("/data/datapackage.json").json()
    assert package["name"] == "esep-real"
    for resource in package["resources"]:
        parts = urlsplit(resource["path"])
        assert parts.netloc == "esep.example"
        answer = portal.get(f"{parts.path}?{parts.query}")
        assert answer.headers["content-type"].startswith(resource["mediatype"])
        head = next(csv.reader(io.StringIO(answer.text)))
        assert head == [field["name"] for field in resource["schema"]["fields"]]


def test_columns_have_the_types_of_the_descriptor_standard(portal: TestClient) -> None:
    resources = {each["name"]: each for each in portal.get("/data/datapackage.json").json()["resources"]}
    types = {field["name"]: field["type"] for field in resources["overdue"]["schema"]["fields"]}
    assert (types["filed_on"], types["due_at"], types["extended"], types["days_late"], types["title"]) == (
        "date",
        "datetime",
        "boolean",
        "integer",
        "string",
    )
    money = {field["name"]: field["type"] for field in resources["budget-lines"]["schema"]["fields"]}
    assert (money["paid"], money["is_total"]) == ("number", "boolean")


def test_a_simulated_package_says_so(portal: TestClient) -> None:
    package = portal.get(f"/data/datapackage.json?world={SIMULATION}").json()
    assert package["simulation"] == SIMULATION
    assert "simulation" in package["title"]
    assert all(f"world={SIMULATION}" in resource["path"] for resource in package["resources"])
