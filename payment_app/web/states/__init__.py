"""What each open page knows.

Every public method can be called by anyone over the socket: helpers start with `_`.
"""
