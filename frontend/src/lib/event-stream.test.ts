import { expect, it } from "vitest";
import { readEvents, type StreamEvent } from "./event-stream";

it("reads events however they are cut into pieces", async () => {
  const text = 'retry: 2000\n\ndata: {"a":\ndata: 1}\n\n: still here\n\nevent: end\ndata: {"reason":"expired"}\n\ndata: unfinished';
  for (const size of [1, 3, 1000]) {
    const pieces = text.match(new RegExp(`[\\s\\S]{1,${size}}`, "g")) ?? [];
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
        controller.close();
      },
    });
    const events: StreamEvent[] = [];
    for await (const event of readEvents(body)) events.push(event);
    expect(events).toEqual([
      { name: "message", data: '{"a":\n1}' },
      { name: "end", data: '{"reason":"expired"}' },
    ]);
  }
});
