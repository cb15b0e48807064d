"""Scripted behaviour: a rule as written, which rules are due, and what their effects do."""
