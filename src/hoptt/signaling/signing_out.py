"""Signing out reaches every open page within two seconds (S27): sessions first, then the seats they held."""

from __future__ import annotations

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

    async def everywhere(self, account: AccountId) -> None:
        """End every session of an account: it was disabled, or has another password."""
        await self.sessions.end_all(account)
        await self.record.signed_out(account, SignedOutBy.EVERYWHERE)
        self.house.sign_out(person_of(account))
