"""The configuration: a YAML file, the environment above it, secrets in files.

    config = load(Path("/etc/hoptt/config.yaml"))

`Config` and its sections are frozen; `schema.py` declares every key, `load` refuses what is not declared.
"""

from hoptt.config.keys import Listen
from hoptt.config.reader import PREFIX, described, load, readable_by_others
from hoptt.config.schema import Accounts, Config, Database, Dscp, Gather, Http, Https, Log, Meeting, NameRule, Rtc, Turn

__all__ = [
    "PREFIX",
    "Accounts",
    "Config",
    "Database",
    "Dscp",
    "Gather",
    "Http",
    "Https",
    "Listen",
    "Log",
    "Meeting",
    "NameRule",
    "Rtc",
    "Turn",
    "described",
    "load",
    "readable_by_others",
]
