"""Scenarios: from a YAML file to what a world starts with, with a line for every mistake.

`sources` finds the files, `document` parses one, `model` says which keys and values there are, and
`cross_checks` compares values with each other. `loading` runs all of these; `seeding` makes the
entities of a world.
"""
