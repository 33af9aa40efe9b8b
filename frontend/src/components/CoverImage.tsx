"use client";

import { useState } from "react";

/** An image over the drawn cover; where it can't be had, the drawing stays. */
export function CoverImage({ src, priority }: { src: string; priority: boolean }) {
  const [failed, setFailed] = useState(false);
  if (failed) return null;
  return (
    <img
      src={src}
      alt=""
      width={800}
      height={500}
      loading={priority ? "eager" : "lazy"}
      fetchPriority={priority ? "high" : "auto"}
      decoding="async"
      onError={() => setFailed(true)}
      // An error before hydration leaves no event behind: a finished image without pixels is one that failed.
      ref={(image) => {
        if (image?.complete && image.naturalWidth === 0) setFailed(true);
      }}
      className="absolute inset-0 size-full object-cover"
    />
  );
}
