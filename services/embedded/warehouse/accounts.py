"""Who may use the embedded warehouse: one account that writes, and one that only reads.

Names and passwords only; what a reader may ask is in ``reader``.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from services.embedded.warehouse.errors import AUTHENTICATION_FAILED, WarehouseRefusal
from services.embedded.warehouse.request import Credentials


@dataclass(frozen=True, slots=True)
class Account:
    """A name, its password (empty: none is asked for) and whether it only reads."""

    name: str
    password: str = field(repr=False)
    read_only: bool


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts by name."""

    known: Mapping[str, Account]

    @classmethod
    def of(cls, writer: str, writer_password: str | None, reader: str, reader_password: str | None) -> "Accounts":
        """A writer and a reader. Without passwords both are open; a writer's password alone leaves no reader."""
        found = {writer: Account(writer, writer_password or "", read_only=False)}
        if reader_password or not writer_password:
            found[reader] = Account(reader, reader_password or "", read_only=True)
        return cls(found)

    def admit(self, credentials: Credentials) -> Account:
        """The account these credentials open.

        Raises: WarehouseRefusal, with the same words for a wrong name and a wrong password.
        """
        account = self.known.get(credentials.user)
        expected = account.password if account is not None else ""
        same = hmac.compare_digest(expected.encode(), credentials.password.encode())
        if account is None or not same:
            raise WarehouseRefusal(
                AUTHENTICATION_FAILED,
                f"{credentials.user}: Authentication failed: password is incorrect, "
                "or there is no user with such name.",
            )
        return account
