// Compiled without miniprogram-api-typings: then `wx` is not checked, and all else is.
import { createWx } from 'wechat-emulator';

createWx({ user: 'bob' }).login({ success: (res: { code: string }) => res.code });
// @ts-expect-error a misspelt option
createWx({ usr: 'bob' });
