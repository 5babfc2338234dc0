"""Which addresses are whose."""

from __future__ import annotations

import re

GUARDED = ("/api/", "/hooks/")
"""What programs call."""
EVIDENCE = ("/api/mpesa/callback", "/hooks/")
"""Where M-Pesa tells results, once: half of one is worth more than nothing."""
LINKS = re.compile(r"/(pay|receipt|check)/([^/]+)(?:/|/(receipt\.pdf|booking\.ics))?")
"""A page whose link is the authority to see it; a receipt's files stand behind its address."""


def is_staff(path: str) -> bool:
    """Whether an address belongs to the console."""
    return path == "/staff" or path.startswith("/staff/")


def needs_socket(path: str) -> bool:
    """Whether an address is a page that is empty without its socket; those of links are not."""
    return path == "/" or is_staff(path)
