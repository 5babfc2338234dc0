"""Words of the staff home page."""

from __future__ import annotations

HOME = {
    "title": "Home",
    "page_title": "Home · Staff",
    "figures": "Figures",
    "today": "Came in today",
    "week": "Came in this week",
    "refunded": "Refunded of this week’s payments",
    "rate": "Paid, of attempts in the last 7 days",
    "speed": "Time to paid, last 7 days",
    "waiting": "Waiting for an answer now",
    "person": "Needs a person",
    "payments_one": "1 payment",
    "payments": "{number} payments",
    "none_ended": "–",
    "percent": "{number} %",
    "of_ended": "{paid} of {ended}",
    "no_attempts": "no attempts yet",
    "half_are_faster": "half of the payments are faster",
    "over_an_hour": "over 1 h",
    "nothing_waits": "nothing",
    "oldest": "the oldest for {age}",
    "open_case": "open case",
    "open_cases": "open cases",
    "capped": "{number}+",
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
