"""`python -m payment_app`: what an operator does beside the running app.

Exit codes: 0 all is well, 1 something is not, 2 the command was not understood.
"""

from payment_app.cli.main import main

__all__ = ["main"]
