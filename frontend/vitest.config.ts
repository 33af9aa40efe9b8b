import { defineConfig } from "vitest/config";

const path = (relative: string) => new URL(relative, import.meta.url).pathname;

export default defineConfig({
  resolve: { alias: { "@": path("./src"), "server-only": path("./node_modules/next/dist/compiled/server-only/empty.js") } },
  // How long a test takes says how busy the machine is.
  test: { testTimeout: 30_000, environment: "jsdom", include: ["src/**/*.test.ts", "src/**/*.test.tsx"] },
});
