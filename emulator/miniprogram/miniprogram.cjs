// Made from miniprogram.js by `make docs`: change that one.
'use strict';

// A mini program around the `wx` of wx.js: App, Page, Component and require, from unmodified files.
// Nothing is drawn. node:vm keeps Node's own globals out of its sight, but is no wall against malice.
// miniprogram.cjs is made from this file by `make docs`.
const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');
const { Failure, Phone, wxOf } = require('./wx.cjs');

const MOST_PAGES = 10;
// What a button's open-type does once it is tapped, and the event that says so.
const BUTTONS = { getPhoneNumber: 'getphonenumber', chooseAvatar: 'chooseavatar', getUserInfo: 'getuserinfo' };
const AVATAR = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGD4DwABBAEAX+XDSwAAAABJ' +
  'RU5ErkJggg==', 'base64'); // one pixel
const clone = (value) => (value === undefined ? value : JSON.parse(JSON.stringify(value)));

/** `import` and `export` as the devtools rewrite them for the phone: line by line, so lines stay. */
function toCommonJs(source) {
  const named = (names) => names.replace(/\s+as\s+/g, ': ');
  const fallback = (from) => `(m => m && m.__esModule ? m.default : m)(require(${from}))`;
  const from = String.raw`\s*from\s*(['"][^'"]+['"])`;
  const rules = [
    [`import\\s+([\\w$]+)\\s*,\\s*(\\{[^}]*\\})${from}`,
      (_, name, names, at) => `const ${name} = ${fallback(at)}, ${named(names)} = require(${at})`],
    [`import\\s+([\\w$]+)${from}`, (_, name, at) => `const ${name} = ${fallback(at)}`],
    [`import\\s*\\*\\s*as\\s+([\\w$]+)${from}`, (_, name, at) => `const ${name} = require(${at})`],
    [`import\\s*(\\{[^}]*\\})${from}`, (_, names, at) => `const ${named(names)} = require(${at})`],
    [`import\\s*(['"][^'"]+['"])`, (_, at) => `require(${at})`],
    [`export\\s*\\*${from}`, (_, at) => `Object.assign(exports, require(${at}))`],
    [`export\\s+default\\s+`, () => 'exports.__esModule = true; exports.default = '],
    [`export\\s+(async\\s+function|function)(\\*?)\\s+([\\w$]+)`,
      (_, kind, star, name) => `exports.${name} = ${name}; ${kind}${star} ${name}`],
    [`export\\s+class\\s+([\\w$]+)`, (_, name) => `const ${name} = exports.${name} = class ${name}`],
    [`export\\s+(const|let|var)\\s+([\\w$]+)\\s*=`, (_, kind, name) => `${kind} ${name} = exports.${name} =`],
    [`export\\s*\\{([^}]*)\\}`,
      (_, names) => `Object.assign(exports, {${names.replace(/([\w$]+)\s+as\s+([\w$]+)/g, '$2: $1')}})`],
  ];
  return rules.reduce((code, [pattern, write]) => {
    const statement = new RegExp(`^([ \\t]*)${pattern}`, 'gm');
    return code.replace(statement, (all, space, ...rest) => space + write(all, ...rest));
  }, source);
}

/** The modules of a mini program, each run once in its own realm, with nothing of Node's. */
function moduleLoader(root, context) {
  const loaded = new Map();
  const find = (from, name) => {
    const here = path.dirname(from);
    const parents = [];
    for (let at = here; at.startsWith(root); at = path.dirname(at)) parents.push(path.join(at, 'miniprogram_npm'));
    const bases = name.startsWith('/') ? [root] : /^\.\.?\//.test(name) ? [here] : [here, root, ...parents];
    const places = bases.flatMap((base) => ['', '.js', '/index.js'].map((end) => path.join(base, name + end)));
    const found = places.find((place) => place.startsWith(root) && place.endsWith('.js') && fs.existsSync(place));
    if (found) return found;
    const tried = places.filter((place) => place.endsWith('.js')).map((place) => path.relative(root, place));
    throw new Error(`module '${name}' is not defined, require args is '${name}' in ${path.relative(root, from)}; ` +
      `looked for ${tried.join(', ')}`);
  };
  return function load(file) {
    if (loaded.has(file)) return loaded.get(file).exports;
    const module = { exports: vm.runInContext('({})', context) };
    loaded.set(file, module);
    const source = toCommonJs(fs.readFileSync(file, 'utf8').replace(/^\uFEFF/, ''));
    const names = ['require', 'module', 'exports'];
    const body = vm.compileFunction(source, names, { filename: file, parsingContext: context });
    body.call(undefined, (name) => load(find(file, name)), module, module.exports);
    return module.exports;
  };
}

/** Pages and components as objects: their data, their methods, their lifetimes; nothing is drawn. */
function setData(target, changes, callback) {
  for (const [name, value] of Object.entries(changes ?? {})) {
    const steps = name.match(/[^.[\]]+/g) ?? [];
    const last = steps.pop();
    const empty = (next) => (/^\d+$/.test(next) ? [] : {});
    const holder = steps.reduce((at, step, i) => (at[step] ??= empty(steps[i + 1] ?? last)), target.data);
    holder[last] = value;
  }
  callback?.call(target);
}

const MERGED = /^(data|methods|properties|lifetimes|pageLifetimes)$/;

function flattened({ behaviors = [], ...own }) {
  const merged = {};
  const objects = behaviors.filter((each) => typeof each === 'object'); // not 'wx://form-field'
  for (const part of [...objects.map(flattened), own]) {
    for (const [name, value] of Object.entries(part)) {
      merged[name] = MERGED.test(name) ? { ...merged[name], ...value } : value;
    }
  }
  return merged;
}

function instantiate(definition, extra, isComponent) {
  const { methods = {}, properties = {}, ...rest } = isComponent ? flattened(definition) : definition;
  const defaults = Object.fromEntries(Object.entries(properties).map(([name, type]) => [name, type?.value]));
  const instance = isComponent ? { ...methods } : { ...rest };
  Object.assign(instance, extra, { data: { ...defaults, ...clone(rest.data), ...extra.properties } });
  instance.properties = instance.data;
  instance.setData = (changes, callback) => setData(instance, changes, callback);
  instance.triggered = [];
  instance.triggerEvent = (name, detail) => { instance.triggered.push({ name, detail }); };
  for (const name of ['selectComponent', 'getOpenerEventChannel', 'getTabBar']) instance[name] ??= () => null;
  instance.lifetime = (name) => rest.lifetimes?.[name] ?? rest[name];
  return instance;
}

/** The elements of a WXML whose tag, #id, .class and [attribute=value] all fit, as their attributes. */
function elements(wxml, selector = '') {
  const wanted = selector.match(/[#.]?[\w-]+|\[[^\]]+\]/g) ?? [];
  const tags = wxml.matchAll(/<([a-zA-Z][\w-]*)((?:\s+[^\s=>/"']+(?:\s*=\s*(?:"[^"]*"|'[^']*'))?)*)/g);
  return [...tags].map(([, tag, written]) => {
    const named = [...written.matchAll(/([^\s=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'))?/g)];
    return { '': tag, ...Object.fromEntries(named.map(([, name, a, b]) => [name, a ?? b ?? ''])) };
  }).filter((attributes) => wanted.every((part) => fits(attributes, part)));
}

function fits(attributes, part) {
  if (part[0] === '#') return attributes.id === part.slice(1);
  if (part[0] === '.') return (attributes.class ?? '').split(/\s+/).includes(part.slice(1));
  if (part[0] !== '[') return attributes[''] === part;
  const [name, value] = part.slice(1, -1).split('=');
  return name in attributes && (value === undefined || attributes[name] === value.replace(/^['"]|['"]$/g, ''));
}

const BINDINGS = ['bind', 'bind:', 'catch', 'catch:'];
const handlerOf = (attributes, event) => BINDINGS.map((how) => attributes[how + event]).find(Boolean);

function readJson(root, name) {
  const place = path.join(root, name);
  return fs.existsSync(place) ? JSON.parse(fs.readFileSync(place, 'utf8').replace(/^\uFEFF/, '')) : {};
}

/** Where a mini program's files are, and what its JSON files say. */
function readProject(place) {
  const given = path.resolve(place ?? '.');
  const alone = given.endsWith('.js');
  const folder = alone ? path.dirname(given) : given;
  const project = readJson(folder, 'project.config.json');
  const root = alone ? folder : path.join(folder, project.miniprogramRoot ?? '');
  const entry = alone ? given : path.join(root, 'app.js');
  if (!fs.existsSync(entry)) throw new Error(`no mini program there: ${entry} does not exist`);
  const config = readJson(root, 'app.json');
  const parts = config.subPackages ?? config.subpackages ?? [];
  const inParts = parts.flatMap((each) => each.pages.map((page) => path.posix.join(each.root, page)));
  const appid = /^wx[0-9a-f]{16}$/.test(project.appid ?? '') ? project.appid : ''; // not `touristappid`
  const tabs = (config.tabBar?.list ?? []).map((each) => each.pagePath);
  return { root, entry, config, appid, pages: [...config.pages ?? [], ...inParts], tabs };
}

/** The pages that are open, as WeChat stacks them, with their lifetimes. */
class PageStack {
  constructor(phone, project, load) {
    Object.assign(this, { phone, project, load, open: [], kept: new Map(), defined: new Map() });
  }

  get top() {
    return this.open.at(-1);
  }

  /** The page of a URL such as `../detail/detail?id=1`, not yet shown. */
  make(api, url) {
    const [written, search = ''] = url.split('?');
    const beside = written.startsWith('/') ? '' : path.posix.dirname(this.top?.route ?? '');
    const route = path.posix.join('/', beside, written).slice(1);
    const isTab = this.project.tabs.includes(route);
    if (!this.project.pages.includes(route)) throw new Failure(`page "${route}" is not found`);
    if (isTab && /^(navigateTo|redirectTo)$/.test(api)) throw new Failure(`can not ${api} a tabbar page`);
    if (!isTab && api === 'switchTab') throw new Failure('can not switch to no-tabBar page');
    if (isTab && this.kept.has(route)) return this.kept.get(route);
    const options = Object.fromEntries(new URLSearchParams(search)); // blanks and %XX read as one expects
    return { route, options, isTab };
  }

  /** Its file run, its data made, onLoad called. */
  start(page) {
    if (page.data) return page;
    const { route, options, isTab } = page;
    this.load(route);
    const { definition = {}, isComponent = false } = this.defined.get(route) ?? {};
    const made = instantiate(definition, { route, is: route, options, isTab }, isComponent);
    this.open.push(made);
    for (const name of ['created', 'attached']) if (isComponent) this.call(made, made.lifetime(name));
    this.call(made, made.onLoad, options);
    return made;
  }

  call(page, method, ...args) {
    return method && this.phone.run(() => method.call(page, ...args));
  }

  show(page) {
    const fresh = !page.data;
    const made = this.start(page);
    this.kept.delete(made.route);
    if (!this.open.includes(made)) this.open.push(made);
    this.call(made, made.onShow);
    if (fresh) this.call(made, made.onReady ?? made.lifetime('ready'));
  }

  close(count) {
    const closed = this.open.splice(Math.max(0, this.open.length - count)).reverse();
    for (const page of closed) this.call(page, page.onUnload ?? page.lifetime('detached'));
  }

  /** navigateTo, redirectTo, reLaunch, switchTab, navigateBack. */
  go(api, { url, delta = 1 }) {
    if (api === 'navigateBack') {
      if (this.open.length < 2) throw new Failure('cannot navigate back at first page.');
      this.close(Math.min(delta, this.open.length - 1));
      return this.call(this.top, this.top.onShow);
    }
    const page = this.make(api, `${url}`);
    if (api === 'navigateTo') {
      if (this.open.length >= MOST_PAGES) throw new Failure(`webview count limit exceed`);
      if (this.top) this.call(this.top, this.top.onHide);
    } else if (api === 'switchTab') {
      const [first] = this.open;
      this.close(this.open.length - (first?.isTab ? 1 : 0));
      if (first?.isTab) {
        if (first !== page) this.call(first, first.onHide);
        this.kept.set(first.route, this.open.pop());
      }
    } else {
      this.close(api === 'redirectTo' ? 1 : this.open.length);
      if (api === 'reLaunch') for (const tab of this.kept.values()) this.call(tab, tab.onUnload);
      if (api === 'reLaunch') this.kept.clear();
    }
    return this.show(page);
  }
}

/** What a tap does: bindtap, then for a button's open-type what the user agrees to, as its event. */
async function tapOn(phone, page, what, openType) {
  const wxml = path.join(phone.root, `${page.route}.wxml`);
  const source = fs.existsSync(wxml) ? fs.readFileSync(wxml, 'utf8').replace(/<!--.*?-->/gs, '') : '';
  const bound = elements(source).find((each) => Object.values(each).includes(what));
  const attributes = typeof page[what] === 'function' ? bound ?? {} : elements(source, what)[0];
  if (!attributes) throw new Error(`${page.route} has no handler and no element '${what}'`);
  const kind = openType ?? attributes['open-type'];
  const target = { id: attributes.id ?? '', dataset: datasetOf(attributes) };
  const fire = (name, type, detail) => phone.run(() => {
    if (name && typeof page[name] !== 'function') {
      throw new Error(`${page.route} has no method ${name}, which its WXML binds`);
    }
    return name && page[name]({ type, timeStamp: 0, target, currentTarget: target, mark: {}, detail });
  });
  const named = typeof page[what] === 'function' && !bound ? what : '';
  fire(handlerOf(attributes, 'tap') ?? (kind ? '' : named), 'tap', { x: 0, y: 0 });
  if (!BUTTONS[kind]) return;
  const { result } = await phone.start(kind, {}, (_, deny) => pressed(phone, kind, deny));
  fire(handlerOf(attributes, BUTTONS[kind]) ?? named, BUTTONS[kind], result);
}

/** `data-item-id` as `itemId`. */
function datasetOf(attributes) {
  const camel = (name) => name.slice('data-'.length).replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
  const data = Object.entries(attributes).filter(([name]) => name.startsWith('data-'));
  return Object.fromEntries(data.map(([name, value]) => [camel(name), value]));
}

function pressed(phone, kind, deny) {
  if (kind !== 'chooseAvatar') return phone.ask(kind, deny ? { deny } : {});
  const avatarUrl = `http://tmp/avatar-${phone.files.size + 1}.png`;
  phone.files.set(avatarUrl, AVATAR);
  return { avatarUrl };
}

/** Timers as the mini program gets them: `idle` waits for each setTimeout, and `close` ends all. */
function timersFor(phone) {
  const running = new Map();
  const end = (timer) => { clearTimeout(timer); clearInterval(timer); running.get(timer)?.(); running.delete(timer); };
  const later = (callback, delay, ...args) => {
    const timer = setTimeout(() => { phone.run(callback, ...args); end(timer); }, delay);
    phone.track('setTimeout', new Promise((done) => running.set(timer, done)));
    return timer;
  };
  const again = (callback, delay, ...args) => {
    const timer = setInterval(() => phone.run(callback, ...args), delay);
    running.set(timer, () => {});
    return timer;
  };
  const globals = { setTimeout: later, setInterval: again, clearTimeout: end, clearInterval: end };
  return { globals, close: () => [...running.keys()].forEach(end) };
}

// The one code from text that WeChat lets pass, since libraries look for the global object by it.
const ONE_FUNCTION = `{
  const made = Function;
  globalThis.Function = function Function(...args) {
    return args.at(-1) === 'return this' ? () => globalThis : made(...args);
  };
  Function.prototype = made.prototype;
}`;

/** A realm with JavaScript and what a mini program may see of the phone; no code from text, as there. */
function makeRealm(phone, globals) {
  const context = vm.createContext(globals, { codeGeneration: { strings: false, wasm: false } });
  vm.runInContext(ONE_FUNCTION, context);
  phone.realm = vm.runInContext('({ Promise, JSON })', context);
  return context;
}

/** A mini program from its folder, or from its app.js alone, run unmodified. */
function createMiniProgram(options = {}) {
  const project = readProject(options.root);
  const { root, entry, config } = project;
  const phone = new Phone({ ...options, appid: options.appid ?? project.appid, root });
  const wx = wxOf(phone);
  const timers = timersFor(phone);
  let app = null;
  let running = '';
  const define = (isComponent) => (definition) => pages.defined.set(running, { definition, isComponent });
  const context = makeRealm(phone, {
    wx, console: options.console ?? console, ...timers.globals,
    App: (definition) => { app = definition; },
    Page: define(false), Component: define(true), Behavior: (definition) => definition,
    getApp: () => app, getCurrentPages: () => [...pages.open],
  });
  const load = moduleLoader(root, context);
  const pages = new PageStack(phone, project, (route) => {
    running = route;
    load(path.join(root, `${route}.js`));
  });
  phone.timeouts = config.networkTimeout;
  phone.navigate = (api, params) => pages.go(api, params);
  phone.onError = (error) => app?.onError?.(`${error?.stack ?? error}`);

  const first = (at) => at ?? config.entryPagePath ?? config.pages?.[0];
  const show = (api, url) => pages.go(api, { url: `/${url.replace(/^\//, '')}` });
  return {
    wx,
    phone,
    calls: phone.calls,
    storage: {
      get: (key) => wx.getStorageSync(key),
      set: (key, value) => wx.setStorageSync(key, value),
      keys: () => [...phone.stored.keys()],
    },
    get app() { return app; },
    get pages() { return [...pages.open]; },
    /** Run app.js, onLaunch and onShow, then the first page; resolves when nothing is under way. */
    async launch({ page, scene = 1001 } = {}) {
      const [route = '', search = ''] = (first(page) ?? '').replace(/^\//, '').split('?');
      const query = Object.fromEntries(new URLSearchParams(search));
      phone.launchOptions = { path: route, query, scene, referrerInfo: {} };
      load(entry);
      if (!app) throw new Error(`${entry} did not call App()`);
      for (const name of ['onLaunch', 'onShow']) phone.run(() => app[name]?.(phone.launchOptions));
      if (route) show('reLaunch', first(page));
      await phone.idle();
      return app;
    },
    /** Open a page as a link would; the page itself, for its data and methods. */
    async page(url) {
      show(pages.project.tabs.includes(url.split('?')[0].replace(/^\//, '')) ? 'switchTab' : 'navigateTo', url);
      await phone.idle();
      return pages.top;
    },
    /** Tap an element of the page's WXML (`#id`, `.class`, `[name=value]`, a tag), or call its handler. */
    async tap(what, { openType } = {}) {
      if (!pages.top) throw new Error('no page is open to tap on: launch() first, with a page');
      await tapOn(phone, pages.top, what, openType);
      await phone.idle();
      return pages.top;
    },
    /** An attached instance of a component's file, for its methods and lifetimes. */
    component(route, properties = {}) {
      running = route.replace(/^\//, '');
      load(path.join(root, `${running}.js`));
      const made = instantiate(pages.defined.get(running).definition, { is: running, properties }, true);
      for (const name of ['created', 'attached', 'ready']) pages.call(made, made.lifetime(name));
      return made;
    },
    idle: (limits) => phone.idle(limits),
    close: () => timers.close(),
  };
}

module.exports = { toCommonJs, createMiniProgram };
