"""One of several processes that share a database: works off what is due, and says how much.

    python -m tests.reliability.twin      with the app's settings in the environment

It prints `ready`, waits for a line, works until nothing is left, and prints its counts as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys

from payment_app import lifespan
from payment_app.bootstrap import App
from payment_app.settings import load_settings


async def main() -> None:
    runtime = App(load_settings(env_file=None))
    await runtime.readiness.look()
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    counts = {"inbox": 0, "checks": 0}
    while True:
        settled, checked = await asyncio.gather(runtime.inbox.drain(), runtime.reconciler.tick())
        counts["inbox"] += settled
        counts["checks"] += checked
        if not settled and not checked:
            break
    await lifespan.stop(runtime)
    print("counts", json.dumps(counts), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
