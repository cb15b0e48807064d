// `createWx`, against a running emulator: what each API gives, asks and refuses.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import test from 'node:test';
import { createWx } from '../../emulator/miniprogram/wx.js';
import { called, control, exchange, folder, serve, world } from './support.mjs';

const SHOP = 'https://shop.example.com';
const phone = (options) => createWx({ url: world(), ...options });
const request = (wx, params) => called(wx, 'request', { url: `${SHOP}/x`, ...params });

test('a code of wx.login can be exchanged, once', async () => {
  const url = world();
  const { code, errMsg } = await createWx({ url }).login();
  assert.equal(errMsg, 'login:ok');
  assert.ok((await exchange(url, code)).openid);
  assert.equal((await exchange(url, code)).errcode, 40163);
});

test('a code ends by the clock of its world', async () => {
  const url = world();
  await control(url, 'PUT', 'clock', { at: '2026-01-01T12:00:00Z', frozen: true });
  const { code } = await createWx({ url }).login();
  await control(url, 'POST', 'clock/advance', { by: '5m1s' });
  assert.equal((await exchange(url, code)).errcode, 40029);
});

test('both faces of the module are the same', async () => {
  const face = createRequire(import.meta.url)('../../emulator/miniprogram/wx.cjs');
  const { code } = await face.createWx({ url: world(), user: 'bob' }).login();
  assert.equal(code.length, 32);
});

test('success comes before complete, and no promise with a callback', async () => {
  const order = [];
  await new Promise((done) => {
    const returned = phone().login({ success: () => order.push('success'), complete: () => done(order.push('complete')) });
    assert.equal(returned, undefined);
  });
  assert.deepEqual(order, ['success', 'complete']);
});

test('fail comes before complete; a promise rejects with the same object', async () => {
  const wx = phone({ script: { login: { fail: 'timeout', errno: 5 } } });
  const order = [];
  await new Promise((done) => wx.login({ fail: (error) => order.push(error), complete: (error) => done(order.push(error)) }));
  assert.deepEqual(order[0], { errMsg: 'login:fail timeout', errno: 5 });
  assert.equal(order[0], order[1]);
  await assert.rejects(wx.login(), (error) => error.errMsg === 'login:fail timeout');
});

test('a script may hold a step per call, then all is as usual', async () => {
  const wx = phone({ script: { login: [{ fail: 'timeout' }] } });
  assert.equal((await called(wx, 'login')).errMsg, 'login:fail timeout');
  assert.equal((await called(wx, 'login')).errMsg, 'login:ok');
});

test('the session is checked, the user told of, by the key that is valid now', async () => {
  const wx = phone();
  assert.equal((await called(wx, 'checkSession')).errMsg, 'checkSession:fail session time out, need relogin');
  await wx.login();
  assert.equal((await wx.checkSession()).errMsg, 'checkSession:ok');
  assert.ok((await wx.getUserInfo()).encryptedData);
  assert.ok((await wx.getUserProfile({ desc: '会员' })).userInfo.nickName);
  assert.ok((await wx.getUserCryptoManager().getLatestUserKey()).encryptKey);
  assert.equal((await wx.pluginLogin()).errMsg, 'pluginLogin:ok');
});

test('a user who refuses is WeChat\'s denial', async () => {
  const wx = phone({ script: { getUserProfile: { deny: true }, authorize: { deny: true } } });
  await wx.login();
  assert.deepEqual(await called(wx, 'getUserProfile', { desc: 'x' }), { errMsg: 'getUserProfile:fail auth deny', errno: 103 });
  assert.equal((await called(wx, 'authorize', { scope: 'scope.record' })).errMsg, 'authorize:fail auth deny');
  assert.deepEqual((await wx.getSetting()).authSetting, {});
});

test('a mistake in the set-up fails the call in the emulator\'s words', async () => {
  const url = world();
  await control(url, 'PUT', 'users/alice', {});
  assert.match((await called(createWx({ url, user: 'alcie' }), 'login')).errMsg, /alcie.*alice/s);
  assert.match((await called(createWx({ url: 'http://127.0.0.1:1' }), 'login')).errMsg, /no emulator answers at http:\/\/127\.0\.0\.1:1/);
});

const QUERIES = [
  [{ a: 1, b: '你 &' }, '/x?a=1&b=%E4%BD%A0%20%26'],
  [{ a: { b: 1 }, c: null, d: undefined }, '/x?a=%7B%22b%22%3A1%7D&c=null&d=undefined'],
  [{}, '/x'],
];
for (const [data, target] of QUERIES) {
  test(`GET puts ${JSON.stringify(data)} into the query`, async () => {
    const { servers, came } = await serve();
    await request(phone({ servers }), { data });
    assert.equal(came[0].url, target);
    assert.equal(came[0].headers['content-type'], 'application/json');
  });
}

const BODIES = [
  [{ data: { a: 1 } }, '{"a":1}', 'application/json'],
  [{ data: { a: 1, b: ' ' }, header: { 'content-type': 'application/x-www-form-urlencoded' } }, 'a=1&b=%20', 'application/x-www-form-urlencoded'],
  [{ data: 'as it is' }, 'as it is', 'application/json'],
  [{ data: new Uint8Array([104, 105]).buffer }, 'hi', 'application/json'],
];
for (const [params, body, type] of BODIES) {
  test(`POST sends ${body}`, async () => {
    const { servers, came } = await serve();
    await request(phone({ servers }), { method: 'post', ...params });
    assert.deepEqual([came[0].method, came[0].body, came[0].headers['content-type']], ['POST', body, type]);
  });
}

test('Referer is WeChat\'s, whatever the header says', async () => {
  const { servers, came } = await serve();
  await request(phone({ servers, appid: 'wx0123456789abcdef', version: 7 }), { header: { Referer: 'x', 'X-Own': 'y' } });
  assert.equal(came[0].headers.referer, 'https://servicewechat.com/wx0123456789abcdef/7/page-frame.html');
  assert.equal(came[0].headers['x-own'], 'y');
  assert.equal(came[0].headers['x-forwarded-host'], 'shop.example.com');
});

test('any status is a success, with header and cookies', async () => {
  const { servers } = await serve((_, response) => {
    response.writeHead(500, { 'Set-Cookie': ['a=1', 'b=2'], 'X-Own': 'y' });
    response.end('\uFEFF{"a":1}');
  });
  const got = await request(phone({ servers }));
  assert.deepEqual([got.errMsg, got.statusCode, got.data, got.cookies], ['request:ok', 500, { a: 1 }, ['a=1', 'b=2']]);
  assert.equal(got.header['X-Own'], 'y');
});

test('dataType and responseType say what data is', async () => {
  const { servers } = await serve((_, response) => response.end('[1'));
  const wx = phone({ servers });
  assert.equal((await request(wx)).data, '[1');
  assert.equal((await request(wx, { dataType: 'text' })).data, '[1');
  assert.equal((await request(wx, { responseType: 'arraybuffer' })).data.byteLength, 2);
});

const UNLISTED = ['https://other.com/', 'http://shop.example.com/', 'https://shop.example.com:443/', 'https://a.shop.example.com/', 'https://example.com/'];
for (const url of UNLISTED) {
  test(`${url} is not in the domain list`, async () => {
    const { servers, came } = await serve();
    assert.deepEqual(await called(phone({ servers }), 'request', { url }), { errMsg: 'request:fail url not in domain list', errno: 600002 });
    assert.equal(came.length, 0);
  });
}

test('the devtools\' box lets any URL pass', async () => {
  const { url } = await serve();
  const mine = { 'http://127.0.0.1:8360': url };
  assert.equal((await called(phone({ domainCheck: false }), 'request', { url })).statusCode, 200);
  const wx = phone({ domainCheck: false, servers: mine });
  assert.equal((await called(wx, 'request', { url: 'http://127.0.0.1:8360/api' })).statusCode, 200);
});

const BAD_SERVERS = [['http://test.com', /https:\/\/HOST/], ['https://127.0.0.1', /no localhost and no address/], ['https://localhost', /no localhost/],
  ['https://api.weixin.qq.com', /its server has to/], ['test.com', /https:\/\/HOST/]];
for (const [origin, text] of BAD_SERVERS) {
  test(`WeChat would not list ${origin}`, () => {
    assert.throws(() => createWx({ servers: { [origin]: 'http://127.0.0.1:1' } }), text);
  });
}

test('a redirect is followed where its target is listed', async () => {
  const { servers, url } = await serve((asked, response) => {
    const to = { '/x': `${url}/y`, '/y': '/z', '/gone': 'https://other.com/' }[asked.url];
    response.writeHead(to ? 302 : 200, to ? { Location: to } : {});
    response.end(`"${asked.method} ${asked.url}"`);
  });
  const wx = phone({ servers });
  assert.equal((await request(wx, { method: 'POST', data: 'x' })).data, 'GET /z');
  assert.equal((await request(wx, { url: `${SHOP}/gone` })).errno, 600002);
  assert.equal((await request(wx, { redirect: 'manual' })).statusCode, 302);
});

test('a server that is not there, that hangs up, that has no TLS, each fail in WeChat\'s words', async () => {
  const { url } = await serve((asked) => asked.socket.destroy());
  const secure = url.replace('http:', 'https:');
  const wx = phone({ servers: { 'https://a.com': 'http://127.0.0.1:1', 'https://b.com': url, 'https://c.com': secure } });
  const texts = await Promise.all(['a', 'b', 'c'].map((name) => called(wx, 'request', { url: `https://${name}.com/` })));
  assert.deepEqual(texts.map((each) => each.errMsg), ['request:fail net::ERR_CONNECTION_REFUSED',
    'request:fail net::ERR_CONNECTION_RESET', 'request:fail ssl hand shake error']);
});

test('a request ends by its time-out or by abort, and the connection with it', async () => {
  const closed = [];
  const { servers } = await serve((asked) => closed.push(new Promise((done) => asked.socket.on('close', done))));
  const wx = phone({ servers });
  assert.equal((await request(wx, { timeout: 5 })).errMsg, 'request:fail timeout');
  const aborted = await new Promise((fail) => {
    const task = wx.request({ url: SHOP, fail });
    task.abort();
  });
  assert.equal(aborted.errMsg, 'request:fail abort');
  await Promise.all(closed);
});

test('ten requests run at once, the eleventh waits', async () => {
  const held = [];
  let eleventh;
  const tenth = new Promise((done) => { eleventh = done; });
  const { servers, came } = await serve((_, response) => { held.push(response); if (held.length === 10) eleventh(); if (held.length > 10) response.end(); });
  const wx = phone({ servers });
  const all = Array.from({ length: 11 }, () => request(wx));
  await tenth;
  assert.equal(came.length, 10);
  held.forEach((response) => response.end());
  assert.equal((await Promise.all(all)).length, 11);
});

test('headers and chunks are told as they come', async () => {
  const { servers } = await serve((_, response) => response.end('abc'));
  const heard = [];
  await new Promise((success) => {
    const task = phone({ servers }).request({ url: SHOP, enableChunked: true, success });
    task.onHeadersReceived(() => heard.push('headers'));
    task.onChunkReceived(({ data }) => heard.push(data.byteLength));
  });
  assert.deepEqual(heard, ['headers', 3]);
});

test('a downloaded file can be uploaded', async () => {
  const { servers, came } = await serve((_, response) => response.end('picture'));
  const wx = phone({ servers });
  const { tempFilePath } = await called(wx, 'downloadFile', { url: `${SHOP}/a.png` });
  const { data } = await called(wx, 'uploadFile', { url: `${SHOP}/up`, filePath: tempFilePath, name: 'file', formData: { a: 1 } });
  assert.equal(data, 'picture');
  assert.match(came[1].body, /name="a"\r\n\r\n1\r\n.*name="file"; filename="download-1\.png".*\r\n\r\npicture\r\n/s);
  assert.match((await called(wx, 'uploadFile', { url: SHOP, filePath: 'none', name: 'x' })).errMsg, /file not found: none/);
});

test('what is stored is kept, told and forgotten, in both forms', async () => {
  const wx = phone();
  wx.setStorageSync('token', { a: [1] });
  assert.deepEqual((await wx.getStorage({ key: 'token' })).data, { a: [1] });
  await wx.setStorage({ key: 'b', data: 'x' });
  assert.deepEqual(wx.getStorageInfoSync().keys, ['token', 'b']);
  wx.removeStorageSync('token');
  assert.equal(wx.getStorageSync('token'), '');
  assert.equal((await called(wx, 'getStorage', { key: 'token' })).errMsg, 'getStorage:fail data not found');
  await wx.clearStorage();
  assert.deepEqual((await wx.getStorageInfo()).keys, []);
});

test('an item of a megabyte is too long, ten of them too many', async () => {
  const wx = phone();
  assert.throws(() => wx.setStorageSync('a', 'x'.repeat(2 ** 20)), /setStorageSync:fail exceed storage item max length/);
  for (let i = 0; i < 10; i += 1) wx.setStorageSync(`${i}`, 'x'.repeat(2 ** 20 - 2));
  assert.match((await called(wx, 'setStorage', { key: 'z', data: 'x' })).errMsg, /exceed storage max size/);
});

test('a modal is answered as scripted, a toast is noted', async () => {
  const wx = phone({ script: { showModal: [{ confirm: false, cancel: true }], showActionSheet: { tapIndex: 2 } } });
  assert.equal((await wx.showModal({ title: '?' })).cancel, true);
  assert.equal((await wx.showModal({ title: '?' })).confirm, true);
  assert.equal((await wx.showActionSheet({ itemList: [] })).tapIndex, 2);
  assert.equal((await wx.showToast({ title: 'x' })).errMsg, 'showToast:ok');
});

test('what the phone is like', async () => {
  const wx = phone({ appid: 'wx0123456789abcdef' });
  assert.equal(wx.getAccountInfoSync().miniProgram.appId, 'wx0123456789abcdef');
  assert.equal(wx.getSystemInfoSync().windowWidth, (await wx.getSystemInfo()).windowWidth);
  assert.equal(wx.getLaunchOptionsSync().scene, 1001);
  assert.deepEqual([wx.canIUse('login'), wx.canIUse('button.open-type.share'), wx.canIUse('createMap')], [true, true, false]);
  await new Promise((next) => wx.nextTick(next));
});

test('an API that is not there is refused with the list, and a test may set it', () => {
  const wx = phone();
  assert.throws(() => wx.createMapContext, /wx\.createMapContext is not emulated: .*There are .*login/);
  assert.throws(() => wx.cloud, /wx\.cloud is not emulated: cloud functions run at Tencent/);
  wx.createMapContext = () => 'mine';
  assert.equal(wx.createMapContext(), 'mine');
  assert.equal('cloud' in wx, false);
});

test('a file of the package can be uploaded', async () => {
  const { servers, came } = await serve();
  await called(phone({ servers, root: folder({ 'a.txt': 'hello' }) }), 'uploadFile', { url: SHOP, filePath: '/a.txt', name: 'f' });
  assert.match(came[0].body, /hello/);
});
