"""The session's time zone: what a script's clock shows, and what a moment without a zone means."""

import functools
import os
import sys
import time
import zoneinfo

UTC = "UTC"


def settle(name):
    """Sets the clock of the process, and of what it starts, to the zone that PostgreSQL calls so."""
    try:
        zoneinfo.ZoneInfo(name)
    except Exception:
        # The C library would take it for UTC without a word.
        print(
            f'the satellite has no time zone "{name}"; the script\'s clock shows UTC',
            file=sys.stderr,
        )
        name = UTC
    os.environ["TZ"] = name
    time.tzset()


@functools.cache
def zone():
    return zoneinfo.ZoneInfo(os.environ.get("TZ", UTC))


def wall(moment):
    """A datetime as the wall clock of the session's zone."""
    if moment.utcoffset() is None:
        return moment.replace(tzinfo=None)
    return moment.astimezone(zone()).replace(tzinfo=None)


def moment(wall):
    """A datetime that has a zone; one without was in the session's. Where clocks are changed it is read as
    PostgreSQL reads it: by standard time."""
    if wall.utcoffset() is not None:
        return wall
    both = (wall.replace(tzinfo=zone(), fold=fold) for fold in (0, 1))
    return min(both, key=lambda one: one.utcoffset())
