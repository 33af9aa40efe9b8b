"""What operators see of a service and make it do: its state, its dead letters, its replicas, jobs for its workers."""
