"""How fast it is: `python -m benchmarks [--smoke] [NAME …]`; see docs/reference/performance.md.

One file per measurement in `measurements/`: put a module with a `@measurement` there and it runs.
"""
