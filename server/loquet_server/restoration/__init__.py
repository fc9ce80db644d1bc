"""After a restore: pages say what is missing since the backup, until somebody has seen to it."""
