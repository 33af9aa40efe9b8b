"use client";

import { useQueryClient } from "@tanstack/react-query";
import { createContext, use, useEffect, useRef, useSyncExternalStore, type ReactNode } from "react";
import { authState, start, subscribe, unknownState, type AuthState } from "./session";

const AuthContext = createContext<AuthState>(unknownState);

export function AuthProvider({ children }: { children: ReactNode }) {
  const state = useSyncExternalStore(subscribe, authState, () => unknownState);
  const queries = useQueryClient();
  const person = state.status === "member" ? state.user.id : null;
  const before = useRef(person);

  useEffect(() => {
    void start();
  }, []);
  useEffect(() => {
    // What one person was shown is never shown to the next.
    if (before.current !== null && before.current !== person) queries.clear();
    before.current = person;
  }, [person, queries]);

  return <AuthContext value={state}>{children}</AuthContext>;
}

export const useAuth = (): AuthState => use(AuthContext);
