// What `wechat-emulator miniprogram` starts: options as JSON on stdin, a line for each wx call on
// stdout. With `json`, stdout is one document instead, and the mini program's console is stderr.
import fs from 'node:fs';
import { Console } from 'node:console';
import { keyInAnswer, unusedCodes } from './findings.js';
import { createMiniProgram } from './miniprogram.js';

const MOST_SHOWN = 200; // characters of an answer
const { json, strict, page, taps = [], ...options } = JSON.parse(fs.readFileSync(0, 'utf8'));
const say = (line) => { if (!json) process.stdout.write(`${line}\n`); };
const complaints = [];
const looks = [];

function describe({ api, params, result }) {
  const [, outcome] = /:(.*)/s.exec(result.errMsg) ?? [];
  const about = params.url ?? params.title ?? params.key ?? '';
  const how = api === 'request' ? [(params.method ?? 'GET').toUpperCase()] : [];
  const got = result.statusCode ?? (result.errno === undefined ? outcome : `${outcome} (${result.errno})`);
  const shown = result.code ?? (result.data === undefined ? '' : JSON.stringify(result.data).slice(0, MOST_SHOWN));
  return [`wx.${api}`, ...how, about, '->', got, shown].filter((part) => part !== '').join(' ');
}

/** What a developer wants to know of a call that went through, in words. */
function warning({ api, result }) {
  if (/:fail/.test(result.errMsg)) return `wx.${api} failed: ${result.errMsg}`;
  return result.statusCode >= 400 ? `wx.${api} got status ${result.statusCode}` : '';
}

function onCall(call) {
  say(describe(call));
  if (call.hint) say(`  hint: ${call.hint}`);
  const found = warning(call);
  if (found) complaints.push(found);
  // At once, since the next login may end this key.
  if (call.api === 'request') looks.push(keyInAnswer(program.phone, call));
}

async function play(program) {
  process.on('unhandledRejection', (error) => program.phone.uncaught(error));
  await program.launch({ page });
  for (const what of taps) await program.tap(what);
  await program.idle();
  const found = [...await Promise.all(looks), ...await unusedCodes(program.phone)].filter(Boolean);
  for (const each of found) say(`  hint: ${each}`);
  complaints.push(...found);
}

let program;
const errors = [];
try {
  program = createMiniProgram({ ...options, onCall, console: json ? new Console(process.stderr) : console });
} catch (error) {
  process.stderr.write(`wechat-emulator: ${error.message}\n`);
  process.exit(2);
}
try {
  await play(program);
} catch (error) {
  errors.push(error, ...program.phone.errors);
}
program.close();
const shown = errors.map((error) => error?.stack ?? `Uncaught (in promise) ${JSON.stringify(error)}`);
if (json) process.stdout.write(JSON.stringify({ calls: program.calls, errors: shown }));
for (const each of shown) process.stderr.write(`${each}\n`);
if (strict) for (const each of complaints) process.stderr.write(`wechat-emulator: --strict: ${each}\n`);
const code = errors.length || (strict && complaints.length) ? 1 : 0;
// What was written to a pipe has to get through first; what still hangs, need not end.
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
