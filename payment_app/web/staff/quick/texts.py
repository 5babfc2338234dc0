"""Words of finding while somebody types, and of the palette that Ctrl-K opens."""

from __future__ import annotations

QUICK = {
    "title": "Find or do",
    "hint": "Payment, booking, page or command",
    "label": "Suggestions",
    "payment": "Payment {number} · {status}",
    "booking": "Booking · {status}",
    "page": "Page",
    "command": "Command",
    "account": "My account",
}

COMMANDS = {
    "[data-dialog=new]": "New booking",
    "[data-dialog=import]": "Import bookings",
    "[data-dialog=filters]": "Filters",
    "[data-dialog=export]": "Export this list",
    "[data-dialog=views]": "Saved views",
    "[data-key=check]": "Check with Safaricom",
    "[data-dialog=send]": "Send a new prompt",
    "[data-dialog=note]": "Write a note",
    "[data-dialog=new-member]": "New member",
    "[data-dialog=keys]": "Keyboard",
    "[data-key=leave]": "Sign out",
}
"""What a command presses → what it is called; without its button on the page it is not offered."""
