"""The office of an installation whose server does not run: what the CLI does under the data folder's lock."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from hoptt.api.office import Office
from hoptt.api.people_office import PeopleOffice
from hoptt.app.data_dir import DataDir
from hoptt.app.times import times_of
from hoptt.auth.keys import open_keys
from hoptt.auth.passwords import Passwords
from hoptt.auth.second_factor import SecondFactors
from hoptt.auth.tokens import Tokens
from hoptt.config import Config
from hoptt.sfu.shut_down import shut_down
from hoptt.store.accounts import AccountStore
from hoptt.store.database import Database
from hoptt.store.log import EventLog
from hoptt.store.prepare import prepare
from hoptt.store.rooms import RoomStore
from hoptt.store.sessions import SessionStore


@contextlib.asynccontextmanager
async def office_alone(config: Config, folder: DataDir) -> AsyncIterator[Office]:
    """Open what an office needs, and close it again. Raises HopttError."""
    keys = open_keys(folder.keys)
    url = folder.database_url(config)
    prepare(url, folder.backups)
    passwords = Passwords()
    try:
        async with Database(url) as database:
            yield Office(
                rooms=RoomStore(database),
                keys=keys,
                tokens=Tokens(keys),
                defaults=config.meeting,
                times=times_of(config.meeting),
                now=lambda: datetime.now(UTC),
                hash_password=passwords.hash,
                stop_engine=lambda: _stop_engine(folder, keys.log),
                people=PeopleOffice(
                    store=AccountStore(database),
                    settings=config.accounts,
                    second_factors=SecondFactors(keys.accounts),
                    now=lambda: datetime.now(UTC),
                    hash_password=passwords.hash,
                    sign_out=SessionStore(database).end_all,
                ),
            )
    finally:
        passwords.close()


async def _stop_engine(folder: DataDir, key: bytes) -> None:
    """End an engine that was left running. It obeys the highest epoch only, so one is claimed."""
    async with EventLog(folder.log, key) as log:
        await shut_down(folder.root, epoch=log.epoch)
