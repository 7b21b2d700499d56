"""Cut a Python process off from the network; loaded at its start where this folder is on PYTHONPATH.

Notebooks run under it in tests and builds, so that a chapter which downloads anything fails. Sockets of this
machine stay open: the kernel itself talks through them.
"""

import os
import sys

if os.environ.get("RUNMATH_OFFLINE") == "1":
    LOCAL = {"localhost", "127.0.0.1", "::1", "0.0.0.0", "", None}

    def refuse(event: str, arguments: tuple) -> None:
        """Raise on the first step of any connection that leaves the machine."""
        if event in ("socket.connect", "socket.sendto"):
            address = arguments[1]
            host = address[0] if isinstance(address, tuple) else None  # not a tuple: a Unix socket
        elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
            host = arguments[0]
        else:
            return
        host = host.decode() if isinstance(host, bytes) else host
        if host not in LOCAL:
            raise OSError(f"the book runs without a network, but this code asked for {host!r}")

    sys.addaudithook(refuse)
