"""Which budget a table is about, as a Frictionless data package or the options of a command say it.

Descriptions only: the tables themselves are read in ``kz_budget``.
"""

from pathlib import Path, PurePosixPath
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from schemas.events.budget import Classification, Level
from services.adapters.validation_messages import faults_of
from services.connectors.base import ArtefactRejectedError, Rejected, UsageError, open_artefact, text_of
from services.connectors.kz_budget_table import Table


class Description(BaseModel):
    """What a table is about."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    level: Level
    classification: Classification
    region: Annotated[str, StringConstraints(pattern=r"^KZ-[A-Z0-9]{1,3}$")] | None = None

    @model_validator(mode="after")
    def _regions_are_local(self) -> Self:
        if self.level == "republican" and self.region is not None:
            raise ValueError("the republican budget has no regions; leave the region out or say local")
        return self

    @property
    def table(self) -> Table:
        """The table described."""
        return Table(self.level, self.classification, self.region)


class Dialect(BaseModel):
    """How the CSV of a resource is written."""

    delimiter: Literal[";"]


class Resource(Description):
    """One table of a data package; ``rows`` is how many it says it has."""

    path: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9_./-]*$", max_length=200)]
    encoding: Literal["utf-8"]
    dialect: Dialect
    rows: Annotated[int, Field(ge=0)] | None = None

    @field_validator("path")
    @classmethod
    def _stays_inside(cls, path: str) -> str:
        if ".." in PurePosixPath(path).parts:
            raise ValueError("must stay inside the data package's folder")
        return path


class Package(BaseModel):
    """A Frictionless data package of budget tables."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    unit: Literal["thousand KZT"]
    resources: Annotated[tuple[Resource, ...], Field(min_length=1)]


def is_package(path: Path) -> bool:
    """Whether a file describes tables instead of being one."""
    return path.suffix == ".json"


def open_package(path: Path) -> Package:
    """Read a ``datapackage.json``.

    Raises: ArtefactRejectedError naming the first field that is wrong.
    """
    artefact = open_artefact(path)
    text, _ = text_of(artefact)
    try:
        return Package.model_validate_json(text)
    except ValidationError as error:
        fault = faults_of(error)[0]
        reason = f"{artefact.name}: {fault.field}: {fault.text}" if fault.field else f"{artefact.name}: {fault.text}"
        rejected = Rejected(artefact.name, None, fault.field or None, "invalid_package", reason, artefact.content)
        raise ArtefactRejectedError(rejected) from error


def table_of(level: str | None, by: str | None, region: str | None) -> Table | None:
    """The table that ``--level``, ``--by`` and ``--region`` describe; None when none of them is given.

    Raises: UsageError naming what is missing or unknown.
    """
    if level is None and by is None and region is None:
        return None
    if level is None or by is None:
        raise UsageError("--level and --by belong together: the CSV itself does not say which budget it is")
    try:
        return Description.model_validate({"level": level, "classification": by, "region": region}).table
    except ValidationError as error:
        fault = faults_of(error)[0]
        option = {"classification": "--by"}.get(fault.field, f"--{fault.field}")
        raise UsageError(f"{option} {fault.text}" if fault.field else fault.text) from error
