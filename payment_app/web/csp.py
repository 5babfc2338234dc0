"""Hashes of the inline scripts that the built pages contain, for the Content-Security-Policy."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

_INLINE_SCRIPT = re.compile(
    r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE
)


def inline_script_hashes(folder: Path) -> list[str]:
    """`sha256-…` of each different inline script in the HTML files below `folder`, sorted."""
    scripts = {
        script
        for page in folder.rglob("*.html")
        for script in _INLINE_SCRIPT.findall(page.read_text(encoding="utf-8"))
    }
    return sorted(_digest(script) for script in scripts if script)


def _digest(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return "sha256-" + base64.b64encode(digest).decode()
