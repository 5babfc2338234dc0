"""Words of the settings page."""

from __future__ import annotations

SETTINGS = {
    "title": "Settings",
    "page_title": "Settings · Staff",
    "name": "Name",
    "email": "Email",
    "role": "Role",
    "no_role": "There is no such role. Nothing was changed.",
}

STAFF = {
    "heading": "Staff",
    "caption": "Members of staff",
    "status": "Status",
    "authenticator": "Authenticator",
    "manage": "Manage",
    "manage_one": "Manage {name}",
    "me": "this is you",
    "active": "Active",
    "disabled": "Disabled",
    "has_authenticator": "Set up",
    "no_authenticator": "Not yet",
    "new": "New member",
    "new_hint": "They get a temporary password, shown to you once. Ask them to change it under "
    "My account.",
    "add": "Add member",
    "added": "{name} was added.",
    "save_role": "Change role",
    "role_changed": "The role is now {role}. It counts from the member’s next click on.",
    "disable": "Disable",
    "disable_hint": "Signs them out everywhere. What they did stays in the log.",
    "disabled_now": "The member was disabled and signed out.",
    "enable": "Enable",
    "enabled_now": "The member may sign in again.",
    "reset_password": "Reset password",
    "reset_password_hint": "Signs them out everywhere and makes a temporary password.",
    "reset_authenticator": "Reset authenticator",
    "reset_authenticator_hint": "For a lost phone: they set up a new one when they next sign in.",
    "authenticator_reset": "The member sets up a new authenticator when they next sign in.",
    "temporary": "Temporary password for {name}",
    "temporary_hint": "It is shown only now. Give it to them in person or by phone, not by email.",
    "hide": "I have passed it on",
    "copy": "Copy",
    "copied": "Copied",
}

ROLE_WORDS = {
    "viewer": "Viewer: sees payments, phones masked",
    "cashier": "Cashier: also checks, notes and bookings",
    "finance": "Finance: also full numbers, exports and refunds",
    "admin": "Admin: also staff and the activity log",
}

VIEWS = {
    "heading": "Saved views",
    "none": "No saved views yet. Set filters in the payments list and save them there.",
    "caption": "Saved views of the payments list",
    "name": "Name",
    "whose": "Whose",
    "own": "Yours",
    "own_shared": "Yours, shared",
    "shared_by": "Shared by {name}",
    "manage": "Change",
    "manage_one": "Change {name}",
    "rename": "Rename",
    "renamed": "The view is now called “{name}”.",
    "delete": "Delete",
    "deleted": "The view was deleted.",
}

HEALTH = {
    "heading": "Health",
    "since": "since {time}",
    "last": "last {time}",
}

LINKS = {
    "database": "Database",
    "migrations": "Tables",
    "loops": "Background work",
    "rail": "M-Pesa",
    "questions": "Questions to M-Pesa",
    "callbacks": "Callbacks",
    "cases": "Cases",
    "records": "Records",
    "backup": "Backup",
    "restore": "Restore",
}

STATES = {
    "ok": ("OK", "good"),
    "slow": ("Slow", "warn"),
    "down": ("Down", "bad"),
    "unknown": ("Not known", "plain"),
}
"""State of a link → its word and tone."""

SLOW_WORDS = {
    "cases": "Growing",
    "records": "Overdue",
    "backup": "Old",
    "restore": "Going on",
}
"""What "slow" is called where nothing is slow."""

ENVIRONMENT = {
    "heading": "Environment",
    "rail": "Money",
    "merchant": "Business name",
    "shortcode": "Short code",
    "till": "Till number",
    "daraja": "Prompts go to",
    "callbacks": "Callbacks come to",
    "address": "Address of this app",
    "database": "Database",
    "workers": "Processes",
    "note": "These come from the app’s environment and change with a restart.",
}

RAILS = {
    "simulator": "Simulator: pretended payments, no money moves",
    "test": "TEST: Safaricom’s sandbox, no money moves",
    "live": "LIVE: real money moves",
}

LIMITS = {
    "heading": "Limits",
    "phone_number": "Prompts to one phone",
    "booking_id": "Prompts for one booking",
    "address_hash": "Prompts from one network",
    "rate": "{most} in {within}",
    "same_amount": "Same amount to the same phone again",
    "same_phone": "Another amount to the same phone",
    "after": "after {time}",
    "most": "Most in one payment",
    "answers": "M-Pesa is asked about a prompt for",
    "receipt": "A receipt number may be late by",
    "bodies": "Raw callbacks are kept for",
    "calls": "Traces of calls to M-Pesa are kept for",
    "hours": "{number} h",
    "minutes": "{number} min",
    "days": "{number} days",
    "note": "These belong to the app and to M-Pesa; they are shown here, not set.",
}
