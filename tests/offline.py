"""The whole suite in a network namespace that has nothing but loopback, with a name server of its own that answers nobody.

`make offline` runs it (Linux; `unshare` makes the namespaces). A test that needs the internet fails there, and every name
that the code or a package looked up is listed, so that neither data nor telemetry leaves unnoticed.
"""

import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path

INSIDE = "STUDY_OFFLINE"
LOOPBACK = "127.0.0.1"
DNS_PORT = 53
EXPECTED = ("invalid", "test", "example", "localhost")
"""Top-level domains that RFC 6761 keeps for tests: asking for one is no telemetry."""


def main(arguments: list[str]) -> int:
    """Enter the namespace, then run the tests in it; returns the exit status."""
    if INSIDE not in os.environ:
        enter = ["unshare", "--net", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
        return subprocess.call(
            [*enter, sys.executable, "-m", "tests.offline", *arguments], env=os.environ | {INSIDE: "1"}
        )
    subprocess.check_call(["ip", "link", "set", "lo", "up"])
    with tempfile.TemporaryDirectory() as folder:
        resolv = Path(folder) / "resolv.conf"
        resolv.write_text(f"nameserver {LOOPBACK}\noptions timeout:1 attempts:1\n")
        subprocess.check_call(["mount", "--bind", str(resolv), "/etc/resolv.conf"])
        names = watch_names()
        status = subprocess.call([sys.executable, "-m", "pytest", *arguments])
    foreign = {name: count for name, count in names.items() if name.rpartition(".")[2] not in EXPECTED}
    sys.stdout.write(f"names looked up: {dict(names) or 'none'}\nof other hosts: {foreign or 'none'}\n")
    return status or int(bool(foreign))


def watch_names() -> Counter[str]:
    """Refuse every question for a name on loopback, and count the names."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((LOOPBACK, DNS_PORT))
    names: Counter[str] = Counter()

    def serve() -> None:
        while True:
            query, sender = server.recvfrom(4096)
            names[name_in(query)] += 1
            server.sendto(query[:2] + b"\x81\x83" + query[4:], sender)  # NXDOMAIN (RFC 1035, 4.1.1)

    threading.Thread(target=serve, daemon=True).start()
    return names


def name_in(query: bytes) -> str:
    """The name asked for in a DNS query (RFC 1035, 4.1.2)."""
    labels, at = [], 12
    while at < len(query) and query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode("ascii", "replace"))
        at += 1 + query[at]
    return ".".join(labels)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
