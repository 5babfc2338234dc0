"""Money back: asked for, agreed to, ordered from M-Pesa once, and known by its result.

`desk` (what people do) → `sender` (the order, at most once) → `results` and `questions` (how it
ended). What follows for payment and booking is written in `books`.
"""
