"""The outlets of alarms, opened from the settings: no store is needed, so they ring when everything else is broken."""

from collections.abc import Mapping

from adapter.alarms import CommandOutlet, LogOutlet, Mailbox, MailOutlet, Outlet, Rung, probe, ring
from adapter.config import AlarmSettings

__all__ = ["Outlet", "Rung", "open_outlets", "probe", "ring"]


def open_outlets(alarm: AlarmSettings, inherited: Mapping[str, str]) -> list[Outlet]:
    """Always the log; the operator's command and mail when they are set.

    ``inherited``: what of our environment the command may see.
    """
    outlets: list[Outlet] = [LogOutlet()]
    if alarm.command:
        outlets.append(CommandOutlet(alarm.command, inherited))
    if alarm.smtp_host:
        outlets.append(MailOutlet(_mailbox(alarm)))
    return outlets


def _mailbox(alarm: AlarmSettings) -> Mailbox:
    return Mailbox(
        host=alarm.smtp_host,
        port=alarm.smtp_port,
        security=alarm.smtp_security,
        username=alarm.smtp_username,
        password=alarm.smtp_password.get_secret_value(),
        ca_file=alarm.smtp_ca_file,
        sender=alarm.smtp_from,
        recipients=alarm.smtp_to,
    )
