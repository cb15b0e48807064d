// The types of miniprogram.js.
import type { Call, Options, Wx } from './wx.js';

export interface Page {
  route: string;
  data: Record<string, any>;
  [member: string]: any;
}

export interface MiniProgram {
  wx: Wx;
  /** What App() was given; null before `launch`. */
  readonly app: any;
  /** The open pages, the shown one last. */
  readonly pages: Page[];
  calls: Call[];
  storage: { get(key: string): any; set(key: string, value: unknown): void; keys(): string[] };
  /** Run app.js, onLaunch and onShow, then the first page; rejects with an error nobody caught. */
  launch(options?: { page?: string; scene?: number }): Promise<any>;
  /** Open a page, `pages/detail/detail?id=1`. */
  page(url: string): Promise<Page>;
  /** Tap on `#id`, `.class`, `[name=value]` or a tag of the page's WXML, or call a handler. */
  tap(what: string, options?: { openType?: 'getPhoneNumber' | 'chooseAvatar' | 'getUserInfo' }): Promise<Page>;
  /** An attached instance of a component's file. */
  component(route: string, properties?: Record<string, unknown>): Page;
  /** Wait until no call and no timer is under way. */
  idle(limits?: { timeout?: number }): Promise<void>;
  /** End its timers. */
  close(): void;
}

/** A mini program from its folder (`root`), or from its app.js alone, run unmodified. */
export function createMiniProgram(options?: Options & { console?: unknown }): MiniProgram;
