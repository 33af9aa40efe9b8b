"use client";

import { lazy, Suspense } from "react";
import { Route, Routes } from "react-router";
import { Skeleton } from "@/components/ui/skeleton";
import { BookingPage } from "./bookings/booking-page";
import { BookingsPage } from "./bookings/bookings-page";
import { NoSuchPage } from "./kit/no-such-page";
import { Shell } from "./kit/shell";
import { AdminRouter } from "./router";
import { SessionPage } from "./sessions/session-page";
import { SessionsPage } from "./sessions/sessions-page";
import { UserPage } from "./users/user-page";
import { UsersPage } from "./users/users-page";

// Each comes when it is opened: charts, forms and what operators need are nothing to somebody who looks for an account.
const AppsPage = lazy(() => import("./oauth-apps/apps-page"));
const OperationsPage = lazy(() => import("./operations/operations-page"));
const StatisticsPage = lazy(() => import("./statistics/statistics-page"));
const UserCreatePage = lazy(() => import("./users/user-create-page"));

export default function App() {
  return (
    <AdminRouter>
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
    </AdminRouter>
  );
}
