"""Every environment variable of the app, typed, and the refusal to start with unsafe ones.

Values come from the process environment and, below it, from a `.env` file (python-dotenv). They are
read once, in the wiring, and passed in from there. `problems()` names everything that is missing
or unsafe, all at once, one plain sentence each; outside simulator mode any of them stops the start.
"""

from payment_app.settings.loading import UnsafeSettings, load_settings, read_settings
from payment_app.settings.problems import problems
from payment_app.settings.variables import (
    DARAJA_HOSTS,
    SIMULATOR_API_KEY,
    SIMULATOR_PASSKEY,
    SIMULATOR_SHORTCODE,
    Environment,
    Settings,
)

__all__ = [
    "DARAJA_HOSTS",
    "SIMULATOR_API_KEY",
    "SIMULATOR_PASSKEY",
    "SIMULATOR_SHORTCODE",
    "Environment",
    "Settings",
    "UnsafeSettings",
    "load_settings",
    "problems",
    "read_settings",
]
