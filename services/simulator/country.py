"""The stage: when the simulation begins, who is asked, about what, and how punctual each body is drawn to be.

Bodies, rules and regions are real, everything said about them is invented. Nobody's reputation is written down here:
habits are drawn from the seed.
"""

from datetime import date, datetime, timedelta
from typing import Final

from services.adapters.chance import Chance
from services.adapters.rulebook import load_rulebook
from services.domain.deadlines import local_midnight

SIMULATION: Final = "kz-demo"
JURISDICTION: Final = "kz"
ZONE: Final = "Asia/Almaty"
BEGINS_ON: Final = date(2026, 1, 10)
"""First day of the invented history, produced at once on the first start."""
OPENS_ON: Final = date(2026, 4, 1)
"""The day on which the simulated clock starts."""

INQUIRIES: Final = f"/sources/kz-inquiries/{SIMULATION}"
APPEALS: Final = f"/sources/kz-appeals/{SIMULATION}"
PETITIONS: Final = f"/sources/kz-petitions/{SIMULATION}"
ACTS: Final = f"/sources/kz-acts/{SIMULATION}"
REGISTRAR: Final = f"/sources/kz-registrar/{SIMULATION}"
BUDGET: Final = f"/sources/kz-budget/{SIMULATION}"

QUESTIONS: Final = {
    "kz.adm.201": ("how many patrol posts does {region} lack", "why are identity papers issued late in {region}"),
    "kz.adm.202": ("which rescue stations in {region} have no boats", "is {region} ready for the spring floods"),
    "kz.adm.207": ("when will the landfill near {region}'s centre be closed", "who measures the air in {region}"),
    "kz.adm.212": ("when are seed subsidies paid in {region}", "what is done against locusts in {region}"),
    "kz.adm.213": ("how are job centres in {region} staffed", "when are mobility aids handed out in {region}"),
    "kz.adm.217": ("why are customs queues so long in {region}", "what became of unused grants to {region}"),
    "kz.adm.223": (
        "which villages of {region} still have no internet",
        "when will public services work offline in {region}",
    ),
    "kz.adm.224": (
        "how many schools in {region} teach in three shifts",
        "when will school kitchens in {region} be repaired",
    ),
    "kz.adm.226": ("which clinics in {region} lack a doctor", "when will the hospital of {region} get a scanner"),
    "kz.adm.227": (
        "how many student places in halls does {region} need",
        "how are research grants awarded in {region}",
    ),
    "kz.adm.228": (
        "when will the road to the district centres of {region} be mended",
        "why do trains to {region} run late",
    ),
    "kz.adm.229": ("how many dams in {region} need repair", "which factories in {region} stand still"),
    "kz.adm.241": ("why is there no gas in the north of {region}", "when will the heat plant of {region} be renewed"),
    "kz.adm.650": ("who pays for the sports halls of {region}", "how many visitors did {region} have"),
    "kz.adm.652": ("how much irrigation water will {region} get", "which canals in {region} lose water"),
}
"""What deputies ask each ministry."""

COMPLAINTS: Final = {
    "kz.adm.213": ("count of working years for a pension", "payment of a child allowance"),
    "kz.adm.217": ("return of an overpaid tax", "correction of a tax notice"),
    "kz.adm.224": ("a place in a kindergarten", "recognition of a school certificate"),
    "kz.adm.226": ("choice of a clinic", "refund of a paid medicine"),
    "kz.adm.228": ("compensation for land under a new road", "repair of a railway crossing"),
}
"""What citizens write to ministries about."""

LOCAL_COMPLAINTS: Final = (
    "street lights that do not work",
    "a broken lift",
    "drinking water pressure",
    "a bus that does not come",
    "rubbish that is not collected",
    "a playground without a fence",
    "a place on the housing list",
)
"""What citizens write to akimats about."""

WISHES: Final = (
    "school buses for every village of {region}",
    "quiet hours for building sites in {region}",
    "a shelter for stray animals in {region}",
    "more trees along the streets of {region}",
    "an open register of roadworks in {region}",
)
"""What petitions ask for."""

REGIONS: Final = {
    "KZ-10": "Abai Region",
    "KZ-11": "Akmola Region",
    "KZ-15": "Aktobe Region",
    "KZ-19": "Almaty Region",
    "KZ-23": "Atyrau Region",
    "KZ-27": "West Kazakhstan Region",
    "KZ-31": "Zhambyl Region",
    "KZ-33": "Zhetisu Region",
    "KZ-35": "Karaganda Region",
    "KZ-39": "Kostanay Region",
    "KZ-43": "Kyzylorda Region",
    "KZ-47": "Mangystau Region",
    "KZ-55": "Pavlodar Region",
    "KZ-59": "North Kazakhstan Region",
    "KZ-61": "Turkistan Region",
    "KZ-62": "Ulytau Region",
    "KZ-63": "East Kazakhstan Region",
    "KZ-71": "Astana",
    "KZ-75": "Almaty",
    "KZ-79": "Shymkent",
}


def at(day: date, hour: int = 0, minute: int = 0) -> datetime:
    """A time of a local day, as a UTC instant."""
    return local_midnight(day, ZONE) + timedelta(hours=hour, minutes=minute)


def on_workday(day: date) -> date:
    """The day itself, or the Monday after a weekend: offices date nothing on a Sunday."""
    return day + timedelta(days=7 - day.weekday()) if day.weekday() >= 5 else day


def body_name(body_id: str) -> str:
    """A body's English name from the rule data."""
    return load_rulebook().bodies[body_id].name.en


def akimat(region: str) -> str:
    """The id of a region's executive."""
    return f"kz.akimat.{region.removeprefix('KZ-')}"


def punctuality(seed: int, body_id: str) -> float:
    """The share of answers this body gives in time, drawn once for each seed: 0.70 to 0.97."""
    return 0.70 + 0.27 * Chance(seed, "punctuality", body_id).share()
