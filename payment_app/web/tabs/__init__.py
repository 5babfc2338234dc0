"""Open pages: whose they are, what they may call, and when they end.

A browser tab names itself by a token of its own choosing, and Reflex keeps a state under that name.
Whoever knows the name would get what the state holds. Here the name is only a name:

- `states`: a state belongs to one visitor. Work for a page that is gone does not touch it.
- `visitor`: who that is: the socket, the session in its cookie, the link in its address.
- `wire`: the few messages that a page sends; nothing else is read.
- `payloads`: an event's arguments are those of its handler.
- `reports`: what goes wrong for a page is logged, so often and no more.
- `namespace`: what comes over a socket: only handlers that declare whom they serve are called.
- `handlers`: one watcher for each tab, few handlers at once, and all end with the socket.
- `framework`: the policy of each of Reflex's own handlers.
- `sessions`: a tab whose session is over is emptied.
- `app`: puts these into Reflex, in one place.

Measured on Reflex 0.10.1, which is pinned; the tests in tests/security drive real sockets.
"""
