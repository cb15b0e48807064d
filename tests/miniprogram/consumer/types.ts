// Compiled, not run: what the types of the package promise, and what they refuse.
import { createWx } from 'wechat-emulator';
import { createMiniProgram } from 'wechat-emulator/miniprogram';

const mine: WechatMiniprogram.Wx = createWx({ servers: { 'https://test.com': 'http://127.0.0.1:1' } });
const task: WechatMiniprogram.RequestTask = mine.request({ url: 'https://test.com' });
task.abort();
mine.login({ success: (res) => res.code.toUpperCase() });
createMiniProgram({ root: '.', script: { login: [{ fail: 'timeout', errno: 5 }] } }).launch();
// @ts-expect-error WeChat has no such function
mine.lgoin();
// @ts-expect-error a misspelt option
createWx({ sever: {} });
