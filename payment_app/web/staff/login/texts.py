"""Words of the sign-in page."""

from __future__ import annotations

LOGIN = {
    "title": "Sign in · Staff",
    "heading": "Staff sign-in",
    "brand": "M-Pesa payments for bookings",
    "demo": "This is the simulator. Its logins stand on the {start}, and in the terminal.",
    "demo_link": "start page",
    "forgot": "Forgot your password, or lost your phone?",
    "forgot_text": "An administrator resets either under Settings, and gives you a temporary "
    "password. A recovery code works once instead of the app. The last administrator asks whoever "
    "runs the server: python -m payment_app create-staff makes another one.",
}

LOGIN_FORM = {
    "email": "Email",
    "password": "Password",
    "code": "Code",
    "code_hint": "Six digits from your authenticator app, or one of your recovery codes.",
    "sign_in": "Sign in",
    "failed": "The server does not answer. You are not signed in: try again in a moment.",
}
