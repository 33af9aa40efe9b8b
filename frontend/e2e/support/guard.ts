import { expect, type BrowserContext } from "@playwright/test";
import { WEB_URL } from "./api";

/**
 * Collects what a page must never do: errors on the console (a refusal by the Content-Security-Policy is one), errors
 * nobody caught, requests to other hosts. Chromium puts answers of 4xx on the console too: a test that provokes one
 * says so by `allow`.
 */
export class Guard {
  readonly problems: string[] = [];
  private readonly allowed: RegExp[] = [];

  allow(...patterns: RegExp[]): void {
    this.allowed.push(...patterns);
  }

  watch(context: BrowserContext): void {
    context.on("console", (message) => {
      if (message.type() === "error") this.problems.push(`console: ${message.text()} (${message.location().url})`);
    });
    context.on("weberror", (error) => this.problems.push(`uncaught: ${error.error().stack ?? error.error().message}`));
    context.on("request", (request) => {
      const url = new URL(request.url());
      if (url.protocol.startsWith("http") && url.origin !== new URL(WEB_URL).origin) this.problems.push(`foreign request: ${url.href}`);
    });
  }

  /** Another origin that pages may be sent to: a provider to log in with. */
  allowOrigin(origin: string): void {
    this.allowed.push(new RegExp(`^foreign request: ${origin.replaceAll(".", "\\.")}/`));
  }

  /** Takes the problems out, for tests that make some on purpose. */
  take(): string[] {
    return this.problems.splice(0);
  }

  check(): void {
    expect(this.problems.filter((problem) => !this.allowed.some((pattern) => pattern.test(problem)))).toEqual([]);
  }
}

/** The console's line for an answer of this status. */
export const answered = (status: number) => new RegExp(`responded with a status of ${status}`);
/** The console's line for a request that got no answer. */
export const UNANSWERED = /Failed to load resource: net::ERR_/;
/** Lists of everybody show the picture addresses of other tests' people too, where nothing answers. */
export const PICTURES = /\/media\/avatars\//;
