"""Runs the simulator on its own as the command line would; the arguments are its own."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parents[3]))

from payment_app.simulator import main


class Deliver:
    """Posts callbacks with httpx and says at its end that it was closed."""

    def __init__(self) -> None:
        self._client = httpx.AsyncClient(trust_env=False, timeout=5)

    async def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        try:
            return (await self._client.post(url, content=body, headers=dict(headers))).status_code
        except httpx.TransportError as error:
            raise OSError(str(error)) from error

    async def aclose(self) -> None:
        await self._client.aclose()
        print("deliver closed")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], deliver_factory=Deliver))
