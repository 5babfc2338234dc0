"""QR codes as images that stand in the page itself."""

from __future__ import annotations

import base64
import io

import segno


def qr_image(url: str) -> str:
    """A data URI of the address as a QR code."""
    buffer = io.BytesIO()
    segno.make(url, error="m").save(
        buffer, kind="svg", scale=4, border=3, dark="#000", light="#fff", xmldecl=False
    )
    return f"data:image/svg+xml;base64,{base64.b64encode(buffer.getvalue()).decode()}"
