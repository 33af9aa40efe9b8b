import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Avatar } from "./Avatar";
import { Cover } from "./Cover";

const URL = "https://images.example/grace.png";
const person = { id: "u1", username: "grace", first_name: "Grace", last_name: "Hopper", avatar: URL };

let box: HTMLElement;
let root: Root;

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  box = document.createElement("div");
  root = createRoot(box);
});
afterEach(() => vi.unstubAllGlobals());

const show = (element: React.ReactNode) => act(() => root.render(element));
const image = () => box.querySelector("img");
const fail = () => act(() => void image()?.dispatchEvent(new Event("error")));

describe("a person's picture", () => {
  it("comes from here, over the initials", () => {
    show(<Avatar person={person} size={34} />);
    expect(image()?.getAttribute("src")).toMatch(/^\/media\/avatars\/u1\?w=128&v=\w+$/);
    expect(image()?.getAttribute("sizes")).toBe("34px");
    expect(box.innerHTML).not.toContain("images.example");
    expect(box.textContent).toBe("GH");
  });

  it("leaves the initials where there is none or it can't be had, until there is another", () => {
    show(<Avatar person={{ ...person, avatar: null }} />);
    expect(image()).toBeNull();
    show(<Avatar person={person} />);
    fail();
    expect([image(), box.textContent]).toEqual([null, "GH"]);
    show(<Avatar person={{ ...person, avatar: `${URL}?2` }} />);
    expect(image()).not.toBeNull();
  });
});

describe("a cover", () => {
  it("shows the picture over the drawing, or the drawing alone", () => {
    show(<Cover id="s1" category={null} imageUrl={URL} priority />);
    expect(image()?.getAttribute("src")).toMatch(/^\/media\/sessions\/s1\?w=800&v=\w+$/);
    expect(image()?.getAttribute("srcset")?.match(/ (400|800|1200)w/g)).toHaveLength(3);
    expect([image()?.getAttribute("loading"), image()?.getAttribute("fetchpriority")]).toEqual(["eager", "high"]);
    fail();
    expect(image()).toBeNull();
    expect(box.querySelector("svg path")).not.toBeNull();
  });
});
