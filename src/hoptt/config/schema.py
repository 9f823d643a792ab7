"""Every key of the configuration with its default and what it does; docs/operating.md lists the same."""

# ruff: noqa: RUF009  # `key` is `field`, with words for the documents

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from hoptt.config import keys
from hoptt.config.keys import Address, Listen, Network, key


@dataclass(frozen=True, slots=True, kw_only=True)
class Http:
    """The page, the WebSocket and the REST door."""

    listen: Listen = key(
        keys.listen(unix=True),
        Listen("127.0.0.1", 8080),
        about="plain http, for loopback, a Unix socket and trusted proxies",
    )
    tls_cert: Path | None = key(
        keys.path(), about="certificate chain (PEM) of `https.listen`; with `http.tls_key`", optional=True
    )
    tls_key: Path | None = key(keys.path(), about="its private key (PEM), not readable by others", optional=True)
    origins: tuple[str, ...] = key(
        keys.origins(), (), about="origins that may open a WebSocket; empty: the host that the page was asked from"
    )
    trusted_proxies: tuple[Network, ...] = key(
        keys.networks(), (), about="from there plain http is served, and `X-Forwarded-For` and `-Proto` count (S40)"
    )
    trusted_networks: tuple[Network, ...] = key(
        keys.networks(),
        (),
        about="many people sit behind each address of these: 60 wrong room passwords a minute instead of 5 (S32)",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Https:
    """The same over TLS, without a proxy."""

    listen: Listen | None = key(
        keys.listen(unix=False), about="https; needs `http.tls_cert` and `http.tls_key`", optional=True
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """What watches hoptt."""

    listen: Listen = key(
        keys.listen(unix=True),
        Listen("127.0.0.1", 9180),
        about="`/metrics`, `/healthz` and `/readyz`, without a password",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Dscp:
    """What media is marked with, for networks that carry sound first (RFC 8837 §5); 0: unmarked."""

    audio: int = key(keys.whole(0, 63), 46, about="code point of sound in UDP; 46 is EF, 0: unmarked")
    video: int = key(
        keys.whole(0, 63), 34, about="code point of pictures and all else of media, TCP too; 34 is AF41, 0: unmarked"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Gather:
    """When the engine lets voices wait for each other, so that those of one listener leave together."""

    wait_ms: int = key(
        keys.whole(0, 20), 5, about="voices wait so long for each other while a thread of media is busy; 0: never"
    )
    above_percent: int = key(keys.whole(0, 100), 60, about="a thread is busy from this share of its time on; 0: always")
    longest_ms: int = key(
        keys.whole(0, 20), 20, about="they wait so long where it has hardly time left: from half of the rest on (80 %)"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A relay (coturn) for networks that let nothing but TLS out: docs/turn.md."""

    urls: tuple[str, ...] = key(
        keys.relays(), (), about="relays that browsers try besides the direct way; empty: none (docs/turn.md)"
    )
    secret: str | None = key(
        keys.text("32 to 256 letters, digits and signs without a space", r"[!-~]{32,256}", secret=True),
        about="what hoptt and the relays know, `static-auth-secret` of coturn",
        optional=True,
    )
    secret_file: Path | None = key(
        keys.path(), about="a file, not readable by others, that holds `rtc.turn.secret` instead", optional=True
    )
    lifetime_s: int = key(
        keys.whole(30, 86_400),
        300,
        about="a participant's credentials open a relay for so long; then there are new ones",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rtc:
    """The media engine."""

    port: int = key(keys.whole(1, keys.MAX_PORT), 7882, about="its port for all media, UDP and TCP")
    announce: tuple[Address, ...] = key(
        keys.addresses(),
        (),
        about="addresses that browsers send media to; empty: all of the machine, loopback only where there is no other",
    )
    grace_s: int = key(
        keys.whole(5, 3_600), 120, about="how long media goes on without a control plane before the engine ends"
    )
    shards: int = key(keys.whole(1, 16), 1, about="threads that forward media")
    meeting_per_shard: int = key(
        keys.whole(1, 10_000), 250, about="participants of one meeting on a thread before further ones are on another"
    )
    start: bool = key(
        keys.switch(), True, about="start the engine; `false`: a container of its own does, and it is waited for"
    )
    binary: Path | None = key(
        keys.path(), about="the engine's program; unset: the one installed with hoptt", optional=True
    )
    audio_slots: int = key(keys.whole(4, 10), 4, about="voices that one participant hears at the same time")
    red: bool = key(
        keys.switch(), True, about="browsers that can send each voice twice (RED), for those whose line loses packets"
    )
    dscp: Dscp = field(default_factory=Dscp)
    gather: Gather = field(default_factory=Gather)
    turn: Turn = field(default_factory=Turn)


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """What is kept."""

    dir: Path = key(keys.path(), Path("data"), about="folder of everything that is kept; made with mode 0700")


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """Rooms, meetings, invitations. The event log is a file of its own in `data.dir`."""

    url: str | None = key(
        keys.text("sqlite:///PATH, relative or (with four slashes) absolute", r"sqlite:///.+", secret=True),
        about="the database of rooms and meetings; unset: `hoptt.db` in `data.dir`",
        optional=True,
    )
    url_file: Path | None = key(
        keys.path(), about="a file, not readable by others, that holds `database.url` instead", optional=True
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """What hoptt writes to standard error."""

    level: str = key(keys.one_of("debug", "info", "warning", "error"), "info", about="the least that is written")
    format: str = key(
        keys.one_of("auto", "text", "json"), "auto", about="`auto`: text on a terminal, else one JSON object a line"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRule:
    """What the door asks of a typed name (R11)."""

    require: tuple[str, ...] = key(
        keys.several_of("bridge_point", "name", "position", "unit"),
        ("bridge_point", "name", "unit"),
        about="parts that must be there",
    )
    min_words: int = key(keys.whole(1, 5), 2, about="words of the personal name, at least")
    max_length: int = key(keys.whole(10, 200), 80, about="characters of name and position together, at most")
    scripts: tuple[str, ...] = key(
        keys.words(r"[a-z]+", "a list of Unicode script names in lower case, such as [latin]"),
        ("latin",),
        about="alphabets that may be used",
    )
    abbreviations: str = key(keys.one_of("allow", "refuse"), "allow", about="words such as `Ng.` in a name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """What a room begins with, and the times of every meeting."""

    entry: str = key(
        keys.one_of("open", "password", "lobby", "invited"), "lobby", about="entry rule of a new room (R3)"
    )
    muted_until_allowed: bool = key(
        keys.switch(), True, about="in a new room nobody but the chair may speak unasked (R16)"
    )
    capacity: int = key(keys.whole(1, 1_000), 200, about="seats of a new room (R37)")
    lobby_capacity: int = key(keys.whole(0, 1_000), 200, about="places in the lobby of a new room")
    doors_before_s: int = key(
        keys.whole(0, 86_400), 1_800, about="doors open so long before the start, in a new room (R6)"
    )
    ad_hoc: str = key(
        keys.one_of("chair", "anyone", "never"), "chair", about="who may begin an unscheduled meeting in a new room"
    )
    seat_s: int = key(keys.whole(5, 3_600), 60, about="a lost participant's seat is kept so long (P9)")
    chair_seat_s: int = key(keys.whole(5, 7_200), 600, about="a lost chair's seat")
    lobby_place_s: int = key(keys.whole(5, 7_200), 600, about="a lost place in the lobby")
    empty_s: int = key(keys.whole(5, 86_400), 300, about="an unscheduled meeting closes after standing empty so long")
    again_s: int = key(
        keys.whole(0, 86_400), 60, about="after the chair ended a meeting, before anyone else may begin one"
    )
    ad_hoc_ban_s: int = key(keys.whole(0, 2_592_000), 86_400, about="a ban in a room without a schedule")
    name_rule: NameRule = field(default_factory=NameRule)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """Signing in."""

    password_min: int = key(keys.whole(8, 128), 12, about="characters of an account's password, at least (S30)")
    session_idle_s: int = key(
        keys.whole(300, 604_800), 28_800, about="a session ends when nothing was asked with it for so long (S27)"
    )
    session_max_s: int = key(
        keys.whole(300, 2_592_000), 86_400, about="a session ends so long after signing in, whatever was done (S27)"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All of it. Made by `load`."""

    http: Http = field(default_factory=Http)
    https: Https = field(default_factory=Https)
    metrics: Metrics = field(default_factory=Metrics)
    rtc: Rtc = field(default_factory=Rtc)
    data: Data = field(default_factory=Data)
    database: Database = field(default_factory=Database)
    log: Log = field(default_factory=Log)
    meeting: Meeting = field(default_factory=Meeting)
    accounts: Accounts = field(default_factory=Accounts)
