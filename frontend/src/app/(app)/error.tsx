"use client";

export { PageFailure as default } from "@/components/PageFailure";
