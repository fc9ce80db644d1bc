"""Sockets between the processes of one unit: where they are, and who may speak on them."""

from __future__ import annotations

import errno
import os
import socket
import struct
from pathlib import Path

_CREDENTIALS = struct.Struct("3i")
"""``struct ucred`` of unix(7): pid, uid, gid."""


def listen(path: Path, mode: int) -> socket.socket:
    """Return a listening SEQPACKET socket with file mode ``mode``; a stale file is replaced.

    Raises OSError when the folder cannot be used.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    before = os.umask(0o777 & ~mode)
    try:
        listener.bind(str(path))
        listener.listen(4)
    except OSError:
        listener.close()
        raise
    finally:
        os.umask(before)
    return listener


def peer_user(sock: socket.socket) -> int:
    """Return the user id of the process that connected (SO_PEERCRED, unix(7))."""
    packet = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _pid, user, _group = _CREDENTIALS.unpack(packet)
    return int(user)


def is_served(path: Path) -> bool:
    """Return whether a process listens on a SEQPACKET socket, without disturbing it.

    A socket of another type is told by the kernel that the type is wrong, if anybody listens
    (unix(7)); the one who listens hears nothing. One that we may not ask counts as served.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        try:
            sock.connect(str(path))
        except OSError as error:
            return error.errno in (errno.EPROTOTYPE, errno.EACCES)
    return True
