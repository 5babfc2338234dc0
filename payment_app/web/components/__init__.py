"""Our component kit: Tailwind and plain elements, one component a file. No words in here.

A var of a state is annotated with its value's type, as mypy sees it: `card: Card`, `text: str`.
"""
