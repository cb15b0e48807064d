// Node's part of `wechat-emulator exec`: sockets that mean to go to WeChat's names come here.
//
// Node has no proxy variable that all of its clients heed, but all of them connect through one
// function. Only host and port change there. The name that TLS asks for and checks was taken from
// the caller's options before, so it stays WeChat's.
"use strict";

const net = require("net");

/** Host and port for each of WeChat's, as `{"api.weixin.qq.com:443": ["127.0.0.1", 50123]}`. */
function targets() {
  try {
    return Object(JSON.parse(process.env.WECHAT_API_REDIRECT || "{}"));
  } catch (error) {
    return {}; // somebody else's variable: no reason to stop a program
  }
}

const TARGETS = targets();

/** The options with our host and port; null if they lead to somebody else. */
function redirected(options) {
  if (options === null || typeof options !== "object" || typeof options.host !== "string") return null;
  const name = options.host.toLowerCase().replace(/\.$/, "");
  const key = `${name}:${Number(options.port)}`;
  if (!Object.prototype.hasOwnProperty.call(TARGETS, key)) return null;
  const [host, port] = TARGETS[key];
  // A copy: tls keeps the caller's object, and takes the name to check from it.
  return Object.assign({}, options, { host, port });
}

/** The arguments of connect with other options: an array that net made keeps its own mark. */
function changed(args) {
  if (Array.isArray(args[0])) {
    const options = redirected(args[0][0]);
    if (!options) return args;
    const copy = Object.assign(args[0].slice(), args[0], { 0: options });
    for (const symbol of Object.getOwnPropertySymbols(args[0])) copy[symbol] = args[0][symbol];
    return [copy, ...args.slice(1)];
  }
  const [port, host, ...rest] = args;
  const options = redirected(typeof port === "object" ? port : { host, port });
  if (!options) return args;
  return typeof port === "object" ? [options, ...args.slice(1)] : [options, ...rest];
}

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
  return connect.apply(this, changed(args));
};
