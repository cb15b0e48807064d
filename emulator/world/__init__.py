"""The state of one world: its store, clock, ids, journal and switches."""
