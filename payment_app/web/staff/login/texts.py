"""Words of the sign-in page."""

from __future__ import annotations

LOGIN = {
    "title": "Sign in · Staff",
    "heading": "Staff sign-in",
}

LOGIN_FORM = {
    "email": "Email",
    "password": "Password",
    "code": "Code",
    "code_hint": "Six digits from your authenticator app, or one of your recovery codes.",
    "sign_in": "Sign in",
    "failed": "The server does not answer. You are not signed in: try again in a moment.",
}
