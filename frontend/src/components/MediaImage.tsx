"use client";

import { useState } from "react";

type MediaImageProps = { src: string; srcSet: string; sizes: string; priority?: boolean };

/** A picture over what is drawn below it, a cover or initials; where it can't be had, the drawing stays. */
export function MediaImage({ src, srcSet, sizes, priority = false }: MediaImageProps) {
  const [failed, setFailed] = useState(false);
  if (failed) return null;
  return (
    <img
      // Loading begins as soon as an image has its src: what decides how and which comes before.
      loading={priority ? "eager" : "lazy"}
      sizes={sizes}
      srcSet={srcSet}
      src={src}
      alt=""
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
