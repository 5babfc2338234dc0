"""Words of the activity log."""

from __future__ import annotations

ACTIVITY = {
    "title": "Activity",
    "page_title": "Activity · Staff",
    "caption": "What staff did, newest first",
    "search": "Search the activity log",
    "member": "Who",
    "member_hint": "Name or email",
    "action": "What",
    "any_action": "Anything",
    "subject": "To what",
    "subject_hint": "payment:12 or booking",
    "from": "From (date)",
    "to": "To (date)",
    "apply": "Show",
    "clear": "Clear",
    "none": "Nothing was done that matches this.",
    "older": "Older",
    "newer": "Newer",
    "pages": "Pages",
    "facts": "{name}: {before} → {after}",
    "fact": "{name}: {value}",
    "gone": "{name}: {value} (before)",
    "nobody": "–",
}

COLUMNS = {
    "time": "Time",
    "who": "Who",
    "action": "What",
    "subject": "To what",
    "change": "Change",
    "address": "From",
}

ACTIONS = {
    "signed_in": "Signed in",
    "signed_out": "Signed out",
    "signed_out_everywhere": "Signed out everywhere",
    "sign_in_failed": "Failed to sign in",
    "view_saved": "Saved a view",
    "view_renamed": "Renamed a view",
    "view_deleted": "Deleted a view",
    "note_written": "Wrote a note",
    "phone_revealed": "Looked at a full phone number",
    "payload_revealed": "Looked at raw callbacks",
    "checked": "Asked Safaricom",
    "prompt_sent": "Sent a prompt",
    "exported": "Exported payments",
    "statement_compared": "Compared a statement",
    "let_in": "Let in at the gate",
    "staff_created": "Added a member",
    "role_changed": "Changed a role",
    "staff_disabled": "Disabled a member",
    "staff_enabled": "Enabled a member",
    "password_changed": "Changed the own password",
    "password_reset": "Reset a password",
    "authenticator_connected": "Connected an authenticator",
    "authenticator_reset": "Reset an authenticator",
    "recovery_codes_made": "Made recovery codes",
}
"""Action → plain words; one without an entry shows its own words."""

SUBJECTS = {
    "payment": "Payment",
    "payments": "Payments",
    "booking": "Booking",
    "staff": "Member",
    "view": "Saved view",
}
"""Kind of what it was done to → its word."""

FACTS = {
    "wrong_credentials": "the email or the password was wrong",
    "wrong_code": "the code was wrong, or used before",
}
"""What the log holds as a slug → plain words."""
