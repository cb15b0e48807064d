// The types of wx.js. With miniprogram-api-typings installed, `wx` is as exact as in a mini program.
declare global {
  namespace WechatMiniprogram {
    // Merged with the real one where that is there.
    interface Wx {}
  }
}

/** What a call ends with instead of what the phone would say; further keys are merged into its answer. */
export interface Step {
  /** The text behind `:fail `. */
  fail?: string;
  errno?: number;
  /** The user refuses. */
  deny?: boolean;
  [key: string]: unknown;
}

/** A call of `wx.*` as it ended. */
export interface Call {
  api: string;
  params: Record<string, any>;
  result: { errMsg: string; errno?: number; [key: string]: any };
  /** Why it failed, in words for the developer. */
  hint?: string;
}

export interface Options {
  /** Base URL of the emulator or of one of its worlds; else $WECHAT_EMULATOR_URL or http://127.0.0.1:8480. */
  url?: string;
  /** The emulator's control token. */
  token?: string;
  /** Whose phone it is: `alice` unless named. */
  user?: string;
  /** As which app; else the first declared, or any. */
  appid?: string;
  /** The domains that may be called, and where they really are: `{'https://test.com': 'http://127.0.0.1:5000'}`. */
  servers?: Record<string, string>;
  /** false lets any URL be called, as the devtools' box does. */
  domainCheck?: boolean;
  /** By the name of an API: how its calls end; of a list each step serves one call. */
  script?: Record<string, Step | Step[]>;
  /** The version in Referer: 0 is the devtools' preview, a number a release. */
  version?: number | string;
  /** The folder of files that `uploadFile` finds. */
  root?: string;
  /** Told of each call when it has ended. */
  onCall?: (call: Call) => void;
}

export type Wx = {} extends WechatMiniprogram.Wx ? Record<string, any> : WechatMiniprogram.Wx;

/** A `wx` whose login code the developer's own server can exchange. */
export function createWx(options?: Options): Wx;
