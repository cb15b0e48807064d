// What the developer's server does wrong that only the phone's side sees for certain.

/** A session_key that the mini program got to see: with it, anybody signs and decrypts as the user. */
export async function keyInAnswer(phone, { params, result }) {
  const { sessions } = await phone.control('GET', `sessions?user=${encodeURIComponent(phone.user)}`);
  const seen = JSON.stringify(result).replaceAll('\\/', '/');
  const leaked = sessions.some(({ session_key: key }) => writings(key).some((each) => seen.includes(each)));
  return leaked && `the answer of ${params.url} holds the session_key, which must never leave the server`;
}

/** Codes that went out to a server which was content without asking WeChat whose they are. */
export async function unusedCodes(phone) {
  const logins = phone.calls.filter(({ api, result }) => api === 'login' && result?.code);
  const served = phone.calls.filter(({ api, result }) => api === 'request' && result?.statusCode < 300);
  return Promise.all(logins.map(async ({ result: { code } }) => {
    const call = served.find(({ params }) => JSON.stringify(params).includes(code));
    if (!call) return '';
    const { requests } = await phone.control('GET', `requests?js_code=${encodeURIComponent(code)}`);
    return requests.length ? '' : `${call.params.url} took the code ${code} and never asked WeChat whose it is`;
  }));
}

const base64url = (key) => key.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
const writings = (key) => [key, encodeURIComponent(key), base64url(key)];
