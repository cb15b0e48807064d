// As somebody else's project has it: jest.setup.js sets `global.wx`.
test('the code of wx.login is one that a server can exchange', async () => {
  jest.useFakeTimers(); // which must not stop it
  const { code } = await wx.login();
  expect(await asServer(code)).toHaveProperty('openid');
  expect(wx).toHaveProperty('login');
});

test('the module can be imported, too', async () => {
  const { createWx } = await import('wechat-emulator');
  expect((await createWx().login()).errMsg).toBe('login:ok');
  const { createMiniProgram } = await import('wechat-emulator/miniprogram');
  expect(() => createMiniProgram({ root: 'nowhere' })).toThrow('no mini program there');
});

test('one function may be replaced', () => {
  wx.scanCode = jest.fn();
  wx.scanCode({});
  expect(wx.scanCode).toHaveBeenCalled();
});

const http = require('node:http');

function asServer(code) {
  const url = `${process.env.WECHAT_EMULATOR_URL}/sns/jscode2session?appid=wx0000000000000001&secret=any&js_code=${code}&grant_type=authorization_code`;
  return new Promise((resolve) => http.get(url, (answer) => answer.on('data', (bytes) => resolve(JSON.parse(bytes)))));
}
