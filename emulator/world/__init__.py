"""The state of one universe: its clock, its ids, its journal, its switches, and its store."""
