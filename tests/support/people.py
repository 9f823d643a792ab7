"""Accounts to sign in with, over a real database."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from tests.support.clock import NINE

from hoptt.api.people_office import PeopleOffice
from hoptt.ids import AccountId, UnitSlug
from hoptt.meeting.accounts import Account, AccountRole, Unit
from hoptt.meeting.settings import Name
from hoptt.store.accounts import AccountStore
from hoptt.store.migrate import migrate

PASSWORD = "mùa thu lá bay về đâu"
BO, SO, PHONG, KHAC = (UnitSlug(key) for key in ("bo", "so", "phong", "khac"))


@dataclass(frozen=True)
class Person:
    """Whom a test signs in."""

    id: str
    login: str
    unit: UnitSlug | None
    role: AccountRole
    shown: str

    @property
    def account(self) -> Account:
        name = Name(self.shown, f"{self.shown}, Chánh Văn phòng", f"Đơn vị {self.unit}")
        return Account(AccountId(self.id), self.login, name, self.unit, self.role)


AN = Person("a_an", "an.nv", SO, AccountRole.UNIT_ADMIN, "Nguyễn Văn An")
BINH = Person("a_binh", "binh", PHONG, AccountRole.USER, "Lê Thị Bình")
CUONG = Person("a_cuong", "cuong", KHAC, AccountRole.UNIT_ADMIN, "Trần Văn Cường")
DUNG = Person("a_dung", "dung", None, AccountRole.OPERATOR, "Phạm Quang Dũng")
GIANG = Person("a_giang", "giang", None, AccountRole.ADMIN, "Hoàng Thu Giang")
EVERYBODY = (AN, BINH, CUONG, DUNG, GIANG)


@cache
def _template() -> Path:
    """Migrate once: that is slow."""
    folder = Path(mkdtemp(prefix="hoptt-template-"))
    migrate(f"sqlite:///{folder}/hoptt.db", folder)
    return folder / "hoptt.db"


def a_database(folder: Path) -> str:
    """Lay out an empty database of the newest version and give its address."""
    shutil.copy(_template(), folder / "hoptt.db")
    return f"sqlite:///{folder}/hoptt.db"


async def fill(store: AccountStore, office: PeopleOffice) -> None:
    """Make the units and everybody, all with the same password."""
    for unit in (
        Unit(BO, "Bộ TNMT", None),
        Unit(SO, "Sở TNMT Lai Châu", BO),
        Unit(PHONG, "Văn phòng Sở", SO),
        Unit(KHAC, "Sở TNMT Lào Cai", BO),
    ):
        await store.create_unit(unit, at=NINE)
    hashed = await office.hash_password(PASSWORD)
    for person in EVERYBODY:
        await store.create(person.account, password_hash=hashed, at=NINE)
