"""The command `wechat-emulator`."""
