"""Words of a member's own account."""

from __future__ import annotations

ACCOUNT = {
    "page_title": "My account · Staff",
    "title": "My account",
    "enrol_first": "Connect an authenticator app first: it is needed for everything else here.",
    "change_first": "Your password is temporary. Change it first: nothing else works before that.",
    "app": "Authenticator app",
    "app_on": "An authenticator app is connected. Each sign-in asks for its code.",
    "app_off": "With an authenticator app nobody can sign in with your password alone.",
    "app_start": "Connect an app",
    "app_password": "Your password",
    "app_scan": "Scan this with the app, or type the key, then enter the code that it shows.",
    "app_key": "Key: {key}",
    "app_code": "Code from the app",
    "app_confirm": "Connect",
    "app_done": "The app is connected.",
    "qr": "QR code for the authenticator app",
    "codes": "Recovery codes",
    "codes_text": "Each works once instead of the app. They are shown only now: print them, or "
    "keep them where your phone is not.",
    "codes_new": "Make new recovery codes",
    "codes_password": "Your password",
    "password": "Change password",
    "password_old": "Present password",
    "password_new": "New password (at least 12 characters)",
    "password_again": "The new password again",
    "password_change": "Change password",
    "password_differ": "The two new passwords are not the same. Nothing was changed.",
    "password_done": "Your password was changed. You were signed out everywhere else.",
    "sessions": "Where you are signed in",
    "session_here": "this browser",
    "session_since": "since {since}, last used {age} ago",
    "session_end": "Sign out",
    "session_ended": "That session was ended.",
    "everywhere": "Sign out everywhere",
}
