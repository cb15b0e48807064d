// Every client asks for the URL as its users do; a line of JSON each, with what it got.
import http from "node:http";
import https from "node:https";
import net from "node:net";
import { Worker } from "node:worker_threads";
import axios from "axios";
import got from "got";
import ky from "ky";
import nodeFetch from "node-fetch";
import superagent from "superagent";
import { request } from "undici";
import * as urllib from "urllib";

const by = (module, options = {}) => (url) =>
  new Promise((resolve, reject) => {
    const read = (answer) => answer.setEncoding("utf8").toArray().then((all) => resolve(all.join("")), reject);
    module.get(url, options, read).on("error", reject);
  });

const inWorker = (url) =>
  new Promise((resolve, reject) => {
    const code = `
      const { parentPort, workerData } = require("worker_threads");
      fetch(workerData).then((answer) => answer.text()).then((text) => parentPort.postMessage(text));`;
    new Worker(code, { eval: true, workerData: url }).on("message", resolve).on("error", reject);
  });

const bySocket = (url) =>
  new Promise((resolve, reject) => {
    const socket = net.connect(80, "API.weixin.qq.com.", () => {
      socket.write(`GET ${url.slice(url.indexOf("/sns"))} HTTP/1.1\r\nHost: api.weixin.qq.com\r\nConnection: close\r\n\r\n`);
    });
    socket.on("error", reject).setEncoding("utf8").toArray().then((all) => resolve(all.join("")), reject);
  });

const CLIENTS = {
  fetch: async (url) => (await fetch(url)).text(),
  https: by(https),
  "own https.Agent": by(https, { agent: new https.Agent({ keepAlive: true }) }),
  http: (url) => by(http)(url.replace("https:", "http:")),
  "node-fetch": async (url) => (await nodeFetch(url)).text(),
  undici: async (url) => (await request(url)).body.text(),
  axios: async (url) => (await axios.get(url, { responseType: "text" })).data,
  "axios past the proxy": async (url) => (await axios.get(url, { responseType: "text", proxy: false })).data,
  got: (url) => got(url).text(),
  ky: (url) => ky(url).text(),
  superagent: async (url) => (await superagent.get(url).buffer(true)).text,
  urllib: async (url) => (await urllib.request(url, { dataType: "text" })).data,
  "a worker": inWorker,
  "a bare socket": bySocket,
};

for (const [name, get] of Object.entries(CLIENTS)) {
  const answer = await get(process.argv[2]).catch((error) => `${error} ${error.cause ?? ""}`);
  console.log(JSON.stringify([name, String(answer)]));
}
process.exit();
