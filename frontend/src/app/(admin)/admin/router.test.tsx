import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { Link, Route, Routes, useSearchParams } from "react-router";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { AdminRouter } from "./router";

let address = new URL("https://web.example/");
vi.mock("next/navigation", () => ({ usePathname: () => address.pathname, useSearchParams: () => address.searchParams }));

const Users = () => `users ${useSearchParams()[0].get("page")}`;
const show = (path: string) => {
  address = new URL(path, address);
  act(() =>
    root.render(
      <AdminRouter>
        <Routes>
          <Route path="/admin" element={<Link to="/admin/users?page=2">statistics</Link>} />
          <Route path="/admin/users" element={<Users />} />
        </Routes>
      </AdminRouter>,
    ),
  );
};

const box = document.createElement("div");
let root: Root;
beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  root = createRoot(box);
});
afterEach(() => act(() => root.unmount()));

it("shows the page of Next's address, and follows it", () => {
  show("/admin/users?page=3");
  expect(box.textContent).toBe("users 3");
  show("/admin");
  expect(box.textContent).toBe("statistics");
});

it("lets Next know where its own links go", () => {
  const push = vi.spyOn(window.history, "pushState").mockImplementation(() => undefined);
  show("/admin");
  act(() => box.querySelector("a")?.click());
  expect(push).toHaveBeenCalledWith(null, "", "/admin/users?page=2");
});
