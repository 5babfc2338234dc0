"""A faithful Daraja for tests and demos, with the customer's phone beside it.

A client cannot tell it from Safaricom's for OAuth, STK push, STK query and their callbacks; a
person plays the customer on the phone page, a test by `POST /control` (see `phone.control`) or the
methods of `Simulator`. It imports nothing else of the app, so that its ledger of money moved is a
judge of the app's books and not a copy of them.

What is bounded, for runs of any length: 100,000 ledger entries (totals go on counting), 5,000
phones with 20 messages each, 20,000 finished pushes (older ones "do not exist" for a query),
100,000 live prompts and as many callbacks on their way, 200 delivery records, 1,000 consumer keys
with one live token each, 100 open phone pages.
"""

from payment_app.simulator.misbehaviour.modes import Chaos
from payment_app.simulator.mpesa.handsets import Handset, Sms
from payment_app.simulator.mpesa.ledger import Entry, Ledger
from payment_app.simulator.mpesa.prompts import Prompt
from payment_app.simulator.server import create_standalone, main
from payment_app.simulator.settings import (
    Clock,
    Deliver,
    NoPrompt,
    Shortcode,
    SimulatorConfig,
    SimulatorError,
    Sleep,
)
from payment_app.simulator.simulator import Simulator

__all__ = [
    "Chaos",
    "Clock",
    "Deliver",
    "Entry",
    "Handset",
    "Ledger",
    "NoPrompt",
    "Prompt",
    "Shortcode",
    "Simulator",
    "SimulatorConfig",
    "SimulatorError",
    "Sleep",
    "Sms",
    "create_standalone",
    "main",
]
