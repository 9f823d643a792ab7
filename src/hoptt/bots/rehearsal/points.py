"""Sixty bridge points as a ministry would invite them: office, unit, branch, and somebody at each."""

from __future__ import annotations

from dataclasses import dataclass

from hoptt.signaling.messages import Name

BRANCHES = {
    "Trung du và miền núi phía Bắc": (
        "Lai Châu", "Điện Biên", "Sơn La", "Lào Cai", "Tuyên Quang", "Cao Bằng", "Lạng Sơn", "Thái Nguyên", "Phú Thọ",
    ),
    "Đồng bằng sông Hồng": ("Hà Nội", "Hải Phòng", "Quảng Ninh", "Bắc Ninh", "Hưng Yên", "Ninh Bình"),
    "Miền Trung và Tây Nguyên": (
        "Thanh Hóa", "Nghệ An", "Hà Tĩnh", "Quảng Trị", "Huế", "Đà Nẵng", "Quảng Ngãi", "Gia Lai", "Đắk Lắk",
        "Khánh Hòa", "Lâm Đồng",
    ),
    "Đông Nam Bộ và Tây Nam Bộ": (
        "Đồng Nai", "Tây Ninh", "TP Hồ Chí Minh", "Đồng Tháp", "Vĩnh Long", "An Giang", "Cần Thơ", "Cà Mau",
    ),
}  # fmt: skip
OFFICES = (("Sở NNMT", "Sở Nông nghiệp và Môi trường"), ("VP UBND", "Văn phòng UBND"))
"""Short for captions, and in full as the unit."""
FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Lò", "Nông")
MIDDLES = ("Văn", "Thị", "Đức", "Thu", "Quang", "Minh", "Thanh")
GIVEN = ("Hòa", "Ẩn", "Bình", "Yến", "Sơn", "Nga", "Quý", "Thủy", "Định", "Ngân", "Lộc")
POSITIONS = ("Giám đốc", "Phó Giám đốc", "Chánh Văn phòng", "Phó Chánh Văn phòng", "Trưởng phòng")
MARK = "mô phỏng"
"""Stands behind every position: nobody takes a simulated person for a real one."""


@dataclass(frozen=True, slots=True)
class Point:
    """One bridge point."""

    number: int
    name: Name
    branch: str


def points(count: int) -> list[Point]:
    """Give that many, each branch in turn and no two alike."""
    places = [(branch, province) for branch, provinces in BRANCHES.items() for province in provinces]
    return [_point(number, *places[number % len(places)], number // len(places)) for number in range(count)]


def stranger(like: Point) -> Name:
    """Give a name as somebody writes it who wants to pass for this one: without its marks."""
    bare = str.maketrans("ẢẨÂÃẤẦẬĐÊỄỆÌÍÒÓÔỐỒỔỘƠỞÙÚỦƯỨỪỬÝỲảẩâãấầậđêễệìíòóôốồổộơởùúủưứừửýỳ",
                         "AAAAAAADEEEIIOOOOOOOOOUUUUUUUYYaaaaaaadeeeiiooooooooouuuuuuuyy")  # fmt: skip
    return Name(
        bridge_point=like.name.bridge_point.translate(bare), name="Nguyen Van Xyz, Phong vien", unit="Bao Tu do"
    )


def _point(number: int, branch: str, province: str, round_: int) -> Point:
    short, full = OFFICES[round_ % len(OFFICES)]
    again = f" {round_ // len(OFFICES) + 1}" if round_ >= len(OFFICES) else ""
    person = " ".join(
        (FAMILIES[number % len(FAMILIES)], MIDDLES[number * 3 % len(MIDDLES)], GIVEN[number * 5 % len(GIVEN)])
    )
    position = f"{POSITIONS[number * 7 % len(POSITIONS)]} ({MARK})"
    return Point(
        number,
        Name(bridge_point=f"{short} {province}{again}", name=f"{person}, {position}", unit=f"{full} {province}{again}"),
        branch,
    )
