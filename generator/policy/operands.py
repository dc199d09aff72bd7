"""The values of a condition, read by the operator's family: numbers, instants, networks, bytes.

The same readers serve the policy's side, where a value that cannot be read is a syntax error, and the request's side, where it
simply does not match.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as Base64Error
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_EPOCH = re.compile(r"-?[0-9]{5,15}")
_DATE = re.compile(
    r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2})"
    r"(?:T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,9}))?)?"
    r"(?:Z|(?P<sign>[-+])(?P<zone_hour>[0-9]{2}):(?P<zone_minute>[0-9]{2})))?)?)?"
)
_UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER_LENGTH = 40
_MINUTES = 60


def number(text: str) -> Decimal | None:
    """An integer or decimal value; exact, so that 0.1 equals 0.10 and nothing else."""
    return Decimal(text) if len(text) <= _NUMBER_LENGTH and _NUMBER.fullmatch(text) else None


def instant(text: str) -> Decimal | None:
    """Seconds since 1970 from "one of the W3C implementations of the ISO 8601 date formats or [...] epoch (UNIX) time".

    Four digits are a year, as W3C writes it (https://www.w3.org/TR/NOTE-datetime); five and more are epoch seconds. A missing
    month, day or time is the first one; a time needs its zone.
    """
    if _EPOCH.fullmatch(text):
        return Decimal(text)
    found = _DATE.fullmatch(text)
    if not found:
        return None
    year, month, day, hour, minute, second = (int(found[name] or default) for name, default in _DATE_PARTS)
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    zone = int(found["zone_hour"] or 0) * _MINUTES + int(found["zone_minute"] or 0)
    seconds = Decimal((moment - _UNIX_EPOCH) // timedelta(seconds=1)) - zone * _MINUTES * (-1 if found["sign"] == "-" else 1)
    return seconds + Decimal(f"0.{found['fraction'] or 0}")


_DATE_PARTS = (("year", 0), ("month", 1), ("day", 1), ("hour", 0), ("minute", 0), ("second", 0))


def boolean(text: str) -> bool | None:
    """`true` or `false`, in any case."""
    return {"true": True, "false": False}.get(text.lower())


def binary(text: str) -> bytes | None:
    """The bytes behind "a base-64 encoded representation of the binary value"."""
    try:
        return b64decode(text, validate=True)
    except (Base64Error, ValueError):
        return None


def network(text: str) -> Network | None:
    """A range in CIDR form; an address alone is a range of one ("IAM uses the default prefix value of /32")."""
    try:
        return None if "%" in text else ip_network(text, strict=False)
    except ValueError:
        return None


def address(text: str) -> Address | None:
    """One address, of either version."""
    try:
        return None if "%" in text else ip_address(text)
    except ValueError:
        return None
