"use client";

import { useQueryClient } from "@tanstack/react-query";
import { CoreAdminContext, memoryStore } from "ra-core";
import { lazy, Suspense, useState } from "react";
import { Route, Routes } from "react-router";
import { Skeleton } from "@/components/ui/skeleton";
import { BookingPage } from "./bookings/booking-page";
import { BookingsPage } from "./bookings/bookings-page";
import { dataProvider } from "./data-provider";
import { NoSuchPage } from "./kit/no-such-page";
import { Shell } from "./kit/shell";
import { AppsPage } from "./oauth-apps/apps-page";
import { AdminRouter } from "./router";
import { SessionPage } from "./sessions/session-page";
import { SessionsPage } from "./sessions/sessions-page";
import { UserCreatePage } from "./users/user-create-page";
import { UserPage } from "./users/user-page";
import { UsersPage } from "./users/users-page";

// Each comes when it is opened: charts and what operators need are nothing to somebody who looks for an account.
const OperationsPage = lazy(() => import("./operations/operations-page"));
const StatisticsPage = lazy(() => import("./statistics/statistics-page"));

export default function App() {
  const queries = useQueryClient();
  // In memory: what one admin selected or filtered is nobody else's on this computer.
  const [store] = useState(memoryStore);
  return (
    <AdminRouter>
      <CoreAdminContext basename="/admin" dataProvider={dataProvider} queryClient={queries} store={store}>
        <Shell>
          <Suspense fallback={<Skeleton className="space-y-2" blocks={["h-9 w-64", "mt-8! h-96 w-full"]} />}>
            <Routes>
              <Route path="/admin">
                <Route index element={<StatisticsPage />} />
                <Route path="users" element={<UsersPage />} />
                <Route path="users/create" element={<UserCreatePage />} />
                <Route path="users/:id" element={<UserPage />} />
                <Route path="sessions" element={<SessionsPage />} />
                <Route path="sessions/:id" element={<SessionPage />} />
                <Route path="bookings" element={<BookingsPage />} />
                <Route path="bookings/:id" element={<BookingPage />} />
                <Route path="oauth-apps" element={<AppsPage />} />
                <Route path="operations" element={<OperationsPage />} />
                <Route path="*" element={<NoSuchPage />} />
              </Route>
            </Routes>
          </Suspense>
        </Shell>
      </CoreAdminContext>
    </AdminRouter>
  );
}
