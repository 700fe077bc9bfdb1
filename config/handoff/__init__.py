"""A log of where the work stands, for whoever takes it up after a reboot."""
