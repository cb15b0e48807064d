"""The subcommands, one file each; a file named `errors.py` holds `command`, run as `errors`.

To add one, add its file: `cli` finds it by its name and imports it only when it is asked for.
"""
