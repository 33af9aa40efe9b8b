import { ApiError } from "./api/errors";
import { accessToken, claimsOf, refresh } from "./auth/session";

/** An upload takes a while: its token must outlive that. */
const MARGIN_MS = 60_000;

/** POSTs one file as a form with the bearer, and tells which part of it has gone, which fetch can't. */
export async function upload<T>(path: string, file: File, onProgress: (part: number) => void): Promise<T> {
  const token = await lastingToken();
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.responseType = "json";
    if (token !== null) request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.upload.onprogress = ({ loaded, total }) => onProgress(total ? loaded / total : 0);
    request.onload = () => {
      if (request.status < 300) return resolve(request.response as T);
      const named = ["x-request-id", "retry-after"].map((name): [string, string] => [name, request.getResponseHeader(name) ?? ""]);
      reject(new ApiError(request.status, request.response, new Headers(named.filter(([, value]) => value !== ""))));
    };
    request.onerror = () => reject(new ApiError(0, null));
    const form = new FormData();
    form.append("file", file);
    request.send(form);
  });
}

async function lastingToken(): Promise<string | null> {
  const token = accessToken();
  if (token === null || claimsOf(token).exp * 1000 - Date.now() > MARGIN_MS) return token;
  await refresh();
  return accessToken();
}
