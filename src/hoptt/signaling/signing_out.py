"""Signing out reaches every open page within two seconds (S27): sessions first, then the seats they held."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from hoptt.auth.sessions import Session, Sessions
from hoptt.auth.sign_in_record import SignedOutBy, SignInRecord
from hoptt.ids import AccountId
from hoptt.live.house import House
from hoptt.meeting.accounts import person_of
from hoptt.signaling.lines import Lines


@dataclass(frozen=True, slots=True)
class SigningOut:
    """Ends sessions, and gives up the seats in meetings that stood on them."""

    sessions: Sessions
    house: House
    lines: Lines
    record: SignInRecord

    async def one(self, session: Session) -> None:
        """End one session. Seats that the account holds through another one stay."""
        await self.sessions.end(session)
        await self.record.signed_out(session.account.id, SignedOutBy.ASKED)
        keep = self.lines.held_by_others(session.account.id, session.id)
        self.house.sign_out(person_of(session.account.id), keep=keep)

    async def replaced(self, session: Session) -> None:
        """End the session before this one in the same browser; its seats stay."""
        await self.sessions.end(session)
        await self.record.signed_out(session.account.id, SignedOutBy.REPLACED)

    async def everywhere(self, accounts: Collection[AccountId]) -> None:
        """End every session of accounts that were disabled or have another password.

        Seats are given up also where the sessions could not be ended: whoever asked is told, and may ask again.
        """
        try:
            await self.sessions.end_all(accounts)
        finally:
            for account in accounts:
                self.house.sign_out(person_of(account))
        for account in accounts:
            await self.record.signed_out(account, SignedOutBy.EVERYWHERE)
