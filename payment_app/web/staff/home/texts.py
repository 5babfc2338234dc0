"""Words of the staff home page."""

from __future__ import annotations

HOME = {
    "title": "Home",
    "page_title": "Home · Staff",
    "figures": "Figures",
    "today": "Came in today",
    "week": "Came in this week",
    "refunded": "Refunded this week",
    "rate": "Prompts that get paid",
    "speed": "From prompt to paid",
    "waiting": "Waiting right now",
    "person": "Needs you",
    "payments_one": "1 payment",
    "payments": "{number} payments",
    "none_ended": "–",
    "percent": "{number} %",
    "of_ended": "{paid} of {ended} in 7 days",
    "no_attempts": "no attempts yet",
    "half_are_faster": "half are faster, in 7 days",
    "over_an_hour": "over 1 h",
    "nothing_waits": "nothing",
    "oldest": "the oldest for {age}",
    "open_case": "open case",
    "open_cases": "open cases",
    "capped": "{number}+",
    "compared": "{now} · {then} {day}",
    "last_weekday": "last {day:%A}",
    "last_week": "last week up to {day:%A}",
    "day_said": "{day}: {amount}, {payments}",
    "chart_hint": "Point at a day to read it.",
    "chart": "Money in, last 30 days",
    "chart_most": "Best day: {amount}",
    "chart_none": "No money came in during the last 30 days.",
    "day": "Day",
    "amount": "Amount",
    "number": "Payments",
    "reasons": "Why prompts were not paid, last 7 days",
    "reason": "Reason",
    "code": "Code",
    "times": "Times",
    "no_reasons": "Every attempt of the last 7 days was paid, or there was none.",
    "trouble_link": "See the health of each link",
}

NO_CODE = {
    "rejected": "M-Pesa refused to send the prompt.",
    "expired": "No result came in time.",
    "failed": "M-Pesa said that it failed.",
    "cancelled": "The customer cancelled.",
}
"""Status → why, for attempts without a result code."""

NOT_SENT = {
    "not_sent": "M-Pesa could not be reached: no prompt was sent.",
    "invalid_request": "M-Pesa did not accept a value, such as the phone number.",
    "wrong_credentials": "M-Pesa refused our credentials.",
    "configuration": "M-Pesa refused our shortcode or address: see the settings.",
    "not_authorised": "Our Daraja app may not send prompts.",
    "not_daraja": "A firewall or proxy on the way turned prompts away.",
    "busy_subscriber": "Another M-PESA request was open on the phone.",
    "too_busy": "M-Pesa was too busy to send the prompt.",
    "other": "M-Pesa refused to send the prompt.",
}
"""Why a prompt was refused, by the slug in the place of its result code."""

SETUP = {
    "title": "Until the first live payment",
    "done": "done",
    "open": "to do",
    "try": "Pay a demo booking on the test phone",
    "staff": "Give colleagues an account of their own",
    "keys": "Put in your Daraja keys: docs/quick-start.md says where they go",
    "backup": "Make a backup and read it back: docs/operations.md",
    "live": "Switch to production, and take the first payment",
}
"""What stands between a fresh installation and real money."""
