// Made from wx.js by `make docs`: change that one.
'use strict';

// The mini program's half: a `wx` whose login code the developer's own server can exchange.
// `createWx` gives it to Jest and its like; miniprogram.js runs an app.js around it.
// Plain Node 18, no dependency, one file to copy. wx.cjs is made from it by `make docs`.
const fs = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const path = require('node:path');
const timers = require('node:timers');

const { clearTimeout, setImmediate, setTimeout } = timers; // kept: a test may fake them later
const SOME_APPID = 'wx0000000000000001'; // the emulator's own while no app is declared
const MOST_REQUESTS = 10; // at once; WeChat lets the others wait
const LONGEST = 60_000; // ms, for a request: WeChat's default is its limit
const REDIRECTS = 20;
const BOUNDARY = '----wechat-emulator-boundary';
const MOST_STORED = { item: 2 ** 20, all: 10 * 2 ** 20 };
const AGENT = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 ' +
  '(KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.50 NetType/WIFI Language/zh_CN';
const SYSTEM = {
  SDKVersion: '3.5.8', version: '8.0.50', language: 'zh_CN', theme: 'light', enableDebug: false,
  brand: 'emulator', model: 'wechat-emulator', system: 'iOS 17.0', platform: 'ios', benchmarkLevel: -1,
  abi: 'arm64', deviceOrientation: 'portrait', fontSizeSetting: 16, pixelRatio: 2, statusBarHeight: 20,
  screenWidth: 375, screenHeight: 667, windowWidth: 375, windowHeight: 603, screenTop: 64,
  safeArea: { left: 0, right: 375, top: 20, bottom: 667, width: 375, height: 647 },
};
// What the phone shows or does, and nobody can ask about later: noted in `calls`, and well.
const RECORDED = ['showToast', 'hideToast', 'showLoading', 'hideLoading', 'setNavigationBarTitle',
  'setNavigationBarColor', 'showNavigationBarLoading', 'hideNavigationBarLoading', 'hideHomeButton',
  'startPullDownRefresh', 'stopPullDownRefresh', 'pageScrollTo', 'vibrateShort', 'vibrateLong',
  'showShareMenu', 'hideShareMenu', 'setTabBarBadge', 'removeTabBarBadge', 'showTabBar', 'hideTabBar',
  'setClipboardData', 'setBackgroundColor', 'previewImage', 'makePhoneCall', 'setKeepScreenOn'];
// What this phone never does, so nobody is told: its network stays, its screen does not turn.
const NEVER = ['NetworkStatusChange', 'MemoryWarning', 'ThemeChange', 'UserCaptureScreen', 'KeyboardHeightChange',
  'WindowResize', 'PageNotFound', 'AppHide'];
// Answered by the emulator, sealed with the session_key that is valid now.
const ON_PHONE = ['checkSession', 'getUserInfo', 'getUserProfile', 'getWeRunData', 'getShareInfo',
  'getGroupEnterInfo'];

/** Why an API fails: what stands behind `:fail `, and WeChat's number for it where that is known. */
class Failure extends Error {
  constructor(reason, errno, hint) {
    super(reason);
    this.errno = errno;
    this.hint = hint; // for the developer alone, as X-Emulator-Hint is
  }
}

/** A phone with one mini program open: what every `wx.*` works on. */
class Phone {
  constructor(options) {
    const { url = process.env.WECHAT_EMULATOR_URL ?? 'http://127.0.0.1:8480', token, user = 'alice',
      appid = '', servers = {}, domainCheck = true, script = {}, version = 0, root = '' } = options;
    Object.assign(this, { token, user, appid, domainCheck, version, root, script: { ...script } });
    this.base = url.replace(/\/+$/, '');
    this.servers = allowList(servers, domainCheck);
    this.calls = [];
    this.errors = [];
    this.stored = new Map();
    this.files = new Map();
    this.settings = {};
    this.pending = new Set();
    this.queue = [];
    this.active = 0;
    this.realm = { Promise, JSON };
    this.say = options.onCall ?? (() => {});
  }

  /** Start an API: success or fail, then complete. Resolves, never rejects, when those have run. */
  start(name, params, work) {
    const call = { api: name, params: recordable(params), result: null };
    this.calls.push(call);
    const finish = async () => {
      let result;
      try {
        result = { errMsg: `${name}:ok`, ...await this.scripted(name, params, work) };
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        result = { errMsg: `${name}:fail${error.message && ` ${error.message}`}` };
        if (error.errno !== undefined) result.errno = error.errno;
        if (error.hint) call.hint = error.hint;
      }
      call.result = result = this.adopt(result);
      this.say(call);
      const ok = !result.errMsg.startsWith(`${name}:fail`);
      for (const callback of [ok ? params.success : params.fail, params.complete]) this.run(callback, result);
      return { ok, result };
    };
    return this.track(`wx.${name}`, finish());
  }

  /** An API in both its forms: a promise only where no callback was passed. */
  perform(name, given, work) {
    const params = given ?? {};
    const done = this.start(name, params, work);
    if (params.success || params.fail || params.complete) return undefined;
    return new this.realm.Promise((resolve, reject) => {
      done.then(({ ok, result }) => (ok ? resolve : reject)(result));
    });
  }

  /** What the work gives, unless the script has this call fail, denies it, or adds to the answer. */
  async scripted(name, params, work) {
    const steps = this.script[name];
    const step = (Array.isArray(steps) ? steps.shift() : steps) ?? {};
    if (step.fail !== undefined) throw new Failure(step.fail, step.errno);
    if (step.deny && name !== 'getPhoneNumber') throw new Failure('auth deny', 103);
    const { deny, ...more } = step;
    return { ...await work(params, deny), ...more };
  }

  /** A call of the emulator's control API. */
  async control(method, route, fields) {
    const headers = { 'Content-Type': 'application/json' };
    if (this.token) headers.Authorization = `Bearer ${this.token}`;
    const body = fields && Buffer.from(JSON.stringify(fields));
    const answer = await exchange(`${this.base}/_emulator/v1/${route}`, { method, headers, body })
      .catch((error) => this.misconfigured(`no emulator answers at ${this.base} (${error.code ?? error})`));
    const result = JSON.parse(answer.body);
    return answer.statusCode === 200 ? result : this.misconfigured(result.detail);
  }

  /** Ask the emulator for what this user's phone would give the callback. */
  async ask(name, fields = {}) {
    const result = await this.control('POST', `wx/${name}`, { user: this.user, appid: this.appid, ...fields });
    const failed = /^\w+:fail ?(.*)/.exec(result.errMsg);
    if (failed) throw new Failure(failed[1], result.errno);
    return result;
  }

  /** A mistake in the set-up, which no WeChat would answer: the call fails, and so does the run. */
  misconfigured(detail) {
    const error = new Error(`wechat-emulator: ${detail}`);
    error.stack = error.message; // the place in this file says nothing to a developer
    this.errors.push(error);
    throw new Failure(`wechat-emulator: ${detail}`);
  }

  /** Call what the developer wrote; what it throws, now or later, is kept for `idle`. */
  run(callback, ...args) {
    if (typeof callback !== 'function') return undefined;
    const caught = (error) => this.uncaught(error);
    try {
      const result = callback(...args);
      if (typeof result?.then === 'function') this.track('a handler', result.then(() => {}, caught));
      return result;
    } catch (error) {
      return caught(error);
    }
  }

  uncaught(error) {
    this.errors.push(error);
    this.onError?.(error);
  }

  track(what, promise) {
    const entry = { what };
    this.pending.add(entry);
    const done = () => this.pending.delete(entry);
    promise.then(done, done);
    return promise;
  }

  /** Wait until nothing is under way; rejects with the first error that nobody caught. */
  async idle({ timeout = 2 * LONGEST } = {}) {
    const ends = Date.now() + timeout;
    for (let quiet = 0; quiet < 3; quiet += 1) {
      if (this.pending.size) quiet = 0;
      if (Date.now() > ends) {
        throw new Error(`not idle after ${timeout} ms: ${[...this.pending].map((each) => each.what)}`);
      }
      await new Promise((next) => (this.pending.size ? setTimeout(next, 2) : setImmediate(next)));
    }
    if (this.errors.length) throw this.errors.splice(0)[0];
  }

  /** The result as the mini program's own realm makes objects, so that `instanceof` holds there. */
  adopt(result) {
    if (this.realm.JSON === JSON) return result;
    const { data, ...rest } = result;
    const own = this.realm.JSON.parse(JSON.stringify(rest));
    if (data === undefined) return own;
    own.data = isBuffer(data) || typeof data === 'string' ? data : this.realm.JSON.parse(JSON.stringify(data));
    return own;
  }

  /** Where a URL leads: `servers` is the allow-list of the mini program and the map in one. */
  locate(text) {
    const [, scheme, authority] = /^(\w+):\/\/([^/?#]+)/.exec(text) ?? [];
    if (!scheme || !isUrl(text)) throw new Failure(`invalid url "${text}"`, 600009);
    const seen = new URL(text);
    const server = this.servers.get(`${scheme}://${authority}`.toLowerCase());
    if (!server && this.domainCheck) {
      const listed = [...this.servers.keys()].join(', ') || 'none';
      const hint = `${scheme}://${authority} is not among the servers of this mini program: ${listed}`;
      throw new Failure('url not in domain list', 600002, hint);
    }
    const target = new URL(server ?? seen.origin);
    const folder = target.pathname.replace(/\/$/, '');
    return { seen, server, target: new URL(`${target.origin}${folder}${seen.pathname}${seen.search}`) };
  }

  /** Send a request and follow its redirects, each of which must be listed, too. */
  async follow(text, { method, headers, body }, hooks) {
    for (let hop = 0; hop < REDIRECTS; hop += 1) {
      const { seen, server, target } = this.locate(text);
      const named = server ? { 'X-Forwarded-Host': seen.host, 'X-Forwarded-Proto': 'https' } : {};
      const answer = await exchange(target, { method, headers: { ...headers, ...named }, body, ...hooks });
      const location = answer.headers.location;
      const leads = location && [301, 302, 303, 307, 308].includes(answer.statusCode);
      if (hooks.redirect === 'manual' || !leads) return answer;
      const next = new URL(location, target);
      // A server behind a proxy may call itself by the name it is reached at.
      text = next.origin === target.origin ? new URL(next.pathname + next.search, seen).href : next.href;
      if (answer.statusCode < 307 && method !== 'HEAD') [method, body] = ['GET', undefined];
    }
    throw new Failure('net::ERR_TOO_MANY_REDIRECTS');
  }

  /** A place among the ten requests at once. */
  slot() {
    if (this.active >= MOST_REQUESTS) return new Promise((next) => this.queue.push(next));
    this.active += 1;
    return Promise.resolve();
  }

  release() {
    if (this.queue.length) this.queue.shift()();
    else this.active -= 1;
  }

  /** request, uploadFile and downloadFile: `build` makes the request, `read` the result; a task. */
  transfer(name, params, build, read) {
    const heard = { headers: new Set(), chunk: new Set(), progress: new Set() };
    const tell = (which, value) => heard[which].forEach((listener) => this.run(listener, value));
    let cancel;
    const cancelled = new Promise((_, reject) => { cancel = (reason) => reject(new Failure(reason)); });
    cancelled.catch(() => {}); // where nobody waits for it any more
    const work = async () => {
      const slot = this.slot();
      const limit = Math.min(params.timeout ?? this.timeouts?.[name] ?? LONGEST, LONGEST);
      const timer = setTimeout(cancel, limit, 'timeout');
      try {
        await Promise.race([slot, cancelled]);
        const hooks = { cancelled, redirect: params.redirect,
          onHeaders: (header, cookies) => tell('headers', { header, cookies }),
          onChunk: (data) => params.enableChunked && tell('chunk', { data: arrayBuffer(data) }) };
        const { url, ...request } = build();
        return read(await Promise.race([this.follow(url, request, hooks), cancelled]));
      } catch (error) {
        throw error instanceof Failure ? error : networkFailure(error);
      } finally {
        clearTimeout(timer);
        slot.then(() => this.release());
      }
    };
    this.start(name, params, work);
    const on = (which) => (listener) => { heard[which].add(listener); };
    const off = (which) => (listener) => {
      if (listener) heard[which].delete(listener);
      else heard[which].clear();
    };
    const events = [['HeadersReceived', 'headers'], ['ChunkReceived', 'chunk'], ['ProgressUpdate', 'progress']];
    const pairs = events.flatMap(([event, which]) => [[`on${event}`, on(which)], [`off${event}`, off(which)]]);
    return { abort: () => cancel('abort'), ...Object.fromEntries(pairs) };
  }

  /** The headers of a request: the caller's, but for those that WeChat sets itself. */
  headers(given, more = {}) {
    const fixed = /^(referer|user-agent|host|content-length)$/i;
    const kept = Object.entries(given ?? {}).filter(([name]) => !fixed.test(name));
    const named = new Set(kept.map(([name]) => name.toLowerCase()));
    const added = Object.entries(more).filter(([name]) => !named.has(name.toLowerCase()));
    const referer = `https://servicewechat.com/${this.appid || SOME_APPID}/${this.version}/page-frame.html`;
    return Object.fromEntries([...kept, ...added, ['Referer', referer], ['User-Agent', AGENT]]);
  }
}

/** One HTTP exchange on a connection of its own; a fetch could neither set Referer nor be faked around. */
function exchange(target, { method, headers, body, cancelled, onHeaders, onChunk }) {
  return new Promise((resolve, reject) => {
    const { request } = String(target).startsWith('https:') ? https : http;
    const length = body ? { 'Content-Length': body.length } : {};
    const sent = request(target, { method, headers: { ...headers, ...length }, agent: false });
    cancelled?.catch((error) => sent.destroy(error));
    sent.on('error', reject).on('response', (response) => {
      const header = joined(response.rawHeaders);
      const cookies = response.headers['set-cookie'] ?? [];
      const chunks = [];
      onHeaders?.(header, cookies);
      response.on('error', reject).on('data', (chunk) => { chunks.push(chunk); onChunk?.(chunk); });
      response.on('end', () => {
        const { statusCode, headers: named } = response;
        resolve({ statusCode, headers: named, header, cookies, body: Buffer.concat(chunks) });
      });
    });
    sent.end(body);
  });
}

function joined(rawHeaders) {
  const header = {};
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const [name, value] = [rawHeaders[i], rawHeaders[i + 1]];
    header[name] = name in header ? `${header[name]},${value}` : value;
  }
  return header;
}

function networkFailure(error) {
  const { code = '', message } = error;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return new Failure('net::ERR_NAME_NOT_RESOLVED', 600001);
  if (code === 'ECONNREFUSED') return new Failure('net::ERR_CONNECTION_REFUSED', 600001);
  if (code === 'ECONNRESET' || code === 'EPIPE') return new Failure('net::ERR_CONNECTION_RESET', 600001);
  if (/^ERR_(TLS|SSL)|CERT|SIGNATURE|EPROTO/.test(code)) return new Failure('ssl hand shake error', 600001);
  return new Failure(message, 600001);
}

/** What WeChat would not list is refused here, unless nobody checks. */
function allowList(servers, check) {
  return new Map(Object.entries(servers).map(([origin, target]) => {
    if (check) checkListed(origin);
    if (!isUrl(target)) throw new TypeError(`servers: ${origin} expects a URL of your server, got '${target}'`);
    return [origin.replace(/\/$/, '').toLowerCase(), target];
  }));
}

function checkListed(origin) {
  const [, host] = /^https:\/\/([^/?#:]+|\[[^\]]+\])(?::\d+)?\/?$/i.exec(origin) ?? [];
  if (!host) {
    throw new TypeError(`servers: expected https://HOST or https://HOST:PORT, as WeChat lists them; got '${origin}'`);
  }
  const lan = /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(host);
  if (host === 'localhost' || (/^[\d.]+$|^\[/.test(host) && !lan)) {
    throw new TypeError(`servers: WeChat lists no localhost and no address outside a LAN, got '${origin}'`);
  }
  if (host === 'api.weixin.qq.com') {
    throw new TypeError('servers: WeChat lets no mini program call api.weixin.qq.com; its server has to');
  }
}

function isUrl(value) {
  try {
    return Boolean(new URL(value));
  } catch {
    return false;
  }
}

function recordable(params) {
  return Object.fromEntries(Object.entries(params).filter(([, value]) => typeof value !== 'function'));
}

const arrayBuffer = (bytes) => bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
const text = (bytes) => bytes.toString().replace(/^\uFEFF/, ''); // one BOM goes, as at WeChat
const isBuffer = (value) => Object.prototype.toString.call(value) === '[object ArrayBuffer]'; // of any realm

/** `a=1&b=%7B%7D`: an object inside becomes JSON, whatever else its text. */
function query(data) {
  const written = (value) => encodeURIComponent(typeof value === 'object' ? JSON.stringify(value) : value);
  return Object.entries(data).map(([name, value]) => `${encodeURIComponent(name)}=${written(value)}`).join('&');
}

function withQuery(url, data) {
  const added = data && typeof data === 'object' && !isBuffer(data) ? query(data) : '';
  const [address, fragment = ''] = url.split(/(?=#)/);
  return added ? `${address}${address.includes('?') ? '&' : '?'}${added}${fragment}` : url;
}

function bodyOf(data, type) {
  if (data === undefined || data === null) return undefined;
  if (typeof data === 'string') return Buffer.from(data);
  if (isBuffer(data)) return Buffer.from(data);
  return Buffer.from(type.includes('x-www-form-urlencoded') ? query(data) : JSON.stringify(data));
}

function parsed(bytes, { responseType, dataType = 'json' }) {
  if (responseType === 'arraybuffer') return arrayBuffer(bytes);
  const got = text(bytes);
  if (dataType !== 'json') return got;
  try {
    return JSON.parse(got);
  } catch {
    return got;
  }
}

const NETWORK = {
  request: (phone) => (params = {}) => phone.transfer('request', params, () => {
    const method = (params.method ?? 'GET').toUpperCase();
    const headers = phone.headers(params.header, { 'Content-Type': 'application/json' });
    const type = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type')[1];
    if (method === 'GET') return { url: withQuery(`${params.url}`, params.data), method, headers };
    return { url: `${params.url}`, method, headers, body: bodyOf(params.data, type) };
  }, ({ statusCode, header, cookies, body }) => {
    const exception = { retryCount: 0, reasons: [] };
    return { data: parsed(body, params), statusCode, header, cookies, profile: {}, exception };
  }),

  uploadFile: (phone) => (params = {}) => phone.transfer('uploadFile', params, () => {
    const type = { 'Content-Type': `multipart/form-data; boundary=${BOUNDARY}` };
    const body = multipart(params, readFile(phone, params.filePath));
    return { url: `${params.url}`, method: 'POST', body, headers: phone.headers(params.header, type) };
  }, ({ statusCode, header, cookies, body }) => ({ data: text(body), statusCode, header, cookies })),

  downloadFile: (phone) => (params = {}) => phone.transfer('downloadFile', params,
    () => ({ url: `${params.url}`, method: 'GET', headers: phone.headers(params.header) }),
    ({ statusCode, header, cookies, body }) => {
      const end = path.extname(new URL(params.url).pathname);
      const place = params.filePath ?? `http://tmp/download-${phone.files.size + 1}${end}`;
      phone.files.set(place, body);
      return { [params.filePath ? 'filePath' : 'tempFilePath']: place, statusCode, header, cookies };
    }),
};

/** The body of an upload: its fields, then its file. */
function multipart({ name, filePath, formData = {} }, bytes) {
  const part = (field, more, content) => {
    const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${field}"${more}\r\n\r\n`;
    return [Buffer.from(head), Buffer.from(content), Buffer.from('\r\n')];
  };
  const fields = Object.entries(formData).flatMap(([field, value]) => part(field, '', `${value}`));
  const about = `; filename="${path.basename(filePath)}"\r\nContent-Type: application/octet-stream`;
  return Buffer.concat([...fields, ...part(name, about, bytes), Buffer.from(`--${BOUNDARY}--\r\n`)]);
}

/** A file the phone has: one it downloaded, an avatar, or one of the mini program's package. */
function readFile(phone, name) {
  if (phone.files.has(name)) return phone.files.get(name);
  const place = path.join(phone.root, `${name}`);
  if (!phone.root || !fs.existsSync(place)) throw new Failure(`file not found: ${name}`);
  return fs.readFileSync(place);
}

const STORAGE = {
  setStorage: (phone, { key, data }) => {
    const written = JSON.stringify(data) ?? '""';
    const others = [...phone.stored].reduce((sum, [name, value]) => sum + (name === key ? 0 : value.length), 0);
    // That there are limits is WeChat's word; these two texts are ours.
    if (written.length > MOST_STORED.item) throw new Failure('exceed storage item max length 1Mb');
    if (others + written.length > MOST_STORED.all) throw new Failure('exceed storage max size 10Mb');
    phone.stored.set(key, written);
  },
  getStorage: (phone, { key }) => {
    if (!phone.stored.has(key)) throw new Failure('data not found');
    return { data: phone.realm.JSON.parse(phone.stored.get(key)) };
  },
  removeStorage: (phone, { key }) => { phone.stored.delete(key); },
  clearStorage: (phone) => { phone.stored.clear(); },
  getStorageInfo: (phone) => ({
    keys: [...phone.stored.keys()], limitSize: MOST_STORED.all / 1024,
    currentSize: Math.ceil([...phone.stored.values()].join('').length / 1024) }),
};

/** `getStorageSync` and its like: the value itself, or an Error with WeChat's text. */
function syncStorage(phone, name) {
  return (key, data) => {
    const call = { api: `${name}Sync`, params: { key }, result: { errMsg: `${name}Sync:ok` } };
    phone.calls.push(call);
    try {
      if (name === 'getStorage' && !phone.stored.has(key)) return '';
      const result = STORAGE[name](phone, { key, data });
      return name === 'getStorage' ? result.data : result;
    } catch (error) {
      call.result.errMsg = `${name}Sync:fail ${error.message}`;
      throw new Error(call.result.errMsg);
    } finally {
      phone.say(call);
    }
  };
}

/** Every API but the network's and the storage's that takes callbacks: what its work gives. */
function asynchronous(phone) {
  const settings = () => ({ authSetting: { ...phone.settings } });
  return {
    login: () => phone.ask('login'),
    pluginLogin: () => phone.ask('pluginLogin'),
    ...Object.fromEntries(ON_PHONE.map(
      (name) => [name, ({ desc }) => phone.ask(name, desc === undefined ? {} : { desc })])),
    getSetting: settings,
    openSetting: settings,
    authorize: ({ scope }) => { phone.settings[scope] = true; },
    showModal: () => ({ confirm: true, cancel: false, content: null }),
    showActionSheet: () => ({ tapIndex: 0 }),
    getSystemInfo: () => SYSTEM,
    getNetworkType: () => ({ networkType: 'wifi' }),
    getExtConfig: () => ({ extConfig: {} }),
    ...Object.fromEntries(RECORDED.map((name) => [name, () => ({})])),
    ...Object.fromEntries(['navigateTo', 'redirectTo', 'reLaunch', 'switchTab', 'navigateBack'].map(
      (name) => [name, (params) => phone.navigate?.(name, params)])),
  };
}

/** The APIs that answer at once. */
function immediate(phone, table) {
  const account = { miniProgram: { appId: phone.appid || SOME_APPID, envVersion: 'develop', version: '' } };
  const launched = () => phone.launchOptions ?? { path: '', query: {}, scene: 1001, referrerInfo: {} };
  const update = { onCheckForUpdate() {}, onUpdateReady() {}, onUpdateFailed() {}, applyUpdate() {} };
  return {
    ...Object.fromEntries(['getSystemInfoSync', 'getDeviceInfo', 'getWindowInfo', 'getAppBaseInfo'].map(
      (name) => [name, () => ({ ...SYSTEM })])),
    getAccountInfoSync: () => account, getUpdateManager: () => update,
    ...Object.fromEntries(NEVER.flatMap((event) => [[`on${event}`, () => {}], [`off${event}`, () => {}]])),
    getExtConfigSync: () => ({}),
    getMenuButtonBoundingClientRect: () => ({ left: 281, right: 368, top: 24, bottom: 56, width: 87, height: 32 }),
    getLaunchOptionsSync: launched, getEnterOptionsSync: launched, env: { USER_DATA_PATH: 'http://usr' },
    nextTick: (callback) => { phone.track('nextTick', Promise.resolve().then(() => phone.run(callback))); },
    canIUse: (schema) => `${schema}`.split('.')[0] in table || /^(button|open-data)\b/.test(schema),
    getUserCryptoManager: () => ({
      getLatestUserKey: (params) => phone.perform('getLatestUserKey', params, () => phone.ask('getLatestUserKey')),
      getRandomValues: (params) => phone.perform('getRandomValues', params,
        ({ length = 0 }) => ({ data: undefined, randomValues: new ArrayBuffer(length) })),
    }),
  };
}

// What test tools and promises look for on any object.
const LOOKED_FOR =
  /^(then|toJSON|\$\$typeof|asymmetricMatch|nodeType|tagName|_isMockFunction|__esModule|default|@@.*)$/;

/** The `wx` of a phone; a name it lacks is refused, never undefined. */
function wxOf(phone) {
  const table = {};
  for (const [name, make] of Object.entries(NETWORK)) table[name] = make(phone);
  for (const [name, work] of Object.entries(asynchronous(phone))) {
    table[name] = (params) => phone.perform(name, params, work);
  }
  for (const [name, work] of Object.entries(STORAGE)) {
    table[name] = (params) => phone.perform(name, params, (given) => work(phone, given));
    table[`${name}Sync`] = syncStorage(phone, name);
  }
  Object.assign(table, immediate(phone, table));
  return new Proxy(table, {
    get(target, name) {
      if (name in target || typeof name === 'symbol' || LOOKED_FOR.test(name)) return target[name];
      const why = name === 'cloud' ? 'cloud functions run at Tencent, so no server of yours is behind them; ' : '';
      const known = Object.keys(target).sort().join(', ');
      throw new TypeError(`wx.${name} is not emulated: ${why}a test may set it itself. There are ${known}`);
    },
  });
}

/** A `wx` for a test: `createWx({ url, user: 'alice', servers: { 'https://test.com': 'http://127.0.0.1:5000' } })`. */
function createWx(options = {}) {
  return wxOf(new Phone(options));
}

module.exports = { Failure, Phone, wxOf, createWx };
