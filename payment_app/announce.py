"""What the terminal says once the app serves: where to click first."""

from __future__ import annotations

from payment_app.bootstrap import App
from payment_app.domain.staff import Role
from payment_app.logs import plain_stdout
from payment_app.services.demo.bookings import list_demo
from payment_app.services.demo.members import demo_email, demo_password


async def announce(app: App) -> None:
    """Print the addresses that a newcomer needs; outside simulator mode just the origin."""
    settings = app.settings
    lines = [f"Open        {settings.origin}/"]
    if settings.simulated:
        for demo in await list_demo(app.database, app.clock):
            if demo.status == "open":
                lines.append(f"Pay link    {settings.origin}{demo.pay_path}")
                break
        others = ", ".join(f"{role.value}@" for role in Role if role is not Role.ADMIN)
        lines.append(
            f"Staff       {settings.origin}/staff/login  ({demo_email(Role.ADMIN)}, also {others}; "
            f"password {demo_password(settings)})"
        )
        lines.append(f"Test phone  {settings.origin}/simulator  (PIN 1234)")
        lines.append(f"API         {settings.origin}/api/docs  (key: simulator-key)")
    terminal = plain_stdout()  # the demo's password and links are meant for whoever started it
    terminal.write("\n" + "\n".join(f"  {line}" for line in lines) + "\n\n")
    terminal.flush()
