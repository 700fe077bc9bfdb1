"""When jobs come due: their cadence, and the tick that queues their runs."""
