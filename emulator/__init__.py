"""wechat-emulator: WeChat's login API, offline, for tests."""
