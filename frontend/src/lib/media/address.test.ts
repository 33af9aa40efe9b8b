import { describe, expect, it } from "vitest";
import { mediaSources, versionOf } from "./address";

describe("where a picture is", () => {
  it("is here, in every width", () => {
    const url = "https://images.example/a.png?x=1&y=2";
    const v = versionOf(url);
    expect(mediaSources("avatars", "42", url)).toEqual({
      src: `/media/avatars/42?w=128&v=${v}`,
      srcSet: `/media/avatars/42?w=64&v=${v} 64w, /media/avatars/42?w=128&v=${v} 128w, /media/avatars/42?w=256&v=${v} 256w`,
    });
  });

  it("changes with the stored address", () => {
    expect(versionOf("https://images.example/a.png")).not.toBe(versionOf("https://images.example/b.png"));
    expect(versionOf("https://images.example/ä b&c#d")).toMatch(/^\w+$/);
  });
});
