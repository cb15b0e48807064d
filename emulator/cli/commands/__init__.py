"""The commands, one file each: the `command` in `errors.py` runs as `wechat-emulator errors`.

To add a command, add its file. It is found by its name, and imported only when it runs.
"""
