"""Whatever has to do with units and accounts, built from the configuration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from hoptt.api.companion_door import CompanionDoor
from hoptt.api.office import Office
from hoptt.api.people_door import PeopleDoor, Signed
from hoptt.api.people_office import PeopleOffice
from hoptt.api.requests import Requests
from hoptt.api.unit_door import UnitDoor
from hoptt.api.web import Routes
from hoptt.app.times import sessions_of
from hoptt.auth.guessing import LoginGuessing
from hoptt.auth.keys import Keys
from hoptt.auth.passwords import Passwords
from hoptt.auth.second_factor import SecondFactors
from hoptt.auth.sessions import Sessions
from hoptt.auth.sign_in_record import Audit, SignInRecord
from hoptt.auth.signing_in import SigningIn
from hoptt.auth.tokens import Tokens
from hoptt.config import Config
from hoptt.signaling.doorkeeper import Doorkeeper
from hoptt.signaling.signing_out import SigningOut
from hoptt.store.accounts import AccountStore
from hoptt.store.database import Database
from hoptt.store.sessions import SessionStore


@dataclass(frozen=True, slots=True)
class People:
    """Made by `people`."""

    store: AccountStore
    sessions: Sessions
    signing_in: SigningIn
    guessing: LoginGuessing
    record: SignInRecord
    _config: Config

    def office(self, sign_out: SigningOut) -> PeopleOffice:
        """Give the office of a running server."""
        own = self.signing_in
        return PeopleOffice(
            store=self.store,
            settings=self._config.accounts,
            second_factors=own.second_factors,
            now=own.now,
            hash_password=own.passwords.hash,
            sign_out=sign_out.everywhere,
        )

    def doors(
        self, requests: Requests, office: Office, sign_out: SigningOut, keeper: Doorkeeper, tokens: Tokens
    ) -> list[Routes]:
        """Give the REST doors for whoever signs in, or wants to."""
        signed = Signed(requests, self.sessions, self.signing_in.now)
        return [
            PeopleDoor(signed, self.signing_in, sign_out, self.store, office.people),
            UnitDoor(signed, office, office.rooms, self.store),
            CompanionDoor(requests, keeper, tokens, self.signing_in.now),
        ]


def people(
    database: Database, config: Config, keys: Keys, passwords: Passwords, now: Callable[[], datetime], *, log: Audit
) -> People:
    """Build it. Sign-ins and sign-outs become rows of `log` (S51)."""
    store, kept = AccountStore(database), SessionStore(database)
    sessions = sessions_of(kept, config.accounts)
    guessing = LoginGuessing(config.http.trusted_networks)
    record = SignInRecord(log, now)
    signing_in = SigningIn(store, kept, passwords, SecondFactors(keys.accounts), sessions, guessing, record, now)
    return People(store, sessions, signing_in, guessing, record, config)
