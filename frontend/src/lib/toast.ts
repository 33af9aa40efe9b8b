/** Notices of success. The library comes with the first one, so that no page waits for it. */
export async function notify(text: string): Promise<void> {
  const { toast } = await import("sonner");
  toast.success(text);
}
