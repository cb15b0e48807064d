// WeChat's login tutorial with EasyWeChat for Node. Only the base URL says that this is an emulator;
// the phone's half goes through the control API. Prints what the backend learnt, as JSON.
'use strict';
const crypto = require('node:crypto');
const MiniApp = require(`${process.argv[2]}/dist/MiniApp/Application`);

const { url, appid, secret, stable } = JSON.parse(process.argv[3]);

async function phone(api) {
  const answer = await fetch(`${url}/_emulator/v1/wx/${api}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ appid, user: 'alice' }),
  });
  return answer.json();
}

async function main() {
  const app = new MiniApp({
    app_id: appid,
    secret,
    use_stable_access_token: stable,
    http: { baseURL: `${url}/` },
  });
  const session = await app.getUtils().codeToSession((await phone('login')).code);
  const opened = (data) =>
    app.getUtils().decryptSession(session.session_key, data.iv, data.encryptedData);

  const info = await phone('getUserInfo');
  const signature = crypto
    .createHash('sha1')
    .update(info.rawData + session.session_key)
    .digest('hex');
  const number = await phone('getPhoneNumber');
  const client = app.getClient();
  const bought = await client.postJson('/wxa/business/getuserphonenumber', { code: number.code });
  const checked = await client.get('/wxa/checksession', {
    params: {
      openid: session.openid,
      signature: crypto.createHmac('sha256', session.session_key).update('').digest('hex'),
      sig_method: 'hmac_sha256',
    },
  });
  console.log(JSON.stringify({
    session,
    profile: opened(info),
    signed: signature === info.signature,
    phone: opened(number),
    bought: bought.toObject(),
    checked: checked.toObject(),
  }));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
