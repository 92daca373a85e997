"""Permission bits, and the access control list that may stand behind them."""

from __future__ import annotations

import errno
import os
import struct
from dataclasses import dataclass

READ = 4
SEARCH = 1

_ATTRIBUTE = "system.posix_acl_access"
_VERSION = 2
_HEADER = struct.Struct("<I")
_ENTRY = struct.Struct("<HHI")
_OWNER, _USER, _OWNING_GROUP, _GROUP, _MASK, _OTHER = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20


@dataclass(frozen=True, slots=True, kw_only=True)
class Permissions:
    """Ids with their bits (read 4, write 2, search 1): the owner and the owning group first."""

    users: tuple[tuple[int, int], ...]
    groups: tuple[tuple[int, int], ...]
    others: int


def permissions_of(location: bytes, status: os.stat_result) -> Permissions:
    """Raises OSError where they cannot be known."""
    try:
        listed = os.getxattr(location, _ATTRIBUTE, follow_symlinks=False)
    except OSError as error:
        if error.errno not in (errno.ENODATA, errno.ENOTSUP):
            raise
        return _from_bits(status)
    # Where there is a list, the group's bits are its mask: they say more than the group has.
    return parse_posix_acl(listed, status)


def parse_posix_acl(listed: bytes, status: os.stat_result) -> Permissions:
    """Source: Linux, include/uapi/linux/posix_acl_xattr.h. Raises OSError for anything else."""
    size = len(listed) - _HEADER.size
    if size < 0 or size % _ENTRY.size or _HEADER.unpack_from(listed)[0] != _VERSION:
        raise OSError(errno.EINVAL, "its access control list has an unknown form")
    entries = list(_ENTRY.iter_unpack(listed[_HEADER.size :]))
    mask = next((bits for tag, bits, _ in entries if tag == _MASK), 7)
    by_tag = {tag: bits for tag, bits, _ in entries}
    users = [(status.st_uid, by_tag.get(_OWNER, 0))]
    users += [(number, bits & mask) for tag, bits, number in entries if tag == _USER]
    groups = [(status.st_gid, by_tag.get(_OWNING_GROUP, 0) & mask)]
    groups += [(number, bits & mask) for tag, bits, number in entries if tag == _GROUP]
    return Permissions(users=tuple(users), groups=tuple(groups), others=by_tag.get(_OTHER, 0))


def _from_bits(status: os.stat_result) -> Permissions:
    mode = status.st_mode
    return Permissions(
        users=((status.st_uid, mode >> 6 & 7),),
        groups=((status.st_gid, mode >> 3 & 7),),
        others=mode & 7,
    )
