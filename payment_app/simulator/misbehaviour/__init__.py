"""Everything that can go wrong on the rail: faulty calls, callbacks that are late, lost or lie."""
