"use client";

import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import type { Booking } from "@/lib/api/types";
import { formatDateTime, viewerZone } from "@/lib/dates";
import { useLocale } from "@/lib/use-locale";
import { dashboard as text } from "@/messages";

type CancelDialogProps = { booking: Booking; onClose: () => void; onConfirm: () => void };

export function CancelDialog({ booking, onClose, onConfirm }: CancelDialogProps) {
  const locale = useLocale();
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={text.cancelTitle}>
      <p className="text-muted">{text.cancelText(booking.session_details.title, formatDateTime(booking.booking_date, viewerZone(), locale))}</p>
      <div className="mt-6 flex flex-wrap justify-end gap-2.5">
        <Button variant="secondary" onClick={onClose}>
          {text.keep}
        </Button>
        <Button variant="danger" onClick={onConfirm}>
          {text.cancelConfirm}
        </Button>
      </div>
    </Dialog>
  );
}
