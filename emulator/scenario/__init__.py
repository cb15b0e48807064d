"""Scenarios: YAML in, a world's starting point out, and a place for every mistake on the way.

`places` finds the bytes, `document` makes nodes and plain values of them, `model` says what may
stand in them, `meaning` what must hold between them; `loading` runs these, `seeding` fills a world.
"""
