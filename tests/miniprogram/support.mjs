// What the tests of wx.js share: a world each, a server that answers as told, files on disk.
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';

const EMULATOR = process.env.WECHAT_EMULATOR_URL;
const SHOP = 'https://shop.example.com';
let worlds = 0;

/** The base URL of a world of this test's own. */
export const world = () => `${EMULATOR}/w/node-${process.pid}-${worlds += 1}`;

/** A call of the control API. */
export async function control(base, method, route, body) {
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch(`${base}/_emulator/v1/${route}`, { method, headers, body: body && JSON.stringify(body) });
  return answer.json();
}

/** What a backend gets from WeChat for a code. */
export async function exchange(base, code, appid = 'wx0000000000000001') {
  const answer = await fetch(`${base}/sns/jscode2session?appid=${appid}&secret=any&js_code=${code}&grant_type=authorization_code`);
  return JSON.parse(await answer.text());
}

/** A server on a free port that notes what came: `answer(request, response)`, or JSON `{}`. */
export async function serve(answer = (_, response) => response.end('{}')) {
  const came = [];
  const server = http.createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk)).on('end', () => {
      const { method, url, headers } = request;
      came.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      answer(request, response);
    });
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  after(() => { server.close(); server.closeAllConnections(); });
  const url = `http://127.0.0.1:${server.address().port}`;
  return { url, came, servers: { [SHOP]: url } };
}

/** A folder with these files. */
export function folder(files) {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'wx-'));
  after(() => fs.rmSync(root, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    fs.writeFileSync(path.join(root, name), typeof text === 'string' ? text : JSON.stringify(text));
  }
  return root;
}

/** The object that success or fail is called with. */
export const called = (wx, name, params) => new Promise((resolve) => {
  wx[name]({ ...params, success: resolve, fail: resolve });
});
