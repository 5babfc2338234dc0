"""What the built front end contains, read once at start from its folder."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

_INLINE_SCRIPT = re.compile(
    r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE
)
_IMPORT = re.compile(r"""(?:from|import)\s*["']\./([\w.-]+\.js)["']""")


def inline_script_hashes(folder: Path) -> list[str]:
    """`sha256-…` of each different inline script in the HTML files below `folder`, sorted.

    For the Content-Security-Policy: these scripts may run, and no others.
    """
    scripts = {
        script
        for page in folder.rglob("*.html")
        for script in _INLINE_SCRIPT.findall(page.read_text(encoding="utf-8"))
    }
    return sorted(script_hash(script) for script in scripts if script)


def preload_links(folder: Path, route: str) -> str:
    """A `Link` header that names the scripts of a dynamic route, "" when there are none.

    The fallback page names only what all routes share: without this header a browser learns of
    the route's own scripts after it has run those, a round trip or two later on a slow line.

    Args:
        folder: the built client.
        route: first part of the route, for example `pay`.
    """
    assets = folder / "assets"
    chunks = {chunk.name for chunk in assets.glob(f"_{route}_.*.js")}
    imported = {
        name
        for chunk in chunks
        for name in _IMPORT.findall((assets / chunk).read_text(encoding="utf-8"))
    }
    names = sorted(name for name in chunks | imported if (assets / name).exists())
    return ", ".join(f"</assets/{name}>; rel=modulepreload" for name in names)


def script_hash(script: str) -> str:
    """`sha256-…` of an inline script, as the Content-Security-Policy names it."""
    digest = hashlib.sha256(script.encode()).digest()
    return "sha256-" + base64.b64encode(digest).decode()
