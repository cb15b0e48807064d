// `createMiniProgram`: unmodified files, App and Page, the stack of pages, taps, modules.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { createMiniProgram, toCommonJs } from '../../emulator/miniprogram/miniprogram.js';
import { control, exchange, folder, serve, world } from './support.mjs';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const QUIET = { log() {}, error() {}, warn() {}, info() {} };
const program = (files, options = {}) => createMiniProgram({ url: world(), root: folder(files), console: QUIET, ...options });

for (const form of ['plain', 'with_config']) {
  test(`the app.js that documents print logs in unmodified: ${form}`, async () => {
    const url = world();
    const answers = [];
    const server = await serve(async (request, response) => {
      const code = new URL(request.url, 'http://x').searchParams.get('code');
      answers.push(await exchange(url, code));
      response.end('{}');
    });
    const root = path.join(HERE, 'forms', form);
    const mp = createMiniProgram({ url, root, console: QUIET, servers: { 'https://test.com': server.url } });
    await mp.launch();
    assert.ok(answers[0].openid);
    assert.deepEqual(mp.calls.map((call) => call.result.errMsg), ['login:ok', 'request:ok']);
    assert.match(server.came[0].headers.referer, /^https:\/\/servicewechat\.com\/wx/);
  });
}

test('both faces of the module are the same', async () => {
  const face = createRequire(import.meta.url)('../../emulator/miniprogram/miniprogram.cjs');
  const mp = face.createMiniProgram({ url: world(), root: folder({ 'app.js': 'App({ onLaunch() { wx.login() } })' }) });
  await mp.launch();
  assert.equal(mp.calls[0].result.errMsg, 'login:ok');
});

const PAGES = {
  'app.json': { pages: ['pages/a/a', 'pages/b/b', 'pages/tab/tab', 'pages/tub/tub'], tabBar: { list: [{ pagePath: 'pages/tab/tab' }, { pagePath: 'pages/tub/tub' }] } },
  'app.js': 'App({ log: [] })',
  ...Object.fromEntries(['a', 'b', 'tab', 'tub'].map((name) => [`pages/${name}/${name}.js`,
    `const note = (what) => getApp().log.push('${name}.' + what)
     Page({ onLoad(query) { note('onLoad' + (query.id || '')) }, onShow() { note('onShow') }, onReady() { note('onReady') },
            onHide() { note('onHide') }, onUnload() { note('onUnload') } })`])),
};

/** What the pages noted since. */
async function noted(mp, run) {
  mp.app.log.length = 0;
  await run();
  await mp.idle();
  return mp.app.log.join(' ');
}

test('pages open, hide and close as WeChat has them', async () => {
  const mp = program(PAGES);
  await mp.launch();
  const { wx } = mp;
  assert.equal(mp.app.log.join(' '), 'a.onLoad a.onShow a.onReady');
  assert.equal(await noted(mp, () => wx.navigateTo({ url: '../b/b?id=7' })), 'a.onHide b.onLoad7 b.onShow b.onReady');
  assert.deepEqual(mp.pages.map((page) => page.route), ['pages/a/a', 'pages/b/b']);
  assert.equal(await noted(mp, () => wx.navigateBack()), 'b.onUnload a.onShow');
  assert.equal(await noted(mp, () => wx.redirectTo({ url: '/pages/b/b' })), 'a.onUnload b.onLoad b.onShow b.onReady');
  assert.equal(await noted(mp, () => wx.switchTab({ url: '/pages/tab/tab' })), 'b.onUnload tab.onLoad tab.onShow tab.onReady');
  assert.equal(await noted(mp, () => wx.switchTab({ url: '/pages/tub/tub' })), 'tab.onHide tub.onLoad tub.onShow tub.onReady');
  assert.equal(await noted(mp, () => wx.switchTab({ url: '/pages/tab/tab' })), 'tub.onHide tab.onShow');
  assert.equal(await noted(mp, () => wx.reLaunch({ url: '/pages/a/a' })), 'tab.onUnload tub.onUnload a.onLoad a.onShow a.onReady');
});

const REFUSED = [
  ['navigateTo', { url: '/pages/c/c' }, 'navigateTo:fail page "pages/c/c" is not found'],
  ['navigateTo', { url: '/pages/tab/tab' }, 'navigateTo:fail can not navigateTo a tabbar page'],
  ['switchTab', { url: '/pages/b/b' }, 'switchTab:fail can not switch to no-tabBar page'],
  ['navigateBack', {}, 'navigateBack:fail cannot navigate back at first page.'],
];
for (const [api, params, errMsg] of REFUSED) {
  test(errMsg, async () => {
    const mp = program(PAGES);
    await mp.launch();
    await assert.rejects(mp.wx[api](params), (error) => error.errMsg === errMsg);
  });
}

test('ten pages are the most', async () => {
  const mp = program(PAGES);
  await mp.launch();
  for (let i = 1; i < 10; i += 1) await mp.wx.navigateTo({ url: '/pages/b/b' });
  await assert.rejects(mp.wx.navigateTo({ url: '/pages/b/b' }), (error) => /webview count limit exceed/.test(error.errMsg));
});

const BUTTONS = {
  'app.json': { pages: ['index'] },
  'app.js': 'App({ onLaunch() { wx.login() } })',
  'index.wxml': `<view wx:if="{{a > 1}}" class="big box" bindtap="onBox" data-item-id="7">x</view>
    <!-- <button id="old" bindtap="gone"/> -->
    <button id="phone" open-type="getPhoneNumber" bindgetphonenumber="onPhone">ok</button>
    <button open-type="chooseAvatar" bind:chooseavatar="onAvatar"/>`,
  'index.js': `Page({ data: { seen: [] }, onPhone(e) { this.setData({ phone: e.detail }) }, onAvatar(e) { this.setData({ avatar: e.detail.avatarUrl }) },
    onBox(e) { this.setData({ 'seen[0].id': e.currentTarget.dataset.itemId, type: e.type }) } })`,
};

test('a button gives its page what the user agreed to', async () => {
  const url = world();
  const mp = createMiniProgram({ url, root: folder(BUTTONS) });
  await mp.launch();
  const page = await mp.tap('#phone');
  assert.equal(page.data.phone.errMsg, 'getPhoneNumber:ok');
  assert.ok(page.data.phone.code && page.data.phone.encryptedData);
  assert.match((await mp.tap('[open-type=chooseAvatar]')).data.avatar, /^http:\/\/tmp\//);
  assert.deepEqual((await mp.tap('view.box')).data.seen, [{ id: '7' }]);
  assert.equal((await mp.tap('onBox')).data.type, 'tap');
  await assert.rejects(mp.tap('#old'), /index has no handler and no element '#old'/);
});

test('a user who refuses gives the button a denial', async () => {
  const mp = createMiniProgram({ url: world(), root: folder(BUTTONS), script: { getPhoneNumber: { deny: true } } });
  await mp.launch();
  assert.equal((await mp.tap('onPhone')).data.phone.errMsg, 'getPhoneNumber:fail user deny');
});

test('modules are found beside the file, at the root, and in miniprogram_npm, once each', async () => {
  const mp = program({
    'app.js': `var util = require('config'); App({ got: [util.name, require('/lib/a').name, require('./lib/a.js').name, require('pack').name, require('lib/sub').name, util === require('./config')] })`,
    'config.js': `exports.name = 'config'`,
    'lib/a.js': `module.exports = { name: 'a' + require('../config').name }`,
    'lib/sub/index.js': `exports.name = 'sub'`,
    'miniprogram_npm/pack/index.js': `module.exports = { name: 'pack' }`,
  });
  await mp.launch();
  assert.deepEqual([...mp.app.got], ['config', 'aconfig', 'aconfig', 'pack', 'sub', true]);
});

test('a module that is not there is named with where it was looked for', async () => {
  await assert.rejects(program({ 'app.js': `require('confg')` }).launch(), /module 'confg' is not defined.* in app\.js; looked for confg\.js, /);
  await assert.rejects(program({ 'app.js': `require('../../etc')` }).launch(), /is not defined/);
});

test('import and export are rewritten as the devtools do', async () => {
  const mp = program({
    'app.js': `import def, { a, b as bee } from './m'\nimport * as all from './m';\nimport plain from 'plain'\nimport './m'\nApp({ got: [def(), a, bee, all.c(), plain.x, new all.K().k] })`,
    'm.js': `export const a = 1, z = 2\nconst q = 3\nexport { q as b }\nexport function c() { return 'c' }\nexport class K { k = 9 }\nexport default function () { return 'd' }\n`,
    'plain.js': 'module.exports = { x: 5 }',
  });
  await mp.launch();
  assert.deepEqual([...mp.app.got], ['d', 1, 3, 'c', 5, 9]);
  assert.equal(toCommonJs('import {\n a,\n b\n} from "x"\n').split('\n').length, 5);
});

test('nothing of Node or a browser is in sight, and no code comes from text', async () => {
  const mp = program({ 'app.js': `const made = []; for (const name of ['eval("1")', 'x']) try { if (name !== 'x') eval('1') } catch (e) { made.push(e.name) }
    App({ got: [typeof window, typeof document, typeof process, typeof Buffer, typeof fetch, typeof XMLHttpRequest, made[0]], root: Function('return this')() === globalThis })` });
  await mp.launch();
  assert.deepEqual([...mp.app.got], [...Array(6).fill('undefined'), 'EvalError']);
  assert.equal(mp.app.root, true);
});

test('what comes back is of the mini program\'s own realm', async () => {
  const { servers } = await serve((_, response) => response.end('[{}]'));
  const mp = program({ 'app.js': `App({ async onLaunch() {
    const task = wx.login(); this.promise = task instanceof Promise; this.result = (await task) instanceof Object
    wx.request({ url: 'https://shop.example.com', success: (res) => { this.data = res.data instanceof Array && res.data[0].constructor === Object } }) } })` }, { servers });
  await mp.launch();
  assert.deepEqual([mp.app.promise, mp.app.result, mp.app.data], [true, true, true]);
});

const THROWING = {
  'in onLaunch': 'App({ onLaunch() { throw new Error("mine") } })',
  'in a callback': 'App({ onLaunch() { wx.login({ success() { throw new Error("mine") } }) } })',
  'in an async handler': 'App({ async onShow() { await wx.login(); throw new Error("mine") } })',
  'in a timer': 'App({ onLaunch() { setTimeout(() => { throw new Error("mine") }) } })',
};
for (const [where, source] of Object.entries(THROWING)) {
  test(`an error that nobody catches ends the run: ${where}`, async () => {
    await assert.rejects(program({ 'app.js': source }).launch(), /mine/);
  });
}

test('onError is told', async () => {
  const mp = program({ 'app.js': 'App({ onLaunch() { throw new Error("mine") }, onError(text) { this.told = text } })' });
  await assert.rejects(mp.launch());
  assert.match(mp.app.told, /mine/);
});

test('the run waits for timers and what they start, not for an interval', async () => {
  const mp = program({ 'app.js': `App({ onLaunch() { setInterval(() => {}, 1); setTimeout(() => wx.login({ success: () => { this.done = true } }), 5) } })` });
  await mp.launch();
  mp.close();
  assert.equal(mp.app.done, true);
});

test('a run that never rests says what it waits for', async () => {
  const { servers } = await serve(() => {});
  const mp = program({ 'app.js': `App({})` }, { servers });
  await mp.launch();
  const task = mp.wx.request({ url: 'https://shop.example.com' });
  await assert.rejects(mp.idle({ timeout: 20 }), /not idle after 20 ms: wx\.request/);
  task.abort();
});

test('a component has its data, its methods and its lifetimes; so has a page made as one', async () => {
  const source = `const shared = Behavior({ data: { a: 1 }, methods: { hello() { return this.data.name } } })
    Component({ behaviors: [shared], properties: { name: { type: String, value: 'x' } }, lifetimes: { attached() { this.setData({ b: 2 }) } },
      methods: { onLoad(query) { this.query = query.q }, tell() { this.triggerEvent('told', { c: 3 }) } } })`;
  const mp = program({ 'app.js': 'App({})', 'app.json': { pages: ['p'] }, 'p.js': source, 'c.js': source });
  await mp.launch({ page: 'p?q=7' });
  assert.equal(mp.pages[0].query, '7');
  const made = mp.component('c', { name: 'carol' });
  made.tell();
  assert.deepEqual([made.hello(), made.data.a, made.data.b, made.triggered[0].name], ['carol', 1, 2, 'told']);
});

test('the appid is that of project.config.json, the root the one it names', async () => {
  const url = world();
  await control(url, 'PUT', 'apps/wx00000000000000aa', { secret: 'a'.repeat(32) });
  const mp = createMiniProgram({ url, root: folder({ 'project.config.json': { appid: 'wx00000000000000aa', miniprogramRoot: 'src/' }, 'src/app.js': 'App({ onLaunch() { wx.login() } })' }) });
  await mp.launch();
  assert.equal(mp.wx.getAccountInfoSync().miniProgram.appId, 'wx00000000000000aa');
});

test('what it stores can be looked at', async () => {
  const mp = program({ 'app.js': `App({ onLaunch() { wx.setStorageSync('token', 't') } })` });
  await mp.launch();
  assert.equal(mp.storage.get('token'), 't');
  assert.deepEqual(mp.storage.keys(), ['token']);
});

test('no app.js, no App(): each is said', async () => {
  assert.throws(() => program({}), /no mini program there: .*app\.js does not exist/);
  await assert.rejects(program({ 'app.js': '' }).launch(), /did not call App\(\)/);
});
