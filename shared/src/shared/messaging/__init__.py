"""Events from one service to others: outbox and relay on the sending side, inbox and consumer on the receiving side."""
