"""Scripted behaviour: what a rule is, which rules match a call, and how effects are applied."""
