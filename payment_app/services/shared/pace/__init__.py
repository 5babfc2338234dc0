"""How much at once: limits, queues, groups and loops."""
