"""What to type: examples below the help of every command, in the order in which the commands are listed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import typer
from typer.models import CommandInfo

EXAMPLES: Mapping[str, Sequence[str]] = {
    "serve": (
        "hoptt serve --demo",
        "hoptt serve --config /etc/hoptt/config.yaml --leave-engine",
    ),
    "doctor": (
        "sudo -u hoptt hoptt doctor --config /etc/hoptt/config.yaml",
        "hoptt doctor --json --config /etc/hoptt/config.yaml",
    ),
    "probe": (
        "hoptt probe https://hop.example.gov.vn",
        "hoptt probe https://hop.example.gov.vn --seconds 10 --json",
    ),
    "check-config": ("hoptt check-config --config /etc/hoptt/config.yaml",),
    "migrate": ("hoptt migrate --config /etc/hoptt/config.yaml",),
    "backup": (
        "hoptt backup /backup/2026-12-01 --config /etc/hoptt/config.yaml",
        "hoptt backup /backup/2026-12-01 --keys /safe/2026-12-01",
    ),
    "restore": ("hoptt restore /backup/2026-12-01 --keys /safe/2026-12-01 --config /etc/hoptt/config.yaml",),
    "token": (
        'hoptt token --room duan --role chair --name "Trần Văn Bình, Giám đốc" --link',
        'hoptt token --room duan --name "Lê Minh" --unit "Sở Nội vụ" --ttl 3600',
    ),
    "loadtest": (
        "hoptt loadtest --viewers 100",
        "hoptt loadtest --publishers 20 --viewers 0 --meeting --pictures 9",
        "hoptt loadtest --find --json",
    ),
    "rehearse": (
        'hoptt rehearse --room hop-thu --chair "Trần Văn Bình, Giám đốc"',
        "hoptt rehearse --room hop-thu --points 20 --minutes 5 --script incidents.json --json",
    ),
    "bots": ("hoptt bots --room duan --count 6",),
    "room create": (
        'hoptt room create duan --name "Dự án" --entry lobby',
        "hoptt room create duan --entry password --password -",
        "hoptt room create giao-ban --kind conference --turn 180 --overrun warn",
    ),
    "room set": (
        "hoptt room set duan --entry invited --capacity 60",
        'hoptt room set giao-ban --kind conference --turn 0 --password ""',
    ),
    "room list": ("hoptt room list", "hoptt room list --json"),
    "room show": ("hoptt room show duan",),
    "room delete": ("hoptt room delete duan",),
    "room lines": ("hoptt room lines duan", "hoptt room lines duan --json"),
    "meeting create": (
        'hoptt meeting create --room duan --title "Họp giao ban" --start 2026-12-01T08:00+07:00 --invite list.csv',
    ),
    "meeting list": ("hoptt meeting list --room duan",),
    "meeting show": ("hoptt meeting show m_3kq9",),
    "meeting acts": ("hoptt meeting acts m_3kq9", 'hoptt meeting acts m_3kq9 --search "lai chau" --json'),
    "meeting cancel": ("hoptt meeting cancel m_3kq9",),
    "unit create": (
        'hoptt unit create lai-chau --name "UBND tỉnh Lai Châu"',
        'hoptt unit create so-noi-vu --name "Sở Nội vụ" --parent lai-chau',
    ),
    "unit list": ("hoptt unit list",),
    "unit disable": ("hoptt unit disable so-noi-vu",),
    "unit enable": ("hoptt unit enable so-noi-vu",),
    "user create": (
        'hoptt user create minh --name "Lê Minh, Phó phòng" --unit so-noi-vu',
        'hoptt user create minh --name "Lê Minh" --password-file ./minh.password',
    ),
    "user list": ("hoptt user list --unit so-noi-vu",),
    "user disable": ("hoptt user disable minh",),
    "user enable": ("hoptt user enable minh",),
    "user password": ("hoptt user password minh",),
    "user totp": ("hoptt user totp minh",),
    "key create": ("hoptt key create lich-hop",),
    "key delete": ("hoptt key delete lich-hop",),
    "engine stop": ("hoptt engine stop --config /etc/hoptt/config.yaml",),
    "log audit": ("hoptt log audit --last 20", "hoptt log audit --json"),
    "log verify": ("hoptt log verify", "hoptt log verify --file /backup/2026-12-01/log.db --json"),
}


def show_examples(app: typer.Typer) -> None:
    """Lay the examples below the help of each command, and list commands in their order."""
    order = list(EXAMPLES)
    app.registered_commands.sort(key=lambda one: _place(order, _name(one)))
    for words, info in _commands(app):
        lines = EXAMPLES.get(words, ())
        if lines:
            info.epilog = "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def _commands(app: typer.Typer, before: str = "") -> Iterator[tuple[str, CommandInfo]]:
    for info in app.registered_commands:
        yield before + _name(info), info
    for group in app.registered_groups:
        if group.typer_instance is not None:
            yield from _commands(group.typer_instance, f"{group.name} ")


def _name(info: CommandInfo) -> str:
    return info.name or getattr(info.callback, "__name__", "").replace("_", "-")


def _place(order: Sequence[str], name: str) -> int:
    return order.index(name) if name in order else len(order)
