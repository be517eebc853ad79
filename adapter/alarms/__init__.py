"""Tells the people on duty: an alarm is raised once, stands in the store, and goes to every outlet until it is told."""

from adapter.alarms.mail import Mailbox, MailOutlet
from adapter.alarms.outlets import CommandOutlet, LogOutlet, Outlet, Rung, probe, ring
from adapter.alarms.standing import StandingAlarm

__all__ = ["CommandOutlet", "LogOutlet", "MailOutlet", "Mailbox", "Outlet", "Rung", "StandingAlarm", "probe", "ring"]
