const wechat = process.env.WECHAT_API_BASE_URL ?? 'https://api.weixin.qq.com';

async function exchange(secret) {
  const query = `appid=wx0123456789abcdef&secret=${secret}&js_code=emu.alice`;
  const answer = await fetch(`${wechat}/sns/jscode2session?${query}&grant_type=authorization_code`);
  return answer.json();
}

// The scenario declares the app, so only its own secret passes: a recipe that loses it fails here.
const right = await exchange('0123456789abcdef0123456789abcdef');
const wrong = await exchange('fedcba9876543210fedcba9876543210');
if (!right.openid || wrong.errcode !== 40125) {
  throw new Error(JSON.stringify({ right, wrong }));
}
console.log(`alice is ${right.openid}`);
