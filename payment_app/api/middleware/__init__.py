"""What every request passes before it reaches a route or a page, one file a job.

Plain ASGI around the whole app, so that it also covers the pages and the files of the front end.
`Edge` is the whole stack; from the outside to the inside:

| file | job |
|---|---|
| headers | the headers of each answer: policy, caching, what a page loads first |
| redirects | a redirect stays on this site, whatever `Host` says |
| hosts | in simulator mode, no host but this machine |
| sockets | so many open pages for each address |
| messages | what comes over a socket: so fast, so large, only what pages send |
| bodies | how large a body may be, and how slow |
| links | pay and receipt links are answered, an unknown one by a page that says so |
| staff_pages | where a visitor of the console goes who is, or is not, signed in |
| front_door | where `/` leads to |
"""

from payment_app.api.middleware.edge import Edge
from payment_app.api.middleware.headers import page_policy

__all__ = ["Edge", "page_policy"]
