"""Settings: file < environment < secret files, checked at the door, every problem at once.

The only room that reads ``motcua.toml`` and the environment. A package for the 250-line law only; import from here.
"""

from adapter.config.reading import FILE_NAME, environment, load, load_alarm
from adapter.config.settings import (
    AlarmSettings,
    HealthSettings,
    LogSettings,
    MappingSettings,
    OnestopSettings,
    PollSettings,
    SendingSettings,
    Settings,
    StoreSettings,
    ZaloSettings,
)

__all__ = [
    "FILE_NAME",
    "AlarmSettings",
    "HealthSettings",
    "LogSettings",
    "MappingSettings",
    "OnestopSettings",
    "PollSettings",
    "SendingSettings",
    "Settings",
    "StoreSettings",
    "ZaloSettings",
    "environment",
    "load",
    "load_alarm",
]
