const { createWx } = require('wechat-emulator');

global.wx = createWx({ user: 'alice', servers: { 'https://test.com': 'http://127.0.0.1:5000' } });
